"""Keeping lists as views: saving, changing, sharing and deleting them."""

from typing import Any

from django.db import transaction

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NameMissing, NotFound
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.core.texts import tidy
from dealrail.crm import policy, queries
from dealrail.crm.errors import TooManyViews, UnknownList, ViewNameTaken, ViewTooLong
from dealrail.crm.facts import ViewDeleted, ViewSaved
from dealrail.crm.models import SavedView
from dealrail.events.engine import record

LISTS = ("deals", "customers", "contacts", "tasks", "activities", "board")
LONGEST_NAME = 60
LONGEST_QUERY = 8000
MOST_VIEWS = 100


@transaction.atomic
def create_view(
    *, actor: Actor, list_: str, name: str, query: str, is_shared: bool = False, is_pinned: bool = False
) -> SavedView:
    """Keep a list under a name: for oneself, or shared with everybody.

    Raises UnknownList, NameMissing, ViewNameTaken, ViewTooLong, TooManyViews, or NotAllowed for who may not share.
    """
    if list_ not in LISTS:
        raise UnknownList(list=list_[:40], known=", ".join(LISTS))
    if is_shared:
        policy.require_can_share_views(actor)
    take_turns("views", [str(actor.user_id)])
    if SavedView.objects.filter(owner=actor.user_id).count() >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    view = SavedView(list=list_, owner_id=actor.user_id, created_at=clock.now())
    return _saved(view, actor, name=name, query=query, is_shared=is_shared, is_pinned=is_pinned)


@transaction.atomic
def change_view(
    *,
    actor: Actor,
    view_id: int,
    name: str | None = None,
    query: str | None = None,
    is_shared: bool | None = None,
    is_pinned: bool | None = None,
) -> SavedView:
    """Rename a view, keep another query in it, share or pin it; what is not given stays.

    Shared views are also changed by who administers the company. Raises NotFound, NotYourView, NotAllowed, NameMissing,
    ViewNameTaken or ViewTooLong.
    """
    view = _for_change(actor, view_id)
    if is_shared and not view.is_shared:
        policy.require_can_share_views(actor)
    given = {"name": name, "query": query, "is_shared": is_shared, "is_pinned": is_pinned}
    return _saved(view, actor, **{key: value for key, value in given.items() if value is not None})


@transaction.atomic
def delete_view(*, actor: Actor, view_id: int) -> dict[str, Any]:
    """Delete a view; what comes back is what `restore_view` makes the same view from.

    Raises NotFound, or NotYourView for who is neither its owner nor administers the company.
    """
    view = _for_change(actor, view_id)
    was = {"view_id": view.pk, "list_": view.list, "name": view.name, "query": view.query, "owner_id": view.owner_id}
    record(ViewDeleted(view_id=view.pk, list=view.list, name=view.name), actor=actor)
    view.delete()
    return {**was, "is_shared": view.is_shared, "is_pinned": view.is_pinned}


@transaction.atomic
def restore_view(
    *, actor: Actor, view_id: int, list_: str, name: str, query: str, owner_id: int, is_shared: bool, is_pinned: bool
) -> SavedView:
    """Make a deleted view again as it was, for the same owner and under the same address; once it is back, it stays.

    Raises NotYourView for who is neither its owner nor administers the company, UnknownPerson when the owner left, or
    ViewNameTaken.
    """
    if (back := SavedView.objects.filter(pk=view_id).first()) is not None:
        return back
    owner = people.person(owner_id)
    view = SavedView(pk=view_id, list=list_, owner=owner, name=name, is_shared=is_shared, created_at=clock.now())
    policy.require_can_change_view(actor, view)
    return _saved(view, actor, query=query, is_pinned=is_pinned)


def _for_change(actor: Actor, view_id: int) -> SavedView:
    view = queries.saved_view(actor, view_id)
    policy.require_can_change_view(actor, view)
    locked = SavedView.objects.select_for_update().filter(pk=view.pk).first()
    if locked is None:
        raise NotFound()
    return locked


def _saved(view: SavedView, actor: Actor, **given: Any) -> SavedView:
    for field, value in given.items():
        setattr(view, field, tidy(value) if isinstance(value, str) else value)
    if not 1 <= len(view.name) <= LONGEST_NAME:
        raise NameMissing(longest=LONGEST_NAME)
    if len(view.query) > LONGEST_QUERY:
        raise ViewTooLong(length=len(view.query), longest=LONGEST_QUERY)
    same = SavedView.objects.filter(list=view.list, owner=view.owner_id, name=view.name)
    if same.exclude(pk=view.pk).exists():
        raise ViewNameTaken(name=view.name)
    view.save()
    fact = ViewSaved(
        view_id=view.pk,
        list=view.list,
        name=view.name,
        query=view.query,
        is_shared=view.is_shared,
        is_pinned=view.is_pinned,
    )
    record(fact, actor=actor)
    return view
