"""What can be set, group by group, and who may."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.permissions import COMPANY_MANAGE, LOG_READ, PEOPLE_MANAGE
from dealrail.crm.permissions import (
    CUSTOMERS_CHANGE,
    IMPORTS_RUN,
    POOLS_CLAIM,
    POOLS_MANAGE,
    PRODUCTS_CHANGE,
    RECORDS_DELETE,
)
from dealrail.process.permissions import LINES_MANAGE, PROCESS_PUBLISH


@dataclass(frozen=True)
class Setting:
    """A page of the settings; whoever holds one of `permissions` sees it, everybody when there are none."""

    name: str
    label: Any
    about: Any
    icon: str
    permissions: tuple[str, ...] = ()

    @property
    def href(self) -> str:
        """Where it is."""
        return reverse(self.name)


@dataclass(frozen=True)
class Group:
    """Settings about one thing."""

    label: Any
    settings: tuple[Setting, ...]


GROUPS = (
    Group(
        _("Company and people"),
        (
            Setting("company", _("Company"), _("Its name and its language."), "building", (COMPANY_MANAGE,)),
            Setting(
                "working_time",
                _("Working time"),
                _("Working days, hours and holidays, which all limits count in."),
                "calendar",
                (COMPANY_MANAGE,),
            ),
            Setting("people", _("People"), _("Invite, change, deactivate with hand-over."), "users", (PEOPLE_MANAGE,)),
            Setting(
                "units", _("Departments"), _("The tree, its leaders, who belongs where."), "sitemap", (PEOPLE_MANAGE,)
            ),
            Setting(
                "roles",
                _("Roles and permissions"),
                _("Who may what, and over which records."),
                "shield-check",
                (PEOPLE_MANAGE,),
            ),
        ),
    ),
    Group(
        _("Selling"),
        (
            Setting("processes", _("Processes"), _("Stages, conditions, SOP texts and how they changed."), "route"),
            Setting(
                "library",
                _("Action library"),
                _("Standard things to do, with how-to and script, and where they are used."),
                "clipboard-check",
            ),
            Setting(
                "fields",
                _("Fields"),
                _("What you want to know of deals, customers and contacts besides; who sees and fills it."),
                "adjustments",
                (PROCESS_PUBLISH,),
            ),
            Setting(
                "field_access",
                _("Field permissions"),
                _("Which role sees and fills which field, as one table."),
                "lock",
                (PROCESS_PUBLISH,),
            ),
            Setting(
                "forms",
                _("Forms"),
                _("Questions of your own about a customer or deal, asked inside or by a link."),
                "list-details",
                (PROCESS_PUBLISH,),
            ),
            Setting(
                "layouts",
                _("Layouts"),
                _("Which fields stand on pages and cards, in which order and groups, by role."),
                "layout-dashboard",
                (PROCESS_PUBLISH,),
            ),
            Setting(
                "lines",
                _("Business lines"),
                _("Parts of the group with processes, people and people in charge of their own."),
                "building",
                (LINES_MANAGE,),
            ),
            Setting(
                "loss_reasons",
                _("Loss reasons"),
                _("What can be chosen when a deal is lost, process by process."),
                "circle-x",
                (PROCESS_PUBLISH,),
            ),
            Setting(
                "pools",
                _("Public pools"),
                _("Members, administrators and limits."),
                "ripple",
                (POOLS_MANAGE, POOLS_CLAIM),
            ),
            Setting(
                "catalog",
                _("Products, regions, sources"),
                _("What deals and customers are sorted by."),
                "package",
                (PRODUCTS_CHANGE,),
            ),
        ),
    ),
    Group(
        _("Data and safety"),
        (
            Setting(
                "imports",
                _("Import"),
                _("Bring sheets in, see what came of it, undo it."),
                "file-import",
                (IMPORTS_RUN,),
            ),
            Setting(
                "recycle_bin",
                _("Recycle bin"),
                _("What was deleted in the last 30 days, to be restored."),
                "trash",
                (RECORDS_DELETE, CUSTOMERS_CHANGE),
            ),
            Setting(
                "audit_log", _("Audit log"), _("Who did what, when; filtered and exported."), "history", (LOG_READ,)
            ),
            Setting(
                "shared_views",
                _("Shared views"),
                _("What people share: open it, take it back, give it to another owner."),
                "star",
                (COMPANY_MANAGE,),
            ),
            Setting(
                "tokens", _("API tokens"), _("Everybody's tokens, when they were last used."), "key", (PEOPLE_MANAGE,)
            ),
            Setting(
                "backups",
                _("Backups"),
                _("Make one now, download it, and how to schedule them."),
                "archive",
                (COMPANY_MANAGE,),
            ),
        ),
    ),
)


def settings_for(actor: Actor, words: str = "") -> list[Group]:
    """The settings this person may open whose words hold the text, group by group."""
    text = words.strip().casefold()
    shown = [(group.label, tuple(row for row in group.settings if _fits(row, actor, text))) for group in GROUPS]
    return [Group(label, rows) for label, rows in shown if rows]


def _fits(row: Setting, actor: Actor, text: str) -> bool:
    allowed = not row.permissions or any(map(actor.may, row.permissions))
    return allowed and text in f"{row.label} {row.about}".casefold()
