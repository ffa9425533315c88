"""People and requests around a deal: collaborators, waivers asked for, what was handed over."""

from dataclasses import dataclass
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.crm import permissions, policy
from dealrail.crm import queries as crm
from dealrail.process import queries as processes
from dealrail.process.permissions import PROCESS_WAIVE
from dealrail.process.rules import ProcessSpec
from dealrail.web.processes.naming import condition_names, waiver_why

TOLD_FOLLOW_UPS = 3


@dataclass(frozen=True)
class WaiverAsked:
    """A waiver somebody asks for; `is_mine`: the reader asked, `may_answer`: the reader decides."""

    id: int
    what: str
    reason: str
    asked_by: str
    asked_at: Any
    is_mine: bool
    may_answer: bool


@dataclass(frozen=True)
class Card:
    """What the new owner of a deal is told: by whom, why, and the latest follow-ups."""

    row: Any
    stage: str
    follow_ups: list[Any]


def people_around(actor: Actor, deal: Any, spec: ProcessSpec) -> dict[str, Any]:
    """Who works on a deal, what they ask for, and what its new owner is told."""
    return {
        "collaborators": list(crm.collaborators(deal.pk)),
        "may_share": policy.owns(actor, permissions.DEALS_CHANGE, deal),
        "me": actor.user_id,
        "waivers_asked": waivers_asked(actor, deal, spec),
        "next_owner": crm.waiting_hand_over(deal.pk),
        "card": _card(actor, deal, spec),
    }


def waivers_asked(actor: Actor, deal: Any, spec: ProcessSpec) -> list[WaiverAsked]:
    """What is asked to be waived for a deal, the oldest first."""
    names, may_answer = condition_names(spec), policy.owns(actor, PROCESS_WAIVE, deal)
    return [
        WaiverAsked(
            id=row.pk,
            what=names.get(row.condition, row.condition),
            reason=waiver_why(spec, row),
            asked_by=row.asked_by.name if row.asked_by else "—",
            asked_at=row.asked_at,
            is_mine=row.asked_by_id == actor.user_id,
            may_answer=may_answer,
        )
        for row in processes.pending_waiver_requests([deal.run_id])
    ]


def _card(actor: Actor, deal: Any, spec: ProcessSpec) -> Card | None:
    row = crm.hand_over_to_see(actor, deal)
    if row is None:
        return None
    told = activities.activities(actor).filter(deal=deal.pk)[:TOLD_FOLLOW_UPS]
    return Card(row, processes.stage_name(spec, row.to), list(told))
