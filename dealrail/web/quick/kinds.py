"""What can be created from everywhere: what each asks for, who may, and the one action it calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.activities.actions.tasks import create_task
from dealrail.core.formats import name_key
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import create_contact, create_customer
from dealrail.crm.actions.deals import create_deal
from dealrail.crm.errors import FieldRefused
from dealrail.crm.permissions import CUSTOMERS_CHANGE, CUSTOMERS_CREATE, DEALS_CREATE
from dealrail.crm.queries import LABELS
from dealrail.process.queries.lines import startable
from dealrail.web.added import added_inputs
from dealrail.web.board.columns import process_to_start
from dealrail.web.customers.inputs import short_customer_inputs
from dealrail.web.deals.asking import due, tasks_asked
from dealrail.web.deals.inputs import (
    contact_inputs,
    customer_input,
    field_inputs,
    with_new_customer,
    with_new_customer_input,
)
from dealrail.web.inputs import Input, typed, whole

SHORT_DEAL = ("name", "customer", "product", "amount")


@dataclass(frozen=True)
class Kind:
    """Something that can be created: its words, its icon, who may, what it asks for, its action, and where it is."""

    title: Any
    icon: str
    said: Any
    permission: str
    inputs: Callable[[HttpRequest, Actor], list[Input]]
    act: Callable[[Actor, dict[str, Any]], Any]
    page: Callable[[Any], str]
    whole_form: str = ""


def _deal_inputs(request: HttpRequest, actor: Actor) -> list[Input]:
    spec = process_to_start(actor, request.POST or request.GET)
    offered = tuple((row.key, row.name) for row in startable(actor))
    kind = Input("process", _("Process"), kind="select", options=offered, value=spec.key if spec else "")
    fixed = field_inputs(SHORT_DEAL, spec, actor) if spec else []
    name, others = fixed[:1], fixed[1:]
    required = added_inputs(actor, "deal", only_required=True)
    return [*name, kind, *with_new_customer_input(others, actor), *required]


@transaction.atomic
def _deal(actor: Actor, values: dict[str, Any]) -> Any:
    process, is_new = values.pop("process", ""), bool(values.pop("new_customer", ""))
    return create_deal(actor=actor, process=process, fields=with_new_customer(actor, values, is_new=is_new))


def _customer_inputs(request: HttpRequest, actor: Actor) -> list[Input]:
    return short_customer_inputs(actor)


def _customer(actor: Actor, values: dict[str, Any]) -> Any:
    anyway = values.pop("allow_duplicate", "") == "1"
    return create_customer(actor=actor, fields=values, allow_duplicate=anyway)


def _contact_inputs(request: HttpRequest, actor: Actor) -> list[Input]:
    required = added_inputs(actor, "contact", only_required=True)
    return [customer_input("customer", LABELS["customer"], required=True), *contact_inputs(), *required]


def _contact(actor: Actor, values: dict[str, Any]) -> Any:
    anyway = values.pop("allow_duplicate", "") == "1"
    customer_id = _known(actor, values.pop("customer", ""))
    if customer_id is None:
        raise FieldRefused(field="customer", label=LABELS["customer"], problem=_("Write something here."))
    return create_contact(actor=actor, customer_id=customer_id, fields=values, allow_duplicate=anyway)


def _task_inputs(request: HttpRequest, actor: Actor) -> list[Input]:
    what, title, pick, at, *who = tasks_asked(actor)
    return [title, what, pick, at, customer_input("customer", LABELS["customer"]), *who]


def _task(actor: Actor, values: dict[str, Any]) -> Any:
    return create_task(
        actor=actor,
        title=values.get("title", ""),
        kind=values.get("kind", ""),
        due_at=due(values),
        owner_id=whole(values.get("owner")),
        customer_id=_known(actor, values.get("customer", "")),
    )


def _known(actor: Actor, name: str) -> int | None:
    """The customer of this name within sight, the newest of several. Refuses with FieldRefused."""
    if not name.strip():
        return None
    found = crm.customers(actor).filter(name_key=name_key(name)).order_by("-pk").first()
    if found is None:
        problem = _("There is no customer “%(value)s” that you can see.") % {"value": name[:80]}
        raise FieldRefused(field="customer", label=LABELS["customer"], problem=problem)
    return int(found.pk)


def _page_of_deal(deal: Any) -> str:
    return reverse("deal", args=[deal.pk])


def _page_of_customer(customer: Any) -> str:
    return reverse("customer", args=[customer.pk])


def _page_of_contact(contact: Any) -> str:
    return f"{reverse('customer', args=[contact.customer_id])}#contact-{contact.pk}"


def _page_of_task(task: Any) -> str:
    return _page_of_customer(task.customer) if task.customer else reverse("plans")


KINDS: dict[str, Kind] = {
    "deal": Kind(
        _("New deal"), "briefcase", _("The deal is created."), DEALS_CREATE, _deal_inputs, _deal, _page_of_deal,
        "deal_new",
    ),
    "customer": Kind(
        _("New customer"), "building", _("Customer saved."), CUSTOMERS_CREATE, _customer_inputs, _customer,
        _page_of_customer, "customer_new",
    ),
    "contact": Kind(
        _("New contact"), "user-plus", _("Contact saved."), CUSTOMERS_CHANGE, _contact_inputs, _contact,
        _page_of_contact,
    ),
    "task": Kind(_("New task or plan"), "calendar-plus", _("Planned."), "", _task_inputs, _task, _page_of_task),
}  # fmt: skip


def require(actor: Actor, kind: Kind) -> None:
    """Refuse with NotAllowed unless the actor may create such a thing."""
    if kind.permission:
        accounts.require(actor, kind.permission)


@dataclass(frozen=True)
class Offer:
    """Something one may create, and where."""

    label: Any
    icon: str
    href: str


def offers(actor: Actor) -> list[Offer]:
    """What this person may create, in the order of use."""
    return [
        Offer(kind.title, kind.icon, reverse("quick", args=[name]))
        for name, kind in KINDS.items()
        if not kind.permission or actor.may(kind.permission)
    ]


def values_of(request: HttpRequest, inputs: list[Input]) -> dict[str, Any]:
    """What was typed; what was left empty isn't told."""
    ticked = {name: request.POST[name] for name in ("allow_duplicate",) if name in request.POST}
    return {name: value for name, value in typed(request.POST, inputs).items() if value} | ticked
