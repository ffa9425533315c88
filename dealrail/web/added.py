"""Fields that an administrator added, in forms and on pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.money import grouped
from dealrail.core.reading import once
from dealrail.crm import permissions, policy
from dealrail.crm import queries as crm
from dealrail.crm.engine import AddedFields
from dealrail.crm.rules import CUSTOM, Access, custom_key, custom_text, is_custom, split_choices
from dealrail.web.inputs import Input, options
from dealrail.web.people.choosing import MOST_IN_A_SELECT, PERSON_HINT, named_people

_CONTROLS = {
    "long_text": "textarea",
    "number": "number",
    "money": "money",
    "date": "date",
    "choice": "select",
    "choices": "ticks",
    "yes_no": "select",
    "person": "select",
    "unit": "select",
    "link": "list",
    "file": "file",
    "formula": "computed",
}
_FORMATS = {"phone": "tel", "email": "email"}
_HELP = {
    "link": _("Type a part of its name, and choose."),
    "formula": _("Computed from the answers above."),
    "person": PERSON_HINT,
    "place": _("Its degrees may stand behind it, as in 100 Century Avenue (31.23, 121.5)."),
}


def added_inputs(actor: Actor, kind: str, *, only_required: bool = False) -> list[Input]:
    """Inputs for the fields of this kind of record that the actor may fill, with their defaults."""
    added = AddedFields(actor, kind)
    asked = [field for field in crm.fields_typed(actor, kind) if field.required or not only_required]
    return [replace(field_input(field), value=default_text(added, field)) for field in asked]


def default_text(added: AddedFields, field: Any) -> str:
    """What an input begins with: of what points at somebody or something its number, as the input knows it."""
    if not crm.points_to(field) or not field.default:
        return str(field.default)
    pk, what = added.default(field), found_while_typed(field)
    if not what or pk is None:
        return "" if pk is None else _by_number(pk)
    return linked_text(added.actor, Linking({field.key: pk}), (field.key, what))


@dataclass
class Linking:
    """A record yet to be made, as far as what it points at is to be named."""

    custom: dict[str, Any]


def _by_number(pk: int) -> str:
    """How a form sends whom it points at: digits alone may be a login."""
    return f"#{pk}"


def held_text(value: Any) -> str:
    """What a record holds of a field as its input knows it."""
    return _by_number(value) if type(value) is int else custom_text(value) or ""


def linked_text(actor: Actor, record: Any, pointer: tuple[str, str]) -> str:
    """What a link leads to as a form shows it: by name and number, unless it isn't the reader's to see."""
    name = crm.pointed_words(actor, record, pointer)
    return f"{name} #{record.custom[pointer[0]]}" if name and crm.is_pointed_seen(actor, record, pointer) else name


def added_input(actor: Actor, kind: str, name: str) -> Input:
    """The input of one of them; refuse with NotFound where there is none that the actor may fill."""
    for field in crm.fields_edited(actor, kind):
        if crm.field_name(field) == name:
            return field_input(field)
    raise NotFound()


def found_while_typed(field: Any) -> str:
    """What a field points at and is found while one types, by name and number; nothing where there is a select."""
    return str(field.target) or ("person" if field.type == "person" and not _people() else "")


def field_input(field: Any) -> Input:
    """The input of a field as it was described."""
    target, offered = found_while_typed(field), _OFFERED.get(field.type, _offered)(field)
    control = "list" if target else _CONTROLS.get(field.type, "text")
    hint = "" if field.type == "person" and not target else _HELP.get(field.type, "")
    return Input(
        crm.field_name(field),
        field.name,
        kind=_FORMATS.get(field.format) or control,
        value=field.default,
        options=offered,
        help=field.help or field.pattern or hint,
        required=field.required,
        target=target,
    )


def _offered(field: Any) -> tuple[tuple[str, Any], ...]:
    pairs = [(one, one) for one in field.choices]
    return tuple(pairs) if field.type == "choices" else options(pairs) if pairs else ()


@once
def _people() -> tuple[tuple[str, Any], ...]:
    """Everybody active, to choose from; nobody where they are too many for a select."""
    if people.active_people()[MOST_IN_A_SELECT:].exists():
        return ()
    return options((_by_number(pk), name) for pk, name in named_people(people.active_people()))


@once
def _units() -> tuple[tuple[str, Any], ...]:
    return options((_by_number(row.pk), row.name) for row in people.all_units())


_OFFERED: Mapping[str, Any] = {
    "yes_no": lambda field: options(crm.YES_NO.items()),
    "person": lambda field: _people(),
    "unit": lambda field: _units(),
}


def added_values(actor: Actor, record: Any, inputs: Iterable[Input]) -> dict[str, str]:
    """What the inputs hold for a record, with what this reader may see of the ways to reach somebody."""
    held = {f"{CUSTOM}{key}": held_text(value) for key, value in record.custom.items()}
    asked = {row.name: held.get(row.name, "") for row in inputs if is_custom(row.name)}
    links = {row.name: (custom_key(row.name), row.target) for row in inputs if row.target and asked.get(row.name)}
    linked = {name: linked_text(actor, record, pointer) for name, pointer in links.items()}
    ways = {name: policy.masked_way(asked[name]) for name in _masked(actor, record, inputs) if asked[name]}
    return {**asked, **linked, **ways}


def added_hidden(actor: Actor, record: Any, inputs: Iterable[Input], shown: Mapping[str, Any]) -> dict[str, str]:
    """What stands masked in a form of added fields, by name; what a link leads to and isn't the reader's to see too."""
    pointed = {row.name: (custom_key(row.name), row.target) for row in inputs if is_custom(row.name) and row.target}
    unseen = [name for name, pointer in pointed.items() if not crm.is_pointed_seen(actor, record, pointer)]
    return {name: str(shown[name]) for name in (*_masked(actor, record, inputs), *unseen)}


def _masked(actor: Actor, record: Any, inputs: Iterable[Input]) -> list[str]:
    if policy.sees_ways(actor, record):
        return []
    return [row.name for row in inputs if is_custom(row.name) and row.kind in _FORMATS.values()]


def added_facts(actor: Actor, record: Any, kind: str) -> list[tuple[str, Any, Any]]:
    """What a record holds of the fields that the actor may see, in words: each by its key, its name and its value."""
    fields = crm.fields_seen(actor, kind)
    crm.point(actor, [record], crm.pointers(fields))
    return [(crm.field_name(field), field.name, fact_of(actor, record, field)) for field in fields]


def fact_of(actor: Actor, record: Any, field: Any) -> str:
    """What a record holds of a field as a page shows it."""
    words = crm.custom_words(actor, record, field)
    return file_fact(actor, record, field, words) if field.type == "file" else field_fact(field, words)


def file_fact(actor: Actor, record: Any, field: Any, words: str) -> str:
    """What a record holds of a field for files: the way to fetch it, and to put another in its place where one may."""
    ways: list[tuple[str, Any]] = []
    if pk := record.custom.get(field.key):
        ways.append((reverse("field_file_content", args=[pk]), words))
    if policy.access_to(actor, field) is Access.EDIT and may_change_record(actor, record):
        said = _("replace") if words else _("choose a file")
        ways.append((reverse("field_file", args=[field.pk, record.pk]), said))
    return format_html_join(" · ", '<a href="{}">{}</a>', ways)


def may_change_record(actor: Actor, record: Any) -> bool:
    """Whether the actor may change the facts of this deal, customer or contact."""
    if record._meta.model_name == "deal":
        return policy.may(actor, permissions.DEALS_CHANGE, record)
    return policy.may_change_customer(actor, record.customer if record._meta.model_name == "contact" else record)


def field_fact(field: Any, words: str) -> str:
    """What a field holds as a page shows it."""
    return f"¥{grouped(Decimal(words))}" if words and field.holds == "money" else words


def still_offering_held(row: Input, record: Any) -> Input:
    """A record goes on offering what it holds, choices that are retired and people who work here no more."""
    if not row.options:
        return row
    held = split_choices(held_text(record.custom.get(custom_key(row.name))))
    known = {value for value, _label in row.options}
    kept = [(one, _held_word(row, record, one)) for one in held if one not in known]
    return replace(row, options=(*row.options, *kept)) if kept else row


def _held_word(row: Input, record: Any, held: str) -> str:
    fields = (field for field in crm.fields_in_use(record._meta.model_name) if crm.field_name(field) == row.name)
    what = next((what for field in fields if (what := crm.points_to(field))), "")
    return crm.pointed_words(Actor.system(), record, (custom_key(row.name), what)) if what else held
