"""The places of the navigation, and who may go where."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.activities.permissions import ACTIVITIES_RECORD, TASKS_ASSIGN, TEXTS_SHARE
from dealrail.crm.permissions import (
    CUSTOMERS_READ,
    DEALS_READ,
    IMPORTS_RUN,
    POOLS_CLAIM,
    POOLS_MANAGE,
    PRODUCTS_CHANGE,
)
from dealrail.insights.permissions import INSIGHTS_READ


@dataclass(frozen=True)
class Place:
    """A screen in the navigation; whoever holds one of `permissions` sees it, everybody when there are none."""

    name: str
    label: Any
    icon: str
    permissions: tuple[str, ...] = ()
    group: Any = ""


@dataclass(frozen=True)
class Link:
    """A place as this reader sees it; `opens` is the heading to put above it, `key` leads there after g."""

    label: Any
    icon: str
    href: str
    current: bool
    opens: Any = ""
    name: str = ""
    key: str = ""


PLACES = (
    Place("home", _("My day"), "home"),
    Place("board", _("Board"), "layout-kanban", (DEALS_READ,)),
    Place("deals", _("Deals"), "briefcase", (DEALS_READ,)),
    Place("customers", _("Customers"), "building", (CUSTOMERS_READ,)),
    Place("contacts", _("Contacts"), "address-book", (CUSTOMERS_READ,)),
    Place("tasks", _("Tasks"), "checkbox"),
    Place("activities", _("Follow-ups"), "message-circle", (DEALS_READ,)),
    Place("plans", _("Plans"), "calendar-event", (ACTIVITIES_RECORD, TASKS_ASSIGN)),
    Place("pools", _("Public pools"), "ripple", (POOLS_CLAIM, POOLS_MANAGE)),
    Place("funnel", _("Funnel"), "chart-funnel", (INSIGHTS_READ,), _("Insights")),
    Place("processes", _("Processes"), "route", (), _("Set-up")),
    Place("library", _("Action library"), "clipboard-check", (), _("Set-up")),
    Place("forms", _("Forms"), "list-details", (), _("Set-up")),
    Place("catalog", _("Products and regions"), "package", (PRODUCTS_CHANGE,), _("Set-up")),
    Place("shared_texts", _("Texts for everybody"), "note", (TEXTS_SHARE,), _("Set-up")),
    Place("imports", _("Import"), "file-import", (IMPORTS_RUN,), _("Set-up")),
    Place("people", _("People"), "users", (PEOPLE_MANAGE,), _("Set-up")),
    Place("settings_home", _("Settings"), "settings", (), _("Set-up")),
)


# What leads there after g; g h is home everywhere.
GO_KEYS = {
    "home": "h",
    "board": "b",
    "deals": "d",
    "customers": "c",
    "contacts": "k",
    "tasks": "t",
    "activities": "f",
    "plans": "l",
    "pools": "p",
    "funnel": "i",
    "processes": "s",
}


def links(actor: Actor, path: str) -> list[Link]:
    """The places this person may go to; the one that the address lies in is current."""
    shown = [place for place in PLACES if not place.permissions or any(map(actor.may, place.permissions))]
    addresses = {place.name: reverse(place.name) for place in shown}
    below = set(addresses.values()) - {reverse("home")}  # every address begins like that of the first page
    within = [name for name, address in addresses.items() if path.startswith(address) and address in {path, *below}]
    if path == reverse("team"):
        within = ["home"]
    current = max(within, key=lambda name: len(addresses[name]), default="")
    return list(_with_headings(shown, addresses, current))


def _with_headings(shown: list[Place], addresses: dict[str, str], current: str) -> Iterator[Link]:
    group: Any = ""
    for place in shown:
        opens = place.group if place.group != group else ""
        group = place.group
        key = GO_KEYS.get(place.name, "")
        yield Link(place.label, place.icon, addresses[place.name], place.name == current, opens, place.name, key)
