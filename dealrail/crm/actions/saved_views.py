"""Keeping lists as views: saving, changing, sharing and deleting them."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from django.db import transaction

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NameMissing, NotFound, UnknownRole
from dealrail.accounts.models import Role, User
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.core.filters import read_filter
from dealrail.core.texts import tidy
from dealrail.crm import policy, queries
from dealrail.crm.errors import (
    NameTakenThere,
    NotSharedWithRole,
    OwnerMayNotShare,
    TooManyViews,
    UnknownAudience,
    UnknownList,
    ViewNameTaken,
    ViewNotShared,
    ViewTellsTooMuch,
    ViewTooLong,
)
from dealrail.crm.facts import ViewDeleted, ViewHandedOver, ViewMadeStandard, ViewSaved
from dealrail.crm.models import SavedView, StandardView
from dealrail.crm.permissions import VIEWS_SHARE
from dealrail.events.engine import record

EVERYBODY = SavedView.Audience.EVERYBODY.value
LISTS = ("deals", "customers", "contacts", "tasks", "activities", "board")
LONGEST_NAME = 60
LONGEST_QUERY = 8000
MOST_VIEWS = 100


@transaction.atomic
def create_view(
    *,
    actor: Actor,
    list_: str,
    name: str,
    query: str,
    is_shared: bool = False,
    is_pinned: bool = False,
    audience: str = EVERYBODY,
    unit_id: int | None = None,
    role_key: str = "",
) -> SavedView:
    """Keep a list under a name: for oneself, or shared with everybody, a department or a role (`audience`).

    Raises UnknownList, NameMissing, ViewNameTaken, ViewTooLong, BadFilter, TooManyViews, UnknownAudience,
    UnknownUnit, UnknownRole, or NotAllowed for who may not share.
    """
    if list_ not in LISTS:
        raise UnknownList(list=list_[:40], known=", ".join(LISTS))
    if is_shared:
        policy.require_can_share_views(actor)
    take_turns("views", [str(actor.user_id)])
    if SavedView.objects.filter(owner=actor.user_id).count() >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    view = SavedView(list=list_, owner_id=actor.user_id, created_at=clock.now())
    told = _audience(audience, unit_id, role_key) if is_shared else {}
    return _saved(view, actor, name=name, query=query, is_shared=is_shared, is_pinned=is_pinned, **told)


@transaction.atomic
def change_view(
    *,
    actor: Actor,
    view_id: int,
    name: str | None = None,
    query: str | None = None,
    is_shared: bool | None = None,
    is_pinned: bool | None = None,
    audience: str | None = None,
    unit_id: int | None = None,
    role_key: str = "",
) -> SavedView:
    """Rename a view, keep another query in it, share or pin it; what is not given stays.

    `audience` says with whom it is shared, and `unit_id` or `role_key` with which department or role. Shared views are
    also changed by who administers the company. Raises NotFound, NotYourView, NameMissing, ViewNameTaken, ViewTooLong,
    BadFilter, UnknownAudience, UnknownUnit, UnknownRole, or NotAllowed where it is shared then and the actor
    may not share.
    """
    view = _for_change(actor, view_id)
    told = {} if audience is None else _audience(audience, unit_id, role_key)
    if view.is_shared if is_shared is None else is_shared:
        policy.require_can_share_view(actor, view)
    given = {"name": name, "query": query, "is_shared": is_shared, "is_pinned": is_pinned}
    return _saved(view, actor, **{key: value for key, value in given.items() if value is not None}, **told)


@transaction.atomic
def set_standard_view(*, actor: Actor, view_id: int, roles: Iterable[str]) -> SavedView:
    """Let a list open with this view for who holds one of these roles, and for nobody else any more.

    Another view that was a role's standard no longer is. Raises NotFound, NotAllowed for who may not share views,
    UnknownRole, or NotSharedWithRole where a role's holders don't see the view.
    """
    accounts.require(actor, VIEWS_SHARE)
    view = queries.saved_view(actor, view_id)
    take_turns("standard_view", [view.list])
    wanted = {key: _role(key) for key in roles}
    for role in wanted.values():
        if not _is_seen_with(view, role):
            raise NotSharedWithRole(view=view.name, role=role.name)
    before = queries.standard_roles(view)
    if before == sorted(wanted):
        return view
    StandardView.objects.filter(list=view.list, role__in=list(wanted.values())).delete()
    StandardView.objects.filter(view=view).delete()
    StandardView.objects.bulk_create(StandardView(list=view.list, role=role, view=view) for role in wanted.values())
    fact = ViewMadeStandard(view_id=view.pk, list=view.list, name=view.name, roles=sorted(wanted), before=before)
    record(fact, actor=actor)
    return view


def _is_seen_with(view: SavedView, role: Role) -> bool:
    everybody = view.audience == SavedView.Audience.EVERYBODY
    return view.is_shared and (everybody or (view.audience == SavedView.Audience.ROLE and view.role_id == role.pk))


def _role(key: str) -> Role:
    offered = {role.key: role for role in people.all_roles()}
    if key not in offered:
        raise UnknownRole(role=key[:40], roles=", ".join(offered), field="role")
    return offered[key]


def _audience(audience: str, unit_id: int | None, role_key: str) -> dict[str, Any]:
    """With whom a view is shared, checked."""
    if audience not in SavedView.Audience.values:
        raise UnknownAudience(audience=audience[:40], known=", ".join(SavedView.Audience.values), field="audience")
    unit = people.unit(unit_id or 0) if audience == SavedView.Audience.UNIT else None
    role = _role(role_key) if audience == SavedView.Audience.ROLE else None
    return {"audience": audience, "unit": unit, "role": role}


@transaction.atomic
def hand_over_view(*, actor: Actor, view_id: int, owner_id: int) -> SavedView:
    """Let a shared view belong to somebody else, who changes it from then on; everybody sees it as before.

    To who has it already it changes nothing. Raises NotFound, NotYourView for who is neither its owner nor administers
    the company, ViewNotShared, UnknownPerson, OwnerMayNotShare, ViewTellsTooMuch where it asks about a field hidden
    from the new owner, NameTakenThere, or TooManyViews where they have as many as they can.
    """
    view = _for_change(actor, view_id)
    if not view.is_shared:
        raise ViewNotShared(view=view.name)
    owner = people.person(owner_id)
    before = view.owner_id
    if owner.pk == before:
        return view
    _refuse_owner(view, owner, actor)
    take_turns("views", [str(owner.pk)])
    theirs = SavedView.objects.filter(owner=owner)
    if theirs.filter(list=view.list, name=view.name).exists():
        raise NameTakenThere(owner=owner.name, name=view.name, field="owner")
    if theirs.count() >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    view.owner = owner
    view.save(update_fields=["owner"])
    fact = ViewHandedOver(view_id=view.pk, list=view.list, name=view.name, from_owner_id=before, to_owner_id=owner.pk)
    record(fact, actor=actor)
    return view


def _refuse_owner(view: SavedView, owner: User, actor: Actor) -> None:
    """Refuse somebody who could not change the view, or may not see what it asks about: owners see all of theirs."""
    theirs = people.actor_for(owner, channel=actor.channel)
    told = {"owner": owner.name, "name": view.name, "field": "owner"}
    if not policy.may_share_view(theirs, view):
        raise OwnerMayNotShare(**told)
    if queries.names_hidden(view, theirs):
        raise ViewTellsTooMuch(**told)


@transaction.atomic
def delete_view(*, actor: Actor, view_id: int) -> dict[str, Any]:
    """Delete a view; what comes back is what `restore_view` makes the same view from.

    Raises NotFound, or NotYourView for who is neither its owner nor administers the company.
    """
    view = _for_change(actor, view_id)
    was = {"view_id": view.pk, "list_": view.list, "name": view.name, "query": view.query, "owner_id": view.owner_id}
    shared = {"audience": view.audience, "unit_id": view.unit_id, "role_key": view.role.key if view.role else ""}
    record(ViewDeleted(view_id=view.pk, list=view.list, name=view.name), actor=actor)
    view.delete()
    return {**was, "is_shared": view.is_shared, "is_pinned": view.is_pinned, **shared}


@transaction.atomic
def restore_view(
    *,
    actor: Actor,
    view_id: int,
    list_: str,
    name: str,
    query: str,
    owner_id: int,
    is_shared: bool,
    is_pinned: bool,
    audience: str = EVERYBODY,
    unit_id: int | None = None,
    role_key: str = "",
) -> SavedView:
    """Make a deleted view again as it was, for the same owner and under the same address; once it is back, it stays.

    It is nobody's standard any more. Raises UnknownUnit or UnknownRole for whom it was shared with, NotYourView for who
    is neither its owner nor administers the company, NotAllowed for a shared one of who may not share any more,
    UnknownPerson when the owner left, or ViewNameTaken.
    """
    if (back := SavedView.objects.filter(pk=view_id).first()) is not None:
        return back
    owner = people.person(owner_id)
    view = SavedView(pk=view_id, list=list_, owner=owner, name=name, is_shared=is_shared, created_at=clock.now())
    policy.require_can_change_view(actor, view)
    if is_shared:
        policy.require_can_share_view(actor, view)
    told = _audience(audience, unit_id, role_key) if is_shared else {}
    return _saved(view, actor, query=query, is_pinned=is_pinned, **told)


def _for_change(actor: Actor, view_id: int) -> SavedView:
    view = queries.saved_view(actor, view_id)
    policy.require_can_change_view(actor, view)
    locked = SavedView.objects.select_for_update().filter(pk=view.pk).first()
    if locked is None:
        raise NotFound()
    policy.require_can_change_view(actor, locked)  # handed over or taken back meanwhile
    return locked


def _saved(view: SavedView, actor: Actor, **given: Any) -> SavedView:
    for field, value in given.items():
        setattr(view, field, tidy(value) if isinstance(value, str) else value)
    if not 1 <= len(view.name) <= LONGEST_NAME:
        raise NameMissing(longest=LONGEST_NAME)
    if len(view.query) > LONGEST_QUERY:
        raise ViewTooLong(length=len(view.query), longest=LONGEST_QUERY)
    read_filter(parse_qs(view.query).get("filter", [""])[0])  # or the list would open with it for nobody
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
        audience=view.audience,
        unit_id=view.unit_id,
        role=view.role.key if view.role else "",
    )
    record(fact, actor=actor)
    return view
