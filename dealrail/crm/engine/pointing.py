"""Reads what was typed into fields that point at somebody or something, and places."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import QuerySet
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownPerson
from dealrail.core import clock, formats, uploads
from dealrail.core.db import hold
from dealrail.core.texts import LONGEST_ASKED
from dealrail.crm.engine.reading import Reader, Value, Wrong
from dealrail.crm.models import CustomField, FieldFile
from dealrail.crm.queries.custom import VALUES
from dealrail.crm.queries.files import files_to_take
from dealrail.crm.queries.pointing import pointed_rows
from dealrail.crm.rules import place_of, place_text

FOLDER = "fields"
LONGEST_PLACE = 160
LONGEST_TYPED = 240
# whoever writes, in a default or a sheet
ME = ("me", "我")
_NUMBERED = re.compile(r"(.*)#([0-9]{1,18})", re.DOTALL)
_DIGITS = re.compile(r"[0-9]{1,18}")


def _numbered(rows: QuerySet[Any], value: Value) -> list[int]:
    """The row of a number, or of a text like “云帆科技 #12” whose name it still bears.

    Digits alone in a text are a login or a name: whoever sends a sheet knows those, and none of our numbers.
    """
    text = str(value).strip()
    found = _NUMBERED.fullmatch(f"#{text}" if isinstance(value, int) else text)
    if found is None:
        return []
    name, named = formats.name_key(found[1]), rows.filter(pk=int(found[2])).values_list("pk", "name")
    return [pk for pk, called in named if not found[1].strip() or formats.name_key(called) == name]


def person(value: Value, actor: Actor) -> int | None:
    """Reads an active person by login or name, or by number as in 12 or “#12”; “me” is who writes, or nobody."""
    if value in (None, ""):
        return None
    text = str(value).strip()
    if text in ME:
        return actor.user_id or None
    for pk in _numbered(people.active_people(), value):
        return pk
    try:
        return people.person(text).pk
    except UnknownPerson as error:
        raise Wrong(_("“%(value)s” is the login or name of nobody active, or of several."), value=text[:80]) from error


def unit(value: Value, actor: Actor) -> int | None:
    """Reads a department by name, or by number as in 12 or “#12”."""
    if value in (None, ""):
        return None
    text = str(value).strip()
    return _one_of(pointed_rows("unit"), value, name=text, none=_("There is no department “%(value)s”."))


def link(target: str) -> Reader:
    """Reads a record of this kind, that the writer may see, by number or name, or by both as in “云帆科技 #12”."""

    def read(value: Value, actor: Actor) -> int | None:
        if value in (None, ""):
            return None
        text = str(value).strip()[:LONGEST_ASKED]
        # each by an index: there may be a million, and a sheet asks for thousands
        # each by an index: there may be a million, and a sheet names thousands
        by_name: dict[str, Any] = {"name_key": formats.name_key(text)}
        if target != "customer":
            by_name = {"upper_name": Upper(models.Value(text))}
        rows = pointed_rows(target, actor).alias(upper_name=Upper("name"))
        found = _one_of(rows, value, none=_NONE[target], **by_name)
        # kept from being merged away or deleted while a record comes to lead to it
        if not hold(pointed_rows(target).filter(pk=found)):
            raise Wrong(_NONE[target], value=text[:80])
        return found

    return read


_NONE: Mapping[str, Any] = {
    "customer": _("There is no customer “%(value)s” that you can see."),
    "contact": _("There is no contact “%(value)s” that you can see."),
    "deal": _("There is no deal “%(value)s” that you can see."),
}


def _one_of(rows: QuerySet[Any], value: Value, *, none: Any, **by_name: Any) -> int:
    text = str(value).strip()
    found = _numbered(rows, value) or list(rows.filter(**by_name).values_list("pk", flat=True)[:2])
    if not found:
        raise Wrong(none, value=text[:80])
    if len(found) > 1:
        said = _("Several are called “%(value)s”. Choose one of them, or write its number behind it, as in %(like)s.")
        raise Wrong(said, value=text[:80], like=f"{text[:40]} #{found[0]}")
    return int(found[0])


def file(field: CustomField) -> Reader:
    """Reads a file, checked as attachments are, or the number of one that the writer put there for this field."""

    def read(value: Value, actor: Actor) -> int | None:
        if value in (None, ""):
            return None
        if isinstance(value, UploadedFile):
            return keep_file(field, value, actor).pk
        text = str(value).strip()
        number = int(text) if _DIGITS.fullmatch(text) else 0
        lately = files_to_take(clock.now()).filter(field=field.pk, uploaded_by=actor.user_id or None)
        # locked, so that two records never take one file at the same time
        if not lately.filter(pk=number).select_for_update().first():
            raise Wrong(_("Choose a file."))
        if VALUES[field.kind]._default_manager.filter(field=field, number=number).exists():
            raise Wrong(_("Another record holds this file already. Send it once more for this one."))
        return number

    return read


def keep_file(field: CustomField, file: uploads.Upload, actor: Actor) -> FieldFile:
    """Keep a file for a field, before a record holds it. Refuses with FileRefused."""
    return FieldFile.objects.create(
        field=field,
        file=uploads.keep(file, folder=FOLDER),
        name=uploads.name_of(file),
        size=file.size or 0,
        media_type=uploads.media_type_of(file),
        uploaded_by_id=actor.user_id or None,
        uploaded_at=clock.now(),
    )


def place(value: Value, actor: Actor) -> str:
    """Reads where something is: in words, in degrees behind them as in “虹桥路1号 (31.2, 121.4)”, or both."""
    text = " ".join(str(value or "").split())
    found = place_of(text[:LONGEST_TYPED])
    length = len(found.words) + len(text[LONGEST_TYPED:])
    if length > LONGEST_PLACE:
        said = _("%(length)s characters are too many; %(longest)s fit.")
        raise Wrong(said, length=length, longest=LONGEST_PLACE)
    if not found.is_on_earth:
        raise Wrong(_("“%(value)s” is no place on earth: latitudes reach to 90, longitudes to 180."), value=text[-60:])
    return place_text(found)
