"""Saving roles, and the roles every company starts with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from dealrail.accounts import checks, policy, queries, rules
from dealrail.accounts.actor import Actor
from dealrail.accounts.builtin import builtin_roles
from dealrail.accounts.errors import (
    BadRoleKey,
    BadTarget,
    NotFound,
    RoleKeyTaken,
    UnitsMissing,
    UnknownPermission,
    UnknownScope,
)
from dealrail.accounts.facts import RoleSaved, RoleTargetsSet
from dealrail.accounts.models import Role, Unit
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.db import take_turns
from dealrail.core.problems import ChangedMeanwhile, merged, refuse_changed
from dealrail.events.engine import record

ADMIN = "admin"


@transaction.atomic
def save_role(
    *,
    actor: Actor,
    key: str,
    name: str,
    permissions: Iterable[str],
    scope: str,
    units: Iterable[int] = (),
    replace: bool = True,
    seen: Mapping[str, Any] | None = None,
) -> Role:
    """Create or replace the role of this key; `units` count for the scope of chosen departments only.

    Saving it as it is leaves no trace. `seen` is what it held when one looked: name and scope stay as they are now
    unless one changed them, and only the permissions and departments added or taken away since then are changed. Raises
    NotAllowed, BadRoleKey, NameMissing, UnknownScope, UnknownPermission, UnknownUnit, UnitsMissing, LastManager,
    ChangedMeanwhile, or RoleKeyTaken unless it may `replace` another one.
    """
    policy.require(actor, PEOPLE_MANAGE)
    take_turns("role", [key])
    before = queries.role_or_none(key)
    if before is not None and seen:
        name, scope, permissions, units = _since(before, name, scope, permissions, units, seen)
    wanted, chosen = _checked(key, scope, permissions, units)
    if before is not None and not replace:
        raise RoleKeyTaken(key=key, role=before.name, field="key")
    was = _fact(before) if before else None
    role = before or Role(key=key)
    role.name, role.permissions, role.scope = checks.checked_name(name), wanted, Role.ScopeChoice(scope)
    role.save()
    role.units.set(chosen)
    if _fact(role) == was:
        return role
    if was and PEOPLE_MANAGE in was.permissions and PEOPLE_MANAGE not in wanted:
        checks.require_a_manager()
    record(_told(_fact(role), was), actor=actor)
    return role


def _told(now: RoleSaved, was: RoleSaved | None) -> RoleSaved:
    """The fact with what is new in it."""
    before = was or RoleSaved(role_id=now.role_id, key=now.key, name="", permissions=[], scope="", units=[])
    changes = {
        name: [old or None, new or None]
        for name, old, new in (("name", before.name, now.name), ("scope", before.scope, now.scope))
        if was and old != new
    }
    return replace(
        now,
        added=sorted(set(now.permissions) - set(before.permissions)),
        removed=sorted(set(before.permissions) - set(now.permissions)),
        changes=changes,
    )


def _since(
    role: Role, name: str, scope: str, permissions: Iterable[str], units: Iterable[int], seen: Mapping[str, Any]
) -> tuple[str, str, Iterable[str], Iterable[int]]:
    """What the role is to be when only what differs from what was seen is changed; refuses what changed since."""
    now = {"name": role.name, "scope": str(role.scope)}
    ours = {key: value for key, value in (("name", name), ("scope", scope)) if seen.get(key) != value}
    labels = {"name": checks.LABELS["name"], "scope": f"{checks.LABELS['scope']} · {role.name}"}
    scopes = dict(Role.ScopeChoice.choices)
    try:
        refuse_changed(now, ours, seen, labels, shown=lambda value: scopes.get(value, value))
    except ChangedMeanwhile as stale:
        stale.params["role"] = role.key
        raise
    kept = {**now, **ours}
    return (
        kept["name"],
        kept["scope"],
        merged(role.permissions, permissions, seen.get("permissions")),
        merged(role.units.values_list("pk", flat=True), units, seen.get("units")),
    )


@dataclass(frozen=True)
class RoleRow:
    """What a row of the table of roles is to be, and what it was when one looked; chosen departments stay chosen."""

    key: str
    permissions: frozenset[str]
    scope: str
    seen: Mapping[str, Any] | None = None


@transaction.atomic
def save_roles(*, actor: Actor, rows: Iterable[RoleRow]) -> int:
    """Save several roles at once, all or none, and say how many changed; of each only what differs from what was seen.

    Raises NotFound for a role that is gone, and what `save_role` raises.
    """
    before = {role.key: _fact(role) for role in queries.roles(actor)}
    changed = 0
    for row in rows:
        if row.key not in before:
            raise NotFound()
        was = before[row.key]
        fields: dict[str, Any] = {"permissions": row.permissions, "scope": row.scope, "units": was.units}
        fields["seen"] = row.seen and {"name": was.name, **row.seen}
        changed += _fact(save_role(actor=actor, key=row.key, name=was.name, **fields)) != was
    return changed


def _checked(key: str, scope: str, permissions: Iterable[str], units: Iterable[int]) -> tuple[list[str], list[Unit]]:
    """Permissions in order, and the departments of the scope of chosen ones."""
    if not rules.is_role_key(key):
        raise BadRoleKey(key=key[:80], field="key")
    if scope not in Role.ScopeChoice.values:
        raise UnknownScope(scope=scope[:40], known=", ".join(Role.ScopeChoice.values), field="scope")
    wanted = sorted(set(permissions))
    if unknown := [permission for permission in wanted if permission not in policy.registered]:
        raise UnknownPermission(permission=unknown[0][:60], field="permissions")
    chosen = [queries.unit(unit_id) for unit_id in units] if scope == Role.ScopeChoice.UNITS else []
    if scope == Role.ScopeChoice.UNITS and not chosen:
        raise UnitsMissing(field="units")
    return wanted, chosen


def _fact(role: Role) -> RoleSaved:
    return RoleSaved(
        role_id=role.pk,
        key=role.key,
        name=role.name,
        permissions=role.permissions,
        scope=str(role.scope),
        units=sorted(role.units.values_list("pk", flat=True)),
    )


@transaction.atomic
def set_role_targets(*, actor: Actor, key: str, targets: Mapping[str, int]) -> Role:
    """Say how much the holders of a role are to do; what isn't given stays, 0 means no target.

    Raises NotAllowed, NotFound or BadTarget.
    """
    policy.require(actor, PEOPLE_MANAGE)
    queries.role(actor, key)
    role = Role.objects.select_for_update().get(key=key)
    for name, value in targets.items():
        if name not in rules.TARGETS or not 0 <= value <= rules.MOST_A_TARGET:
            raise BadTarget(most=rules.MOST_A_TARGET, field=name)
    before = queries.targets_of_role(role)
    for name, value in targets.items():
        setattr(role, name, value)
    role.save(update_fields=list(rules.TARGETS))
    if queries.targets_of_role(role) != before:
        fact = RoleTargetsSet(role_id=role.pk, key=role.key, name=role.name, targets=queries.targets_of_role(role))
        record(fact, actor=actor)
    return role


@transaction.atomic
def ensure_builtin_roles(*, actor: Actor) -> None:
    """Create those of the roles every company starts with that are not there yet. Raises NotAllowed."""
    policy.require(actor, PEOPLE_MANAGE)
    there = set(Role.objects.values_list("key", flat=True))
    for row in builtin_roles():
        if row["key"] in there:
            continue
        permissions = policy.registered if row["permissions"] == ["*"] else row["permissions"]
        save_role(actor=actor, key=row["key"], name=row["name"], permissions=permissions, scope=row["scope"])
        if "targets" in row:
            set_role_targets(actor=actor, key=row["key"], targets=row["targets"])


@transaction.atomic
def complete_admin_role(*, actor: Actor) -> None:
    """Give the administrator's role what a newer version allows, where there is that role. Raises NotAllowed."""
    policy.require(actor, PEOPLE_MANAGE)
    if (role := queries.role_or_none(ADMIN)) is not None:
        was = _fact(role)
        save_role(
            actor=actor, key=was.key, name=was.name, permissions=policy.registered, scope=was.scope, units=was.units
        )
