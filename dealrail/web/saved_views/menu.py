"""The views of a list as its page shows them, and whether the one in use was changed since it was saved."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import QueryDict
from django.urls import reverse

from dealrail.accounts.actor import Actor
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.permissions import VIEWS_SHARE
from dealrail.web.inputs import whole

DROPPED = {"view", "cursor", "all"}


@dataclass(frozen=True)
class ViewLink:
    """A view with the address that opens it."""

    view: Any
    href: str
    current: bool = False
    is_mine: bool = True


@dataclass(frozen=True)
class ViewMenu:
    """The views of a list: the one in use, whether it was changed since, and what would be saved now."""

    place: str
    links: list[ViewLink]
    current: Any
    is_changed: bool
    query: str
    may_change: bool
    may_save: bool
    may_set_standard: bool


def view_menu(actor: Actor, list_: str, params: QueryDict) -> ViewMenu:
    """The menu of views above a list."""
    wanted = whole(params.get("view"))
    rows = list(crm.saved_views(actor, list_)[:100])
    current = next((row for row in rows if row.pk == wanted), None)
    query = query_of(params)
    may_change = current is not None and policy.may_change_view(actor, current)
    return ViewMenu(
        place=list_,
        links=[_link(row, actor, row is current) for row in rows],
        current=current,
        is_changed=current is not None and _pairs(current.query) != _pairs(query),
        query=query,
        may_change=may_change,
        may_save=current is not None
        and may_change
        and (not current.is_shared or policy.may_share_view(actor, current)),
        may_set_standard=actor.may(VIEWS_SHARE),
    )


def standard_address(actor: Actor, list_: str, params: QueryDict) -> str:
    """Where a list opened by its bare address leads: to the standard view of one's role, if there is one."""
    view = None if params else crm.standard_view(actor, list_)
    return href_of(view) if view else ""


def query_of(params: QueryDict) -> str:
    """What of an address a view keeps: all but the place in the list and the view itself."""
    return urlencode(
        [(key, value) for key, values in params.lists() if key not in DROPPED for value in values if value]
    )


def href_of(view: Any) -> str:
    """The address that opens a view."""
    return f"{reverse(view.list)}?view={view.pk}{view.query and '&'}{view.query}"


def pinned(actor: Actor) -> dict[str, list[ViewLink]]:
    """The views that stand in the navigation, by the place they stand under."""
    found: dict[str, list[ViewLink]] = {}
    for view in crm.pinned_views(actor):
        found.setdefault(view.list, []).append(_link(view, actor, False))
    return found


def _link(view: Any, actor: Actor, current: bool) -> ViewLink:
    return ViewLink(view, href_of(view), current, view.owner_id == actor.user_id)


def _pairs(query: str) -> Iterable[tuple[str, str]]:
    return sorted(parse_qsl(query))
