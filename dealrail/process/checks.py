"""Everything that can be wrong with a definition before it is published."""

from typing import Any

from dealrail.accounts import queries as people
from dealrail.process import conditions, rules
from dealrail.process.condition_kinds import Approval
from dealrail.process.rules import Problem, ProcessSpec


def problems(content: Any) -> list[Problem]:
    """Everything wrong with a definition, its conditions' settings included."""
    if found := rules.problems(content):
        return found
    spec = rules.parse(content)
    return [*_field_problems(spec), *_role_problems(spec), *_condition_problems(spec)]


def _field_problems(spec: ProcessSpec) -> list[Problem]:
    taken = [row.key for row in spec.fields if row.key in conditions.reserved_fields]
    return [Problem(f"fields.{key}", "reserved_key", {"key": key}) for key in taken]


def _role_problems(spec: ProcessSpec) -> list[Problem]:
    known = set(people.all_roles().values_list("key", flat=True))
    named = [(f"stages.{stage.key}", role) for stage in spec.stages for role in stage.roles]
    for stage in spec.stages:
        for condition in stage.conditions:
            by = condition.config.get("by")
            if condition.kind == Approval.key and isinstance(by, dict) and "role" in by:
                named.append((f"stages.{stage.key}.conditions.{condition.key}", str(by["role"])))
    return [Problem(where, "no_such_role", {"role": role}) for where, role in named if role not in known]


def _condition_problems(spec: ProcessSpec) -> list[Problem]:
    found: list[Problem] = []
    for stage in spec.stages:
        for condition in stage.conditions:
            where = f"stages.{stage.key}.conditions.{condition.key}"
            kind = conditions.kinds.get(condition.kind)
            if kind is None:
                params = {"kind": condition.kind[:40], "known": ", ".join(sorted(conditions.kinds))}
                found.append(Problem(where, "no_such_kind", params))
                continue
            if condition.when and (said := conditions.record_filter().problem(condition.when, spec)):
                found.append(Problem(f"{where}.when", "bad_filter", {"problem": said}))
            for problem in kind.problems(condition, spec):
                found.append(Problem(f"{where}.{problem.where}".rstrip("."), problem.code, problem.params))
    return found
