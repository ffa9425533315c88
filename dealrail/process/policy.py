"""Who may see and change what a process shall become."""

from dealrail.accounts import policy
from dealrail.accounts.actor import Actor
from dealrail.process.permissions import PROCESS_DESIGN, PROCESS_PUBLISH


def may_see_drafts(actor: Actor) -> bool:
    """Whether the actor designs processes, or publishes what others designed."""
    return actor.may(PROCESS_DESIGN) or actor.may(PROCESS_PUBLISH)


def require_sees_drafts(actor: Actor) -> None:
    """Refuse with NotAllowed unless the actor may see drafts."""
    if not may_see_drafts(actor):
        policy.require(actor, PROCESS_DESIGN)
