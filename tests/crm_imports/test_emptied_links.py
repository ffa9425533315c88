"""Links to what is removed for good: emptied on record, whichever way it goes, and nobody's agreement outlives them."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.activities.actions.activities import record_activity
from dealrail.crm import emptying
from dealrail.crm.actions import recycling
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.fields import create_field
from dealrail.crm.actions.recycling import purge_deleted
from dealrail.crm.models import Contact, Customer, CustomField, Deal
from dealrail.crm.queries import telling
from dealrail.crm.queries.custom import VALUES
from dealrail.crm.rules import FIELD_KINDS
from dealrail.events import queries as log
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.notifications.models import Notification
from dealrail.process.models import ApprovalRequest
from tests.cast import (
    Company,
    actor_of,
    at_once,
    event_kinds,
    fresh,
    last_event_id,
    new_customer,
    new_deal,
    publish,
    trial,
)
from tests.crm_imports.bringing import Bring
from tests.process.test_several_approvers import again, ask

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()
TARGETS = {"customer": Customer, "contact": Contact, "deal": Deal}
TOLD = {
    "deal": "deal.changed",
    "customer": "customer.changed",
    "contact": "contact.changed",
    "activity": "activity.corrected",
}
SHEETS = {
    "customer": ("客户名称\n将去\n", "customers"),
    "contact": ("客户,联系人\n别的公司,将去\n", "contacts"),
    "deal": ("商机名称\n将去\n", "deals"),
}


def add(kind: str, target: str, key: str = "ref", **fields: Any) -> CustomField:
    """A link, in use at once."""
    wanted = {"name": key, "key": key, "type": "link", "target": target, **fields}
    return create_field(actor=SYSTEM, kind=kind, fields=wanted)


def purge(kind: str, *rows: Any) -> None:
    """These go as if they had lain in the recycle bin for long."""
    ids = [row.pk for row in rows]
    TARGETS[kind]._default_manager.filter(pk__in=ids).update(deleted_at=timezone.now() - timedelta(days=31))
    assert purge_deleted(actor=SYSTEM) == len(ids)


def deal_with(who: User, values: dict[str, Any]) -> Deal:
    """A deal that holds these."""
    return new_deal(who, **values)


def holder(kind: str, who: User, pk: int) -> Any:
    """A record of this kind that links to that one."""
    fields = {"custom.ref": pk}
    if kind == "deal":
        return deal_with(who, fields)
    customer = new_customer(who, **(fields if kind == "customer" else {}))
    if kind == "contact":
        return create_contact(actor=actor_of(who), customer_id=customer.pk, fields={"name": "王总", **fields})
    if kind == "activity":
        return record_activity(actor=actor_of(who), kind="call", text="聊过", customer_id=customer.pk, fields=fields)
    return customer


@pytest.mark.parametrize("way", ["recycle bin", "import undone"])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", FIELD_KINDS)
def test_a_link_to_what_is_removed_is_emptied_and_told_once(
    admin: User, bring: Bring, kind: str, target: str, way: str
) -> None:
    new_customer(admin, name="别的公司")
    sheet, plural = SHEETS[target]
    job = bring(sheet, plural)
    gone = TARGETS[target]._default_manager.get(name="将去")
    add(kind, target)
    held, kept = holder(kind, admin, gone.pk), holder(kind, admin, holder_of(target, admin).pk)
    at = last_event_id()
    purge(target, gone) if way == "recycle bin" else bring.undo(job)
    assert not TARGETS[target]._default_manager.filter(pk=gone.pk).exists()
    assert [event for event in event_kinds(at) if event != "import.undone"] == [f"{target}.removed", TOLD[kind]]
    told = Event.objects.get(pk__gt=at, kind=TOLD[kind]).payload
    assert told["changes"] == {"custom.ref": [str(gone.pk), None]}
    assert told[f"{kind}_id"] == held.pk
    rows = type(held)._default_manager
    assert [rows.get(pk=row.pk).custom for row in (held, kept)] == [{}, kept.custom]
    assert [row.record_id for row in VALUES[kind]._default_manager.all()] == [kept.pk]
    assert not list(log.verify_log())


def holder_of(target: str, who: User) -> Any:
    """A record that stays, to lead to."""
    if target == "deal":
        return new_deal(who, name="留下")
    customer = new_customer(who, name="留下的公司")
    if target == "customer":
        return customer
    return create_contact(actor=actor_of(who), customer_id=customer.pk, fields={"name": "留下"})


def test_what_goes_together_is_told_once_by_record_and_never_of_what_goes_itself(admin: User, company: Company) -> None:
    add("deal", "customer", "buyer")
    add("deal", "contact", "person")
    add("deal", "deal", "before")
    customer = new_customer(admin)
    contact = create_contact(actor=actor_of(admin), customer_id=customer.pk, fields={"name": "王总"})
    deal = deal_with(admin, {"custom.buyer": customer.pk, "custom.person": contact.pk})
    at, revision = last_event_id(), fresh(deal).run.revision
    purge("customer", customer)
    assert event_kinds(at) == ["customer.removed", "deal.changed"]
    told = Event.objects.latest("pk").payload["changes"]
    assert told == {"custom.buyer": [str(customer.pk), None], "custom.person": [str(contact.pk), None]}
    assert fresh(deal).run.revision == revision + 1
    second = deal_with(admin, {"custom.before": deal.pk})
    at = last_event_id()
    purge("deal", deal, second)
    assert event_kinds(at) == ["deal.removed", "deal.removed"]


@pytest.mark.parametrize("granted", [False, True])
@pytest.mark.parametrize("way", ["recycle bin", "import undone"])
def test_an_approval_of_what_a_link_led_to_must_be_asked_for_anew(
    rep: User, bring: Bring, way: str, granted: bool
) -> None:
    add("deal", "customer")
    job = bring("客户名称\n将去\n", "customers")
    gone = Customer.objects.get(name="将去")
    stays = new_customer(rep)
    demanding = {"key": "known", "kind": "fields.filled", "fields": ["custom.ref"]}
    content = trial(process="several")
    content["stages"][0]["conditions"] = [
        demanding,
        {"key": "ok", "kind": "process.approval", "by": {"person": "legal"}},
    ]
    publish(content)
    deals = [new_deal(rep, "several", customer=stays.pk) for _ in range(2)]
    for deal, led_to in zip(deals, (gone, stays), strict=True):
        change_deal(actor=SYSTEM, deal_id=deal.pk, fields={"custom.ref": led_to.pk})
    asked, other = [ask(fresh(deal)) for deal in deals]
    if granted:
        ApprovalRequest.objects.filter(pk=asked.pk).update(status="granted", decided_at=timezone.now())
    at = last_event_id()
    purge("customer", gone) if way == "recycle bin" else bring.undo(job)
    assert event_kinds(at)[:3] == ["customer.removed", "deal.changed", "approval.withdrawn"]
    told = Event.objects.get(pk__gt=at, kind="approval.withdrawn").payload
    assert (told["how"], told["granted"]) == ("changed", granted)
    assert told["changes"] == {"custom.ref": [str(gone.pk), None]}
    assert [again(row).status for row in (asked, other)] == ["withdrawn", "pending"]
    drain()
    assert Notification.objects.filter(kind="approval_withdrawn").count() == 2


def test_who_may_not_see_the_field_reads_nothing_of_it(company: Company, admin: User) -> None:
    add("deal", "customer", access={"sales": "hidden"})
    customer = new_customer(admin, name="云帆科技")
    deal = new_deal(company.people["rep"])
    change_deal(actor=actor_of(admin), deal_id=deal.pk, fields={"custom.ref": customer.pk})
    at = last_event_id()
    purge("customer", customer)
    events = Event.objects.filter(pk__gt=at, subject_kind="deal")
    assert telling.without_hidden(actor_of(company.people["rep"]), events) == []
    [shown] = telling.without_hidden(actor_of(admin), events)
    assert "云帆科技" not in str(shown.payload)


def test_every_kind_of_record_that_takes_fields_can_tell_of_it() -> None:
    assert set(emptying._TELLERS) == {*FIELD_KINDS}


def test_a_restored_record_stays_though_it_was_to_go(admin: User, company: Company) -> None:
    add("deal", "customer")
    customer = new_customer(admin)
    deal = deal_with(admin, {"custom.ref": customer.pk})
    at = last_event_id()
    assert recycling._purge("customer", [customer.pk], timezone.now(), SYSTEM) == 0
    assert (event_kinds(at), fresh(deal).custom) == ([], {"ref": customer.pk})


@pytest.mark.django_db(transaction=True)
def test_undoing_an_import_and_changing_what_links_to_it_never_wait_for_each_other(admin: User, bring: Bring) -> None:
    add("deal", "customer")
    add("deal", "customer", "second")
    for _ in range(4):
        job = bring("客户名称\n" + "".join(f"将去{number}\n" for number in range(6)), "customers")
        gone = list(Customer.objects.filter(name__startswith="将去"))
        deals = [deal_with(admin, {"custom.ref": row.pk}) for row in gone]
        calls: list[Callable[[], Any]] = [partial(bring.undo, job)]
        for deal, row in zip(deals[:3], gone, strict=False):
            fields = {"custom.second": row.pk}
            calls.append(partial(change_deal, actor=actor_of(admin), deal_id=deal.pk, fields=fields))
        at_once(*calls)
        assert not Customer.objects.filter(name__startswith="将去").exists()
        assert [fresh(deal).custom for deal in deals] == [{}] * 6
        assert not list(log.verify_log())
        assert connection.is_usable()
