"""Describing a field of one's own: reading what was typed about it, and checking that all of it goes together."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import queries as people
from dealrail.accounts import rules as naming
from dealrail.accounts.actor import Actor
from dealrail.core import formulas, patterns
from dealrail.core.errors import Refusal
from dealrail.core.formats import name_key
from dealrail.core.problems import Problems
from dealrail.core.texts import is_storable, tidy
from dealrail.crm.engine.computing import built_on, limits_under, settle, spell
from dealrail.crm.engine.custom import reader_of
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.crm.models import CustomField
from dealrail.crm.policy import WAYS, is_seen_by_all
from dealrail.crm.queries import LABELS, added_fields_asked
from dealrail.crm.queries.custom import custom_fields, field_name, field_told
from dealrail.crm.queries.versions import specs_in_use
from dealrail.crm.rules import (
    CONTACT_FIELDS,
    CUSTOMER_FIELDS,
    DEAL_FIELDS,
    MOST_CHOICES,
    MOST_FIELDS,
    SEPARATORS,
    Access,
    seen_by_all,
)

Type, Format = CustomField.Type, CustomField.Format
FIELD_LABELS: dict[str, Any] = {
    "kind": gettext_lazy("Records"),
    "key": gettext_lazy("Key"),
    "type": gettext_lazy("Type"),
    "target": gettext_lazy("Leads to"),
    "help": gettext_lazy("Help text"),
    "required": gettext_lazy("Required"),
    "unique": gettext_lazy("Only one record may hold the same"),
    "searchable": gettext_lazy("Found by searching"),
    "default": gettext_lazy("Default"),
    "choices": gettext_lazy("Choices"),
    "format": gettext_lazy("Format"),
    "pattern": gettext_lazy("Pattern"),
    "low": gettext_lazy("Least value"),
    "high": gettext_lazy("Greatest value"),
    "is_active": gettext_lazy("In use"),
    "access": gettext_lazy("Who sees and fills it"),
    "position": gettext_lazy("Place"),
    "formula": gettext_lazy("Formula"),
}
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FIXED = {"customer": CUSTOMER_FIELDS, "contact": CONTACT_FIELDS, "deal": (*DEAL_FIELDS, "owner", "code")}
_CHOSEN = {Type.CHOICE, Type.CHOICES}
_BOUNDED = {Type.NUMBER, Type.MONEY}
_BEGUN_BY_NOBODY = {Type.FORMULA, Type.FILE}
_NEVER_UNIQUE = {Type.LONG_TEXT, Type.CHOICES, Type.YES_NO, Type.PLACE, Type.FILE}
_SEARCHED = {Type.TEXT, Type.NUMBER, Type.CHOICE, Type.CHOICES, Type.PLACE}


def field_refused(name: str, problem: Any) -> FieldRefused:
    """The refusal of a part of a description."""
    return FieldRefused(field=name, label={**LABELS, **FIELD_LABELS}.get(name, name), problem=problem)


def put_description(field: CustomField, values: Mapping[str, Any], among: Sequence[CustomField] | None = None) -> None:
    """Set what a field is, and check that all of it goes together.

    A formula computes with the fields of the same kind of record, unless it is told `among` which. Refuses with
    UnknownField, FieldRefused or FieldsRefused.
    """
    for name in values:
        if name not in _READERS:
            raise UnknownField(field=str(name)[:60], known=", ".join(["key", "type", "target", *_READERS]))
    problems, was_active, formula = Problems(), field.is_active, field.formula
    for name, value in values.items():
        with problems:
            _READERS[name](field, name, value)
    problems.refuse()
    is_typed = field.formula != formula
    if field.type == Type.FORMULA and (is_typed or not field.pk or (field.is_active and not was_active)):
        with problems:
            _read_formula(field, among, is_typed=is_typed)
    for check in _CHECKS:
        with problems:
            check(field)
    problems.refuse()


def _text(longest: int) -> Callable[[CustomField, str, Any], None]:
    def put(field: CustomField, name: str, value: Any) -> None:
        text = tidy("" if value is None else str(value))
        if len(text) > longest or not is_storable(text):
            raise field_refused(name, _("Write a text of at most %(longest)s characters.") % {"longest": longest})
        setattr(field, name, text)

    return put


def _yes_or_no(field: CustomField, name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise field_refused(name, _("Write true or false."))
    setattr(field, name, value)


def one_of(known: Iterable[str]) -> Callable[[str, Any], str]:
    """Reads one of these words; refuses with FieldRefused."""

    def read(name: str, value: Any) -> str:
        if value not in known:
            raise field_refused(name, _("Write one of: %(known)s.") % {"known": ", ".join(known)})
        return str(value)

    return read


def _format(field: CustomField, name: str, value: Any) -> None:
    field.format = one_of(["", *Format.values])(name, value or "")


def _bound(field: CustomField, name: str, value: Any) -> None:
    text = "" if value is None else str(value).replace(",", "").strip()
    number = None
    if text:
        try:
            number = Decimal(text)
        except ArithmeticError as error:
            raise field_refused(name, _("“%(value)s” is not a number.") % {"value": text[:40]}) from error
        if not number.is_finite() or number.adjusted() >= 15 or number != round(number, 4):
            raise field_refused(name, _("“%(value)s” is not a number.") % {"value": text[:40]})
    setattr(field, name, number)


def _choices(field: CustomField, name: str, value: Any) -> None:
    """The choices offered from now on; what was offered before is retired, not forgotten."""
    texts = value if isinstance(value, list) else str(value or "").splitlines()
    offered = list(dict.fromkeys(text for one in texts if (text := tidy(str(one)))))
    if len(offered) > MOST_CHOICES or any(len(one) > 80 or not is_storable(one) for one in offered):
        raise field_refused(
            name, _("At most %(most)s choices, each of at most 80 characters.") % {"most": MOST_CHOICES}
        )
    if wrong := next((one for one in offered if set(one) & set(SEPARATORS)), None):
        raise field_refused(
            name, _("“%(value)s” holds a comma or semicolon, which separates choices.") % {"value": wrong}
        )
    before = dict.fromkeys([*field.retired, *field.choices])
    field.choices, field.retired = offered, [one for one in before if one not in offered]


def _access(field: CustomField, name: str, value: Any) -> None:
    """What roles may; what was said of one that is out of use stays for when it comes back, unless told anew."""
    if not isinstance(value, Mapping):
        raise field_refused(name, _("Write {role: hidden, read or edit}."))
    roles = {role.key: role.is_active for role in people.every_role()}
    for role, allowed in value.items():
        if role not in roles:
            raise field_refused(name, _("There is no role “%(role)s”.") % {"role": str(role)[:40]})
        one_of(list(Access))(name, allowed)
    if Access.HIDDEN in value.values() and field.pk and _is_asked(field):
        raise field_refused(name, _("A gate demands this field, so who meets the gate must see it."))
    kept = {role: allowed for role, allowed in field.access.items() if not roles.get(role)}
    field.access = {role: str(allowed) for role, allowed in {**kept, **value}.items() if allowed != Access.EDIT}


def _is_asked(field: CustomField) -> bool:
    """Whether the gate of a process asks about it, or about what is computed from it.

    The gates of processes in force, and of deals that go on or are set aside.
    """
    rows = [field, *built_on(field, custom_fields(field.kind))]
    asked = {(row.kind, field_name(row)) for row in rows}
    return any(asked & added_fields_asked(spec) for spec in specs_in_use())


def _formula(field: CustomField, name: str, value: Any) -> None:
    """What is sent as it is shown changes nothing, also where names have made it longer than one may type."""
    if not field.formula or tidy(str(value or "")) != field_told(field)["formula"]:
        _text(formulas.LONGEST)(field, name, value)


_READERS: dict[str, Callable[[CustomField, str, Any], None]] = {
    "name": _text(80),
    "help": _text(200),
    "default": _text(200),
    "required": _yes_or_no,
    "unique": _yes_or_no,
    "searchable": _yes_or_no,
    "is_active": _yes_or_no,
    "format": _format,
    "pattern": _text(patterns.LONGEST),
    "low": _bound,
    "high": _bound,
    "choices": _choices,
    "access": _access,
    "formula": _formula,
}


# What goes together


def _check_name(field: CustomField) -> None:
    if not field.name:
        raise field_refused("name", _("Write something here."))
    rows = custom_fields(field.kind)
    is_kept = rows.filter(pk=field.pk, name=field.name).exists()
    is_fixed = not is_kept and name_key(field.name) in _fixed_names(field.kind)
    if is_fixed or rows.exclude(pk=field.pk).filter(name__iexact=field.name).exists():
        raise field_refused("name", _("There is a field “%(name)s” already.") % {"name": field.name})


def _fixed_names(kind: str) -> set[str]:
    """What the fields that every such record has are called, in each language."""
    names = set()
    for code, _language in settings.LANGUAGES:
        with translation.override(code):
            names |= {name_key(str(LABELS[name])) for name in _FIXED.get(kind, ())}
    return names


def _check_choices(field: CustomField) -> None:
    if field.type in _CHOSEN and not field.choices:
        raise field_refused("choices", _("Write at least one choice."))
    if field.type not in _CHOSEN and field.choices:
        raise field_refused("choices", _("Only a choice has choices."))


def _check_bounds(field: CustomField) -> None:
    if field.type not in _BOUNDED and (field.low is not None or field.high is not None):
        raise field_refused("low", _("Only numbers and amounts have bounds."))
    if field.low is not None and field.high is not None and field.low > field.high:
        raise field_refused("high", _("This is less than the least value."))


def _check_target(field: CustomField) -> None:
    if field.type == Type.LINK and not field.target:
        raise field_refused("target", _("Say which kind of record it leads to."))
    if field.type != Type.LINK and field.target:
        raise field_refused("target", _("Only a link leads to a record."))


def _check_format(field: CustomField) -> None:
    if field.format and field.type != Type.TEXT:
        raise field_refused("format", _("Only a text has a format."))
    built = _formulas_on(field) if field.format in WAYS else []
    if built:
        said = _("“%(field)s” is computed from it, and would tell what is masked in pools.")
        raise field_refused("format", said % {"field": built[0].name})


def _check_pattern(field: CustomField) -> None:
    if not field.pattern:
        return
    if field.type != Type.TEXT or field.format:
        raise field_refused("pattern", _("Only a text without a format has a pattern."))
    if not patterns.is_pattern(field.pattern):
        raise field_refused("pattern", _("Write # for a digit, @ for a letter, * for either, and all else as it is."))


def _read_formula(field: CustomField, among: Sequence[CustomField] | None, *, is_typed: bool) -> None:
    others = [row for row in custom_fields(field.kind) if row.pk != field.pk] if among is None else among
    try:
        if is_typed:
            spell(field, others)
        settle(field, others)
    except formulas.BadFormula as refusal:
        raise field_refused("formula", str(refusal)) from refusal
    _refuse_hidden_inputs(field)


def _refuse_hidden_inputs(field: CustomField) -> None:
    """What a gate demands is computed from nothing that is hidden from somebody: it would be hidden with it."""
    under = limits_under(field, list(custom_fields(field.kind)))
    if field.pk and not all(map(seen_by_all, under)) and is_seen_by_all(field) and _is_asked(field):
        raise field_refused(
            "formula", _("A gate demands this field, so it can't be computed from one that is hidden from somebody.")
        )


def _check_formula(field: CustomField) -> None:
    """A formula asks for nothing that only what people fill in can be."""
    if field.type != Type.FORMULA:
        if field.formula:
            raise field_refused("formula", _("Only a formula is computed."))
        return
    for name in ("required", "unique", "default"):
        if getattr(field, name):
            raise field_refused(name, _("A formula is computed, so nobody fills it."))


def _check_file(field: CustomField) -> None:
    if field.type != Type.FILE:
        return
    if field.kind == "activity":
        raise field_refused("type", _("Files are attached to follow-ups without a field."))
    for name in ("required", "default"):
        if getattr(field, name):
            raise field_refused(name, _("A file is chosen for a record that is there; a gate may demand it."))


def _check_in_use(field: CustomField) -> None:
    built = [] if field.is_active else _formulas_on(field)
    if built:
        raise field_refused("is_active", _("“%(field)s” is computed from it.") % {"field": built[0].name})


def _formulas_on(field: CustomField) -> list[CustomField]:
    """The formulas in use that compute with a field that is there already."""
    return [row for row in built_on(field, custom_fields(field.kind)) if row.is_active] if field.pk else []


def _check_unique(field: CustomField) -> None:
    if field.unique and field.type in _NEVER_UNIQUE:
        raise field_refused("unique", _("A field of this type can't be told apart by its value."))
    if field.unique and field.default:
        raise field_refused("default", _("What only one record may hold can't be what all begin with."))


def _check_search(field: CustomField) -> None:
    if field.searchable and field.kind == "activity":
        raise field_refused("searchable", _("Follow-ups aren't found by searching their fields."))
    if field.searchable and field.holds not in _SEARCHED:
        raise field_refused("searchable", _("Only texts, numbers, choices and places are found by searching."))


def _check_default(field: CustomField) -> None:
    if not field.default or field.type in _BEGUN_BY_NOBODY:
        return
    try:
        reader_of(field)(field.default, Actor.system())
    except Refusal as refusal:
        raise field_refused("default", str(refusal)) from refusal


_CHECKS = (
    _check_name,
    _check_target,
    _check_choices,
    _check_bounds,
    _check_format,
    _check_pattern,
    _check_formula,
    _check_file,
    _check_in_use,
    _check_unique,
    _check_search,
    _check_default,
)


def free_key(given: str, name: str, taken: set[str]) -> str:
    """The key that was asked for, or one from the name."""
    if given:
        if not _KEY.fullmatch(given) or given in taken:
            raise field_refused("key", _("Write a new key of small letters, digits and _, a letter first."))
        return given
    start = re.sub(r"[^a-z0-9]+", "_", naming.login_of(name).lower()).strip("_")[:32]
    start = start if start[:1].isalpha() else f"f_{start}".rstrip("_")
    return next(key for key in (start, *(f"{start}_{n}" for n in range(2, MOST_FIELDS + 2))) if key not in taken)
