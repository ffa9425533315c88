"""Building the department tree."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from dealrail.accounts import checks, policy, queries
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnitInItself, UnitNameTaken
from dealrail.accounts.facts import UnitSaved
from dealrail.accounts.models import Unit, User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.accounts.rules import UNSET, Unset
from dealrail.core.db import take_turns
from dealrail.core.problems import refuse_changed
from dealrail.events.engine import record


@transaction.atomic
def create_unit(*, actor: Actor, name: str, parent_id: int | None = None, leader_id: int | None = None) -> Unit:
    """Add a department below another one, or at the top.

    Raises NotAllowed, NameMissing, UnknownUnit, or NotFound for the leader.
    """
    policy.require(actor, PEOPLE_MANAGE)
    parent = queries.unit(parent_id) if parent_id is not None else None
    leader = queries.user(leader_id) if leader_id is not None else None
    unit = Unit(name=checks.checked_name(name), parent=parent, leader=leader, path="")
    _refuse_same_name(unit)
    unit.save()
    unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
    unit.save(update_fields=["path"])
    record(_fact(unit), actor=actor)
    return unit


@transaction.atomic
def change_unit(
    *,
    actor: Actor,
    unit_id: int,
    name: str | None = None,
    parent_id: int | Unset | None = UNSET,
    leader_id: int | Unset | None = UNSET,
    seen: Mapping[str, Any] | None = None,
) -> Unit:
    """Rename a department, move it with all below it, or name its leader; what is not given stays.

    No `parent_id` (None) moves it to the top, no `leader_id` leaves it without one; changing nothing leaves no trace.
    `seen` is what name, parent and leader held when one looked. Raises NotAllowed, NameMissing, UnknownUnit,
    UnitInItself, ChangedMeanwhile, or NotFound for the leader.
    """
    policy.require(actor, PEOPLE_MANAGE)
    if parent_id is not UNSET:
        list(queries.all_units().select_for_update(of=("self",)))  # or two moves at once could make a ring
    take_turns("department", [str(unit_id)])
    unit = queries.unit(unit_id)
    before = _fact(unit)
    told = {"name": unit.name, "parent": _name(unit.parent), "leader": _name(unit.leader)}
    wanted = {"name": name, "parent": parent_id, "leader": leader_id}
    now = {"name": unit.name, "parent": unit.parent_id, "leader": unit.leader_id}
    given = {field: value for field, value in wanted.items() if value is not UNSET and (field, value) != ("name", None)}
    refuse_changed(now, given, seen, checks.LABELS)
    if name is not None:
        unit.name = checks.checked_name(name)
    if leader_id is not UNSET:
        unit.leader = None if leader_id is None else queries.user(leader_id)
    if parent_id is not UNSET and parent_id != unit.parent_id:
        _move_below(unit, None if parent_id is None else queries.unit(parent_id))
    if _fact(unit) == before:
        return unit
    _refuse_same_name(unit)
    unit.save()
    after = {"name": unit.name, "parent": _name(unit.parent), "leader": _name(unit.leader)}
    changes = {field: [told[field], after[field]] for field in after if told[field] != after[field]}
    record(replace(_fact(unit), changes=changes), actor=actor)
    return unit


def _name(record: Unit | User | None) -> str | None:
    return record.name if record else None


def _move_below(unit: Unit, parent: Unit | None) -> None:
    if parent is not None and parent.path.startswith(unit.path):
        raise UnitInItself()
    old, new = unit.path, f"{parent.path if parent else '/'}{unit.pk}/"
    for below in Unit.objects.filter(path__startswith=old).exclude(pk=unit.pk):
        below.path = new + below.path.removeprefix(old)
        below.save(update_fields=["path"])
    unit.parent, unit.path = parent, new


def _refuse_same_name(unit: Unit) -> None:
    take_turns("unit", [unit.name])
    if Unit.objects.filter(parent=unit.parent_id, name=unit.name).exclude(pk=unit.pk).exists():
        raise UnitNameTaken(unit=unit.name)


def _fact(unit: Unit) -> UnitSaved:
    return UnitSaved(unit_id=unit.pk, name=unit.name, parent_id=unit.parent_id, leader_id=unit.leader_id)
