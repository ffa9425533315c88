"""The inputs for a deal's fields, for follow-ups and for contacts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.core.errors import Refusal
from dealrail.core.formats import name_key
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import create_customer
from dealrail.crm.permissions import CUSTOMERS_CREATE, CUSTOMERS_TRANSFER
from dealrail.crm.queries import LABELS, deal_value
from dealrail.crm.rules import DEAL_FIELDS, is_custom
from dealrail.process.rules import FieldSpec, HandOverSpec, ProcessSpec
from dealrail.web.added import added_hidden, added_input, added_inputs, found_while_typed, held_text, linked_text
from dealrail.web.catalog import CATALOG, catalog_input, still_offering
from dealrail.web.inputs import Input, changed, options

# A fresh company has no products, regions or sources; a gate that asks for one says where they come from.
EMPTY_LIST = _("This list is still empty; who maintains products fills it under “Products and regions”.")
WRITTEN = {"phone": "tel", "email": "email"}
KINDS = {"text": "textarea", "number": "number", "money": "money", "date": "date", "choice": "select"}


def field_input(key: str, spec: ProcessSpec, actor: Actor) -> Input:
    """An empty input for one field of a deal: fixed, of its process, or added and the actor's to fill.

    Refuses with NotFound.
    """
    if is_custom(key):
        return added_input(actor, "deal", key)
    own = next((row for row in spec.fields if row.key == key), None)
    return _own_input(own) if own else _fixed_input(key, actor)


def _own_input(row: FieldSpec) -> Input:
    choices = options((choice, choice) for choice in row.choices) if row.type == "choice" else ()
    kind = WRITTEN.get(row.format, "text") if row.format or row.pattern else KINDS[row.type]
    return Input(row.key, row.name, kind=kind, options=choices, help=row.help or row.pattern)


def _fixed_input(key: str, actor: Actor) -> Input:
    label = LABELS[key]
    if key == "customer":
        return customer_input(key, label)
    if key in CATALOG:
        return catalog_input(key, label, none_yet=EMPTY_LIST)
    kind = {"amount": "money", "expected_close": "date"}.get(key, "text")
    return Input(key, label, kind=kind, required=key == "name")


def customer_input(name: str, label: Any, *, required: bool = False) -> Input:
    """A customer by its name; while one types, those that the actor may see are offered."""
    hint = _("Type a part of its name, its pinyin or its initials, and choose.")
    return Input(name, label, kind="list", help=hint, required=required)


def field_inputs(keys: Iterable[str], spec: ProcessSpec, actor: Actor, deal: Any = None) -> list[Input]:
    """Inputs for these fields, holding what the deal holds as far as the actor may see it."""
    empty = [field_input(key, spec, actor) for key in keys]
    if deal is None:
        return empty
    return [replace(still_offering(row, deal), value=shown_value(actor, deal, row.name)) for row in empty]


def shown_value(actor: Actor, deal: Any, key: str) -> Any:
    """What an input shows of a field: customers by name, other references by id, dates as dates, added ones as seen."""
    if key == "customer":
        return deal.customer.name if deal.customer else ""
    if is_custom(key):
        seen = (field for field in crm.fields_seen(actor, "deal") if crm.field_name(field) == key)
        return next((_added_value(actor, deal, field) for field in seen), None)
    value = deal_value(deal, key)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _added_value(actor: Actor, deal: Any, field: Any) -> str:
    pointer = (field.key, found_while_typed(field))
    return linked_text(actor, deal, pointer) if pointer[1] else held_text(crm.held(actor, deal, field))


def unmasked(actor: Actor, deal: Any, inputs: Sequence[Input], values: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed into these inputs without what still stands masked as it was shown."""
    return changed(values, added_hidden(actor, deal, inputs, {row.name: row.text for row in inputs}))


def all_fields(spec: ProcessSpec) -> list[str]:
    """Every field a deal of this process has."""
    return [*DEAL_FIELDS, *spec.field_names()]


def new_customer_input(name: str = "new_customer") -> Input:
    """The tick that has the customer named beside it created."""
    return Input(name, _("It is a new customer: create it under this name"), kind="checkbox")


def with_new_customer_input(inputs: Sequence[Input], actor: Actor) -> list[Input]:
    """The inputs with that tick after the customer, for who may create one."""
    may = actor.may(CUSTOMERS_CREATE)
    return [one for row in inputs for one in ([row, new_customer_input()] if may and row.name == "customer" else [row])]


def with_new_customer(actor: Actor, fields: Mapping[str, Any], *, is_new: bool, owner_id: int | None = None) -> Any:
    """These fields with the customer they name created, if it was ticked as new and isn't known; for `owner_id`.

    Call it in the transaction that uses the customer. Refuses as create_customer does, naming the field `customer`.
    """
    name = str(fields.get("customer") or "").strip()
    if not is_new or not name or crm.customers(actor).filter(name_key=name_key(name)).exists():
        return fields
    owner_id = owner_id if actor.may(CUSTOMERS_TRANSFER) else None
    try:
        return {**fields, "customer": create_customer(actor=actor, fields={"name": name}, owner_id=owner_id)}
    except Refusal as refusal:
        refusal.params["field"] = "customer"
        raise


def follow_up_inputs(kinds: Sequence[str] = ()) -> list[Input]:
    """A follow-up with its next step; only of these kinds, if any are named."""
    known = activities.activity_kinds()
    offered = [(key, known[key]) for key in kinds or known]
    return [
        Input("kind", _("How"), kind="select", options=tuple(offered), value=offered[0][0]),
        Input("occurred_at", _("When it happened"), kind="datetime-local", help=_("Now, if left empty.")),
        Input("text", _("What happened"), kind="textarea", required=True),
        Input("next_step", _("Next step")),
        Input("next_step_at", _("Next step on"), kind="datetime-local"),
    ]


def next_owner_inputs(offered: Iterable[Any], *, rule: HandOverSpec) -> list[Input]:
    """Who takes a deal over in its next stage, each with how much they have to do, and what they are told."""
    people = [(row.user.pk, _busy(row)) for row in offered]
    needed = rule.to == "required"
    nobody = _("Choose a person") if needed else _("It stays with its owner")
    if rule.is_by_rule:
        nobody = _("As the process says")
    return [
        Input(
            "next_owner", _("Who takes it over"), kind="select", options=options(people, none=nobody), required=needed
        ),
        Input("hand_over_note", _("What they should know"), kind="textarea"),
    ]


def _busy(row: Any) -> str:
    words = ngettext("%(n)s open deal", "%(n)s open deals", row.open_deals) % {"n": row.open_deals}
    return " · ".join(part for part in (row.user.name, row.user.unit.name if row.user.unit else "", words) if part)


def asked_of_follow_ups(actor: Actor) -> list[Input]:
    """The added fields without which no follow-up is written, for forms that ask for as little as they can."""
    return [replace(row, value="") for row in added_inputs(actor, "activity", only_required=True)]


def evidence_inputs(evidence: str, deal: Any, actor: Actor) -> list[Input]:
    """What an action asks for as its proof: a note, a file, a follow-up of this stage, or only a tick."""
    if evidence == "note":
        return [Input("note", _("What was done"), kind="textarea")]
    if evidence == "file":
        return [Input("file", _("File"), kind="file")]
    if evidence == "follow_up":
        latest = activities.follow_ups_in_stage(deal.run_id).first()
        words = (
            gettext("Done; the follow-up of %(when)s (%(kind)s) shows it") % told_of(latest)
            if latest
            else gettext("Done; another follow-up in this form shows it")
        )
        return [Input("done", words, kind="checkbox"), *follow_up_inputs(), *asked_of_follow_ups(actor)]
    return [Input("done", _("Done"), kind="checkbox")]


def told_of(activity: Any) -> dict[str, str]:
    """When a follow-up was, and of which kind, for sentences."""
    when = date_format(timezone.localtime(activity.occurred_at), "Y-m-d H:i")
    return {"kind": str(activity.get_kind_display()), "when": when}


def contact_inputs(role: str = "") -> list[Input]:
    """A contact: name, part in the decision, phone."""
    roles = options(crm.contact_roles().items())
    return [
        Input("name", _("Full name"), required=True),
        Input("role", LABELS["role"], kind="select", options=roles, value=role),
        Input("title", LABELS["title"]),
        Input("phone", LABELS["phone"], kind="tel"),
    ]
