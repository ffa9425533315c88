"""The list of customers."""

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.filters import Field
from dealrail.crm import permissions, policy
from dealrail.crm import queries as crm
from dealrail.web.customers.rows import customer_row
from dealrail.web.lists import cells, choices
from dealrail.web.lists.cells import Cell
from dealrail.web.lists.choices import GRADES, MINE, NOBODY, named
from dealrail.web.lists.filters import NONE, Picker, picker
from dealrail.web.lists.kinds import Column, ListKind, New, added_columns, register
from dealrail.web.people.choosing import named_people


def _name(customer: Any, actor: Actor) -> Cell:
    return cells.record(customer, "customer", more=customer.pool)


def _on_its_page(field: str) -> Callable[[Any, Actor], Cell]:
    """A cell that stays empty as long as the customer lies in a pool with a daily limit of views."""
    return lambda row, actor: cells.text(getattr(row, field) if policy.tells_all(actor, row) else "")


def _phone(customer: Any, actor: Actor) -> Cell:
    row = customer_row(actor, customer)
    return cells.phone(row.phone, masked=row.masked)


_COLUMNS = (
    Column("name", _("Customer"), _name, "name"),
    Column("grade", _("Grade"), lambda row, actor: cells.text(row.grade), "grade"),
    Column("phone", _("Phone"), _phone),
    Column("industry", _("Industry"), lambda row, actor: cells.text(row.industry), "industry", more=True),
    Column("region", _("Region"), lambda row, actor: cells.text(row.region), "region", more=True),
    Column("owner", _("Owner"), lambda row, actor: cells.text(row.owner), "owner"),
    Column("created_at", _("Created"), lambda row, actor: cells.ago(row.created_at), "created_at", more=True),
    Column("source", _("Source"), lambda row, actor: cells.text(row.source), "source", shown=False),
    Column("code", _("Code"), lambda row, actor: cells.text(row.code), "code", shown=False),
    Column("credit_code", _("Credit code"), lambda row, actor: cells.text(row.credit_code), "credit_code", shown=False),
    Column("parent", _("Parent company"), lambda row, actor: cells.record(row.parent, "customer"), shown=False),
    Column("address", _("Address"), _on_its_page("address"), "address", shown=False),
    Column("website", _("Website"), _on_its_page("website"), "website", shown=False),
    Column("pool", _("Public pool"), lambda row, actor: cells.text(row.pool), "pool", shown=False),
)


def columns(fields: list[Field]) -> list[Column]:
    """The columns of customers, those of fields that were added included."""
    return [*_COLUMNS, *added_columns(fields)]


def pickers(actor: Actor, params: QueryDict) -> list[Picker]:
    """The filters above the customer list."""
    return [
        picker(params, "owner", _("Owner"), [MINE, NOBODY, *named_people(people.active_people())]),
        picker(params, "unit", _("Department"), named(people.all_units())),
        picker(params, "grade", _("Grade"), GRADES),
        picker(params, "region", _("Region"), named(crm.regions())),
        picker(params, "source", _("Source"), named(crm.sources())),
        picker(params, "pool", _("Public pool"), [(NONE, _("In no pool")), *named(crm.pools(actor))]),
    ]


register(
    ListKind(
        key="customers",
        title=_("Customers"),
        symbol="building",
        rows=crm.customers,
        fields=crm.customer_fields,
        columns=columns,
        names=("owner", "region", "source", "grade", "pool"),
        pickers=pickers,
        labels={**crm.LABELS, "unit": _("Department"), "pool": _("Public pool"), "created_at": _("Created")},
        hint=_("Search customers"),
        empty=_("There are no customers yet that you can see."),
        all_words=_("All customers"),
        search=crm.search_customers,
        sort="-created_at",
        options={
            "grade": choices.grade_options,
            "owner": choices.people_options,
            "unit": choices.unit_options,
            "region": choices.region_options,
            "source": choices.source_options,
            "pool": choices.pool_options,
        },
        new=New("customer_new", _("New customer"), permissions.CUSTOMERS_CREATE),
        is_imported=True,
    )
)
