"""The reference data can't be told from data made by actions."""

import pytest
from django.db import connection

from bench import bulk, filling
from bench.driving import writes
from bench.load import SUMMED, TABLES, NotEmpty, fill
from bench.measures import MEASURES
from bench.patterns import DEAL_TABLES, LOG_TABLES
from bench.statements import asked_for
from bench.world import World
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.accounts.queries import actor_for
from dealrail.cli.doctor import CHECKS
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import create_customer
from dealrail.crm.actions.deals import advance_deal
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.events.models import ChainHead, Event, Receipt
from dealrail.events.queries import verify_log
from dealrail.process import engine
from dealrail.process.models import Run, Stay
from dealrail.process.rules import Outcome, State
from tests.cast import actor_of

DEALS = 150
FEW = {"b2b-software": 9, "equipment": 3, "general": 5}
pytestmark = pytest.mark.django_db(transaction=True)


def keys_and_indexes() -> dict[str, set[tuple[object, ...]]]:
    """What the database keeps of each table besides its rows, however it names it."""
    with connection.cursor() as cursor:
        return {
            table._meta.db_table: {
                (tuple(found["columns"]), found["primary_key"], found["unique"], found["foreign_key"], found["check"])
                for found in connection.introspection.get_constraints(cursor, table._meta.db_table).values()
            }
            for table in (*DEAL_TABLES, *LOG_TABLES)
        }


def test_copies_pass_every_check_and_leave_the_tables_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "WORTH_OTHERS", DEALS // 10)  # so that other processes help with these few, too
    monkeypatch.setattr(filling, "CHUNK", 20)
    before = keys_and_indexes()
    fill(DEALS, FEW)
    assert keys_and_indexes() == before
    connection.check_constraints()
    assert list(verify_log()) == []
    assert {name: check() for name, check in CHECKS.items() if name not in {"worker", "disk"}} == {
        name: "" for name in CHECKS if name not in {"worker", "disk"}
    }
    assert Deal.objects.count() == DEALS
    assert (
        Run.objects.exclude(state=State.OPEN).filter(stays__left_at__isnull=True, finished_at__isnull=False).count()
        == 0
    )
    tell_of_themselves_only()
    work_goes_on()
    a_day_can_be_asked_for()
    few_deals_are_shared()


@pytest.mark.parametrize("everything", [True, False])
def test_keys_and_indexes_come_back_as_they_were(monkeypatch: pytest.MonkeyPatch, *, everything: bool) -> None:
    if everything:  # as where the database is somebody else's
        monkeypatch.setattr(bulk, "_kinds_made_anew", lambda _cursor: ["f", "p", "u"])
    before = keys_and_indexes()
    with bulk.bulk(TABLES, lambda _line: None, SUMMED) as writing:
        pass
    writing.finish()
    assert keys_and_indexes() == before


def tell_of_themselves_only() -> None:
    """A copied deal is its customer's owner's, found by its name, and told of under its own name and people."""
    copy = Deal.objects.filter(customer__isnull=False, won_by__isnull=True, owner__isnull=False).order_by("-pk")[0]
    created = Event.objects.get(subject_kind="deal", subject_id=copy.pk, kind="deal.created")
    assert created.payload["deal_name"] == copy.name
    assert created.payload["owner_id"] == copy.customer.owner_id
    first_stay = copy.run.stays.order_by("entered_at")[0]
    assert first_stay.entered_at == created.occurred_at
    names = set(
        Event.objects.filter(subject_kind="deal", subject_id=copy.pk).values_list("payload__deal_name", flat=True)
    )
    assert names == {copy.name}
    assert copy in crm.search_deals(Actor.system(), Deal.objects.all(), copy.name)
    assert Customer.objects.count() == Customer.objects.values("name").distinct().count()
    assert Contact.objects.count() == Contact.objects.values("phone").distinct().count()


def work_goes_on() -> None:
    """New rows get keys of their own, and a copied deal moves through its gate."""
    admin = actor_of(User.objects.get(login="admin"))
    create_customer(actor=admin, fields={"name": "新来的客户有限公司"})
    ready = [deal for deal in Deal.objects.filter(run__state=State.OPEN) if gate_of(deal) is Outcome.OPEN]
    assert ready
    stays = Stay.objects.count()
    advance_deal(actor=actor_for(ready[-1].owner, channel="web"), deal_id=ready[-1].pk)
    assert Stay.objects.count() == stays + 1
    assert Receipt.objects.filter(state="owed").exists()
    assert ChainHead.objects.get(subject_kind="deal", subject_id=ready[-1].pk).seq > 1


def a_day_can_be_asked_for() -> None:
    """Every measure finds what it asks about, and three of ten things in a day's work are written."""
    day = MEASURES["mix"].asks(World(), 1)
    assert [writes([ask]) for ask in day].count(True) == 3
    assert all(asked_for(ask) for ask in day)


def few_deals_are_shared() -> None:
    """Where fewer can move than are wanted, nobody is left without."""
    world = World()
    world.ration(10_000)
    assert 0 < len(world.ready(5000)) == len(world.ready(5000)) < 5000


def gate_of(deal: Deal) -> Outcome:
    return engine.gate(deal.run, to=None, subject=deal).outcome


def test_a_database_that_holds_something_is_left_alone(admin: User) -> None:
    people = list(User.objects.order_by("pk"))
    with pytest.raises(NotEmpty):
        fill(10, FEW)
    assert admin in people
    assert list(User.objects.order_by("pk")) == people
