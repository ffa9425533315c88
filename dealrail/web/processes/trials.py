"""What a dry run or a replay found: figures by stage and condition, each opening its deals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dealrail.accounts.actor import Actor
from dealrail.crm import queries as crm
from dealrail.crm.actions import trials as actions
from dealrail.process import queries as processes
from dealrail.process import rules
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.rules import ProcessSpec
from dealrail.web.inputs import whole
from dealrail.web.processes import going_over
from dealrail.web.processes.limits import limits
from dealrail.web.processes.naming import condition_names
from dealrail.web.signed_in import actor_of

SHOWN = 200
DRY_RUN = ("open", "approval", "stuck", "blocked", "stays", "parked")
REPLAY = ("passed", "stopped", "asked", "unknown", "gone")


@dataclass(frozen=True)
class Figure:
    """A number that opens the deals or moves behind it."""

    count: int
    href: str
    chosen: bool = False


@dataclass(frozen=True)
class Line:
    """A stage: how many of each verdict, and what holds them up, the most frequent first."""

    name: str
    figures: list[Figure]
    conditions: list[tuple[str, Any, Figure]]


@require_safe
def process_trial(request: HttpRequest, key: str, trial_id: int) -> HttpResponse:
    """The figures of a dry run or replay, and the deals behind the one chosen; HTMX asks for the moving part alone."""
    actor = actor_of(request)
    trial = crm.trial(actor, key, trial_id)
    spec = rules.parse(trial.content)
    asked = {name: request.GET.get(name, "") for name in ("verdict", "stage", "condition")}
    after = whole(request.GET.get("after")) or 0
    found = crm.tried(actor, trial.pk, **asked).filter(pk__gt=after) if asked["verdict"] else []
    rows, more = shown_part(found, asked)
    told = {place.split(":")[1] for place in trial.figures.get("stages", {})}
    ever = [*processes.stages_ever(key, also=told), *spec.stages]
    names = {stage.key: stage.name for stage in ever}
    context = {
        "process": spec,
        "trial": trial,
        "under_way": trial.status == "running",
        "per_cent": 100 * trial.looked_at // trial.total if trial.total else 100,
        "labels": [(verdict, crm.VERDICTS[verdict]) for verdict in _verdicts(trial)],
        "totals": _totals(trial, asked),
        "lines": _lines(trial, spec, asked, names),
        "asked": asked,
        "chosen": crm.VERDICTS.get(asked["verdict"], ""),
        "rows": [(row, names.get(row.stage, row.stage), _named(spec, row.conditions)) for row in rows],
        "more": more,
        "is_first": not after,
        "here": _figure(0, asked, **asked).href,
        "is_partial": crm.is_partial(trial),
        "meant": _meant(actor, trial, spec, names),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "processes/trial_state.html" if part else "processes/trial.html", context)


@dataclass(frozen=True)
class Meant:
    """What a dry run was told: where stages lead that lead elsewhere, which deals, and the way to take these over."""

    ways: list[tuple[str, str]]
    which: str
    take_over: str


def _meant(actor: Actor, trial: Any, spec: ProcessSpec, names: Mapping[str, str]) -> Meant | None:
    if trial.kind != "dry_run":
        return None
    ways = [
        (names.get(old, old), processes.stage_name(spec, new) if new else "")
        for old, new in trial.mapping.items()
        if old != new
    ]
    wanted = crm.filter_as_seen(actor, trial.filter)
    may = trial.version_id and wanted == trial.filter and actor.may(PROCESS_PUBLISH)
    return Meant(ways, limits(spec, wanted), going_over.address(trial, spec.key) if may else "")


def shown_part(found: Any, asked: Mapping[str, str], *, by: str = "pk") -> tuple[list[Any], str]:
    """The first of these rows, in the order of `by`, and the address of those after them; empty where none are."""
    rows = list(found[: SHOWN + 1])
    if len(rows) <= SHOWN:
        return rows, ""
    given = {name: value for name, value in asked.items() if value}
    return rows[:SHOWN], f"?{urlencode({**given, 'after': getattr(rows[SHOWN - 1], by)})}#behind"


def _verdicts(trial: Any) -> tuple[str, ...]:
    return DRY_RUN if trial.kind == "dry_run" else REPLAY


def _figure(count: int, asked: Mapping[str, str], **place: str) -> Figure:
    full = {"verdict": "", "stage": "", "condition": ""} | place
    query = urlencode({name: value for name, value in full.items() if value})
    return Figure(count, f"?{query}#behind", full == asked)


def _totals(trial: Any, asked: Mapping[str, str]) -> list[tuple[Any, Figure, int]]:
    stages = trial.figures.get("stages", {})
    sums = {
        verdict: sum(count for place, count in stages.items() if place.split(":")[0] == verdict)
        for verdict in _verdicts(trial)
    }
    won = trial.figures.get("won", {})
    return [
        (crm.VERDICTS[verdict], _figure(count, asked, verdict=verdict), won.get(verdict, 0))
        for verdict, count in sums.items()
    ]


def _lines(trial: Any, spec: ProcessSpec, asked: Mapping[str, str], names: Mapping[str, str]) -> list[Line]:
    stages = trial.figures.get("stages", {})
    known = [stage.key for stage in spec.stages]
    others = sorted({place.split(":")[1] for place in stages} - set(known))
    return [
        Line(
            name=names.get(key, key),
            figures=[
                _figure(stages.get(f"{verdict}:{key}", 0), asked, verdict=verdict, stage=key)
                for verdict in _verdicts(trial)
            ],
            conditions=_conditions(trial, spec, key, asked),
        )
        for key in [*known, *others]
    ]


def _conditions(trial: Any, spec: ProcessSpec, stage: str, asked: Mapping[str, str]) -> list[tuple[str, Any, Figure]]:
    counted = [(*place.split(":"), count) for place, count in trial.figures.get("conditions", {}).items()]
    mine = [(verdict, key, count) for verdict, where, key, count in counted if where == stage]
    names = condition_names(spec)
    return [
        (names.get(key, key), crm.VERDICTS[verdict], _figure(count, asked, verdict=verdict, stage=stage, condition=key))
        for verdict, key, count in sorted(mine, key=lambda row: -row[2])
    ]


def _named(spec: ProcessSpec, keys: list[str]) -> list[str]:
    names = condition_names(spec)
    return [names.get(key, key) for key in keys]


@require_POST
def process_trial_stop(request: HttpRequest, key: str, trial_id: int) -> HttpResponse:
    """End a dry run or replay where it stands."""
    actions.stop_trial(actor=actor_of(request), process=key, trial_id=trial_id)
    return redirect("process_trial", key, trial_id)
