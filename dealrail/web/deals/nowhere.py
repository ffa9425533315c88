"""Why somebody can start no deal, and what to do about it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from dealrail.accounts.actor import Actor
from dealrail.process import policy
from dealrail.process import queries as processes
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.queries.lines import startable


@dataclass(frozen=True)
class Nowhere:
    """A sentence that says why, and the way to where it is mended, if this person may."""

    text: str
    href: str = ""
    action: str = ""


def nowhere_to_start(actor: Actor) -> Nowhere | None:
    """Why this person can start no deal; None where they can."""
    if startable(actor).exists():
        return None
    if processes.definitions():
        text = _("Every process belongs to a business line that you are not in. Ask who manages business lines.")
        return Nowhere(text)
    text = _("No process is published yet, and a deal goes its way by a process.")
    if policy.may_design_some(actor):
        return Nowhere(text, reverse("draft_new"), _("To the designer"))
    if actor.may(PROCESS_PUBLISH):
        return Nowhere(text, reverse("processes"), _("To the processes"))
    return Nowhere(f"{text} {_('Ask whoever designs your processes.')}")
