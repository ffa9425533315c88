"""Adding fields to kinds of records, and changing, ordering and retiring them."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts import rules as naming
from dealrail.accounts.actor import Actor
from dealrail.core.db import take_turns
from dealrail.core.errors import Refusal
from dealrail.core.formats import name_key
from dealrail.core.problems import Problems, refuse_changed
from dealrail.core.texts import is_storable, tidy
from dealrail.crm.engine import reader_of
from dealrail.crm.errors import FieldRefused, TooManyFields, UnknownField
from dealrail.crm.facts import FieldSaved
from dealrail.crm.models import CustomField, Deal
from dealrail.crm.queries import LABELS, demanded_fields
from dealrail.crm.queries.custom import VALUES, custom_field, custom_fields, field_name, field_told
from dealrail.crm.rules import (
    CONTACT_FIELDS,
    CUSTOMER_FIELDS,
    DEAL_FIELDS,
    FIELD_KINDS,
    MOST_CHOICES,
    MOST_FIELDS,
    SEPARATORS,
    Access,
    changes,
)
from dealrail.events.engine import record
from dealrail.process import queries as processes
from dealrail.process.permissions import PROCESS_PUBLISH

Type, Format = CustomField.Type, CustomField.Format
FIELD_LABELS: dict[str, Any] = {
    "kind": gettext_lazy("Records"),
    "key": gettext_lazy("Key"),
    "type": gettext_lazy("Type"),
    "help": gettext_lazy("Help text"),
    "required": gettext_lazy("Required"),
    "unique": gettext_lazy("Only one record may hold the same"),
    "default": gettext_lazy("Default"),
    "choices": gettext_lazy("Choices"),
    "format": gettext_lazy("Format"),
    "low": gettext_lazy("Least value"),
    "high": gettext_lazy("Greatest value"),
    "is_active": gettext_lazy("In use"),
    "access": gettext_lazy("Who sees and fills it"),
    "position": gettext_lazy("Place"),
}
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FIXED = {"customer": CUSTOMER_FIELDS, "contact": CONTACT_FIELDS, "deal": (*DEAL_FIELDS, "owner", "code")}
_CHOSEN = {Type.CHOICE, Type.CHOICES}
_BOUNDED = {Type.NUMBER, Type.MONEY}
_NEVER_UNIQUE = {Type.LONG_TEXT, Type.CHOICES, Type.YES_NO}


@transaction.atomic
def create_field(*, actor: Actor, kind: str, fields: Mapping[str, Any]) -> CustomField:
    """Add a field to a kind of record; without a key it gets one from its name, and stands last.

    `fields` are name, key, type, help, required, unique, default, choices, format, low, high, access and is_active.
    Raises NotAllowed, UnknownField, TooManyFields, FieldRefused or FieldsRefused.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    if kind not in FIELD_KINDS:
        raise _refused("kind", _("Write one of: %(known)s.") % {"known": ", ".join(FIELD_KINDS)})
    take_turns("fields", [kind])
    there = list(custom_fields(kind))
    if len(there) >= MOST_FIELDS:
        raise TooManyFields(most=MOST_FIELDS)
    field = CustomField(kind=kind, type=_one_of(Type.values)("type", fields.get("type", Type.TEXT)))
    wanted = {"name": "", **{name: value for name, value in fields.items() if name != "type"}}
    given = str(wanted.pop("key", "") or "")
    _put(field, wanted)
    field.key = _free_key(given, field.name, {row.key for row in there})
    field.position = len(there)
    field.save()
    _record(field, {}, actor)
    return field


@transaction.atomic
def change_field(
    *, actor: Actor, field_id: int, fields: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> CustomField:
    """Change a field; what is not given stays. Its kind, key and type never change, and a choice is only retired.

    `position` counts from 0. `seen` is what it held when one looked. Raises NotAllowed, NotFound, UnknownField,
    FieldRefused, FieldsRefused, or ChangedMeanwhile where what is to change no longer holds what was seen.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    kind = custom_field(field_id).kind
    take_turns("fields", [kind])
    field = CustomField.objects.select_for_update().get(pk=field_id)
    before, was_unique = field_told(field), field.unique
    wanted = dict(fields)
    position = wanted.pop("position", None)
    _put(field, wanted)
    refuse_changed(before, field_told(field), seen, {**LABELS, **FIELD_LABELS})
    field.save()
    if field.unique != was_unique:
        _hold_once(field)
    if position is not None:
        _place(field, position)
    changed = changes(before, field_told(field))
    if changed:
        _record(field, changed, actor)
    return field


def _record(field: CustomField, changed: dict[str, list[str | None]], actor: Actor) -> None:
    fact = FieldSaved(
        field_id=field.pk, record=field.kind, key=field.key, name=field.name, type=field.type, changes=changed
    )
    record(fact, actor=actor)


def _refused(name: str, problem: Any) -> FieldRefused:
    return FieldRefused(field=name, label={**LABELS, **FIELD_LABELS}.get(name, name), problem=problem)


# Reading what was typed about a field


def _put(field: CustomField, values: Mapping[str, Any]) -> None:
    """Set what a field is, and check that all of it goes together."""
    for name in values:
        if name not in _READERS:
            raise UnknownField(field=str(name)[:60], known=", ".join(["key", "type", *_READERS]))
    problems = Problems()
    for name, value in values.items():
        with problems:
            _READERS[name](field, name, value)
    problems.refuse()
    for check in (_check_name, _check_choices, _check_bounds, _check_format, _check_unique, _check_default):
        with problems:
            check(field)
    problems.refuse()


def _text(longest: int) -> Callable[[CustomField, str, Any], None]:
    def put(field: CustomField, name: str, value: Any) -> None:
        text = tidy("" if value is None else str(value))
        if len(text) > longest or not is_storable(text):
            raise _refused(name, _("Write a text of at most %(longest)s characters.") % {"longest": longest})
        setattr(field, name, text)

    return put


def _yes_or_no(field: CustomField, name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise _refused(name, _("Write true or false."))
    setattr(field, name, value)


def _one_of(known: Iterable[str]) -> Callable[[str, Any], str]:
    def read(name: str, value: Any) -> str:
        if value not in known:
            raise _refused(name, _("Write one of: %(known)s.") % {"known": ", ".join(known)})
        return str(value)

    return read


def _format(field: CustomField, name: str, value: Any) -> None:
    field.format = _one_of(["", *Format.values])(name, value or "")


def _bound(field: CustomField, name: str, value: Any) -> None:
    text = "" if value is None else str(value).replace(",", "").strip()
    number = None
    if text:
        try:
            number = Decimal(text)
        except ArithmeticError as error:
            raise _refused(name, _("“%(value)s” is not a number.") % {"value": text[:40]}) from error
        if not number.is_finite() or abs(number) >= Decimal(10) ** 15 or number != round(number, 4):
            raise _refused(name, _("“%(value)s” is not a number.") % {"value": text[:40]})
    setattr(field, name, number)


def _choices(field: CustomField, name: str, value: Any) -> None:
    """The choices offered from now on; what was offered before is retired, not forgotten."""
    texts = value if isinstance(value, list) else str(value or "").splitlines()
    offered = list(dict.fromkeys(text for one in texts if (text := tidy(str(one)))))
    if len(offered) > MOST_CHOICES or any(len(one) > 80 or not is_storable(one) for one in offered):
        raise _refused(name, _("At most %(most)s choices, each of at most 80 characters.") % {"most": MOST_CHOICES})
    if wrong := next((one for one in offered if set(one) & set(SEPARATORS)), None):
        raise _refused(name, _("“%(value)s” holds a comma or semicolon, which separates choices.") % {"value": wrong})
    before = dict.fromkeys([*field.retired, *field.choices])
    field.choices, field.retired = offered, [one for one in before if one not in offered]


def _access(field: CustomField, name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise _refused(name, _("Write {role: hidden, read or edit}."))
    roles = {role.key for role in people.all_roles()}
    for role, allowed in value.items():
        if role not in roles:
            raise _refused(name, _("There is no role “%(role)s”.") % {"role": str(role)[:40]})
        _one_of(list(Access))(name, allowed)
    if Access.HIDDEN in value.values() and field.pk and field.kind == "deal" and _is_demanded(field):
        raise _refused(name, _("A gate demands this field, so who meets the gate must see it."))
    field.access = {role: str(allowed) for role, allowed in value.items() if allowed != Access.EDIT}


def _is_demanded(field: CustomField) -> bool:
    """Whether the gate of a process demands it, in force or of a deal that goes on."""
    running = Deal.objects.filter(stage_now__isnull=False).order_by().values_list("run__version", flat=True).distinct()
    versions = {*running, *(row.pk for row in processes.current_versions())}
    return any(field_name(field) in demanded_fields(processes.spec_of(pk)) for pk in versions)


_READERS: dict[str, Callable[[CustomField, str, Any], None]] = {
    "name": _text(80),
    "help": _text(200),
    "default": _text(200),
    "required": _yes_or_no,
    "unique": _yes_or_no,
    "is_active": _yes_or_no,
    "format": _format,
    "low": _bound,
    "high": _bound,
    "choices": _choices,
    "access": _access,
}


# What goes together


def _check_name(field: CustomField) -> None:
    if not field.name:
        raise _refused("name", _("Write something here."))
    fixed = {name_key(str(LABELS[name])) for name in _FIXED[field.kind]}
    same = custom_fields(field.kind).exclude(pk=field.pk).filter(name__iexact=field.name)
    if name_key(field.name) in fixed or same.exists():
        raise _refused("name", _("There is a field “%(name)s” already.") % {"name": field.name})


def _check_choices(field: CustomField) -> None:
    if field.type in _CHOSEN and not field.choices:
        raise _refused("choices", _("Write at least one choice."))
    if field.type not in _CHOSEN and field.choices:
        raise _refused("choices", _("Only a choice has choices."))


def _check_bounds(field: CustomField) -> None:
    if field.type not in _BOUNDED and (field.low is not None or field.high is not None):
        raise _refused("low", _("Only numbers and amounts have bounds."))
    if field.low is not None and field.high is not None and field.low > field.high:
        raise _refused("high", _("This is less than the least value."))


def _check_format(field: CustomField) -> None:
    if field.format and field.type != Type.TEXT:
        raise _refused("format", _("Only a text has a format."))


def _check_unique(field: CustomField) -> None:
    if field.unique and field.type in _NEVER_UNIQUE:
        raise _refused("unique", _("A field of this type can't be told apart by its value."))
    if field.unique and field.default:
        raise _refused("default", _("What only one record may hold can't be what all begin with."))


def _check_default(field: CustomField) -> None:
    if not field.default:
        return
    try:
        reader_of(field)(field.default, Actor.system())
    except Refusal as refusal:
        raise _refused("default", str(refusal)) from refusal


def _free_key(given: str, name: str, taken: set[str]) -> str:
    """The key that was asked for, or one from the name."""
    if given:
        if not _KEY.fullmatch(given) or given in taken:
            raise _refused("key", _("Write a new key of small letters, digits and _, a letter first."))
        return given
    start = re.sub(r"[^a-z0-9]+", "_", naming.login_of(name).lower()).strip("_")[:32]
    start = start if start[:1].isalpha() else f"f_{start}".rstrip("_")
    return next(key for key in (start, *(f"{start}_{n}" for n in range(2, MOST_FIELDS + 2))) if key not in taken)


def _hold_once(field: CustomField) -> None:
    """Let no two records hold the same from now on, or let them again. Refuses where two do."""
    rows = VALUES[field.kind]._default_manager.filter(field=field)
    try:
        with transaction.atomic():
            rows.update(only=F("text") if field.unique else None)
    except IntegrityError as error:
        raise _refused("unique", _("Some records hold the same already. Make them differ first.")) from error


def _place(field: CustomField, position: Any) -> None:
    """Put a field at this place among those of its kind."""
    if isinstance(position, bool) or not isinstance(position, int):
        raise _refused("position", _("Write a whole number."))
    others = list(custom_fields(field.kind).exclude(pk=field.pk))
    others.insert(max(position, 0), field)
    for place, row in enumerate(others):
        row.position = place
    CustomField.objects.bulk_update(others, ["position"])
