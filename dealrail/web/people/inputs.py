"""The inputs of the forms about people, departments and roles."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealrail.accounts import queries as people
from dealrail.web.inputs import Input, options
from dealrail.web.people.choosing import named_people
from dealrail.web.people.tree import branches, indented

PERSON_NAME = pgettext_lazy("person", "Name")
_PASSWORD_HELP = _("At least 10 characters.")


def person_inputs(*, new: bool) -> list[Input]:
    """Empty inputs for a person; the login is fixed once they exist, and the password is set apart then."""
    login = Input("login", _("Login"), required=True, help=_("Letters and digits, for example li.lei."))
    first = Input("password", _("Password"), kind="password", help=_("At least 10 characters; may be set later."))
    return [
        *([login] if new else []),
        Input("name", PERSON_NAME, required=True),
        Input("unit", _("Department"), kind="select", options=options(indented(branches()))),
        Input("email", _("Mail address"), kind="email"),
        Input("phone", _("Phone"), kind="tel"),
        *([first] if new else []),
    ]


def person_values(person: Any) -> dict[str, Any]:
    """What the inputs hold for a person."""
    return {"name": person.name, "unit": person.unit_id, "email": person.email, "phone": person.phone}


def invited_inputs() -> list[Input]:
    """Empty inputs for somebody to invite: the login is made from the name, if left empty."""
    login = Input(
        "login", _("Login"), help=_("Letters and digits, for example li.lei. Made from the name, if left empty.")
    )
    return [
        Input("name", PERSON_NAME, required=True),
        login,
        Input("unit", _("Department"), kind="select", options=options(indented(branches()))),
        Input("email", _("Mail address"), kind="email"),
        Input("phone", _("Phone"), kind="tel"),
    ]


def joining_inputs() -> list[Input]:
    """Inputs for the password that somebody invited chooses."""
    return [
        Input("password", _("Password"), kind="password", required=True, help=_PASSWORD_HELP),
        Input("again", _("Password again"), kind="password", required=True),
    ]


def password_inputs() -> list[Input]:
    """The input for a new password."""
    return [Input("password", _("New password"), kind="password", required=True, help=_PASSWORD_HELP)]


def unit_inputs(unit: Any = None) -> list[Input]:
    """Inputs for a department: it can be moved everywhere but below itself; a leader who left is still shown."""
    leaders = named_people(people.active_people())
    if unit is not None and unit.leader is not None and not unit.leader.is_active:
        leaders.append((unit.leader.pk, unit.leader.name))
    return [
        Input("name", _("Name"), required=True),
        Input(
            "parent",
            _("Below"),
            kind="select",
            options=options(indented(branches(without=unit)), none=_("At the top")),
        ),
        Input(
            "leader",
            _("Leader"),
            kind="select",
            options=options(leaders),
            help=_("Where a process asks for the approval of a leader, it asks them."),
        ),
    ]


def unit_values(unit: Any) -> dict[str, Any]:
    """What the inputs hold for a department."""
    return {"name": unit.name, "parent": unit.parent_id, "leader": unit.leader_id}


def role_inputs(*, new: bool) -> list[Input]:
    """Inputs for a role; its key is fixed once it exists."""
    key = Input("key", _("Key"), help=_("Processes name the role by it. Made from the name, if left empty."))
    return [Input("name", _("Name"), required=True), *([key] if new else [])]


def target_inputs() -> list[Input]:
    """How much the holders of a role are to do; 0 for no target."""
    return [
        Input("first_contacts_a_day", _("First contacts a day"), "number"),
        Input("follow_ups_a_day", _("Follow-ups a day"), "number"),
        Input("follow_ups_a_week", _("Follow-ups a week"), "number"),
    ]
