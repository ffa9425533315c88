"""Approval: somebody else must agree, and never who asks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from dealrail.accounts import queries as people
from dealrail.accounts.models import User
from dealrail.core.texts import listed
from dealrail.process.conditions import Case
from dealrail.process.errors import NobodyToApprove
from dealrail.process.models import LIVE_APPROVALS, ApprovalPart, ApprovalRequest
from dealrail.process.rules import ConditionSpec, Demand, Problem, ProcessSpec
from dealrail.process.rules.approving import (
    Member,
    asked_about,
    placed_members,
    problems_of_approval,
    seats_of,
    told_by,
)

Part = ApprovalPart.Part


class Approval:
    """One of several must agree, or all of them: leaders of the owner, holders of a role, persons."""

    key = "process.approval"

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        found = list(problems_of_approval(condition.config, spec))
        return found or _missing(condition)

    def load(self, cases: Sequence[Case]) -> None:
        found: dict[int, dict[tuple[str, str], dict[str, Any]]] = defaultdict(dict)
        stays = [case.stay_id for case in cases if case.stay_id and not case.fresh]
        if stays:
            rows = ApprovalRequest.objects.filter(stay__in=stays, status__in=LIVE_APPROVALS)
            for pk, stay, condition, to, status in rows.values_list("pk", "stay", "condition", "to", "status"):
                found[stay][condition, to] = {"pk": pk, "status": status}
        requests = [request for of_stay in found.values() for request in of_stay.values()]
        _load_people([row for row in requests if row["status"] == ApprovalRequest.Status.PENDING])
        for case in cases:
            case.evidence[self.key] = found.get(case.stay_id or 0, {})

    def load_past(self, cases: Sequence[Case]) -> None:
        """What was granted when a stay ended was spent by it; what was granted before and taken back is not."""
        self.load(cases)
        spent: dict[int, dict[tuple[str, str], dict[str, Any]]] = defaultdict(dict)
        stays = [case.stay_id for case in cases if case.stay_id]
        rows = ApprovalRequest.objects.filter(stay__in=stays, status=ApprovalRequest.Status.SPENT)
        for pk, stay, condition, to in rows.values_list("pk", "stay", "condition", "to"):
            spent[stay][condition, to] = {"pk": pk, "status": ApprovalRequest.Status.GRANTED}
        for case in cases:
            case.evidence[self.key] = {**case.evidence[self.key], **spent.get(case.stay_id or 0, {})}

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        granted = {"status": ApprovalRequest.Status.GRANTED}
        case.evidence[self.key] = {(key, to): granted for key in given.get("approved", ()) for to in case.stage.next}

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        # who agreed to one move has not agreed to another
        request = case.evidence[self.key].get((condition.key, case.evidence["target"]), {})
        label = called(condition)
        if request.get("status") == ApprovalRequest.Status.PENDING:
            yield self._pending(condition, label, request)
            return
        yield Demand(
            condition=condition.key,
            kind=self.key,
            code="approval_needed",
            sentence=_("Needs approval: %(label)s"),
            params={"label": label},
            met=request.get("status") == ApprovalRequest.Status.GRANTED,
        )

    def _pending(self, condition: ConditionSpec, label: str, request: Mapping[str, Any]) -> Demand:
        agreed, waiting = request["agreed"], request["waiting"]
        sentence = _("Waiting for approval: %(label)s (%(who)s)")
        if agreed:
            sentence = _("Waiting for approval: %(label)s (%(who)s; %(said)s agreed)")
        params = {"label": label, "who": listed(waiting), "said": listed(agreed), "waiting": waiting, "agreed": agreed}
        return Demand(condition=condition.key, kind=self.key, code="approval_pending", sentence=sentence, params=params)


def _load_people(requests: Sequence[dict[str, Any]]) -> None:
    """Who is to answer each of these and who has said yes, by name; one statement for all, none where none waits."""
    by_pk = {row["pk"]: row for row in requests}
    for row in requests:
        row |= {"waiting": [], "agreed": []}
    parts = ApprovalPart.objects.filter(request__in=by_pk, part__in=[Part.WAITING, Part.LATER, Part.AGREED])
    for pk, part, name in parts.order_by("seat", "pk").values_list("request", "part", "user__name") if by_pk else ():
        names = by_pk[pk]["agreed" if part == Part.AGREED else "waiting"]
        if name not in names:
            names.append(name)


def _missing(condition: ConditionSpec) -> Iterable[Problem]:
    """Roles and persons that don't exist, or may not log in any more, each at its place."""
    named = dict.fromkeys(
        (where, what, str(value)) for where, member in placed_members(condition) for what, value in member.items()
    )
    roles = set(people.all_roles().values_list("key", flat=True))
    logins = {value: people.user_by_login(value) for _where, what, value in named if what == "person"}
    for where, what, value in named:
        if what == "role" and value not in roles:
            yield Problem(where, "no_such_role", {"role": value})
        if what == "person" and not ((found := logins[value]) and found.is_active):
            yield Problem(where, "no_such_person", {"person": value})


def seats(
    condition: ConditionSpec, *, owner_id: int | None, asked_by: int, values: Mapping[str, str | None]
) -> list[list[User]]:
    """A list for each yes that is needed, of those who may give it, without who asks; refuse with NobodyToApprove."""
    found = [
        (seat, list(dict.fromkeys(user for member in seat for user in _people(member, owner_id or asked_by, asked_by))))
        for seat in seats_of(asked_about(condition, values))
    ]
    for seat, users in found:
        if not users:
            raise NobodyToApprove(who=_called(condition, seat if len(found) > 1 else []))
    return [users for _seat, users in found]


def called(condition: ConditionSpec) -> str:
    """What an approval is called; one without a name is just an approval."""
    return condition.name or pgettext("condition", "Approval")


def _called(condition: ConditionSpec, seat: Sequence[Member]) -> str:
    """The approval's name, with the one of several that has nobody."""
    name = called(condition)
    return f"{name} ({', '.join(str(value) for member in seat for value in member.values())})" if seat else name


def told(condition: ConditionSpec, *, owner_id: int | None, asked_by: int) -> list[User]:
    """Who is told besides (抄送), each once; not who asks."""
    found = (user for member in told_by(condition) for user in _people(member, owner_id or asked_by, asked_by))
    return list(dict.fromkeys(found))


def _people(member: Member, owner_id: int, asked_by: int) -> list[User]:
    if "role" in member:
        return list(people.people_of_role(member["role"]).exclude(pk=asked_by))
    if "person" in member:
        found = people.user_by_login(member["person"])
        return [found] if found and found.is_active and found.pk != asked_by else []
    leader = _leader(owner_id, int(member["leader"]), asked_by)
    return [leader] if leader else []


def _leader(owner_id: int, level: int, asked_by: int) -> User | None:
    """The leader so many levels above the owner, or the topmost one; when they ask, the next one above."""
    above = _leaders_above(owner_id, level)
    if not above or above[-1].pk != asked_by:
        return above[-1] if above else None
    return people.leader_above(asked_by) if len(above) == level else None


def _leaders_above(user_id: int, level: int) -> list[User]:
    """The leaders above a person, the nearest first, at most so many levels."""
    found: list[User] = []
    for _level in range(level):
        leader = people.leader_above(found[-1].pk if found else user_id)
        if leader is None or leader in found:
            break
        found.append(leader)
    return found
