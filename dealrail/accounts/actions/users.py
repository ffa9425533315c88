"""Creating, changing and deactivating people."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from dealrail.accounts import checks, policy, queries, rules
from dealrail.accounts.actor import Actor
from dealrail.accounts.ending import shut_out
from dealrail.accounts.errors import LoginTaken, NotFound, UnknownRole, WrongPassword
from dealrail.accounts.facts import UserChanged, UserCreated
from dealrail.accounts.models import Role, User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.accounts.rules import UNSET, Unset
from dealrail.core.db import take_turns
from dealrail.core.problems import merged, refuse_changed
from dealrail.events.engine import record


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

    Raises NotAllowed, BadLogin, LoginTaken, NameMissing, UnknownUnit, PersonFieldRefused, UnknownRole or WeakPassword.
    """
    policy.require(actor, PEOPLE_MANAGE)
    told = checks.checked_new(login=login, password=password, name=name, email=email, phone=phone)
    take_turns("login", [login.lower()])
    if queries.user_by_login(login):
        raise LoginTaken(login=login, field="login")
    unit = queries.unit(unit_id) if unit_id is not None else None
    created = User(login=login, unit=unit, **told)
    checks.put_password(created, password)
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
    unit_id: int | Unset | None = UNSET,
    roles: Iterable[str] | None = None,
    is_active: bool | None = None,
    email: str | None = None,
    phone: str | None = None,
    seen: Mapping[str, Any] | None = None,
) -> User:
    """Change what is given and leave the rest; an inactive person can't log in and their tokens stop working.

    No `unit_id` (None) takes the person out of their department. `seen` is what name, unit, email, phone and roles held
    when one looked; of the roles only those added or taken away since then are changed. Raises NotAllowed, NotFound,
    NameMissing, UnknownUnit, PersonFieldRefused, UnknownRole, ChangedMeanwhile, or LastManager when nobody active could
    manage people any more.
    """
    policy.require(actor, PEOPLE_MANAGE)
    take_turns("user", [str(user_id)])
    changed = queries.user(user_id)
    managed = queries.active_holders(PEOPLE_MANAGE).filter(pk=user_id).exists()
    wanted = _wanted(name, unit_id, is_active, email, phone)
    refuse_changed({field: getattr(changed, field) for field in wanted}, wanted, seen, checks.LABELS)
    changes = _apply(changed, wanted)
    changed.save(update_fields=list(changes))  # a password set at the same time stays
    if roles is not None:
        before = sorted(changed.roles.values_list("key", flat=True))
        after = _give_roles(changed, merged(before, roles, (seen or {}).get("roles")))
        changes |= {"roles": [", ".join(before), ", ".join(after)]} if before != after else {}
    if not changes:
        return changed
    if managed:
        checks.require_a_manager()
    record(UserChanged(user_id=user_id, login=changed.login, name=changed.name, changes=changes), actor=actor)
    if "is_active" in changes and not changed.is_active:
        shut_out(changed, actor)
    return changed


def _wanted(
    name: str | None, unit_id: int | Unset | None, is_active: bool | None, email: str | None, phone: str | None
) -> dict[str, Any]:
    """The fields that were given, checked."""
    wanted: dict[str, Any] = {} if unit_id is UNSET else {"unit": None if unit_id is None else queries.unit(unit_id)}
    active = {} if is_active is None else {"is_active": is_active}
    return wanted | active | checks.checked_fields(name=name, email=email, phone=phone)


@transaction.atomic
def set_password(*, actor: Actor, user_id: int, password: str) -> None:
    """Set anybody's password, as who manages people; they are logged out everywhere, their tokens revoked.

    Raises NotAllowed, NotFound or WeakPassword.
    """
    policy.require(actor, PEOPLE_MANAGE)
    changed = queries.user(user_id)
    _change_password(changed, password, actor)
    shut_out(changed, actor)


@transaction.atomic
def change_own_password(*, actor: Actor, old: str, password: str) -> None:
    """Change one's own password, knowing the old one: a token or an open screen alone doesn't give the account away.

    One's tokens go on; `revoke_own_tokens` stops them. Raises NotFound for nobody, WrongPassword or WeakPassword.
    """
    if actor.is_system:
        raise NotFound()
    changed = queries.user(actor.user_id)
    if not changed.check_password(old):
        raise WrongPassword(field="old")
    _change_password(changed, password, actor)


def _change_password(changed: User, password: str, actor: Actor) -> None:
    checks.put_password(changed, password)
    changed.save(update_fields=["password"])
    fact = UserChanged(user_id=changed.pk, login=changed.login, name=changed.name, changes={"password": [None, None]})
    record(fact, actor=actor)


@transaction.atomic
def set_language(*, actor: Actor, language: str) -> None:
    """Choose the language of one's own screens; anything but a known code means the company's."""
    known = language if language in {"zh-hans", "en"} else ""
    User.objects.filter(pk=actor.user_id).update(language=known)


@transaction.atomic
def set_theme(*, actor: Actor, theme: str) -> None:
    """Choose light, dark, or what each device prefers (`auto`) for one's own screens; nothing else changes anything."""
    if theme in rules.THEMES:
        User.objects.filter(pk=actor.user_id).update(theme=theme)


@transaction.atomic
def note_look(*, actor: Actor) -> None:
    """Note that one has seen by now what changed; what changes later is new."""
    User.objects.filter(pk=actor.user_id).update(looked_at=timezone.now())


@transaction.atomic
def change_own_profile(
    *, actor: Actor, name: str | None = None, language: str | None = None, theme: str | None = None
) -> User:
    """Change one's own name, language and looks; what is not given stays. Raises NotFound or NameMissing."""
    if actor.is_system:
        raise NotFound()
    changed = queries.user(actor.user_id)
    changes = _apply(changed, {} if name is None else {"name": checks.checked_name(name)})
    changed.save(update_fields=list(changes))
    if language is not None:
        set_language(actor=actor, language=language)
    if theme is not None:
        set_theme(actor=actor, theme=theme)
    if changes:
        record(UserChanged(user_id=changed.pk, login=changed.login, name=changed.name, changes=changes), actor=actor)
    return queries.user(changed.pk)


def _give_roles(user: User, keys: Iterable[str]) -> list[str]:
    wanted = set(keys)
    take_turns("role", wanted)  # or one that is being retired would be given to somebody
    found = {role.key: role for role in Role.objects.filter(is_active=True)}
    if missing := wanted - set(found):
        raise UnknownRole(role=min(missing), roles=", ".join(sorted(found)), field="roles")
    user.roles.set([found[key] for key in wanted])
    return sorted(wanted)


def _apply(user: User, wanted: dict[str, Any]) -> dict[str, list[str | None]]:
    changes: dict[str, list[str | None]] = {}
    for field, value in wanted.items():
        if getattr(user, field) != value:
            changes[field] = [_plain(getattr(user, field)), _plain(value)]
            setattr(user, field, value)
    return changes


def _plain(value: Any) -> str | None:
    return None if value in (None, "") else str(value)
