"""Taking roles out of use, and putting them back."""

from django.db import transaction

from dealrail.accounts import checks, policy, queries
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound, RoleHeld, RoleInUse, UnknownRole
from dealrail.accounts.facts import RoleRestored, RoleRetired, UserChanged
from dealrail.accounts.models import Role, User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.db import take_turns
from dealrail.events.engine import record


@transaction.atomic
def retire_role(*, actor: Actor, key: str, heir: str = "") -> Role:
    """Take a role out of use; who holds it holds `heir` (a key) instead. One that is out of use stays so.

    Raises NotAllowed, NotFound, UnknownRole for an heir that isn't in use, RoleInUse while a process names the role,
    RoleHeld when somebody holds it and there is no heir, or LastManager.
    """
    role = _for_change(actor, key, heir)
    if not role.is_active:
        return role
    if where := [place for uses in checks.role_uses for place in uses(key)]:
        raise RoleInUse(role=role.name, where=", ".join(where))
    holders = list(queries.holders_of(key))
    if holders and not heir:
        raise RoleHeld(count=len(holders), field="heir")
    for person in holders:
        _hand_on(person, role, queries.role_or_none(heir), actor)
    role.is_active = False
    role.save(update_fields=["is_active"])
    checks.require_a_manager()
    fact = RoleRetired(role_id=role.pk, key=key, name=role.name, heir=heir if holders else "", holders=len(holders))
    record(fact, actor=actor)
    return role


@transaction.atomic
def restore_role(*, actor: Actor, key: str) -> Role:
    """Put a role back in use as it was; nobody holds it then. Raises NotAllowed or NotFound."""
    role = _for_change(actor, key)
    if role.is_active:
        return role
    role.is_active = True
    role.save(update_fields=["is_active"])
    record(RoleRestored(role_id=role.pk, key=key, name=role.name), actor=actor)
    return role


def _for_change(actor: Actor, key: str, heir: str = "") -> Role:
    policy.require(actor, PEOPLE_MANAGE)
    take_turns("role", [key, heir])
    role = Role.objects.filter(key=key).first()
    if role is None:
        raise NotFound()
    offered = list(queries.all_roles().exclude(key=key).values_list("key", flat=True))
    if heir and heir not in offered:
        raise UnknownRole(role=heir[:40], roles=", ".join(offered), field="heir")
    return role


def _hand_on(person: User, role: Role, heir: Role | None, actor: Actor) -> None:
    """Let a person hold the heir instead of the role, each on record."""
    before = sorted(person.roles.values_list("key", flat=True))
    person.roles.remove(role)
    if heir is not None:
        person.roles.add(heir)
    after = sorted(person.roles.values_list("key", flat=True))
    changes: dict[str, list[str | None]] = {"roles": [", ".join(before), ", ".join(after)]}
    record(UserChanged(user_id=person.pk, login=person.login, name=person.name, changes=changes), actor=actor)
