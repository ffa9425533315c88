"""Saved views: one's own, and those shared with everybody."""

from django.db.models import Q, QuerySet

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.crm.models import SavedView
from dealrail.crm.queries.custom import hidden_fields
from dealrail.crm.rules import CUSTOM

MOST_SHOWN = 200
PINNED = 30


def saved_views(actor: Actor, list_: str = "") -> QuerySet[SavedView]:
    """The views one may use, of all lists or of one, by name; what they show is decided by who looks.

    A shared one that names a field the actor may not see is not among them.
    """
    usable = _usable(actor).filter(list=list_) if list_ else _usable(actor)
    telling = Q(pk__in=[])
    for kind, key in hidden_fields(actor):
        telling |= Q(list=f"{kind}s", query__regex=_naming(key))
    return usable.exclude(telling & ~Q(owner=actor.user_id))


def _usable(actor: Actor) -> QuerySet[SavedView]:
    rows = SavedView.objects.filter(Q(owner=actor.user_id) | Q(is_shared=True)).select_related("owner")
    return rows.order_by("name", "pk")


def _naming(key: str) -> str:
    return rf"custom\.{key}([^a-z0-9_]|$)"


def saved_view(actor: Actor, view_id: int) -> SavedView:
    """One view; refuse with NotFound, also when it is neither one's own nor shared."""
    found = saved_views(actor).filter(pk=view_id).first()
    if found is None:
        raise NotFound()
    return found


def pinned_views(actor: Actor) -> list[SavedView]:
    """The views that stand in the navigation, bounded; one statement, two where a shared one names an added field."""
    rows = list(_usable(actor).filter(is_pinned=True)[:PINNED])
    if not any(CUSTOM in row.query for row in rows if row.owner_id != actor.user_id):
        return rows
    seen = set(saved_views(actor).filter(is_pinned=True).values_list("pk", flat=True))
    return [row for row in rows if row.pk in seen]
