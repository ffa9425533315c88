"""Everything that can be wrong with a definition before it is published, and what not even a draft may hold."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q

from dealrail.accounts import queries as people
from dealrail.core.texts import is_storable, tidy
from dealrail.process import conditions, queries, rules
from dealrail.process.condition_kinds import Approval
from dealrail.process.errors import NoteMissing
from dealrail.process.models import DefinitionVersion, Run
from dealrail.process.queries import templates
from dealrail.process.queries.pictures import unknown
from dealrail.process.rules import LONGEST_NOTE, Change, ConditionSpec, ExampleSpec, Problem, ProcessSpec, StageSpec
from dealrail.process.rules.approving import members_of
from dealrail.process.rules.deviations import Deviation
from dealrail.process.rules.pictures import marked_texts, named_in

MOST_CHARACTERS, MOST_VALUES, DEEPEST = 500_000, 20_000, 20
LARGEST = 2**53
SHORTEST_NOTE = 2
# An empty group could mean all deals or none, which nobody writes on purpose.
_ASKS_NOTHING: tuple[dict[str, list[Any]], ...] = ({"all": []}, {"any": []})


def require_note(note: str, *, longest: int = LONGEST_NOTE) -> str:
    """What was said of a change, without blanks around it; refuses nothing said, and too much, with NoteMissing."""
    if not SHORTEST_NOTE <= len(tidy(note)) <= longest:
        raise NoteMissing(longest=longest, field="note")
    return tidy(note)


def unkeepable(key: str, content: Any) -> Problem | None:
    """Why this can't be kept as the draft of this process: too large, too deep, or of other values
    than texts, numbers, lists and mappings.

    What is merely wrong may be kept, for it is being worked on.
    """
    if not rules.KEY.fullmatch(key):
        return Problem("process", "bad_key", {"value": key[:40]})
    return _unstorable(content)


def _unstorable(content: Any) -> Problem | None:
    """Why neither a draft nor a version can hold this."""
    if not isinstance(content, Mapping):
        return Problem("", "not_a_mapping")
    characters = 0
    for count, (where, depth, value) in enumerate(_walked(content)):
        characters += len(value) if isinstance(value, str) else 1
        if depth > DEEPEST:
            return Problem("", "too_deep", {"most": DEEPEST})
        if not _is_plain(value):
            return Problem(where, "not_plain")
        if count > MOST_VALUES or characters > MOST_CHARACTERS:
            return Problem("", "too_large", {"values": MOST_VALUES, "characters": MOST_CHARACTERS})
    return None


def _walked(content: Any) -> Iterator[tuple[str, int, Any]]:
    """Every value with its place and depth, keys of mappings included."""
    waiting = [("", 1, content)]
    while waiting:
        where, depth, value = waiting.pop()
        yield where, depth, value
        if isinstance(value, Mapping):
            yield from ((where, depth, key if isinstance(key, str) else ()) for key in value)
            waiting += [(f"{where}.{key}".lstrip(".")[:200], depth + 1, inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{where}[{number}]", depth + 1, inner) for number, inner in enumerate(value, 1)]


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return is_storable(value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < LARGEST
    return value is None or isinstance(value, Mapping | list)


def problems(content: Any) -> list[Problem]:
    """Everything wrong with a definition, its conditions' settings included; first of all whether it can be kept."""
    if problem := _unstorable(content):
        return [problem]
    if found := rules.problems(content):
        return found
    spec = rules.parse(content)
    return [
        *_field_problems(spec),
        *_evidence_problems(spec),
        *_picture_problems(spec),
        *_role_problems(spec),
        *_receiver_problems(spec),
        *_condition_problems(spec),
        *rules.traps(spec),
        *_deviations(content, spec),
        *(problem for row in spec.examples for problem in _example_problems(row, spec)),
    ]


def _deviations(content: Mapping[str, Any], spec: ProcessSpec) -> list[Problem]:
    """Where the process of a line deviates from its template although the group doesn't allow it."""
    beside = templates.compared(content, spec)
    if beside is None:
        return []
    name = beside.template.name
    return [
        Problem(_place(row.change, spec), "deviates", {"template": name, "part": row.part.value, "name": _named(row)})
        for row in beside.forbidden
    ]


def _named(row: Deviation) -> str:
    """What the part is called that deviates."""
    whole = row.change.new if row.change.new is not None else row.change.old
    if row.change.part == "stage" and row.change.setting:
        return ""
    return whole if row.change.part in _REASONS else str(getattr(whole, "name", "") or row.change.key)


def _place(change: Change, spec: ProcessSpec) -> str:
    if change.part in _LISTS:
        return f"{_LISTS[change.part]}.{change.key}"
    if not change.stage or not spec.has_stage(change.stage):
        return ""
    inside = f".conditions.{change.key}" if change.part == "condition" else ""
    return f"stages.{change.stage}{inside}"


_REASONS = {"loss_reason": "loss_reasons", "waiver_reason": "waiver_reasons"}
_LISTS = {"field": "fields", "action": "actions", **_REASONS}


def warnings(content: Any) -> list[Problem]:
    """What doesn't keep a definition from being published and is hardly meant; nothing where `problems` finds any."""
    if problems(content):
        return []
    spec = rules.parse(content)
    return [*rules.doubts(spec), *_lonely_roles(spec)]


def _lonely_roles(spec: ProcessSpec) -> list[Problem]:
    """Roles that are to approve or to take deals over, and that nobody active has."""
    named = [
        *((where, role, "nobody_has_role") for where, role in _approving_roles(spec)),
        *((where, role, "nobody_to_take") for where, role in _receiving_roles(spec)),
    ]
    held = {role for role in {role for _where, role, _code in named} if people.people_of_role(role).exists()}
    return [Problem(where, code, {"role": role}) for where, role, code in named if role not in held]


def _field_problems(spec: ProcessSpec) -> list[Problem]:
    taken = [row.key for row in spec.fields if row.key in conditions.reserved_fields]
    return [Problem(f"fields.{key}", "reserved_key", {"key": key}) for key in taken]


def _evidence_problems(spec: ProcessSpec) -> list[Problem]:
    """What actions say wrong of the evidence they ask for, as of a form that there is none of."""
    return [
        Problem(f"actions.{action.key}.{problem.where}", problem.code, problem.params)
        for action in spec.actions
        if action.evidence in conditions.evidence
        for problem in conditions.evidence[action.evidence].problems(action)
    ]


def _picture_problems(spec: ProcessSpec) -> list[Problem]:
    """Pictures that texts name and that there are none of, each where it is named."""
    texts = [(where, named_in(text)) for where, text in marked_texts(spec)]
    lacking = unknown({digest for _where, named in texts for digest in named})
    return [
        Problem(where, "no_such_picture", {"picture": digest})
        for where, named in texts
        for digest in sorted(named & lacking)
    ]


def _role_problems(spec: ProcessSpec) -> list[Problem]:
    known = set(people.all_roles().values_list("key", flat=True))
    named = _owning_and_waiving_roles(spec)
    return [Problem(where, "no_such_role", {"role": role}) for where, role in named if role not in known]


def _owning_and_waiving_roles(spec: ProcessSpec) -> list[tuple[str, str]]:
    named = [(f"stages.{stage.key}", role) for stage in spec.stages for role in stage.roles]
    named += _receiving_roles(spec)
    for stage in spec.stages:
        for row in stage.conditions:
            named += [(f"stages.{stage.key}.conditions.{row.key}.waivable_by", role) for role in row.waivable_by]
    return named


def processes_naming(role: str) -> list[str]:
    """The processes that name a role, in force or with records still on their way, each with the version's number."""
    running = Run.objects.filter(finished_at__isnull=True).order_by().values("version")
    in_force = [version.pk for version in queries.current_versions()]
    versions = DefinitionVersion.objects.filter(Q(pk__in=in_force) | Q(pk__in=running))
    return [
        f"{version.definition.name} v{version.number}"
        for version in versions.select_related("definition").order_by("definition__position", "-number")
        if _names(queries.spec_of(version.pk), role)
    ]


def _names(spec: ProcessSpec, role: str) -> bool:
    return any(named == role for _where, named in (*_owning_and_waiving_roles(spec), *_approving_roles(spec)))


def _receiving_roles(spec: ProcessSpec) -> list[tuple[str, str]]:
    """Roles whose people deals are handed to, each with its place."""
    return [(f"stages.{stage.key}.hand_over", stage.hand_over.role) for stage in spec.stages if stage.hand_over.role]


def _receiver_problems(spec: ProcessSpec) -> list[Problem]:
    """Persons whom deals are handed to and who may not log in, or don't exist."""
    named = [(stage.key, stage.hand_over.person) for stage in spec.stages if stage.hand_over.person]
    return [
        Problem(f"stages.{key}.hand_over.person", "no_such_person", {"person": login})
        for key, login in named
        if not _may_log_in(login)
    ]


def _may_log_in(login: str) -> bool:
    found = people.user_by_login(login)
    return found is not None and found.is_active


def _approving_roles(spec: ProcessSpec) -> list[tuple[str, str]]:
    return [
        (f"stages.{stage.key}.conditions.{condition.key}", member["role"])
        for stage in spec.stages
        for condition in stage.conditions
        if condition.kind == Approval.key
        for member in members_of(condition)
        if "role" in member
    ]


def _example_problems(example: ExampleSpec, spec: ProcessSpec) -> Iterator[Problem]:
    where, stage = f"examples.{example.key}", spec.stage(example.stage)
    for name, said in example.given.items():
        given = conditions.givens.get(str(name))
        if given is None:
            params = {"key": str(name)[:40], "known": ", ".join(conditions.givens)}
            yield Problem(f"{where}.given", "unknown_key", params)
            continue
        for problem in given.problems(said, spec, stage):
            place = f"{where}.given.{name}.{problem.where}".rstrip(".").replace(".[", "[")
            yield Problem(place, problem.code, problem.params)
    known = [row.key for row in (*stage.conditions, *conditions.standing)]
    for reason in example.because:
        if reason.split(".")[0] not in known:
            params = {"value": reason[:40], "known": ", ".join(known)}
            yield Problem(f"{where}.because", "not_one_of", params)


def _condition_problems(spec: ProcessSpec) -> list[Problem]:
    return [
        problem
        for stage in spec.stages
        for condition in stage.conditions
        for problem in condition_problems(spec, stage, condition)
    ]


def condition_problems(spec: ProcessSpec, stage: StageSpec, condition: ConditionSpec) -> list[Problem]:
    """What is wrong with one condition of a stage."""
    where = f"stages.{stage.key}.conditions.{condition.key}"
    kind = conditions.kinds.get(condition.kind)
    if kind is None:
        params = {"kind": condition.kind[:40], "known": ", ".join(sorted(conditions.kinds))}
        return [Problem(where, "no_such_kind", params)]
    found = []
    if condition.when in _ASKS_NOTHING:
        found.append(Problem(f"{where}.when", "empty_filter"))
    elif condition.when and (said := conditions.record_filter().problem(condition.when, spec)):
        found.append(Problem(f"{where}.when", "bad_filter", {"problem": said}))
    for problem in kind.problems(condition, spec):
        found.append(Problem(f"{where}.{problem.where}".rstrip("."), problem.code, problem.params))
    return found
