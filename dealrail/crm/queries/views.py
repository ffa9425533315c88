"""Saved views: one's own, and those shared with everybody."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import Unit, User
from dealrail.accounts.permissions import COMPANY_MANAGE
from dealrail.crm.models import SavedView, StandardView
from dealrail.crm.permissions import VIEWS_SHARE
from dealrail.crm.queries.custom import hidden_fields
from dealrail.crm.rules import CUSTOM

MOST_SHOWN = 200
PINNED = 30
# the lists whose views name fields that were added to a kind of record
_ABOUT = {"deal": ["deals", "board"], "customer": ["customers"], "contact": ["contacts"], "activity": ["activities"]}


def saved_views(actor: Actor, list_: str = "") -> QuerySet[SavedView]:
    """The views one may use, of all lists or of one, by name; what they show is decided by who looks.

    A shared one that names a field the actor may not see is not among them.
    """
    usable = _usable(actor).filter(list=list_) if list_ else _usable(actor)
    return usable.exclude(_telling(actor))


def _usable(actor: Actor) -> QuerySet[SavedView]:
    return _views(Q(owner=actor.user_id) | _shared_with(actor))


def _views(wanted: Q) -> QuerySet[SavedView]:
    return SavedView.objects.filter(wanted).select_related("owner", "unit", "role").order_by("name", "pk")


def _telling(actor: Actor) -> Q:
    """Views of others that name a field the actor may not see, nor who only sees as the actor."""
    telling = _naming_hidden(actor) & ~Q(owner=actor.user_id)
    return telling if actor.looker is None else telling | _telling(actor.looker)


def _naming_hidden(actor: Actor) -> Q:
    naming = Q(pk__in=[])
    for kind, key in hidden_fields(actor):
        naming |= Q(list__in=_ABOUT[kind], query__regex=_naming(key))
    return naming


def names_hidden(view: SavedView, actor: Actor) -> bool:
    """Whether a view names a field that this actor may not see."""
    return SavedView.objects.filter(_naming_hidden(actor), pk=view.pk).exists()


def _naming(key: str) -> str:
    return rf"custom\.{key}([^a-z0-9_]|$)"


def _shared_with(actor: Actor) -> Q:
    """Views shared with everybody, with a department the actor belongs to or one above it, or with a role they hold."""
    mine = Unit.objects.filter(pk=actor.unit_id or 0, path__startswith=OuterRef("path"))
    units = Unit.objects.filter(Exists(mine)).values("pk")
    audience = SavedView.Audience
    return Q(is_shared=True) & (
        Q(audience=audience.EVERYBODY)
        | Q(audience=audience.UNIT, unit__in=units)
        | Q(audience=audience.ROLE, role__key__in=actor.roles)
    )


def audiences() -> dict[str, Any]:
    """With whom a view can be shared, in words."""
    return dict(SavedView.Audience.choices)


def shared_views(actor: Actor) -> QuerySet[SavedView]:
    """Every view that somebody shares, with whomever, for who administers the company; refuse with NotAllowed.

    One that names a field the actor may not see is not among them.
    """
    accounts.require(actor, COMPANY_MANAGE)
    return _views(Q(is_shared=True)).exclude(_telling(actor))


def view_owners() -> QuerySet[User]:
    """Active people who may own a view that others see: the same rule as `may_share_view`, from the other side."""
    leading = Unit.objects.filter(leader__isnull=False)
    return people.active_people().filter(
        Q(pk__in=people.active_holders(VIEWS_SHARE).values("pk"))
        | Q(pk__in=people.active_holders(COMPANY_MANAGE).values("pk"))
        | Q(pk__in=leading.values("leader"))
    )


def standard_view(actor: Actor, list_: str) -> SavedView | None:
    """The view that a list opens with: that of the first of one's roles that has one, as long as one may use it."""
    chosen = StandardView.objects.filter(list=list_, role__key__in=actor.roles, view__in=saved_views(actor, list_))
    found = chosen.select_related("view").order_by("role").first()
    return found.view if found else None


def standard_roles(view: SavedView) -> list[str]:
    """The keys of the roles whose standard this view is."""
    return standards_of([view.pk]).get(view.pk, [])


def standards_of(view_ids: Iterable[int]) -> dict[int, list[str]]:
    """The keys of the roles whose standard each of these views is; one statement."""
    found: dict[int, list[str]] = {}
    rows = StandardView.objects.filter(view__in=list(view_ids)).order_by("role__key")
    for view, key in rows.values_list("view", "role__key"):
        found.setdefault(view, []).append(key)
    return found


def saved_view(actor: Actor, view_id: int) -> SavedView:
    """One view; refuse with NotFound, also when it is neither one's own nor shared with one.

    Who administers the company finds every shared one, to change or delete it.
    """
    shared = Q(is_shared=True) if actor.may(COMPANY_MANAGE) else _shared_with(actor)
    found = _views(Q(owner=actor.user_id) | shared).exclude(_telling(actor)).filter(pk=view_id).first()
    if found is None:
        raise NotFound()
    return found


def pinned_views(actor: Actor) -> list[SavedView]:
    """The views that stand in the navigation, bounded; one statement, two where a shared one names an added field."""
    rows = list(_usable(actor).filter(is_pinned=True)[:PINNED])
    if not any(CUSTOM in row.query for row in rows if row.owner_id != actor.user_id or actor.looker):
        return rows
    seen = set(saved_views(actor).filter(is_pinned=True).values_list("pk", flat=True))
    return [row for row in rows if row.pk in seen]
