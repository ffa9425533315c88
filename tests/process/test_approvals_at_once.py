"""Two at once at an approval: whatever meets whatever, it comes to one end, and nobody waits for who is gone."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.crm.actions.approvals import add_approver, delegate_approval, withdraw_approval
from dealrail.crm.actions.deals import advance_deal, change_deal, decide_approval, lose_deal, park_deal
from dealrail.crm.actions.migrations import migrate_deal, start_migration
from dealrail.crm.models import Deal
from dealrail.events import queries as log
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.process.models import ApprovalPart, ApprovalRequest
from tests.cast import Company, actor_of, at_once, fresh, publish, stage_of, trial
from tests.process.test_several_approvers import again, ask, deal_under

pytestmark = pytest.mark.django_db(transaction=True)
Status, Part = ApprovalRequest.Status, ApprovalPart.Part
BY = {"all": [{"role": "legal"}, {"person": "boss"}]}


@dataclass
class Table:
    """A deal that waits for legal and for the boss, and what people do about it."""

    deal: Deal
    request: ApprovalRequest
    people: Any

    def _about(self, login: str) -> dict[str, Any]:
        return {"actor": actor_of(self.people[login]), "deal_id": self.deal.pk, "request_id": self.request.pk}

    def decide(self, login: str, *, granted: bool = True) -> Any:
        return partial(decide_approval, **self._about(login), granted=granted, note="就这样")

    def delegate(self, login: str, to: str) -> Any:
        return partial(delegate_approval, **self._about(login), to=self.people[to].pk)

    def add(self, login: str, person: str, *, first: bool = False) -> Any:
        return partial(add_approver, **self._about(login), person=self.people[person].pk, first=first)

    def withdraw(self) -> Any:
        return partial(withdraw_approval, **self._about("rep"))

    def press(self) -> Any:
        return partial(advance_deal, actor=actor_of(self.people["rep"]), deal_id=self.deal.pk)

    def change(self, amount: str) -> Any:
        fields = {"amount": amount}
        return partial(change_deal, actor=actor_of(self.people["rep"]), deal_id=self.deal.pk, fields=fields)

    def stop(self, login: str) -> Any:
        """Stopped, and the worker sees to what waits for them."""

        def stopped() -> None:
            change_user(actor=actor_of(None), user_id=self.people[login].pk, is_active=False)
            drain()

        return stopped

    def park(self) -> Any:
        return partial(park_deal, actor=actor_of(self.people["rep"]), deal_id=self.deal.pk)

    def lose(self) -> Any:
        return partial(lose_deal, actor=actor_of(self.people["rep"]), deal_id=self.deal.pk, reason="price")

    def go_over(self) -> Any:
        """Taken over to a version whose approval reads differently."""
        content = trial(process="several")
        content["stages"][0]["conditions"] = [{"key": "ok", "kind": "process.approval", "by": {"person": "boss"}}]
        publish(content)
        begun = start_migration(actor=actor_of(self.people["admin"]), note="新打法", process="several")
        return partial(migrate_deal, actor=actor_of(None), migration_id=begun.pk, deal_id=self.deal.pk)


# What meets what; the first says who has agreed before.
RACES: dict[str, tuple[str, Callable[[Table], list[Any]]]] = {
    "both agree": ("", lambda t: [t.decide("legal"), t.decide("boss")]),
    "one agrees, one refuses": ("", lambda t: [t.decide("legal"), t.decide("boss", granted=False)]),
    "the last agrees twice": ("legal", lambda t: [t.decide("boss"), t.decide("boss")]),
    "passed on while agreeing": ("legal", lambda t: [t.decide("boss"), t.delegate("boss", "finance")]),
    "passed on twice": ("", lambda t: [t.delegate("legal", "finance"), t.delegate("legal", "delivery")]),
    "both pass on to the same": ("", lambda t: [t.delegate("legal", "finance"), t.delegate("boss", "finance")]),
    "one more while the last agrees": ("legal", lambda t: [t.decide("boss"), t.add("boss", "finance")]),
    "one more before, by both": (
        "", lambda t: [t.add("legal", "finance", first=True), t.add("boss", "finance", first=True)],
    ),
    "taken back while the last agrees": ("legal", lambda t: [t.decide("boss"), t.withdraw()]),
    "taken back while passed on": ("", lambda t: [t.delegate("legal", "finance"), t.withdraw()]),
    "taken back twice": ("", lambda t: [t.withdraw(), t.withdraw()]),
    "taken back and asked again": ("", lambda t: [t.withdraw(), t.press(), t.press()]),
    "changed while the last agrees": ("legal", lambda t: [t.decide("boss"), t.change("900")]),
    "changed and asked again": ("", lambda t: [t.change("900"), t.press(), t.decide("legal")]),
    "stopped while agreeing": ("legal", lambda t: [t.decide("boss"), t.stop("boss")]),
    "both stopped": ("", lambda t: [t.stop("boss"), t.stop("legal")]),
    "passed on to who is stopped": ("", lambda t: [t.delegate("legal", "finance"), t.stop("finance")]),
    "one more who is stopped": ("", lambda t: [t.add("legal", "finance"), t.stop("finance")]),
    "set aside while the last agrees": ("legal", lambda t: [t.decide("boss"), t.park()]),
    "lost while the last agrees": ("legal", lambda t: [t.decide("boss"), t.lose()]),
    "taken over while the last agrees": ("legal", lambda t: [t.decide("boss"), t.go_over()]),
}  # fmt: skip


@pytest.mark.parametrize("race", RACES)
def test_whatever_meets_at_an_approval_it_comes_to_one_end(race: str, company: Company, rep: User) -> None:
    deal = deal_under(rep, BY)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "100"})
    table = Table(deal, ask(deal), company.people)
    agreed, calls = RACES[race]
    if agreed:
        table.decide(agreed)()
    results = at_once(*calls(table))
    assert not all(isinstance(result, Refusal) for result in results), "somebody was first"
    drain()
    _one_end(table)
    _nobody_waits_for_who_is_gone(deal)
    assert list(log.verify_log()) == []


def _one_end(table: Table) -> None:
    """The deal moved once, by a request that was agreed to as it was asked; or it stands where it stood."""
    deal, request = fresh(table.deal), again(table.request)
    requests = ApprovalRequest.objects.filter(run=deal.run_id)
    moves = Event.objects.filter(kind="deal.stage_changed", subject_id=deal.pk)
    assert moves.count() == requests.filter(status=Status.SPENT).count() == (stage_of(deal) != "lead")
    assert Event.objects.filter(kind="approval.decided", subject_id=deal.pk).count() <= 1
    assert requests.filter(status=Status.PENDING).count() <= 1
    if request.status == Status.SPENT:
        parts = request.parts.exclude(seat=0).values_list("seat", "part")
        seats = {seat: {part for at, part in parts if at == seat} for seat, _part in parts}
        assert all(Part.AGREED in held for held in seats.values()), "each seat said yes"
        assert moves.get().payload["amount"] == request.about["amount"]
    if request.status == Status.WITHDRAWN:
        assert Event.objects.filter(kind="approval.withdrawn", payload__request_id=request.pk).count() == 1


def _nobody_waits_for_who_is_gone(deal: Deal) -> None:
    for request in ApprovalRequest.objects.filter(run=deal.run_id, status=Status.PENDING):
        waiting = again(request).waits_for
        assert waiting
        assert all(User.objects.get(pk=person.pk).is_active for person in waiting), request
