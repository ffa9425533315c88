"""The list of contacts, of all customers one may see."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.filters import Field
from dealrail.crm import queries as crm
from dealrail.crm.permissions import CUSTOMERS_CHANGE
from dealrail.web.customers.rows import contact_row
from dealrail.web.lists import cells, choices
from dealrail.web.lists.cells import Cell
from dealrail.web.lists.choices import MINE, NOBODY
from dealrail.web.lists.filters import Option, Picker, picker
from dealrail.web.lists.kinds import Column, ListKind, New, added_columns, register
from dealrail.web.people.choosing import named_people


def _name(contact: Any, actor: Actor) -> Cell:
    return Cell("record", contact.name, cells.record(contact.customer, "customer").href)


def _way(name: str) -> Any:
    return lambda contact, actor: cells.text(contact_row(actor, contact).ways[name])


def _phone(contact: Any, actor: Actor) -> Cell:
    row = contact_row(actor, contact)
    return cells.phone(row.phone, masked=row.masked)


_COLUMNS = (
    Column("name", _("Contact"), _name, "name"),
    Column("customer", _("Customer"), lambda row, actor: cells.record(row.customer, "customer"), "customer"),
    Column("title", _("Job title"), lambda row, actor: cells.text(row.title), "title"),
    Column("role", _("Part in the decision"), lambda row, actor: cells.text(row.get_role_display()), "role"),
    Column("phone", _("Phone"), _phone),
    Column("email", _("Mail address"), _way("email"), more=True),
    Column("wechat", _("WeChat"), _way("wechat"), more=True),
    Column("owner", _("Owner"), lambda row, actor: cells.text(row.customer.owner), shown=False),
    Column("created_at", _("Created"), lambda row, actor: cells.ago(row.created_at), "created_at", shown=False),
)


def _columns(fields: list[Field]) -> list[Column]:
    return [*_COLUMNS, *added_columns(fields)]


def _roles(actor: Actor, params: QueryDict) -> list[Option]:
    return choices.choices(crm.contact_roles().items())


def _pickers(actor: Actor, params: QueryDict) -> list[Picker]:
    return [
        picker(params, "role", _("Part in the decision"), crm.contact_roles().items()),
        picker(params, "owner", _("Owner"), [MINE, NOBODY, *named_people(people.active_people())]),
    ]


register(
    ListKind(
        key="contacts",
        title=_("Contacts"),
        symbol="address-book",
        rows=crm.contacts,
        fields=crm.contact_fields,
        columns=_columns,
        names=("role", "owner", "customer"),
        pickers=_pickers,
        labels={**crm.LABELS, "created_at": _("Created")},
        hint=_("Search contacts"),
        empty=_("There are no contacts yet that you can see. They are added on the page of their customer."),
        all_words=_("All contacts"),
        search=crm.search_contacts,
        new=New("quick", _("New contact"), CUSTOMERS_CHANGE, args=("contact",), is_dialog=True),
        is_imported=True,
        options={"role": _roles, "owner": choices.people_options},
    )
)
