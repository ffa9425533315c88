"""Which people a list shows, read from the address, and what a page says of one."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dealrail.accounts import queries as people
from dealrail.activities import queries as activities
from dealrail.core.filters import sort_keys
from dealrail.crm import queries as crm
from dealrail.web.inputs import whole
from dealrail.web.lists.filters import Column, Picker, picker
from dealrail.web.lists.paging import Page, page_of
from dealrail.web.people.inputs import PERSON_NAME
from dealrail.web.people.naming import role_name
from dealrail.web.people.tree import branches, indented

COLUMNS = (
    Column(PERSON_NAME, "name"),
    Column(_("Login"), "login"),
    Column(_("Department"), "unit"),
    Column(_("Roles")),
)
INACTIVE, EVERYBODY = "inactive", "all"


def people_pickers(params: QueryDict) -> list[Picker]:
    """The filters above the list of people."""
    roles = [(role.key, role_name(role.key, role.name)) for role in people.all_roles()]
    states = [(INACTIVE, _("Deactivated")), (EVERYBODY, _("Active and deactivated"))]
    return [
        picker(params, "unit", _("Department"), indented(branches())),
        picker(params, "role", _("Role"), roles),
        picker(params, "state", _("State"), states),
    ]


def people_page(params: QueryDict) -> Page[Any]:
    """The page of people that the address asks for: the active ones by name, unless told."""
    rows = people.everybody()
    if params.get("state") != EVERYBODY:
        rows = rows.filter(is_active=params.get("state") != INACTIVE)
    if (unit := whole(params.get("unit"))) is not None:
        rows = rows.filter(unit__in=people.units_below(unit))
    if role := params.get("role"):
        rows = rows.filter(pk__in=people.holders_of(role).values("pk"))
    order = sort_keys(params.get("sort") or "name", people.people_fields())[:1]
    return page_of(people.search_people(rows, params.get("q", "")), sort=order, cursor=params.get("cursor", ""))


def belongings(person: Any) -> list[tuple[str, int]]:
    """How much a person owns of each kind, in words, to be handed over when they go; what is none is left out."""
    owned: dict[str, Any] = {**crm.owned_by(person.pk), "task": activities.open_tasks_owned_by(person.pk)}
    deals = owned.pop("deal")
    counts = {f"deal_{state}": deals.filter(run__state=state).count() for state in ("open", "won", "parked")}
    counts |= {kind: rows.count() for kind, rows in owned.items()} | {"unit": person.leads.count()}
    return [(_counted(kind, count), count) for kind, count in counts.items() if count]


def _counted(kind: str, count: int) -> str:
    said = {
        "deal_open": ngettext("%(n)s open deal", "%(n)s open deals", count),
        "deal_won": ngettext("%(n)s won deal not finished yet", "%(n)s won deals not finished yet", count),
        "deal_parked": ngettext("%(n)s parked deal", "%(n)s parked deals", count),
        "customer": ngettext("%(n)s customer", "%(n)s customers", count),
        "task": ngettext("%(n)s open task", "%(n)s open tasks", count),
        "pool": ngettext("%(n)s public pool looked after", "%(n)s public pools looked after", count),
        "unit": ngettext("%(n)s department led", "%(n)s departments led", count),
    }
    return said[kind] % {"n": count}
