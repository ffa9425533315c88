"""What must hold of people before it is kept: their names, the ways to reach them, and that somebody manages them."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import queries, rules
from dealrail.accounts.errors import BadLogin, LastManager, NameMissing, PersonFieldRefused, WeakPassword
from dealrail.accounts.models import User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core import formats
from dealrail.core.db import take_turns
from dealrail.core.errors import Refusal
from dealrail.core.problems import Problems
from dealrail.core.texts import tidy

LONGEST_NAME = 80
role_uses: list[Callable[[str], Iterable[str]]] = []
"""What tells, in words, where the role of a key is named; each app above adds its own."""
LONGEST_MAIL = 254
LABELS: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "unit": gettext_lazy("Department"),
    "email": gettext_lazy("Mail address"),
    "phone": gettext_lazy("Phone"),
    "parent": gettext_lazy("Below"),
    "leader": gettext_lazy("Leader"),
    "language": gettext_lazy("Language"),
    "scope": gettext_lazy("Data scope"),
}


def checked_name(name: str) -> str:
    """The name without blanks around it; refuses an empty or too long one with NameMissing."""
    if not 1 <= len(tidy(name)) <= LONGEST_NAME:
        raise NameMissing(longest=LONGEST_NAME, field="name")
    return tidy(name)


def checked_mail(text: str) -> str:
    """The mail address, or nothing for an empty text; refuses what is none with PersonFieldRefused."""
    mail = tidy(text)
    try:
        if mail:
            validate_email(mail)
    except ValidationError as error:
        raise _refused("email", _("Mail address"), _not_a_mail_address(mail)) from error
    if len(mail) > LONGEST_MAIL:
        raise _refused("email", _("Mail address"), _not_a_mail_address(mail))
    return mail


def _not_a_mail_address(mail: str) -> str:
    return _("“%(value)s” is not a mail address.") % {"value": mail[:80]}


def checked_phone(text: str) -> str:
    """The phone number in one spelling, or nothing for an empty text; refuses what is none with PersonFieldRefused."""
    try:
        return formats.phone(tidy(text)) if tidy(text) else ""
    except Refusal as problem:
        raise _refused("phone", _("Phone"), problem) from problem


def _refused(field: str, label: str, problem: Any) -> PersonFieldRefused:
    return PersonFieldRefused(field=field, label=label, problem=str(problem))


def checked_new(*, login: str, password: str | None = None, **given: str | None) -> dict[str, str]:
    """What is told of somebody new, in one spelling; refuses with all that is wrong at once, also of the password."""
    checked: dict[str, str] = {}
    problems = Problems()
    with problems:
        if not rules.is_login(login):
            raise BadLogin(login=login[:80], field="login")
    with problems:
        checked = checked_fields(**given)
    with problems:
        _require_strong(User(login=login, name=given.get("name") or ""), password)
    problems.refuse()
    return checked


def checked_fields(**given: str | None) -> dict[str, str]:
    """Name, mail address and phone as far as they are given; refuses with all that is wrong at once."""
    checks = {"name": checked_name, "email": checked_mail, "phone": checked_phone}
    checked: dict[str, str] = {}
    problems = Problems()
    for field, text in given.items():
        with problems:
            if text is not None:
                checked[field] = checks[field](text)
    problems.refuse()
    return checked


def require_a_manager() -> None:
    """Refuse with LastManager when the change at hand leaves nobody active who may manage people.

    Called after the change was written, so that two who would each leave it to the other take turns.
    """
    take_turns("people.manage", ["all"])
    if not queries.active_holders(PEOPLE_MANAGE).exists():
        raise LastManager()


def put_password(user: User, password: str | None) -> None:
    """Give a person this password, without saving; none at all when it is None. Refuses with WeakPassword."""
    _require_strong(user, password)
    user.set_password(password)  # None makes it unusable


def _require_strong(user: User, password: str | None) -> None:
    try:
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        reasons = " ".join(_why(problem) for problem in error.error_list)
        raise WeakPassword(reasons=reasons, field="password") from error


def _why(problem: ValidationError) -> str:
    """What is wrong with a password; Django says how short it is in English only."""
    if problem.code == "password_too_short":
        return _("It is shorter than %(min_length)s characters.") % problem.params
    return " ".join(problem.messages)
