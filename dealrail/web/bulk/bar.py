"""The bar for ticked rows: the steps somebody may take, and what each asks for."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.crm import bulk
from dealrail.crm import queries as crm
from dealrail.crm.permissions import DEALS_READ
from dealrail.crm.queries import LABELS
from dealrail.crm.rules import BULK_FIELDS, is_custom
from dealrail.process import queries as processes
from dealrail.web.added import added_input
from dealrail.web.catalog import CATALOG, catalog_input
from dealrail.web.inputs import Input, filled, options, texts
from dealrail.web.lists import choices
from dealrail.web.lists.choices import named
from dealrail.web.people.choosing import MOST_IN_A_SELECT, PERSON_HINT
from dealrail.web.people.heirs import Groups, heirs, loss

Asks = Callable[[Actor, QueryDict], list[Input]]
RECORDS = {"deals": "deal", "customers": "customer", "contacts": "contact"}
ICONS = {
    "advance": "arrow-right",
    "transfer": "transfer",
    "change": "edit",
    "lose": "circle-x",
    "release": "ripple",
    "claim": "hand-stop",
    "finish": "check",
    "due": "calendar-event",
    "drop": "x",
}
CHOSEN_FIELD = "change.field"
GRAVE = {"lose", "release", "drop"}
SHOWN_PROCESS = "shown_process"
_asks: dict[tuple[str, str], Asks] = {}


@dataclass(frozen=True)
class BarStep:
    """A step of the bar: its inputs are named after it, so that all steps fit into one form."""

    key: str
    label: Any
    icon: str
    inputs: list[Input]
    is_grave: bool
    lasting: Any
    can_be_undone: bool
    warning: str
    is_open: bool


def register(kind: str, step: str, asks: Asks) -> None:
    """Say what a step asks for; areas above add theirs."""
    _asks[(kind, step)] = asks


def bar_steps(
    actor: Actor,
    kind: str,
    params: QueryDict,
    typed: QueryDict | None = None,
    refusal: Refusal | None = None,
    *,
    shown: Collection[str] = (),
) -> list[BarStep]:
    """The steps that somebody may take with the rows of a list; after a refusal with what was typed for it.

    `shown` are the processes of the deals that can be ticked: reasons of others would be refused.
    """
    params = params.copy()
    params.setlist(SHOWN_PROCESS, list(shown))
    return [_step(actor, kind, step, params, typed or QueryDict(), refusal) for step in bulk.offered(actor, kind)]


def _step(
    actor: Actor, kind: str, step: bulk.Step, params: QueryDict, typed: QueryDict, refusal: Refusal | None
) -> BarStep:
    asks, values = _asks.get((kind, step.key)), typed_params(typed, step.key)
    asked = asks(actor, _narrowed(params, values)) if asks else []
    refused = refusal if typed.get("step") == step.key else None
    inputs = [replace(row, name=f"{step.key}.{row.name}") for row in filled(asked, values, refused)]
    icon = ICONS.get(step.key, "bolt")
    return BarStep(
        key=step.key,
        label=step.label,
        icon=icon,
        inputs=inputs,
        is_grave=step.key in GRAVE,
        lasting=step.lasting,
        can_be_undone=step.put_back is not None,
        warning=loss(actor, step.permission) if step.reached else "",
        is_open=any(row.error for row in inputs),
    )


def _narrowed(params: QueryDict, values: dict[str, str]) -> QueryDict:
    """The address with the field that was chosen, so that its value is asked for as that field asks."""
    if "field" not in values:
        return params
    narrowed = params.copy()
    narrowed[CHOSEN_FIELD] = values["field"]
    return narrowed


def typed_params(posted: QueryDict, step: str) -> dict[str, str]:
    """What was typed for a step."""
    prefix = f"{step}."
    return {key.removeprefix(prefix): value for key, value in texts(posted).items() if key.startswith(prefix)}


def _new_owner(actor: Actor, params: QueryDict) -> list[Input]:
    return [_owner_input(heirs(actor)), Input("note", _("Note"))]


def _new_owner_of_deals(actor: Actor, params: QueryDict) -> list[Input]:
    offered = heirs(actor, roles=_stage_roles(params), reading=DEALS_READ)
    return [_owner_input(offered), Input("note", _("Note"))]


def _owner_input(offered: Groups) -> Input:
    if sum(len(persons) for _heading, persons in offered) > MOST_IN_A_SELECT:
        return Input("owner", _("New owner"), "list", target="person", help=PERSON_HINT, required=True)
    return Input("owner", _("New owner"), "select", options=options(()), groups=offered, required=True)


def _stage_roles(params: QueryDict) -> set[str]:
    """The roles that own the stages of the deals in sight, or the one that the list is narrowed to."""
    keys = params.getlist(SHOWN_PROCESS)
    specs = [processes.spec_of(row.pk) for row in processes.current_versions() if row.definition.key in keys]
    wanted = params.get("stage", "")
    return {role for spec in specs for stage in spec.stages if wanted in ("", stage.key) for role in stage.roles}


def _task_owner(actor: Actor, params: QueryDict) -> list[Input]:
    return _new_owner(actor, params)[:1]


def _lose(actor: Actor, params: QueryDict) -> list[Input]:
    shown = params.getlist(SHOWN_PROCESS)
    if len(shown) == 1:
        params = params.copy()
        params["process"] = shown[0]
    reasons = [(one.value, one.label) for one in choices.loss_options(actor, params)]
    return [
        Input("reason", _("Reason"), "select", options=options(reasons), required=True),
        Input("note", _("Note")),
    ]


def _release(actor: Actor, params: QueryDict) -> list[Input]:
    pools = named(crm.release_pools())
    return [
        Input("note", _("Reason"), required=True),
        Input("pool", _("Public pool"), "select", options=tuple((str(pk), name) for pk, name in pools)),
    ]


def _due(actor: Actor, params: QueryDict) -> list[Input]:
    return [Input("due", _("New time"), "datetime-local", required=True)]


def fields_of(actor: Actor, kind: str, params: QueryDict) -> dict[str, Any]:
    """The fields that a bulk change can set, in words; of a process only when the list is narrowed to it."""
    added = {crm.field_name(field): field.name for field in crm.fields_typed(actor, RECORDS[kind])}
    spec = choices.current_process(params) if kind == "deals" else None
    return {name: LABELS[name] for name in BULK_FIELDS[kind]} | (spec.field_names() if spec else {}) | added


def _change(kind: str) -> Asks:
    def asks(actor: Actor, params: QueryDict) -> list[Input]:
        fields, chosen = fields_of(actor, kind, params), params.get(CHOSEN_FIELD, "")
        field = chosen if chosen in fields else next(iter(fields))
        return [
            Input("field", _("Field"), "select", options=tuple(fields.items()), value=field),
            value_input(actor, kind, field, params),
            Input("clear", _("Empty the field"), "checkbox"),
        ]

    return asks


def value_input(actor: Actor, kind: str, field: str, params: QueryDict) -> Input:
    """How the value of a field is typed: chosen from what there is, a date, or plain text."""
    label = _("New value")
    if is_custom(field):
        asked = added_input(actor, RECORDS[kind], field)
        return replace(asked, name="value", label=label, value="", help="", required=False)
    if field in CATALOG:
        return catalog_input(field, label, name="value")
    if field in {"grade", "role"}:
        pairs = choices.GRADES if field == "grade" else crm.contact_roles().items()
        return Input("value", label, "select", options=options(pairs))
    spec = choices.current_process(params)
    own = next((row for row in spec.fields if row.key == field), None) if spec else None
    if own is not None and own.type == "choice":
        return Input("value", label, "select", options=options((choice, choice) for choice in own.choices))
    is_day = field == "expected_close" or (own is not None and own.type == "date")
    return Input("value", label, "date" if is_day else "money" if field == "amount" else "text")


register("deals", "transfer", _new_owner_of_deals)
register("customers", "transfer", _new_owner)
for _kind in ("deals", "customers"):
    register(_kind, "release", _release)
    register(_kind, "change", _change(_kind))
register("contacts", "change", _change("contacts"))
register("deals", "lose", _lose)
register("tasks", "transfer", _task_owner)
register("tasks", "due", _due)
