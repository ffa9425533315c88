"""How often conditions of a process are waived, and by whom, as a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from dealrail.core import clock
from dealrail.process import queries as processes
from dealrail.process.queries import waivers
from dealrail.process.rules import END, ConditionSpec, ProcessSpec
from dealrail.web.inputs import whole
from dealrail.web.processes.naming import condition_name

PERIODS = (30, 90, 365)


@dataclass(frozen=True)
class Line:
    """A condition of a stage: of so many moves forward, so many with it waived; `is_limited`: it held for some only."""

    stage: str
    condition: str
    waived: int
    moves: int
    is_limited: bool

    @property
    def percent(self) -> float:
        """How many of a hundred moves."""
        return 100 * self.waived / self.moves


def process_waivers(request: HttpRequest, key: str) -> HttpResponse:
    """The waiver rate of each condition and the waivers of each person, of the last 30, 90 or 365 days."""
    version = processes.version(key)
    spec = processes.spec_of(version.pk)
    days = whole(request.GET.get("days"))
    days = days if days in PERIODS else PERIODS[1]
    since = clock.now() - timedelta(days=days)
    names = waivers.waiver_reason_names(key)
    context = {
        "spec": spec,
        "days": days,
        "periods": PERIODS,
        "lines": [_line(spec, rate) for rate in waivers.waiver_rates(key, since=since)],
        "reasons": _counted(waivers.waiver_reasons(key, since=since), names),
        "habits": [
            (row, _counted(row.reasons, names) if names else []) for row in waivers.waiver_habits(key, since=since)
        ],
    }
    return render(request, "processes/waivers.html", context)


def _counted(counts: Mapping[str, int], names: Mapping[str, str]) -> list[tuple[str, int]]:
    """Reasons by name with how many waivers were given for each; those from before there were reasons by a word."""
    return [(names.get(key, key) or gettext("Before there were reasons"), count) for key, count in counts.items()]


def _line(spec: ProcessSpec, rate: waivers.Rate) -> Line:
    condition = _condition(spec, rate)
    return Line(
        processes.stage_name(spec, rate.stage),
        condition_name(condition) if condition else rate.condition,
        rate.waived,
        rate.moves,
        is_limited=bool(condition and (condition.when or condition.to)),
    )


def _condition(spec: ProcessSpec, rate: waivers.Rate) -> ConditionSpec | None:
    """The condition as the version in force has it; none when it was dropped since."""
    stages = [stage for stage in spec.stages if stage.key == rate.stage != END]
    return next((row for stage in stages for row in stage.conditions if row.key == rate.condition), None)
