"""What somebody is asked to decide about a deal: the approval or waiver, who asked, and why."""

from dataclasses import dataclass, field
from typing import Any

from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.errors import NoSuchApproval, NoSuchWaiverRequest
from dealrail.web.deals.calls import Call
from dealrail.web.deals.facts import Fact
from dealrail.web.deals.page import approval_rows
from dealrail.web.deals.sharing import waivers_asked

# Somebody else was quicker: nothing is left to decide, so the form goes.
GONE = (NoSuchApproval, NoSuchWaiverRequest)


@dataclass(frozen=True)
class Question:
    """What is to be decided: the condition, who asked when, their reason, and the values that are agreed to."""

    what: str
    who: str
    when: Any
    reason: str = ""
    about: list[Fact] = field(default_factory=list)


def approval(call: Call) -> Question:
    """The approval that the address names; refuse with NoSuchApproval when it isn't waited for any more."""
    spec, _stage = engine.spec_and_stage(call.deal.run)
    rows = processes.pending_approvals([call.deal.run_id]).filter(pk=int(call.key))
    for row in approval_rows(call.actor, [(row, call.deal, spec) for row in rows]):
        return Question(row.what, row.asked_by, row.asked_at, about=row.about)
    raise NoSuchApproval()


def waiver(call: Call) -> Question:
    """The request for a waiver that the address names; refuse with NoSuchWaiverRequest when it doesn't wait."""
    spec, _stage = engine.spec_and_stage(call.deal.run)
    for row in waivers_asked(call.actor, call.deal, spec):
        if row.id == int(call.key):
            return Question(row.what, row.asked_by, row.asked_at, reason=row.reason)
    raise NoSuchWaiverRequest()
