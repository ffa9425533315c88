"""The cast: one small company, the people in it, and the ways tests make and move its records."""

import copy
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import Unit, User
from dealrail.accounts.queries import actor_for
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.attachments import attach_file
from dealrail.activities.actions.sop import complete_action
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.crm.actions import customers, deals
from dealrail.crm.actions.deals import AwaitingApproval, Moved
from dealrail.crm.models import Customer, Deal, Pool
from dealrail.events.models import Event
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.actions import definitions
from dealrail.process.models import ApprovalRequest, DefinitionVersion
from dealrail.process.rules import Demand
from tests import founding
from tests.founding import template as template

EXAMPLES = {"text": "已确认", "number": "3", "money": "120000", "date": "2026-03-02"}
_numbers = count(1)

MakeDeal = Callable[..., Deal]
MakeCustomer = Callable[..., Customer]


@dataclass(frozen=True)
class Company:
    """Departments and people by name, and the public pool."""

    units: Mapping[str, Unit]
    people: Mapping[str, User]
    pool: Pool


# What everybody may call


def actor_of(user: User | None, channel: str = "web") -> Actor:
    """The actor a person is as things stand now; the system for nobody."""
    return actor_for(User.objects.get(pk=user.pk), channel=channel) if user else Actor.system()


def event_kinds(after: int = 0) -> list[str]:
    """Kinds of the events recorded after this id, in order."""
    return list(Event.objects.filter(pk__gt=after).order_by("pk").values_list("kind", flat=True))


def last_event_id() -> int:
    """Where the log ends, so that a test can say what came after."""
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def fresh(deal: Deal) -> Deal:
    """The deal as it stands in the database."""
    return Deal.objects.select_related("run__stage", "owner", "customer").get(pk=deal.pk)


def stage_of(deal: Deal) -> str:
    """The key of the stage a deal is in."""
    return str(fresh(deal).run.stage.key)


def unmet(deal: Deal, to: str | None = None) -> list[tuple[str, str]]:
    """Condition and item of all that the gate still demands, approvals left out."""
    deal = fresh(deal)
    return [(row.condition, row.item) for row in engine.gate(deal.run, to=to, subject=deal).unmet]


def trial(**changes: Any) -> dict[str, Any]:
    """The content of the trial process, with these parts replaced."""
    return {**copy.deepcopy(founding.TRIAL), **changes}


def publish(content: Mapping[str, Any]) -> DefinitionVersion:
    """Put a definition in force."""
    return definitions.publish_process(actor=Actor.system(), content=content)[0]


@contextmanager
def refuses(refusal: type[Refusal]) -> Iterator[pytest.ExceptionInfo[Any]]:
    """What happens inside is refused like this, and not one row of the database differs afterwards."""
    before = [founding.rows_of(table) for table in founding.tables()]
    with pytest.raises(refusal) as caught:
        yield caught
    assert str(caught.value)
    assert [founding.rows_of(table) for table in founding.tables()] == before


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make these calls from threads that start together; each one's result, or the refusal it met."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return call()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


# Fulfilling gates


def fulfil(deal: Deal, *, by: User | None = None, to: str | None = None) -> None:
    """Do all that the gate of the next move demands but approvals, by the proper actions; its owner does it."""
    deal = fresh(deal)
    actor = actor_of(by or deal.owner)
    for demand in engine.gate(deal.run, to=to, subject=deal).unmet:
        _DOING[demand.code](fresh(deal), demand, actor)
    if unmet(deal, to):
        raise AssertionError(f"could not fulfil {unmet(deal, to)}")


def walk_on(deal: Deal, *, by: User | None = None, to: str | None = None) -> Deal:
    """Fulfil the gate, press, and have everybody asked grant; the deal stands in the next stage then."""
    fulfil(deal, by=by, to=to)
    result = deals.advance_deal(actor=actor_of(by or fresh(deal).owner), deal_id=deal.pk, to=to)
    while isinstance(result, AwaitingApproval):
        request = result.requests[0]
        granted = grant(request)
        if not isinstance(granted, Moved | AwaitingApproval):
            raise AssertionError("the gate shut while approvals were given")
        result = granted
    return fresh(deal)


def walk_to(deal: Deal, stage: str) -> Deal:
    """Walk a deal forward until it stands in this stage."""
    while stage_of(deal) != stage:
        walk_on(deal)
    return fresh(deal)


def grant(request: ApprovalRequest, *, granted: bool = True, note: str = "") -> Moved | AwaitingApproval | Deal:
    """Have the first approver of a request decide it."""
    approver = processes.pending_approvals([request.run_id]).get(pk=request.pk).waits_for[0]
    return deals.decide_approval(
        actor=actor_of(approver), deal_id=request.run.deal.pk, request_id=request.pk, granted=granted, note=note
    )


def _fill(deal: Deal, demand: Demand, actor: Actor) -> None:
    field = demand.params["field"]
    deals.change_deal(actor=actor, deal_id=deal.pk, fields={field: _example(deal, field)})


def _example(deal: Deal, field: str) -> object:
    fixed: dict[str, Callable[[], object]] = {
        "customer": lambda: new_customer(deal.owner).pk,
        "product": lambda: crm.products()[0].pk,
        "region": lambda: crm.regions()[0].pk,
        "source": lambda: crm.sources()[0].pk,
        "amount": lambda: "98000.50",
        "expected_close": lambda: "2026-12-31",
    }
    if field in fixed:
        return fixed[field]()
    spec = next(row for row in processes.spec_of(deal.run.version_id).fields if row.key == field)
    return spec.choices[0] if spec.type == "choice" else EXAMPLES[spec.type]


def _carry_out(deal: Deal, demand: Demand, actor: Actor) -> None:
    evidence = demand.params["evidence"]
    if evidence == "follow_up":
        follow_up(deal, actor=actor)
    complete_action(
        actor=actor,
        deal_id=deal.pk,
        action=demand.params["action"],
        note="客户已确认",
        file=SimpleUploadedFile("方案.pdf", b"%PDF-1.4") if evidence == "file" else None,
    )


def _follow(deal: Deal, demand: Demand, actor: Actor) -> None:
    for _ in range(demand.params["at_least"] - demand.params["made"]):
        follow_up(deal, actor=actor, kind=demand.params["of"][0])


def _meet(deal: Deal, demand: Demand, actor: Actor) -> None:
    if deal.customer is None:
        deals.change_deal(actor=actor, deal_id=deal.pk, fields={"customer": new_customer(deal.owner).pk})
        deal = fresh(deal)
    for _ in range(demand.params["at_least"] - demand.params["known"]):
        fields = {"name": f"联系人{next(_numbers)}", "role": demand.params["role"]}
        customers.create_contact(actor=actor, customer_id=deal.customer.pk, fields=fields)


def _know(deal: Deal, demand: Demand, actor: Actor) -> None:
    if deal.customer is None:
        deals.change_deal(actor=actor, deal_id=deal.pk, fields={"customer": new_customer(deal.owner).pk})
        deal = fresh(deal)
    fields = {demand.params["customer_field"]: "制造业"}
    customers.change_customer(actor=actor, customer_id=deal.customer.pk, fields=fields)


def _attach(deal: Deal, demand: Demand, actor: Actor) -> None:
    for _ in range(demand.params["at_least"] - demand.params["kept"]):
        attach_file(actor=actor, deal_id=deal.pk, file=SimpleUploadedFile("方案.pdf", b"%PDF-1.4"))


_DOING: dict[str, Callable[[Deal, Demand, Actor], None]] = {
    "field_missing": _fill,
    "action_not_done": _carry_out,
    "follow_ups_missing": _follow,
    "contacts_missing": _meet,
    "customer_field_missing": _know,
    "files_missing": _attach,
}


def follow_up(deal: Deal, *, actor: Actor, kind: str = "call") -> None:
    """Write down one contact with the customer."""
    record_activity(actor=actor, kind=kind, text="聊了需求和预算", deal_id=deal.pk)


def new_customer(owner: User | None, **fields: Any) -> Customer:
    """A customer owned by this person, under a name nobody has yet."""
    fields = {"name": f"新客户{next(_numbers)}有限公司", **fields}
    return customers.create_customer(actor=actor_of(owner), fields=fields)


def new_deal(owner: User | None, process: str = "trial", **fields: Any) -> Deal:
    """A deal in the first stage, owned by this person."""
    fields = {"name": f"商机{next(_numbers)}", **fields}
    return deals.create_deal(actor=actor_of(owner), process=process, fields=fields)


# The company


def found_company() -> Company:
    """The company: set up by the same actions that everybody uses, then copied from test to test."""
    processes.forget_cached_versions()
    with transaction.atomic():
        is_empty = not Event.objects.exists()
        if is_empty:
            founding.copy()
        else:
            founding.set_up()
    return Company(
        units={unit.name: unit for unit in Unit.objects.all()},
        people={user.login: user for user in User.objects.select_related("unit")},
        pool=Pool.objects.get(),
    )


# Fixtures


@pytest.fixture
def company(db: None) -> Company:
    """Departments, people, roles, products, a pool, the trial process and the four templates."""
    return found_company()


@pytest.fixture
def admin(company: Company) -> User:
    """May do everything everywhere, but no way round a gate."""
    return company.people["admin"]


@pytest.fixture
def manager(company: Company) -> User:
    """Leads the sales department; reaches it and both groups below."""
    return company.people["manager"]


@pytest.fixture
def rep(company: Company) -> User:
    """Sells in the eastern group; reaches only what is their own."""
    return company.people["rep"]


@pytest.fixture
def colleague(company: Company) -> User:
    """Sells in the same group as the rep, and reaches only their own."""
    return company.people["colleague"]


@pytest.fixture
def stranger(company: Company) -> User:
    """Works in another department and reaches only their own."""
    return company.people["stranger"]


@pytest.fixture
def legal(company: Company) -> User:
    """Checks contracts; sees what waits for their approval."""
    return company.people["legal"]


@pytest.fixture
def make_deal(company: Company) -> MakeDeal:
    """Make a deal of the rep, or of `owner=`; in the trial process, or in `process=`; with these fields."""

    def make(owner: User | None = None, process: str = "trial", **fields: Any) -> Deal:
        return new_deal(owner or company.people["rep"], process, **fields)

    return make


@pytest.fixture
def make_customer(company: Company) -> MakeCustomer:
    """Make a customer of the rep, or of `owner=`, with these fields."""

    def make(owner: User | None = None, **fields: Any) -> Customer:
        return new_customer(owner or company.people["rep"], **fields)

    return make
