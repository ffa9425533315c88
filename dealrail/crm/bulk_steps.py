"""The steps for many deals, customers and contacts; each calls the action that a single one takes."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownPerson
from dealrail.accounts.rules import UNSET
from dealrail.core import money
from dealrail.core.texts import listed
from dealrail.crm import bulk, permissions, queries
from dealrail.crm.actions import customers, deals, pools
from dealrail.crm.bulk import Done, Params, Step
from dealrail.crm.errors import NewOwnerMissing, NewValueMissing, UnknownField
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.crm.rules import BULK_FIELDS, DEAL_FIELDS, custom_key, custom_text, is_custom
from dealrail.process import queries as processes
from dealrail.process.errors import ReasonMissing
from dealrail.process.rules import END

MOVES_STAY = gettext_lazy("Moves are not undone; take a deal back on its page instead.")
LOSSES_STAY = gettext_lazy("Lost deals are not undone; reopen a deal on its page instead.")
RELEASES_STAY = gettext_lazy("Releases are not undone; what lies in the pool can be claimed or assigned again.")
CLAIMS_STAY = gettext_lazy("Claims are not undone; release what you don't want into the pool.")


def whose(params: Params, name: str = "owner") -> int:
    """The person named in what was typed; refuse with UnknownPerson."""
    owner = params.get(name, "")
    if not owner.isdecimal() or len(owner) > 18:
        raise UnknownPerson(person=owner[:40])
    return int(owner)


def check_owner(params: Params) -> None:
    """Refuse with NewOwnerMissing where nobody is named, with UnknownPerson where it is nobody active."""
    if not params.get("owner", "").strip():
        raise NewOwnerMissing(field="owner")
    try:
        people.person(whose(params))
    except UnknownPerson as refusal:
        raise UnknownPerson(**refusal.params, field="owner") from None


def _check_change(kind: str) -> Callable[[Params], None]:
    """The field is one that the bar offers; what is left empty takes nothing away, unless that is what was ticked.

    Fields of processes and added ones are known to the action that each record takes.
    """

    def check(params: Params) -> None:
        field, offered = params.get("field", ""), BULK_FIELDS[kind]
        of_process = kind == "deals" and field not in DEAL_FIELDS
        if field not in offered and not of_process and not is_custom(field):
            raise UnknownField(field=field[:60], known=", ".join(offered))
        if not params.get("value", "").strip() and params.get("clear") != "1":
            raise NewValueMissing(field="value")

    return check


def _check_reason(name: str) -> Callable[[Params], None]:
    def check(params: Params) -> None:
        if not params.get(name, "").strip():
            raise ReasonMissing(field=name)

    return check


def plain(value: Any) -> str | None:
    """A field as plain text that its reader takes again: of a record its id; nothing when it is empty."""
    if value in (None, ""):
        return None
    if isinstance(value, Model):
        return str(value.pk)
    return value.isoformat() if isinstance(value, date) else str(value)


def _advance(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    moved = deals.advance_deal(
        actor=actor,
        deal_id=pk,
        to=params.get("to") or None,
        next_owner=whose(params, "next_owner") if params.get("next_owner") else UNSET,
        note=params.get("note", ""),
        seen_version=seen,
    )
    if isinstance(moved, deals.AwaitingApproval):
        who = listed(person.name for request in moved.requests for person in request.waits_for)
        return Done(_("Waits for the approval of %(who)s.") % {"who": who}, waiting=True)
    if moved.to == END:
        return Done(_("The process is finished."))
    stage = processes.stage_name(processes.spec_of(moved.deal.run.version_id), moved.to)
    return Done(_("Moved to “%(stage)s”.") % {"stage": stage})


def _lose(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    reason, note = params.get("reason", ""), params.get("note", "")
    deals.lose_deal(actor=actor, deal_id=pk, reason=reason, note=note, seen_version=seen)
    return Done(_("Closed as lost."))


def _transfer_deal(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    deal = deals.transfer_deal(
        actor=actor, deal_id=pk, owner_id=whose(params), note=params.get("note", ""), seen_version=seen
    )
    return _handed_to(deal)


def _transfer_customer(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    note = params.get("note", "")
    return _handed_to(customers.transfer_customer(actor=actor, customer_id=pk, owner_id=whose(params), note=note))


def _handed_to(record: Any) -> Done:
    record.refresh_from_db(fields=["owner"])
    return Done(_("Now with %(who)s.") % {"who": record.owner.name})


def _owner_of(model: type[Model]) -> Any:
    def state(pk: int, params: Params) -> dict[str, Any]:
        return dict(model._default_manager.filter(pk=pk).values("owner", "pool").first() or {})

    return state


def _still_handed_over_by(model: type[Model], permission: str) -> Any:
    def reached(actor: Actor, ids: QuerySet[Any]) -> bool:
        rows = model._default_manager.filter(accounts.owned_within(actor, permission), pk__in=ids)
        return rows.exists()

    return reached


def _give_back_deal(actor: Actor, pk: int, was: Mapping[str, Any], params: Params) -> None:
    if was["owner"]:
        deals.transfer_deal(actor=actor, deal_id=pk, owner_id=was["owner"], note=_("Undone"), is_undo=True)
    else:
        pools.release_deal(actor=actor, deal_id=pk, reason=_("Undone"), pool_id=was["pool"])


def _give_back_customer(actor: Actor, pk: int, was: Mapping[str, Any], params: Params) -> None:
    if was["owner"]:
        customers.transfer_customer(actor=actor, customer_id=pk, owner_id=was["owner"], note=_("Undone"))
    else:
        pools.release_customer(actor=actor, customer_id=pk, reason=_("Undone"), pool_id=was["pool"])


def _set(params: Params) -> dict[str, str]:
    return {params.get("field", ""): "" if params.get("clear") == "1" else params.get("value", "")}


def _change_deal(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    field, before = params.get("field", ""), Deal.objects.filter(pk=pk).first()
    deal = deals.change_deal(actor=actor, deal_id=pk, fields=_set(params), seen_version=seen)
    if is_custom(field):
        return _told_added(actor, "deal", field, before, deal)
    labels = queries.deal_labels(processes.spec_of(deal.run.version_id))
    return _told(labels[field], *(_deal_shown(row, field) for row in (before, deal)))


def _change_customer(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    field, before = params.get("field", ""), Customer.objects.filter(pk=pk).first()
    customer = customers.change_customer(actor=actor, customer_id=pk, fields=_set(params), allow_duplicate=True)
    if is_custom(field):
        return _told_added(actor, "customer", field, before, customer)
    return _told(queries.LABELS[field], *(_shown(getattr(row, field)) for row in (before, customer)))


def _change_contact(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    field, before = params.get("field", ""), Contact.objects.filter(pk=pk).first()
    contact = customers.change_contact(actor=actor, contact_id=pk, fields=_set(params))
    if is_custom(field):
        return _told_added(actor, "contact", field, before, contact)
    return _told(queries.LABELS[field], *(_contact_shown(row, field) for row in (before, contact)))


def _told_added(actor: Actor, kind: str, name: str, before: Any, after: Any) -> Done:
    field = next(one for one in queries.fields_seen(actor, kind) if queries.field_name(one) == name)
    shown = (_shown(queries.custom_words(actor, row, field)) for row in (before, after))
    return _told(field.name, *shown)


def _deal_shown(deal: Any, field: str) -> str:
    return _shown(getattr(deal, field) if field in DEAL_FIELDS else deal.extra.get(field))


def _contact_shown(contact: Any, field: str) -> str:
    return _shown(contact.get_role_display() if field == "role" else getattr(contact, field))


def _shown(value: Any) -> str:
    return money.grouped(value) if isinstance(value, Decimal) else str(value or "—")[:60]


def _told(label: Any, before: str, after: str) -> Done:
    """What a change did to one record."""
    if before == after:
        return Done(_("%(field)s: already “%(value)s”.") % {"field": label, "value": after})
    return Done(_("%(field)s: %(old)s → %(new)s") % {"field": label, "old": before, "new": after})


def _deal_field(pk: int, params: Params) -> dict[str, Any]:
    deal, field = Deal.objects.filter(pk=pk).first(), params.get("field", "")
    if deal is None:
        return {}
    return {"value": _plain_added(deal, field) if is_custom(field) else plain(queries.deal_value(deal, field))}


def _field_of(model: type[Model], fields: Collection[str]) -> Any:
    def state(pk: int, params: Params) -> dict[str, Any]:
        record, field = model._default_manager.filter(pk=pk).first(), params.get("field", "")
        if record is not None and is_custom(field):
            return {"value": _plain_added(record, field)}
        return {"value": plain(getattr(record, field))} if record is not None and field in fields else {}

    return state


def _plain_added(record: Any, field: str) -> str | None:
    return custom_text(record.custom.get(custom_key(field)))


def _set_deal_back(actor: Actor, pk: int, was: Mapping[str, Any], params: Params) -> None:
    deals.change_deal(actor=actor, deal_id=pk, fields={params["field"]: was["value"]})


def _set_customer_back(actor: Actor, pk: int, was: Mapping[str, Any], params: Params) -> None:
    customers.change_customer(actor=actor, customer_id=pk, fields={params["field"]: was["value"]}, allow_duplicate=True)


def _set_contact_back(actor: Actor, pk: int, was: Mapping[str, Any], params: Params) -> None:
    customers.change_contact(actor=actor, contact_id=pk, fields={params["field"]: was["value"]})


def _release_deal(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    deal = pools.release_deal(actor=actor, deal_id=pk, reason=params.get("note", ""), pool_id=_pool(params))
    return Done(_("Now in the pool “%(pool)s”.") % {"pool": deal.pool})


def _release_customer(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    reason = params.get("note", "")
    customer = pools.release_customer(actor=actor, customer_id=pk, reason=reason, pool_id=_pool(params))
    return Done(_("Now in the pool “%(pool)s”.") % {"pool": customer.pool})


def _pool(params: Params) -> int | None:
    pool = params.get("pool", "")
    return int(pool) if pool.isdecimal() and len(pool) < 19 else None


def _claim_deal(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    pools.claim_deal(actor=actor, deal_id=pk)
    return Done(_("Yours now."))


def _claim_customer(actor: Actor, pk: int, seen: int | None, params: Params) -> Done:
    pools.claim_customer(actor=actor, customer_id=pk)
    return Done(_("Yours now."))


_CHANGE, _HAND_OVER = gettext_lazy("Edit a field"), gettext_lazy("Hand over")
_RELEASE, _CLAIM = gettext_lazy("Release into a pool"), gettext_lazy("Claim")

DEAL_STEPS = (
    Step(
        key="advance",
        label=gettext_lazy("Move on"),
        permission=permissions.DEALS_MOVE,
        take=_advance,
        lasting=MOVES_STAY,
    ),
    Step(
        key="transfer",
        label=_HAND_OVER,
        permission=permissions.DEALS_TRANSFER,
        take=_transfer_deal,
        check=check_owner,
        state=_owner_of(Deal),
        put_back=_give_back_deal,
        reached=_still_handed_over_by(Deal, permissions.DEALS_TRANSFER),
    ),
    Step(
        key="change",
        label=_CHANGE,
        permission=permissions.DEALS_CHANGE,
        take=_change_deal,
        check=_check_change("deals"),
        state=_deal_field,
        put_back=_set_deal_back,
    ),
    Step(
        key="lose",
        label=gettext_lazy("Close as lost"),
        permission=permissions.DEALS_MOVE,
        take=_lose,
        check=_check_reason("reason"),
        lasting=LOSSES_STAY,
    ),
    Step(
        key="release",
        label=_RELEASE,
        permission=permissions.DEALS_TRANSFER,
        take=_release_deal,
        check=_check_reason("note"),
        lasting=RELEASES_STAY,
    ),
    Step(key="claim", label=_CLAIM, permission=permissions.POOLS_CLAIM, take=_claim_deal, lasting=CLAIMS_STAY),
)
CUSTOMER_STEPS = (
    Step(
        key="transfer",
        label=_HAND_OVER,
        permission=permissions.CUSTOMERS_TRANSFER,
        take=_transfer_customer,
        check=check_owner,
        state=_owner_of(Customer),
        put_back=_give_back_customer,
        reached=_still_handed_over_by(Customer, permissions.CUSTOMERS_TRANSFER),
    ),
    Step(
        key="change",
        label=_CHANGE,
        permission=permissions.CUSTOMERS_CHANGE,
        take=_change_customer,
        check=_check_change("customers"),
        state=_field_of(Customer, BULK_FIELDS["customers"]),
        put_back=_set_customer_back,
    ),
    Step(
        key="release",
        label=_RELEASE,
        permission=permissions.CUSTOMERS_TRANSFER,
        take=_release_customer,
        check=_check_reason("note"),
        lasting=RELEASES_STAY,
    ),
    Step(key="claim", label=_CLAIM, permission=permissions.POOLS_CLAIM, take=_claim_customer, lasting=CLAIMS_STAY),
)
CONTACT_STEPS = (
    Step(
        key="change",
        label=_CHANGE,
        permission=permissions.CUSTOMERS_CHANGE,
        take=_change_contact,
        check=_check_change("contacts"),
        state=_field_of(Contact, BULK_FIELDS["contacts"]),
        put_back=_set_contact_back,
    ),
)


def connect() -> None:
    """Offer the steps; called once when Django is ready."""
    bulk.register("deals", bulk.Kind(queries.deals, "name"), DEAL_STEPS)
    bulk.register("customers", bulk.Kind(queries.customers, "name"), CUSTOMER_STEPS)
    bulk.register("contacts", bulk.Kind(queries.contacts, "name"), CONTACT_STEPS)
