"""The inputs of the forms about people."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.web.inputs import Input, options
from dealrail.web.lists.deals import named


def person_inputs(*, new: bool) -> list[Input]:
    """Empty inputs for a person; the login is fixed once they exist."""
    login = [Input("login", _("Login"), required=True, help=_("Letters and digits, for example li.lei."))]
    keep = _("At least 10 characters.") if new else _("At least 10 characters; empty keeps the old one.")
    return [
        *(login if new else []),
        Input("name", _("Name"), required=True),
        Input("email", _("Mail address"), kind="email"),
        Input("phone", _("Phone"), kind="tel"),
        Input("password", _("Password"), kind="password", help=keep),
    ]


def person_values(person: Any) -> dict[str, Any]:
    """What the inputs hold for a person."""
    return {"name": person.name, "email": person.email, "phone": person.phone}


def unit_inputs() -> list[Input]:
    """Inputs for a new department."""
    return [
        Input("name", _("Department"), required=True),
        Input("parent", _("Below"), kind="select", options=options(named(people.all_units()))),
    ]
