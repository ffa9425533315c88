"""Saved views: one's own, and those shared with everybody."""

from django.db.models import Q, QuerySet

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.crm.models import SavedView

MOST_SHOWN = 200
PINNED = 30


def saved_views(actor: Actor, list_: str = "") -> QuerySet[SavedView]:
    """The views one may use, of all lists or of one, by name; what they show is decided by who looks."""
    usable = SavedView.objects.filter(Q(owner=actor.user_id) | Q(is_shared=True)).select_related("owner")
    return (usable.filter(list=list_) if list_ else usable).order_by("name", "pk")


def saved_view(actor: Actor, view_id: int) -> SavedView:
    """One view; refuse with NotFound, also when it is neither one's own nor shared."""
    found = saved_views(actor).filter(pk=view_id).first()
    if found is None:
        raise NotFound()
    return found


def pinned_views(actor: Actor) -> list[SavedView]:
    """The views that stand in the navigation, bounded; one statement."""
    return list(saved_views(actor).filter(is_pinned=True)[:PINNED])
