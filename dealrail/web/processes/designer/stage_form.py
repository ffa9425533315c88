"""The form of one stage: what stands in it, and what somebody typed into it, both as plain values to compare."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal
from dealrail.core.problems import plain, problems_of
from dealrail.process.rules import END, ProcessSpec, StageKind, StageSpec, default_back
from dealrail.process.texts import LONGEST_NUMBER
from dealrail.web.inputs import Input, filled
from dealrail.web.processes.designer import handing
from dealrail.web.processes.designer.ordering import in_order
from dealrail.web.processes.handbook import role_names

MOST_SCRIPTS = 30
EMPTY_SCRIPTS = 1

KINDS: dict[str, Any] = {
    StageKind.LEAD: _("Lead: the customer may not be known yet"),
    StageKind.OPEN: _("Open: the deal is being sold"),
    StageKind.WON: _("Won: entering it wins the deal"),
}
KIND_WORDS: dict[str, Any] = {StageKind.LEAD: _("Lead"), StageKind.OPEN: _("Open"), StageKind.WON: _("Won")}
BASICS = (
    Input("name", _("Name"), required=True),
    Input("kind", _("Kind"), "select", options=tuple((str(kind), words) for kind, words in KINDS.items())),
    Input("goal", _("Goal"), help=_("The result to reach here, in one line.")),
    Input("key_action", _("Key action"), help=_("What mainly has to be done here, in one line.")),
)
MEASURES = (
    Input("probability", _("Probability (%)"), "number", help=_("For the weighted forecast.")),
    Input("time_limit_days", _("Move within (working days)"), "number"),
    Input("follow_up_days", _("Follow up every (working days)"), "number"),
    Input("kpi_name", _("KPI"), help=_("The figure this stage is measured by.")),
    Input("kpi_target", _("Its target value"), "number"),
    Input("kpi_unit", _("Its unit")),
)
SOP = Input(
    "sop",
    _("SOP text"),
    "textarea",
    help=_(
        "What to do here, in which order. A line that begins with “1.” or “-” makes a list; [words](address) a link."
    ),
)
LABELS: dict[str, Any] = {
    **{row.name: row.label for row in (*BASICS, *MEASURES, SOP)},
    **handing.LABELS,
    "roles": _("Owning roles"),
    "actions": _("Actions offered here"),
    "next": _("Forward to"),
    "back": _("Back to"),
    "scripts": _("Talk tracks"),
}


@dataclass(frozen=True)
class Ticks:
    """Several to choose from, as boxes to tick; with `is_ordered` what is chosen can be put in order."""

    name: str
    label: Any
    options: list[tuple[str, Any]]
    chosen: list[str]
    error: str = ""
    is_ordered: bool = False

    @property
    def in_order(self) -> list[tuple[str, Any]]:
        """What is chosen, in its order; nothing where that doesn't count."""
        names = dict(self.options)
        return [(key, names[key]) for key in self.chosen if key in names] if self.is_ordered else []

    @property
    def others(self) -> list[tuple[str, Any]]:
        """The rest."""
        return [row for row in self.options if not self.is_ordered or row[0] not in self.chosen]


def shown(stage: StageSpec) -> dict[str, Any]:
    """What the form of a stage holds."""
    kpi = stage.kpi
    return {
        "name": stage.name,
        "kind": str(stage.kind),
        "goal": plain(stage.goal),
        "key_action": plain(stage.key_action),
        "sop": plain(stage.sop),
        "probability": stage.probability,
        "time_limit_days": stage.time_limit_days,
        "follow_up_days": stage.follow_up_days,
        "kpi_name": kpi.name if kpi else "",
        "kpi_target": kpi.target if kpi else None,
        "kpi_unit": kpi.unit if kpi else "",
        **handing.shown(stage.hand_over),
        "roles": list(stage.roles),
        "actions": list(stage.actions),
        "next": list(stage.next),
        "back": list(stage.back),
        "scripts": [[script.name, plain(script.text)] for script in stage.scripts],
    }


def typed(posted: QueryDict) -> dict[str, Any]:
    """What was typed into the form; numbers that are none stay texts, to be refused at their field."""
    texts = ("name", "kind", "goal", "key_action", "sop", "kpi_name", "kpi_unit", *handing.TEXTS)
    numbers = ("probability", "time_limit_days", "follow_up_days", "kpi_target", "hand_over_due_days")
    ways = dict.fromkeys([posted.get("main", END), *posted.getlist("next")])
    return {
        **{name: plain(posted.get(name)) for name in texts},
        **{name: number(posted.get(name, "")) for name in numbers},
        **{name: posted.getlist(name) for name in ("roles", "back")},
        "actions": in_order(posted, "actions"),
        "next": list(ways),
        "scripts": _typed_scripts(posted),
    }


def number(text: str) -> Any:
    """A number as it is meant, whole where it can be; nothing for nothing, and what is none as it was typed."""
    kept = plain(text).replace("，", ",").replace(",", "")
    if len(kept) > LONGEST_NUMBER:
        return kept
    try:
        return int(kept) if kept.lstrip("-").isdecimal() else float(kept) if kept else None
    except (ValueError, OverflowError):
        return kept


def _typed_scripts(posted: QueryDict) -> list[list[str]]:
    rows = zip(posted.getlist("script_name"), posted.getlist("script_text"), strict=False)
    kept = [[plain(name), plain(text)] for name, text in rows]
    return [row for row in kept[:MOST_SCRIPTS] if any(row)]


def as_written(
    values: Mapping[str, Any], spec: ProcessSpec, stage: StageSpec, now: Mapping[str, Any]
) -> dict[str, Any]:
    """Changed values of the form as the text of the stage has them; what is said by default isn't written."""
    fields = {name: value for name, value in values.items() if not name.startswith(("kpi_", "hand_over"))}
    if any(name.startswith("kpi_") for name in values):
        fields["kpi"] = _kpi({**now, **values})
    if any(name.startswith("hand_over") for name in values):
        fields["hand_over"] = handing.written({**now, **values})
    if "kind" in fields and fields["kind"] == StageKind.OPEN:
        fields["kind"] = None
    if "scripts" in fields:
        fields["scripts"] = [{"name": name, "text": text} for name, text in fields["scripts"]]
    for name, default in _defaults(spec, stage, fields.get("next", now["next"])).items():
        if name in fields and sorted(fields[name]) == sorted(default):
            fields[name] = None
    return fields


def _kpi(values: Mapping[str, Any]) -> dict[str, Any] | None:
    kpi = {"name": values["kpi_name"], "target": values["kpi_target"], "unit": values["kpi_unit"]}
    return {name: value for name, value in kpi.items() if name == "target" or value} if any(kpi.values()) else None


def _defaults(spec: ProcessSpec, stage: StageSpec, forward: list[str]) -> dict[str, list[str]]:
    keys = [row.key for row in spec.stages]
    place = keys.index(stage.key)
    following = keys[place + 1] if place + 1 < len(keys) else END
    kinds = {row.key: str(row.kind) for row in spec.stages}
    return {"next": [following], "back": default_back(kinds, stage.key, forward)}


@dataclass(frozen=True)
class StageForm:
    """The inputs of a stage, section by section."""

    basics: list[Input]
    measures: list[Input]
    sop: Input
    hand_over: list[Input]
    roles: Ticks
    actions: Ticks
    main: Input
    others: Ticks
    back: Ticks
    scripts: list[list[str]]
    scripts_error: str

    @property
    def wrong(self) -> list[Any]:
        """The inputs that something was refused at."""
        return [row for row in (*self.basics, *self.measures, *self.hand_over, self.sop) if row.error]


def stage_form(
    spec: ProcessSpec, stage: StageSpec, values: Mapping[str, Any], refusal: Refusal | None = None
) -> StageForm:
    """The form of a stage with these values."""
    wrong = {row["field"]: row["problem"] for row in problems_of(refusal)}
    forward, names = [*values["next"], END], [(row.key, row.name) for row in spec.stages]
    ways = [*((key, name) for key, name in names if key != stage.key), (END, _("End of the process"))]
    before = names[: [key for key, _name in names].index(stage.key)]
    roles = [*role_names().items()]
    return StageForm(
        basics=_filled(BASICS, values, wrong),
        measures=_filled(MEASURES, values, wrong),
        sop=_filled((SOP,), values, wrong)[0],
        hand_over=_filled(handing.inputs(values), values, wrong),
        roles=Ticks(
            "roles", LABELS["roles"], _with_unknown(roles, values["roles"]), values["roles"], wrong.get("roles", "")
        ),
        actions=Ticks(
            "actions",
            LABELS["actions"],
            [(row.key, row.name) for row in spec.actions],
            values["actions"],
            is_ordered=True,
        ),
        main=Input(
            "main", _("Forward to"), "select", value=forward[0], options=tuple(ways), error=wrong.get("next", "")
        ),
        others=Ticks("next", _("May also go forward to"), ways, values["next"][1:]),
        back=Ticks("back", LABELS["back"], before, values["back"], wrong.get("back", "")),
        scripts=[*values["scripts"], *[["", ""]] * EMPTY_SCRIPTS],
        scripts_error=wrong.get("scripts", ""),
    )


def _filled(inputs: tuple[Input, ...], values: Mapping[str, Any], wrong: Mapping[str, str]) -> list[Input]:
    return [replace(row, error=wrong.get(row.name, "")) for row in filled(inputs, values)]


def _with_unknown(known: list[tuple[str, Any]], chosen: list[str]) -> list[tuple[str, Any]]:
    """What is chosen and isn't there any more is shown, so that it can be unticked."""
    return [*known, *((key, key) for key in chosen if key not in dict(known))]
