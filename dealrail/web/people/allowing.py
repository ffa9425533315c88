"""What roles can allow, in groups and in plain sentences, as the tables of roles show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy
from dealrail.accounts.errors import permission_name

# Permissions stand together by the first part of their key, in this order.
AREAS: dict[str, Any] = {
    "deals": _("Deals"),
    "customers": _("Customers"),
    "pools": _("Public pools"),
    "activities": _("Follow-ups and tasks"),
    "tasks": _("Follow-ups and tasks"),
    "texts": _("Follow-ups and tasks"),
    "views": _("Views"),
    "insights": _("Insights"),
    "imports": _("Import and export"),
    "exports": _("Import and export"),
    "process": _("Processes"),
    "lines": _("Processes"),
    "actions": _("Processes"),
    "examples": _("Processes"),
    "products": _("Products"),
    "records": _("Customers"),
    "company": _("People and access"),
    "people": _("People and access"),
    "tokens": _("People and access"),
    "log": _("People and access"),
}
OTHERS = _("Others")
# What each permission means to somebody who hands it out.
ABOUT: dict[str, Any] = {
    "deals.read": _("See deals, their history and the figures about them."),
    "deals.create": _("Start a deal for oneself; for somebody else together with handing deals over."),
    "deals.change": _("Fill and correct the fields of a deal."),
    "deals.move": _("Move a deal on through its gate or back; park, lose and reopen it."),
    "deals.transfer": _("Give a deal to somebody else or into a public pool."),
    "customers.read": _("See customers and their contacts."),
    "customers.create": _("Add customers."),
    "customers.change": _("Change customers; add, change and remove their contacts."),
    "customers.transfer": _("Give a customer to somebody else or into a public pool."),
    "products.change": _("Add and change products, regions and sources."),
    "records.delete": _("Put deals and customers into the recycle bin and take them out again."),
    "pools.claim": _("Take deals and customers out of the public pools one belongs to."),
    "pools.manage": _("Set up public pools, see all of them with phone numbers, and assign from them."),
    "imports.run": _("Bring sheets in as new records."),
    "imports.history": _("Bring in deals as they are, past their gates."),
    "exports.run": _("Take what one sees away as a sheet."),
    "views.share": _("Share saved views; everybody sees through them what they may see anyway."),
    "activities.record": _("Write follow-ups and do the actions of a stage."),
    "tasks.assign": _("Give tasks to people in reach; see and change theirs."),
    "texts.share": _("Keep the texts that everybody starts follow-ups from."),
    "actions.change": _("Add, change and retire actions of the library."),
    "examples.promote": _("Put good follow-ups into the library as examples."),
    "insights.read": _("Open funnel, execution rate and the like, over the deals one sees."),
    "process.design": _("Draw up drafts of processes."),
    "process.publish": _("Put drafts in force; add fields, say who sees them and where they stand."),
    "lines.manage": _("Set up business lines with their processes and people; start deals in all of them."),
    "process.waive": _("Excuse deals from conditions, with a reason, on record."),
    "people.manage": _("Add and change people, departments and roles. Somebody always holds this."),
    "company.manage": _("Name the company, choose its language, make and download backups."),
    "tokens.manage": _("Make API tokens for oneself."),
    "log.read": _("Read who did what, everywhere."),
}


@dataclass(frozen=True)
class Line:
    """A permission in a table: its name, what it means, whether the data scope limits it, by which roles it is held."""

    key: str
    name: str
    about: Any
    is_scoped: bool
    held: tuple[bool, ...]
    roles: tuple[str, ...] = ()

    @property
    def cells(self) -> list[tuple[str, bool]]:
        """Each role by key with whether it holds this."""
        return list(zip(self.roles, self.held, strict=True))


@dataclass(frozen=True)
class Area:
    """Permissions about one thing."""

    label: Any
    lines: list[Line]


def areas(holding: Iterable[Iterable[str]], roles: Iterable[str] = ()) -> list[Area]:
    """Every permission, area by area, with which of these sets of keys (those of `roles`) hold it."""
    names = tuple(roles)
    held = [set(keys) for keys in holding]
    lines: dict[str, list[Line]] = {str(label): [] for label in [*AREAS.values(), OTHERS]}
    for key, permission in policy.registered.items():
        line = Line(
            key, permission_name(key), ABOUT.get(key, ""), permission.scoped, tuple(key in keys for keys in held), names
        )
        lines[str(AREAS.get(key.partition(".")[0], OTHERS))].append(line)
    return [Area(label, rows) for label, rows in lines.items() if rows]
