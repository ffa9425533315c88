"""What must hold of deals, log and reactions, whatever died and when."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise

from django.db.models import Count, Q

from dealrail.activities.models import Task
from dealrail.crm.models import Deal
from dealrail.events.engine import subscriptions
from dealrail.events.models import Event, Receipt
from dealrail.process import queries as processes
from dealrail.process.models import Debt, Run, Stay
from dealrail.process.rules import State
from tests.crash.clients import EVENTS

CHANGES = {*EVENTS.values(), "deal.changed"}


def check_everything() -> None:
    """Nothing is half done, lost or doubled."""
    check_runs()
    check_stays()
    check_receipts()
    check_tasks()
    check_debts()


def moves_in_log() -> Counter[tuple[int, str, str]]:
    """Deal, kind and stage of every move that the log tells of."""
    events = Event.objects.filter(kind__in=EVENTS.values())
    return Counter((event.subject_id, event.kind, _stage_after(event)) for event in events)


def _stage_after(event: Event) -> str:
    return str(event.payload.get("to_stage") or event.payload["stage"])


def check_runs() -> None:
    """A run counts each of its events, and has an open stay exactly if it goes on."""
    events = Event.objects.filter(kind__in=CHANGES).values_list("subject_id").annotate(Count("pk"))
    counted = dict(events)
    is_open = Count("stays", filter=Q(stays__left_at__isnull=True))
    for run in Run.objects.select_related("deal").annotate(open=is_open):
        goes_on = run.state in {State.OPEN, State.WON} and run.finished_at is None
        assert run.open == goes_on, run
        assert run.revision == 1 + counted.get(run.deal.pk, 0), run


def check_stays() -> None:
    """The stays of a run follow on each other without a gap, through the stages that the log tells of."""
    told = _stages_told()
    stays: dict[int, list[Stay]] = defaultdict(list)
    for stay in Stay.objects.select_related("stage", "run__deal").order_by("run", "pk"):
        stays[stay.run.deal.pk].append(stay)
    for deal, row in stays.items():
        assert [stay.stage.key for stay in row][-len(told[deal]) :] == told[deal], deal
        for left, entered in pairwise(row):
            assert left.left_at is not None, deal
            assert left.left_at == entered.entered_at or left.exit in {"lost", "parked"}, deal


def _stages_told() -> Mapping[int, list[str]]:
    """The stages that deals entered, as the log tells of them."""
    told: dict[int, list[str]] = defaultdict(list)
    entering = ["deal.created", "deal.placed", "deal.stage_changed", "deal.reopened"]
    for event in Event.objects.filter(kind__in=entering).order_by("subject_id", "seq"):
        told[event.subject_id].append(_stage_after(event))
    return told


def check_receipts() -> None:
    """Every subscriber has done its part for every event, at the first attempt."""
    assert Counter(_wanted()) == Counter(Receipt.objects.values_list("event_id", "subscriber"))
    unusual = Receipt.objects.exclude(state=Receipt.State.DONE, attempts=1, last_error="")
    assert list(unusual.values_list("event__kind", "subscriber", "state", "attempts", "last_error")) == []


def _wanted() -> Iterator[tuple[int, str]]:
    for pk, kind in Event.objects.values_list("pk", "kind"):
        for subscription in subscriptions.values():
            if kind in subscription.kinds:
                yield pk, subscription.name


def check_tasks() -> None:
    """Each action that an open stay demands is one open task, and no task of a stay that was left is open."""
    wanted: Counter[tuple[int, str]] = Counter()
    for stay in Stay.objects.filter(left_at__isnull=True).select_related("stage", "run"):
        spec = processes.stage_spec(stay.run.version_id, stay.stage_id)
        wanted.update((stay.pk, key) for row in spec.conditions for key in row.config.get("actions", []))
    tasks = Task.objects.filter(kind=Task.Kind.ACTION, done_at__isnull=True)
    assert Counter(tasks.values_list("stay", "action")) == wanted


def check_debts() -> None:
    """A debt is settled exactly if its field is filled, and told of once."""
    for deal in Deal.objects.select_related("run"):
        debts = Debt.objects.filter(run=deal.run)
        settled = debts.filter(settled_at__isnull=False)
        filled = {key for key, value in deal.extra.items() if value}
        assert {debt.item for debt in settled} == filled & {debt.item for debt in debts}, deal
        told = Event.objects.filter(kind="deal.debts_settled", subject_id=deal.pk)
        assert sum(event.payload["count"] for event in told) == settled.count(), deal
