"""Keeping the pictures that texts of processes name."""

from collections.abc import Iterable

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.core import clock, uploads
from dealrail.core.db import take_turns
from dealrail.core.pictures import picture_in
from dealrail.events.engine import record
from dealrail.process import policy
from dealrail.process.errors import NoPicture, PictureTooLarge, UnknownPicture
from dealrail.process.facts import PictureAdded
from dealrail.process.models import Picture
from dealrail.process.queries.pictures import unknown
from dealrail.process.rules.pictures import LARGEST_MEGABYTES, hash_of, pictures_of

FOLDER = "pictures"
LARGEST = LARGEST_MEGABYTES * uploads.MEGABYTE


@transaction.atomic
def add_picture(*, actor: Actor, file: uploads.Upload) -> Picture:
    """Keep a picture, told by its content whatever it is called; one that is there already is handed back.

    Raises NotAllowed, PictureTooLarge or NoPicture.
    """
    policy.require_design_some(actor)
    if (file.size or 0) > LARGEST:
        raise PictureTooLarge(most=LARGEST_MEGABYTES)
    content = file.read()
    found = picture_in(content)
    if found is None:
        raise NoPicture(name=uploads.name_of(file)[:80] or "—")
    digest = hash_of(content)
    take_turns("picture", [digest])
    for known in Picture.objects.filter(digest=digest):
        return _kept_anew(known, content, found.suffix)
    made = Picture.objects.create(
        digest=digest,
        name=uploads.name_of(file),
        file=uploads.keep_content(content, folder=FOLDER, suffix=found.suffix),
        media_type=found.media_type,
        size=len(content),
        width=found.width,
        height=found.height,
        added_at=clock.now(),
        added_by_id=actor.user_id or None,
    )
    record(PictureAdded(picture_id=made.pk, digest=digest, name=made.name, size=made.size), actor=actor)
    return made


def _kept_anew(picture: Picture, content: bytes, suffix: str) -> Picture:
    """The picture that is there; one whose file is gone from the disk gets it back."""
    if not uploads.kept_at(picture.file).is_file():
        picture.file = uploads.keep_content(content, folder=FOLDER, suffix=suffix)
        picture.save(update_fields=["file"])
    return picture


@transaction.atomic
def show_pictures(*, actor: Actor, texts: Iterable[str]) -> None:
    """Let everybody see the pictures that these texts name, which everybody reads now.

    Raises UnknownPicture for one that there is none of.
    """
    named = pictures_of(texts)
    if lacking := unknown(named):
        raise UnknownPicture(picture=min(lacking))
    if named:
        Picture.objects.filter(digest__in=named, is_shown=False).update(is_shown=True)
