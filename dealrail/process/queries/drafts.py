"""Reading drafts of processes."""

from django.db.models import QuerySet

from dealrail.accounts.actor import Actor
from dealrail.process import policy
from dealrail.process.errors import NoSuchDraft
from dealrail.process.models import Draft


def draft(actor: Actor, key: str) -> Draft:
    """The draft of a process. Refuses with NotAllowed or NoSuchDraft."""
    found = drafts(actor).filter(key=key).first()
    if found is None:
        raise NoSuchDraft(process=key)
    return found


def drafts(actor: Actor) -> QuerySet[Draft]:
    """All drafts there are, the one changed last first; refuse with NotAllowed."""
    policy.require_sees_drafts(actor)
    return Draft.objects.select_related("base", "origin", "started_by", "edited_by").order_by("-edited_at", "-pk")
