"""The second factor of a login: codes of an authenticator app (TOTP), and recovery codes for when it is lost."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, validate_totp_code
from django.db import transaction

from dealrail.accounts import policy, queries
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound, SecondFactorOff, SecondFactorOn, WrongCode, WrongPassword
from dealrail.accounts.facts import SecondFactorChanged
from dealrail.accounts.models import User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.events.engine import record


@transaction.atomic
def turn_on_second_factor(*, actor: Actor, secret: str, code: str) -> list[str]:
    """Have one's own logins ask for a code, once a code of this secret shows that the app has it.

    Gives the recovery codes, which are shown this once. Raises NotFound, SecondFactorOn or WrongCode.
    """
    person = _oneself(actor)
    if queries.has_second_factor(person.pk):
        raise SecondFactorOn()
    if not validate_totp_code(secret, _digits(code)):
        raise WrongCode(field="code")
    TOTP.activate(person, secret)
    codes = _new_codes(person)
    _note(person, "on", actor)
    return codes


@transaction.atomic
def turn_off_second_factor(*, actor: Actor, password: str) -> None:
    """Have one's own logins ask for the password only. Raises NotFound, WrongPassword or SecondFactorOff."""
    person = _oneself(actor)
    _require_password(person, password)
    _remove(person)
    _note(person, "off", actor)


@transaction.atomic
def renew_recovery_codes(*, actor: Actor, password: str) -> list[str]:
    """Make new recovery codes, shown this once; the old ones no longer work.

    Raises NotFound, WrongPassword or SecondFactorOff.
    """
    person = _oneself(actor)
    _require_password(person, password)
    if not queries.has_second_factor(person.pk):
        raise SecondFactorOff()
    codes = _new_codes(person)
    _note(person, "codes", actor)
    return codes


@transaction.atomic
def reset_second_factor(*, actor: Actor, user_id: int) -> None:
    """Take the second factor from somebody who has lost theirs. Raises NotAllowed, NotFound or SecondFactorOff."""
    policy.require(actor, PEOPLE_MANAGE)
    queries.user(user_id)
    person = User.objects.select_for_update().get(pk=user_id)
    _remove(person)
    _note(person, "reset", actor)


def _oneself(actor: Actor) -> User:
    """The actor's own row, locked; two presses at once must not make two secrets."""
    if actor.is_system:
        raise NotFound()
    queries.user(actor.user_id)
    return User.objects.select_for_update().get(pk=actor.user_id)


def _require_password(person: User, password: str) -> None:
    if not person.check_password(password):
        raise WrongPassword(field="password")


def _remove(person: User) -> None:
    if not Authenticator.objects.filter(user=person).delete()[0]:
        raise SecondFactorOff()


def _new_codes(person: User) -> list[str]:
    Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(person).generate_codes()
    return codes


def _note(person: User, how: str, actor: Actor) -> None:
    record(SecondFactorChanged(user_id=person.pk, login=person.login, name=person.name, how=how), actor=actor)


def _digits(code: Any) -> str:
    """The code without the blanks that apps show in its middle."""
    return "".join(str(code).split())
