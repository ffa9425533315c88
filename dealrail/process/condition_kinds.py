"""The condition kinds the kernel itself knows: approval, cooling time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.process.conditions import Case
from dealrail.process.models import LIVE_APPROVALS, ApprovalRequest
from dealrail.process.rules import ConditionSpec, Demand, Problem, ProcessSpec

MOST_DAYS = 365


class Approval:
    """Somebody else must agree: the owner's leader (theirs, when they ask), or one person of a role; never who asks."""

    key = "process.approval"

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        by = condition.config.get("by")
        fine = by == {"leader": True} or (isinstance(by, dict) and set(by) == {"role"} and isinstance(by["role"], str))
        if not fine:
            yield Problem("", "not_one_of", {"value": str(by)[:40], "known": "by: {leader: true}, by: {role: KEY}"})
        for name in set(condition.config) - {"by"}:
            yield Problem("", "unknown_key", {"key": name, "known": "by"})

    def load(self, cases: Sequence[Case]) -> None:
        found: dict[int, dict[tuple[str, str], str]] = defaultdict(dict)
        stays = [case.stay_id for case in cases if case.stay_id and not case.fresh]
        if stays:
            rows = ApprovalRequest.objects.filter(stay__in=stays, status__in=LIVE_APPROVALS)
            for stay, condition, to, status in rows.values_list("stay", "condition", "to", "status"):
                found[stay][condition, to] = status
        for case in cases:
            case.evidence[self.key] = found.get(case.stay_id or 0, {})

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        # who agreed to one move has not agreed to another
        status = case.evidence[self.key].get((condition.key, case.evidence["target"]))
        pending = status == ApprovalRequest.Status.PENDING
        yield Demand(
            condition=condition.key,
            kind=self.key,
            code="approval_pending" if pending else "approval_needed",
            sentence=_("Waiting for approval: %(label)s") if pending else _("Needs approval: %(label)s"),
            params={"label": condition.name or condition.key},
            met=status == ApprovalRequest.Status.GRANTED,
        )


class Cooling:
    """Nobody moves on before so many days in the stage are over: a trial, a period of objection, a second thought."""

    key = "process.cooling"

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        days = condition.config.get("days")
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
            yield Problem("days", "bad_number", {"value": str(days)[:40], "low": 1, "high": MOST_DAYS})
        for name in set(condition.config) - {"days"}:
            yield Problem("", "unknown_key", {"key": name, "known": "days"})

    def load(self, cases: Sequence[Case]) -> None:
        """Nothing to load: the run says since when it stands where it does."""

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        if case.stay_id is None:  # of a stage that was passed long ago nobody has to wait any more
            return
        over = case.run.stage_entered_at + timedelta(days=condition.config["days"])
        shown = timezone.localtime(over + timedelta(minutes=1, microseconds=-1))
        yield Demand(
            condition=condition.key,
            kind=self.key,
            code="too_soon",
            sentence=_("Not before %(moment)s: %(days)s days in this stage"),
            params={"moment": f"{shown:%Y-%m-%d %H:%M}", "days": condition.config["days"]},
            met=clock.now() >= over,
        )


def approvers_of(condition: ConditionSpec, *, owner_id: int | None, asked_by: int) -> list[User]:
    """The people who may decide, without the one who asks."""
    by = condition.config["by"]
    if "role" in by:
        return list(people.people_of_role(by["role"]).exclude(pk=asked_by))
    leader = people.leader_above(owner_id or asked_by)
    if leader and leader.pk == asked_by:
        leader = people.leader_above(asked_by)
    return [leader] if leader else []
