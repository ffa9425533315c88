"""Asking for approval, deciding, passing on, and taking back what was asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.core.texts import tidy
from dealrail.process import queries
from dealrail.process.condition_kinds import seats, told
from dealrail.process.engine.gates import Gate, conditions_of
from dealrail.process.engine.runs import require_transaction, spec_and_stage
from dealrail.process.errors import (
    AskedAlready,
    AsksThemselves,
    NoSuchApproval,
    ReasonMissing,
    TooManyApprovers,
)
from dealrail.process.models import ApprovalPart, ApprovalRequest, Run, Stay
from dealrail.process.rules import ConditionSpec
from dealrail.process.rules.approving import MOST_SEATS, reminders_of

LONGEST_REASON = 500
FIRST_SEAT, NO_SEAT = 1, 0
Part = ApprovalPart.Part


@dataclass(frozen=True)
class Asked:
    """All that a move waits for, what of it is new, and what was withdrawn: it waited for another move, or nobody."""

    waiting: list[ApprovalRequest]
    new: list[ApprovalRequest]
    withdrawn: list[ApprovalRequest]


def ask(run: Run, verdict: Gate, *, by: Actor, owner_id: int | None, about: Mapping[str, str | None]) -> Asked:
    """Ask for each approval that this move lacks.

    `about` is what the record holds: the approvers see it, and it is what they agree to.
    What waits for another move, or for nobody active any more, is withdrawn. Refuses with NobodyToApprove.
    """
    require_transaction()
    stay = Stay.objects.get(run=run, left_at__isnull=True)
    pending = list(queries.pending_approvals([run.pk]))
    live = {row.condition: row for row in pending if row.to == verdict.to and row.can_be_answered}
    gone = [row for row in pending if row not in live.values()]
    ApprovalRequest.objects.filter(pk__in=[row.pk for row in gone]).update(status=ApprovalRequest.Status.WITHDRAWN)
    new = {
        key: _new_request(stay, verdict.to, _condition(run, key), by, owner_id, about)
        for key in (demand.condition for demand in verdict.approvals)
        if key not in live
    }
    asked = {**live, **new}
    return Asked([asked[demand.condition] for demand in verdict.approvals], list(new.values()), gone)


def _condition(run: Run, key: str) -> ConditionSpec:
    _, stage = spec_and_stage(run)
    return next(row for row in conditions_of(stage) if row.key == key)


def _new_request(
    stay: Stay, to: str, condition: ConditionSpec, by: Actor, owner_id: int | None, about: Mapping[str, str | None]
) -> ApprovalRequest:
    asked = seats(condition, owner_id=owner_id, asked_by=by.user_id, values=about)
    now = clock.now()
    reminders = reminders_of(condition, now, people.working_time())
    informed = told(condition, owner_id=owner_id, asked_by=by.user_id)
    request = ApprovalRequest.objects.create(
        run_id=stay.run_id,
        stay=stay,
        condition=condition.key,
        to=to,
        about=dict(about),
        asked_by_id=by.user_id or None,
        asked_at=now,
        remind_at=reminders[0] if reminders else None,
    )
    rows = [(seat, user, Part.WAITING) for seat, users in enumerate(asked, FIRST_SEAT) for user in users]
    rows += [(NO_SEAT, user, Part.TOLD) for user in informed if user not in {user for _, user, _ in rows}]
    ApprovalPart.objects.bulk_create(
        ApprovalPart(request=request, seat=seat, user=user, part=part) for seat, user, part in rows
    )
    return _again(request)


@dataclass(frozen=True)
class Answer:
    """A request that somebody answered. `is_final`: nobody else has to; `next`: those whose turn it is by that."""

    request: ApprovalRequest
    is_final: bool
    next: list[User]


def decide(run: Run, request_id: int, *, granted: bool, by: Actor, note: str = "") -> Answer:
    """Say yes or no to a request of this very run: the last yes grants it, the first no refuses it.

    Refuses with NoSuchApproval unless it waits for this person.
    """
    request, mine = _waiting(run, request_id, by)
    following = _agree(request, mine, by, note) if granted else []
    still = ApprovalPart.objects.filter(request=request, part__in=[Part.WAITING, Part.LATER])
    if granted and still.exists():
        return Answer(_again(request), False, following)
    request.status = ApprovalRequest.Status.GRANTED if granted else ApprovalRequest.Status.REFUSED
    request.decided_by_id = by.user_id
    request.decided_at = clock.now()
    request.note = note[:LONGEST_REASON]
    request.save(update_fields=["status", "decided_by", "decided_at", "note"])
    return Answer(request, True, [])


def _waiting(run: Run, request_id: int, by: Actor) -> tuple[ApprovalRequest, list[ApprovalPart]]:
    """A pending request of this run, and the seats it waits for this person in; refuse with NoSuchApproval."""
    require_transaction()
    request = queries.pending_approvals([run.pk]).filter(pk=request_id).first()
    parts = request.parts.all() if request else []
    mine = [row for row in parts if row.user_id == by.user_id and row.part == Part.WAITING]
    if request is None or not mine:
        raise NoSuchApproval()
    return request, mine


def _agree(request: ApprovalRequest, mine: list[ApprovalPart], by: Actor, note: str) -> list[User]:
    """Write down a yes in these seats, and ask those who come after them: who they are."""
    rows = ApprovalPart.objects.filter(request=request)
    rows.filter(pk__in=[row.pk for row in mine]).update(
        part=Part.AGREED, answered_at=clock.now(), note=note[:LONGEST_REASON]
    )
    rows.filter(seat__in=[row.seat for row in mine], part__in=[Part.WAITING, Part.LATER]).update(part=Part.SPARED)
    open_seats = rows.filter(part__in=[Part.WAITING, Part.LATER])
    held_up = [seat for seat in open_seats.values_list("before", flat=True) if seat is not None]
    following = rows.filter(part=Part.LATER).exclude(seat__in=held_up).select_related("user")
    asked = [row.user for row in following]
    following.update(part=Part.WAITING)
    return asked


def delegate(run: Run, request_id: int, *, to: User, by: Actor) -> ApprovalRequest:
    """Have somebody else answer in one's place (转交).

    Refuses with NoSuchApproval, AsksThemselves, or AskedAlready for who is asked in the same place.
    """
    request, mine = _waiting(run, request_id, by)
    _refuse_asker(request, to)
    for row in mine:
        _seat(request, to, seat=row.seat, before=row.before, by=by)
        row.part, row.answered_at = Part.DELEGATED, clock.now()
        row.save(update_fields=["part", "answered_at"])
    return _again(request)


def replace_approver(run: Run, request_id: int, *, gone: int, to: Collection[User]) -> ApprovalRequest | None:
    """Have others answer for somebody who may not log in any more, in each seat that would wait for nobody else.

    With nobody to do so the request is withdrawn, to be made anew. None where it doesn't wait for them.
    """
    require_transaction()
    request = queries.pending_approvals([run.pk]).filter(pk=request_id).first()
    parts = [row for row in request.parts.all() if row.part in {Part.WAITING, Part.LATER}] if request else []
    manned = {row.seat for row in parts if row.user.is_active}
    lonely = [row for row in parts if row.user_id == gone and row.seat not in manned]
    if request is None or not lonely:
        return None
    if not to:
        return withdraw(run, request_id)
    for row in lonely:
        for user in to:
            seat = ApprovalPart.objects.filter(request=request, seat=row.seat, user=user).first()
            seat = seat or ApprovalPart(request=request, seat=row.seat, user=user)
            seat.part, seat.before, seat.answered_at = row.part, row.before, None
            seat.save()
        row.part, row.answered_at = Part.DELEGATED, clock.now()
        row.save(update_fields=["part", "answered_at"])
    return _again(request)


def add_approver(run: Run, request_id: int, *, user: User, first: bool, by: Actor) -> ApprovalRequest:
    """Have one more person agree (加签): beside oneself, or `first`, so that one's own turn comes after theirs.

    Refuses with NoSuchApproval, AsksThemselves, AskedAlready or TooManyApprovers.
    """
    request, mine = _waiting(run, request_id, by)
    _refuse_asker(request, user)
    if any(row.user_id == user.pk and row.part in {Part.WAITING, Part.LATER} for row in request.parts.all()):
        raise AskedAlready(person=user.name)
    seat = max(row.seat for row in request.parts.all()) + 1
    if seat > MOST_SEATS:
        raise TooManyApprovers(most=MOST_SEATS)
    _seat(request, user, seat=seat, before=mine[0].seat if first else None, by=by)
    if first:
        own = ApprovalPart.objects.filter(request=request, seat=mine[0].seat, part=Part.WAITING)
        own.update(part=Part.LATER)
    return _again(request)


def _seat(request: ApprovalRequest, user: User, *, seat: int, before: int | None, by: Actor) -> None:
    """Ask somebody in this seat; refuse with AskedAlready who is asked there."""
    known = ApprovalPart.objects.filter(request=request, seat=seat, user=user).first()
    if known and known.part in {Part.WAITING, Part.LATER}:
        raise AskedAlready(person=user.name)
    row = known or ApprovalPart(request=request, seat=seat, user=user)
    row.part, row.before, row.brought_by_id, row.answered_at = Part.WAITING, before, by.user_id, None
    row.save()


def _refuse_asker(request: ApprovalRequest, user: User) -> None:
    if user.pk == request.asked_by_id:
        raise AsksThemselves(person=user.name)


def _again(request: ApprovalRequest) -> ApprovalRequest:
    """The request with its parts as they are now."""
    return queries.pending_approvals([request.run_id]).get(pk=request.pk)


def remind(run: Run, request_id: int) -> ApprovalRequest | None:
    """Note that those who haven't answered are reminded now; None when it isn't time, or somebody else did it.

    Reminders missed meanwhile are one.
    """
    require_transaction()
    request = queries.pending_approvals([run.pk]).filter(pk=request_id).first()
    now = clock.now()
    if request is None or request.remind_at is None or request.remind_at > now:
        return None
    times = reminders_of(_condition(run, request.condition), request.asked_at, people.working_time())
    request.remind_at = next((moment for moment in times if moment > now), None)
    request.save(update_fields=["remind_at"])
    return request


def withdraw(run: Run, request_id: int, *, note: str = "") -> ApprovalRequest:
    """Take a request back that nobody has decided yet (撤回). Refuses with NoSuchApproval."""
    require_transaction()
    request = queries.pending_approvals([run.pk]).filter(pk=request_id).first()
    if request is None:
        raise NoSuchApproval()
    request.status, request.note = ApprovalRequest.Status.WITHDRAWN, note[:LONGEST_REASON]
    request.save(update_fields=["status", "note"])
    return request


def withdraw_outdated(run: Run, changed: Collection[str]) -> list[ApprovalRequest]:
    """Take back what was asked, or granted for a move not made yet, about values that have changed since.

    A request that doesn't say what it was about is taken back with any change.
    """
    require_transaction()
    rows = queries.live_approvals(run.pk)
    outdated = [row for row in rows if not row.about or set(changed) & set(row.about)]
    ApprovalRequest.objects.filter(pk__in=[row.pk for row in outdated]).update(status=ApprovalRequest.Status.WITHDRAWN)
    return outdated


def checked_reason(reason: str) -> str:
    """A reason without blanks around it; refuse with ReasonMissing."""
    if not 2 <= len(tidy(reason)) <= LONGEST_REASON:
        raise ReasonMissing()
    return tidy(reason)
