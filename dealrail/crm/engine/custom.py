"""Fields that an administrator added: reading what was typed into them, and keeping what they are found by."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts.actor import Actor
from dealrail.core import formats
from dealrail.core.db import share_turn, take_turns
from dealrail.core.errors import Refusal
from dealrail.core.problems import Problems
from dealrail.crm import policy
from dealrail.crm.engine.computing import compute
from dealrail.crm.engine.pointing import file, link, person, place, unit
from dealrail.crm.engine.reading import (
    EXTRA_READERS,
    FORMATS,
    Reader,
    Value,
    Wrong,
    choice,
    once_each,
    text_of,
    within,
    written_as,
)
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import CustomField, FieldValue
from dealrail.crm.queries.custom import VALUES, custom_fields, field_name
from dealrail.crm.queries.pointing import points_to, told_names
from dealrail.crm.rules import CUSTOM, Access, changes, custom_text, is_custom, is_empty, split_choices

Type = CustomField.Type
LONGEST_TEXT = 200
_YES_NO = {
    **dict.fromkeys(("true", "yes", "1", "是"), True),
    **dict.fromkeys(("false", "no", "0", "否"), False),
}


@dataclass(frozen=True)
class AddedFields:
    """The fields that were added to a kind of record, as one actor fills them; loaded once for many.

    What is kept is kept without a lock of Python's, as that of functools: the database may let one wait here, for
    somebody who would wait for that lock.
    """

    actor: Actor
    kind: str

    @cached_property
    def every(self) -> list[CustomField]:
        """All that were ever added; where a formula is among them, as they stay until a record is written with it.

        Who changes fields of this kind waits for the transactions that write such records, and computes theirs too.
        """
        found = list(custom_fields(self.kind))
        if any(field.type == Type.FORMULA for field in found) and share_turn("fields", self.kind):
            found = list(custom_fields(self.kind))
        return found

    @cached_property
    def fields(self) -> list[CustomField]:
        """Those that are in use."""
        return [field for field in self.every if field.is_active]

    @cached_property
    def readers(self) -> dict[str, Reader]:
        """How each is read that the actor sees, by name; what they may only read refuses every change."""
        allowed = {field_name(field): (field, policy.access_to(self.actor, field)) for field in self.fields}
        return {
            name: reader_of(field) if access is Access.EDIT else _read_only
            for name, (field, access) in allowed.items()
            if access is not Access.HIDDEN
        }

    @cached_property
    def labels(self) -> dict[str, str]:
        """What all of them are called, by name."""
        return {field_name(field): field.name for field in self.every}

    def begun(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """The values of a new record, with defaults, and nothing in the place of what is required and lacking."""
        asked = {field_name(field): field for field in self._of_access(Access.EDIT)}
        begun = {name: self.default(field) for name, field in asked.items() if field.default or field.required}
        return {**begun, **values}

    def default(self, field: CustomField) -> Value:
        """What a new record begins with; nothing, where the default points at what isn't there any more."""
        return self._pointed.get(field.key) if points_to(field) else field.default

    @cached_property
    def _pointed(self) -> dict[str, Value]:
        """What the defaults point at that point at somebody or something, asked once for many records."""
        return {field.key: self._read_default(field) for field in self.fields if field.default and points_to(field)}

    def _read_default(self, field: CustomField) -> Value:
        try:
            return _plain_reader(field)(field.default, self.actor)
        except Refusal:
            return None

    @cached_property
    def unasked(self) -> dict[str, Any]:
        """What a new record holds of the fields that the actor doesn't fill: their defaults, by key."""
        others = [field for field in self._of_access(Access.HIDDEN, Access.READ) if field.default]
        begun = {field.key: _reader(field)(self.default(field), self.actor) for field in others}
        return {key: value for key, value in begun.items() if value not in (None, "", [])}

    @property
    def told_unasked(self) -> dict[str, list[str | None]]:
        """The same as an event tells it."""
        return changes({}, {f"{CUSTOM}{key}": custom_text(value) for key, value in self.unasked.items()})

    def _of_access(self, *wanted: Access) -> list[CustomField]:
        return [field for field in self.fields if policy.access_to(self.actor, field) in wanted]

    def compute(self, record: Any) -> dict[str, list[str | None]]:
        """Put the results of formulas on a record, without saving it, and tell what changed."""
        return compute(record, self.every)

    def refuse_taken(self, record: Any, names: Collection[str]) -> None:
        """Refuse with FieldRefused, or FieldsRefused, what another record holds already where none may."""
        problems = Problems()
        for field in self._unique(names) if any(map(is_custom, names)) else ():
            with problems:
                self._refuse_taken(record, field)
        problems.refuse()

    def _refuse_taken(self, record: Any, field: CustomField) -> None:
        for text in (row.text for row in _rows(record, field)):
            take_turns("field", [f"{field.pk}:{text}"])
            if VALUES[self.kind]._default_manager.filter(field=field, only=text).exclude(record=record.pk).exists():
                raise self._in_use(field, text)

    def taken(self, records: Sequence[Any]) -> list[FieldRefused | None]:
        """For each of several new records, what to say where one there, or one before it, holds what only one may."""
        refused: list[FieldRefused | None] = [None] * len(records)
        for field in self._unique(self.labels):
            texts = ["".join(row.text for row in _rows(record, field)) for record in records]
            take_turns("field", [f"{field.pk}:{text}" for text in texts if text])
            held = VALUES[self.kind]._default_manager.filter(field=field, only__in=set(filter(None, texts)))
            known = set(held.values_list("only", flat=True))
            for number, text in enumerate(texts):
                if text in known:
                    refused[number] = refused[number] or self._in_use(field, text)
                known |= {text} - {""}
        return refused

    def _in_use(self, field: CustomField, text: str) -> FieldRefused:
        if policy.access_to(self.actor, field) is Access.HIDDEN:
            label, problem = _("A field you may not see"), _("What it holds is in use already.")
            return FieldRefused(field=CUSTOM, label=label, problem=problem)
        what = points_to(field)
        shown = told_names(self.actor, {what: [text]})[what].get(text, text) if what else text
        problem = _("“%(value)s” is in use already.") % {"value": shown}
        return FieldRefused(field=field_name(field), label=field.name, problem=problem)

    def _unique(self, names: Collection[str]) -> list[CustomField]:
        return [field for field in self.every if field.unique and field_name(field) in names]

    def keep(self, records: Iterable[Any], names: Collection[str] | None = None) -> None:
        """Repeat what these saved records hold for filters: of new records everything, of others what `names` name."""
        if names is not None and not any(map(is_custom, names)):
            return
        fields = [field for field in self.every if names is None or field_name(field) in names]
        if not fields:
            return
        rows, model = list(records), VALUES[self.kind]
        if names is not None:
            model._default_manager.filter(record__in=rows, field__in=fields).delete()
        held = (value for record in rows for field in fields for value in _rows(record, field))
        model._default_manager.bulk_create(held, batch_size=1000)

    def let_go(self, record: Any) -> None:
        """Let others hold what only one record may, as this one is no more."""
        VALUES[self.kind]._default_manager.filter(record=record).update(only=None)


def _rows(record: Any, field: CustomField) -> list[FieldValue]:
    """What repeats the value of a field; long texts are not repeated."""
    value = record.custom.get(field.key)
    if value is None or field.holds == Type.LONG_TEXT:
        return []
    model = VALUES[field.kind]
    if field.holds == Type.YES_NO:
        return [model(record=record, field=field, text=custom_text(value), number=float(value))]
    if field.holds in {Type.NUMBER, Type.MONEY} or points_to(field):
        text = f"{Decimal(value).normalize():f}"
        return [model(record=record, field=field, text=text, number=float(value), only=text if field.unique else None)]
    texts = value if isinstance(value, list) else [value]
    return [model(record=record, field=field, text=one, only=one if field.unique else None) for one in texts]


def reader_of(field: CustomField) -> Reader:
    """How what was typed into a field becomes its value: None for nothing."""
    read = _reader(field)

    def one(value: Value, actor: Actor) -> Value:
        if field.required and (is_empty(value) or value == []):
            raise Wrong(gettext_lazy("Write something here."))
        found = read(value, actor)
        return None if found in ("", []) else found

    return one


def _reader(field: CustomField) -> Reader:
    if field.type == Type.YES_NO:
        return _yes_no
    if field.type == Type.CHOICES:
        return _several(field.choices)
    return _single(_plain_reader(field))


def _plain_reader(field: CustomField) -> Reader:
    if field.type == Type.CHOICE:
        return choice(field.choices)
    if field.type == Type.TEXT:
        if field.pattern:
            return written_as(field.pattern, text_of(LONGEST_TEXT))
        return _short(FORMATS[field.format]) if field.format else text_of(LONGEST_TEXT)
    if field.type == Type.DATE:
        return _day
    if field.type == Type.FILE:
        return file(field)
    if field.type == Type.LINK:
        return once_each(link(field.target))
    if field.type in _READ_AS:
        return _READ_AS[Type(field.type)]()
    read = EXTRA_READERS["text" if field.type == Type.LONG_TEXT else field.type]
    return read if field.low is None and field.high is None else within(read, field.low, field.high)


# who is chosen in a sheet is looked up once for all of its rows
_READ_AS: Mapping[Type, Callable[[], Reader]] = {
    Type.PERSON: lambda: once_each(person),
    Type.UNIT: lambda: once_each(unit),
    Type.PLACE: lambda: place,
}


def _day(value: Value, actor: Actor) -> str | None:
    """Reads a day; of a birthday or a foundation also one long ago."""
    if value in (None, ""):
        return None
    day = value if isinstance(value, date) else formats.parse_date(str(value))
    return day.isoformat()


def _short(read: Reader) -> Reader:
    return lambda value, actor: read(text_of(LONGEST_TEXT)(value, actor), actor)


def _single(read: Reader) -> Reader:
    def one(value: Value, actor: Actor) -> Value:
        if isinstance(value, bool | list | dict):
            raise Wrong(gettext_lazy("Write one text or number."))
        return read(value, actor)

    return one


def _yes_no(value: Value, actor: Actor) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    text = str(value).strip().casefold()
    if text and text not in _YES_NO:
        raise Wrong(gettext_lazy("“%(value)s” is neither yes nor no."), value=text[:40])
    return _YES_NO.get(text)


def _several(known: Iterable[str]) -> Reader:
    one = choice(known)

    def read(value: Value, actor: Actor) -> list[str]:
        words = value if isinstance(value, list) else split_choices("" if value is None else str(value))
        return list(dict.fromkeys(one(word, actor) for word in words))

    return read


def _read_only(value: Value, actor: Actor) -> Value:
    raise Wrong(gettext_lazy("You may read this, but not change it."))
