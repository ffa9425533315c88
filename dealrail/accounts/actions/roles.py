"""Saving roles, and the roles every company starts with."""

from collections.abc import Iterable
from pathlib import Path

import yaml
from django.db import transaction

from dealrail.accounts import policy, queries, rules
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import BadRoleKey, NameMissing, UnknownPermission, UnknownScope
from dealrail.accounts.facts import RoleSaved
from dealrail.accounts.models import Role
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.texts import tidy
from dealrail.events.engine import record

LONGEST_NAME = 80
BUILTIN = Path(__file__).resolve().parent.parent / "roles.yaml"


@transaction.atomic
def save_role(
    *, actor: Actor, key: str, name: str, permissions: Iterable[str], scope: str, units: Iterable[int] = ()
) -> Role:
    """Create or replace the role of this key.

    Raises NotAllowed, BadRoleKey, NameMissing, UnknownScope, UnknownPermission or UnknownUnit.
    """
    policy.require(actor, PEOPLE_MANAGE)
    _check(key, name, scope)
    name = tidy(name)
    wanted = sorted(set(permissions))
    for permission in wanted:
        if permission not in policy.registered:
            raise UnknownPermission(permission=permission)
    chosen = [queries.unit(unit_id) for unit_id in units]
    role, _created = Role.objects.update_or_create(
        key=key, defaults={"name": name, "permissions": wanted, "scope": Role.ScopeChoice(scope)}
    )
    role.units.set(chosen)
    fact = RoleSaved(
        role_id=role.pk,
        key=key,
        name=name,
        permissions=wanted,
        scope=scope,
        units=[unit.pk for unit in chosen],
    )
    record(fact, actor=actor)
    return role


def _check(key: str, name: str, scope: str) -> None:
    if not rules.is_role_key(key):
        raise BadRoleKey(key=key[:80])
    if not 1 <= len(tidy(name)) <= LONGEST_NAME:
        raise NameMissing(longest=LONGEST_NAME)
    if scope not in Role.ScopeChoice.values:
        raise UnknownScope(scope=scope[:40], known=", ".join(Role.ScopeChoice.values))


@transaction.atomic
def ensure_builtin_roles(*, actor: Actor) -> None:
    """Create those of the roles every company starts with that are not there yet. Raises NotAllowed."""
    policy.require(actor, PEOPLE_MANAGE)
    there = set(Role.objects.values_list("key", flat=True))
    for row in yaml.safe_load(BUILTIN.read_text("utf-8")):
        if row["key"] in there:
            continue
        permissions = policy.registered if row["permissions"] == ["*"] else row["permissions"]
        save_role(actor=actor, key=row["key"], name=row["name"], permissions=permissions, scope=row["scope"])
