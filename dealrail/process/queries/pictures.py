"""Finding the pictures that texts of processes name."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import QuerySet

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core import uploads
from dealrail.process import policy
from dealrail.process.models import Picture
from dealrail.process.rules import ProcessSpec
from dealrail.process.rules.pictures import marked_texts, pictures_of


def pictures(actor: Actor) -> QuerySet[Picture]:
    """Every picture there is, the latest first. Refuses with NotAllowed who designs no processes."""
    policy.require_design_some(actor)
    return Picture.objects.select_related("added_by").order_by("-pk")


def picture(actor: Actor, digest: str) -> Picture:
    """One picture; refuse with NotFound, also where it isn't shown anywhere yet and the actor sees no drafts."""
    for found in Picture.objects.filter(digest=digest):
        if (found.is_shown or policy.may_see_drafts(actor)) and uploads.kept_at(found.file).is_file():
            return found
    raise NotFound()


def unknown(digests: Collection[str]) -> set[str]:
    """Those of these pictures that there are none of."""
    known = Picture.objects.filter(digest__in=digests).values_list("digest", flat=True) if digests else ()
    return set(digests) - set(known)


def pictures_in(spec: ProcessSpec) -> Mapping[str, Any]:
    """The pictures that the texts of a process name, by what they are called."""
    named = pictures_of(text for _where, text in marked_texts(spec))
    found = Picture.objects.filter(digest__in=named) if named else ()
    return {row.digest: row for row in found}


def missing_pictures() -> int:
    """How many pictures are gone from the disk."""
    return uploads.missing(Picture.objects.values_list("file", flat=True).iterator())
