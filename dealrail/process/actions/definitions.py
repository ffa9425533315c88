"""Publishing processes from text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.events.engine import record
from dealrail.process import conditions, rules
from dealrail.process.condition_kinds import Approval
from dealrail.process.errors import BadDefinition, UnreadableDefinition
from dealrail.process.facts import ProcessPublished
from dealrail.process.models import Definition, DefinitionVersion, Stage
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.rules import Problem, ProcessSpec

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


@transaction.atomic
def publish_process(*, actor: Actor, content: Mapping[str, Any], note: str = "") -> tuple[DefinitionVersion, bool]:
    """Put a definition in force as a new version; running deals stay on theirs.

    Publishing what is in force already changes nothing; the flag says whether a version was made.
    Raises NotAllowed or BadDefinition with every problem.
    """
    policy.require(actor, PROCESS_PUBLISH)
    if found := check_definition(content):
        raise BadDefinition(found)
    spec, digest = rules.parse(content), rules.digest(content)
    definition, _created = Definition.objects.select_for_update().get_or_create(
        key=spec.key, defaults={"name": spec.name, "position": Definition.objects.count()}
    )
    last = definition.versions.order_by("-number").first()
    if last and last.digest == digest:
        return last, False
    version = _new_version(definition, content, digest, number=last.number + 1 if last else 1, actor=actor, note=note)
    _create_stages(version, spec)
    Definition.objects.filter(pk=definition.pk).update(name=spec.name)
    fact = ProcessPublished(
        process_id=definition.pk,
        key=spec.key,
        name=spec.name,
        version=version.number,
        digest=digest,
        note=note[:200],
    )
    record(fact, actor=actor)
    return version, True


def _new_version(
    definition: Definition, content: Mapping[str, Any], digest: str, *, number: int, actor: Actor, note: str
) -> DefinitionVersion:
    return DefinitionVersion.objects.create(
        definition=definition,
        number=number,
        content=dict(content),
        digest=digest,
        note=note[:200],
        published_at=clock.now(),
        published_by_id=actor.user_id or None,
    )


def _create_stages(version: DefinitionVersion, spec: ProcessSpec) -> None:
    Stage.objects.bulk_create(
        Stage(
            version=version,
            key=stage.key,
            name=stage.name,
            kind=stage.kind,
            position=position,
            probability=stage.probability,
            time_limit_days=stage.time_limit_days,
            follow_up_days=stage.follow_up_days,
        )
        for position, stage in enumerate(spec.stages)
    )


def check_definition(content: Any) -> list[Problem]:
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
            for problem in kind.problems(condition, spec):
                found.append(Problem(f"{where}.{problem.where}".rstrip("."), problem.code, problem.params))
    return found


def read_yaml(text: str) -> Any:
    """The plain value of a YAML text; refuse with UnreadableDefinition."""
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UnreadableDefinition(problem=str(error).replace("\n", " ")[:300]) from error


def write_yaml(content: Mapping[str, Any]) -> str:
    """A definition as YAML, in the order it was written."""
    return yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=100)


def template_names() -> list[str]:
    """The templates that ship with the package."""
    return sorted(path.stem for path in TEMPLATES.glob("*.yaml"))


def template(name: str) -> Any:
    """The content of a shipped template."""
    return read_yaml((TEMPLATES / f"{name}.yaml").read_text("utf-8"))
