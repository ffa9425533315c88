"""Creating, changing and deactivating people."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from dealrail.accounts import policy, queries, rules
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import BadLogin, LoginTaken, NameMissing, UnknownRole, WeakPassword
from dealrail.accounts.facts import UserChanged, UserCreated
from dealrail.accounts.models import Role, User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.db import take_turns
from dealrail.core.texts import tidy
from dealrail.events.engine import record

LONGEST_NAME = 80


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    login: str,
    name: str,
    password: str | None = None,
    unit_id: int | None = None,
    roles: Iterable[str] = (),
    email: str = "",
    phone: str = "",
) -> User:
    """Create a person; without a password they can't log in until one is set.

    Raises NotAllowed, BadLogin, LoginTaken, NameMissing, UnknownUnit, UnknownRole or WeakPassword.
    """
    policy.require(actor, PEOPLE_MANAGE)
    if not rules.is_login(login):
        raise BadLogin(login=login[:80])
    take_turns("login", [login.lower()])
    if queries.user_by_login(login):
        raise LoginTaken(login=login)
    unit = queries.unit(unit_id) if unit_id is not None else None
    created = User(login=login, name=_checked_name(name), unit=unit, email=email, phone=phone)
    _set_password(created, password)
    created.save()
    keys = _give_roles(created, roles)
    record(
        UserCreated(user_id=created.pk, login=login, name=created.name, unit_id=unit_id, roles=keys),
        actor=actor,
    )
    return created


@transaction.atomic
def change_user(
    *,
    actor: Actor,
    user_id: int,
    name: str | None = None,
    unit_id: int | None = None,
    roles: Iterable[str] | None = None,
    is_active: bool | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> User:
    """Change what is given and leave the rest; an inactive person can't log in and their tokens stop working.

    Raises NotAllowed, NotFound, NameMissing, UnknownUnit or UnknownRole.
    """
    policy.require(actor, PEOPLE_MANAGE)
    changed = queries.user(user_id)
    wanted: dict[str, Any] = {
        "name": None if name is None else _checked_name(name),
        "unit": None if unit_id is None else queries.unit(unit_id),
        "is_active": is_active,
        "email": email,
        "phone": phone,
    }
    changes = _apply(changed, {field: value for field, value in wanted.items() if value is not None})
    changed.save(update_fields=list(changes))  # a password set at the same time stays
    if roles is not None:
        before = sorted(changed.roles.values_list("key", flat=True))
        after = _give_roles(changed, roles)
        changes |= {"roles": [", ".join(before), ", ".join(after)]} if before != after else {}
    if not changes:
        return changed
    record(UserChanged(user_id=user_id, login=changed.login, name=changed.name, changes=changes), actor=actor)
    return changed


@transaction.atomic
def set_password(*, actor: Actor, user_id: int, password: str) -> None:
    """Set a person's password: one's own, or anybody's for who manages people.

    Raises NotAllowed, NotFound or WeakPassword.
    """
    if actor.user_id != user_id:
        policy.require(actor, PEOPLE_MANAGE)
    changed = queries.user(user_id)
    _set_password(changed, password)
    changed.save(update_fields=["password"])
    fact = UserChanged(user_id=user_id, login=changed.login, name=changed.name, changes={"password": [None, None]})
    record(fact, actor=actor)


@transaction.atomic
def set_language(*, actor: Actor, language: str) -> None:
    """Choose the language of one's own screens; anything but a known code means the company's."""
    known = language if language in {"zh-hans", "en"} else ""
    User.objects.filter(pk=actor.user_id).update(language=known)


def _checked_name(name: str) -> str:
    if not 1 <= len(tidy(name)) <= LONGEST_NAME:
        raise NameMissing(longest=LONGEST_NAME)
    return tidy(name)


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(reasons=" ".join(error.messages)) from error
    user.set_password(password)


def _give_roles(user: User, keys: Iterable[str]) -> list[str]:
    wanted = set(keys)
    found = {role.key: role for role in Role.objects.all()}
    if missing := wanted - set(found):
        raise UnknownRole(role=min(missing), roles=", ".join(sorted(found)))
    user.roles.set([found[key] for key in wanted])
    return sorted(wanted)


def _apply(user: User, wanted: dict[str, Any]) -> dict[str, list[str | None]]:
    changes: dict[str, list[str | None]] = {}
    for field, value in wanted.items():
        if getattr(user, field) != value:
            changes[field] = [str(getattr(user, field)), str(value)]
            setattr(user, field, value)
    return changes
