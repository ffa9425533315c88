"""The conditions of a stage: as sentences, each changed by the form of its kind."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.core.problems import ChangedMeanwhile, FieldsRefused, problems_of
from dealrail.core.texts import tidy
from dealrail.process import checks, rules, texts
from dealrail.process.conditions import kinds
from dealrail.process.rules import END, ConditionSpec, StageSpec, editing
from dealrail.web.inputs import Input, whole
from dealrail.web.lists.operators import PERIODS
from dealrail.web.processes.designer import only_when
from dealrail.web.processes.designer.approval_form import Steps, step_input
from dealrail.web.processes.designer.condition_forms import KIND_FORMS, KindForm, form_for, waiving, waiving_config
from dealrail.web.processes.designer.desk import (
    STEPS,
    Desk,
    desk_of,
    is_part,
    keep,
    keep_or_say,
    opened,
    show,
    tell_of_others,
)
from dealrail.web.processes.designer.ordering import is_ordering
from dealrail.web.processes.designer.places import field_of, said
from dealrail.web.processes.designer.stage_form import Ticks
from dealrail.web.processes.handbook import ConditionWords, condition_words
from dealrail.web.processes.naming import condition_name

ORDERED = {"fields", "actions"}
COMMON = {"key", "kind", "name", "to", "when", "waivable", "waivable_by"}
NAME = Input("name", _("Short name"), help=_("For an approval, what the approver reads."))


@dataclass(frozen=True)
class ConditionLine:
    """A condition in the list: what it is called, its sentence, or what is wrong with it."""

    spec: ConditionSpec
    name: str
    words: ConditionWords | None
    problems: list[str]


def condition_lines(desk: Desk, stage: StageSpec) -> list[ConditionLine]:
    """The conditions of a stage in order."""
    return [_line(desk, stage, condition) for condition in stage.conditions]


def kinds_offered() -> list[tuple[str, Any]]:
    """The kinds that a new condition may be of."""
    return [(kind, form.label) for kind, form in KIND_FORMS.items() if kind in kinds]


def _line(desk: Desk, stage: StageSpec, condition: ConditionSpec) -> ConditionLine:
    problems = [said(problem) for problem in checks.condition_problems(desk.spec, stage, condition)]
    words = None if problems else condition_words(desk.spec, condition)
    return ConditionLine(condition, condition_name(condition), words, problems)


@dataclass(frozen=True)
class Sheet:
    """The form of one condition: its stage, how it is written now, and the form of its kind, if there is one."""

    desk: Desk
    stage: StageSpec
    row: Mapping[str, Any]
    form: KindForm | None

    @property
    def is_new(self) -> bool:
        """Whether it isn't in the draft yet."""
        return "key" not in self.row

    @property
    def config(self) -> dict[str, Any]:
        """Its settings."""
        return {name: value for name, value in self.row.items() if name not in COMMON}


def condition(request: HttpRequest, key: str, stage: str) -> HttpResponse:
    """One condition (`?key=`), or a new one of a kind (`?kind=`): shown, and kept."""
    desk = desk_of(request, key)
    sheet = _sheet(desk, stage, request.GET)
    if request.method != "POST":
        return _page(request, sheet, sheet.row, only_when.opened(desk.spec, sheet.row.get("when", {})))
    builder = only_when.typed(desk.spec, request.POST, sheet.row.get("when", {}))
    row = _typed(request, sheet)
    if any(name in request.POST for name in ("look", "drop", "steps")) or is_ordering(request.POST):
        return _page(request, sheet, row, builder)
    row["when"] = only_when.written(desk.spec, builder, sheet.row.get("when", {}))
    try:
        _check(sheet, row, only_when.wrong(desk.spec, builder))
        _refuse_changed(request, sheet)
        keep(desk, lambda content: editing.put_condition(content, stage, row))
    except Refusal as refusal:
        return _page(request, sheet, row, builder, refusal)
    tell_of_others(request, desk)
    messages.success(request, gettext("The condition is saved in the draft."))
    address = f"{reverse('draft_stage', args=[key, stage])}#conditions"
    return HttpResponse(headers={"HX-Redirect": address}) if is_part(request) else redirect(address)


def _sheet(desk: Desk, stage: str, asked: Mapping[str, str]) -> Sheet:
    if not desk.spec.has_stage(stage):
        raise NotFound()
    rows = {row["key"]: row for row in editing.row_of(desk.content, "stages", stage).get("conditions", [])}
    row = rows.get(asked["key"]) if "key" in asked else {"kind": asked.get("kind", "")}
    if row is None or ("key" not in row and row["kind"] not in KIND_FORMS):
        raise NotFound()
    config = {name: value for name, value in row.items() if name not in COMMON}
    return Sheet(desk, desk.spec.stage(stage), row, form_for(row["kind"], config))


def _typed(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    """The condition as it was typed; settings that no form shows stay as they are."""
    posted = request.POST
    name = tidy(posted.get("name", ""))
    taken = [row.key for row in sheet.stage.conditions]
    key = sheet.row.get("key") or editing.new_key(name or sheet.row["kind"].replace(".", "_"), taken)
    ways = posted.getlist("to")
    config = sheet.form.config(posted) if sheet.form else sheet.config
    config |= waiving_config(posted)
    config = {name: _as_before(name, value, sheet.row.get(name)) for name, value in config.items()}
    same = sorted(ways) == sorted(sheet.stage.next) or not ways
    # what isn't typed at all is left out of the text, also where it could stand there empty
    settings = {name: value for name, value in config.items() if value not in (None, [], "")}
    return {"key": key, "kind": sheet.row["kind"], "name": name or None, "to": None if same else ways, **settings}


def _as_before(name: str, value: Any, was: Any) -> Any:
    """A list in the order it was written in, where it holds the same: most boxes have an order of their own."""
    if name in ORDERED:
        return value
    is_same = isinstance(value, list) and isinstance(was, list) and sorted(map(str, value)) == sorted(map(str, was))
    return was if is_same else value


def _check(sheet: Sheet, row: Mapping[str, Any], faults: list[dict[str, str]]) -> None:
    """Refuse with FieldsRefused what a condition of this kind can't be."""
    written = {name: value for name, value in row.items() if value not in (None, [], {})}
    content = editing.put_condition(sheet.desk.content, sheet.stage.key, written)
    found = list(faults)
    if not rules.shape_problems(content):
        spec = rules.parse(content)
        stage = spec.stage(sheet.stage.key)
        mine = next(one for one in stage.conditions if one.key == row["key"])
        problems = checks.condition_problems(spec, stage, mine)
        named = [(step_input(one) or _input_of(field_of(one), row), said(one)) for one in problems]
        found += [{"field": field, "label": "", "problem": problem} for field, problem in named]
    if found:
        raise FieldsRefused(problems=found)


def _input_of(field: str, row: Mapping[str, Any]) -> str:
    """The input of a problem; of one that is about the condition as a whole, its first setting."""
    if field in {"any", "all"}:
        return "by"
    return next((name for name in row if name not in COMMON), "name") if field == row["key"] else field


def _refuse_changed(request: HttpRequest, sheet: Sheet) -> None:
    """Refuse with ChangedMeanwhile when somebody else changed this condition since the form was opened."""
    was = opened(request)
    if not sheet.is_new and was and was != sheet.row:
        now = texts.write_yaml(sheet.row)
        raise ChangedMeanwhile(
            problems=[{"field": "name", "label": "", "problem": gettext("Now: %(value)s") % {"value": now}}]
        )


def _page(
    request: HttpRequest, sheet: Sheet, row: Mapping[str, Any], builder: Any, refusal: Refusal | None = None
) -> HttpResponse:
    desk, stage = sheet.desk, sheet.stage
    wrong = {problem["field"]: problem["problem"] for problem in problems_of(refusal)}
    config = {name: value for name, value in row.items() if name not in COMMON}
    parts = sheet.form.parts(desk.spec, config) if sheet.form else []
    names = {one.key: one.name for one in desk.spec.stages} | {END: gettext("End of the process")}
    ways = [(way, names.get(way, way)) for way in dict.fromkeys([*stage.next, *(row.get("to") or ())])]
    is_sound = not sheet.is_new and not checks.condition_problems(desk.spec, stage, mine := _spec(sheet))
    is_kept = request.method == "POST" and not isinstance(refusal, ChangedMeanwhile)
    context = {
        "tab": "stages",
        "stage": stage,
        "sheet": sheet,
        "called": _kind_name(sheet),
        "says": condition_words(desk.spec, mine) if is_sound else None,
        "as_text": "" if sheet.form else texts.write_yaml(sheet.config),
        "name": replace(NAME, value=row.get("name") or "", error=wrong.get("name", "")),
        "parts": [_told(part, wrong) for part in (*parts, *waiving(row))],
        "ways": Ticks(
            "to", gettext("Only for moves to (none ticked: for all)"), ways, row.get("to") or [], wrong.get("to", "")
        )
        if len(ways) > 1
        else None,
        "builder": builder,
        "periods": PERIODS,
        "was": request.POST.get("was", "") if is_kept else json.dumps(sheet.row),
    }
    return show(request, "processes/draft/condition.html", desk, context, refusal)


def _told(part: Any, wrong: Mapping[str, str]) -> Any:
    """An input with what is wrong said at it."""
    return part.told(wrong) if isinstance(part, Steps) else replace(part, error=wrong.get(part.name, ""))


def _spec(sheet: Sheet) -> ConditionSpec:
    return next(one for one in sheet.stage.conditions if one.key == sheet.row["key"])


def _kind_name(sheet: Sheet) -> Any:
    form = KIND_FORMS.get(sheet.row["kind"])
    return form.label if form else sheet.row["kind"]


@require_POST
def condition_remove(request: HttpRequest, key: str, stage: str) -> HttpResponse:
    """Take a condition out of a stage."""
    desk = desk_of(request, key)
    which = request.POST.get("key", "")
    if keep_or_say(request, desk, lambda content: editing.remove_condition(content, stage, which)):
        messages.success(request, gettext("The condition is taken out; undo brings it back."))
    return redirect(f"{reverse('draft_stage', args=[key, stage])}#conditions")


@require_POST
def condition_move(request: HttpRequest, key: str, stage: str) -> HttpResponse:
    """Put a condition one place up or down, or at a place (from 0)."""
    desk = desk_of(request, key)
    which, step = request.POST.get("key", ""), request.POST.get("step", "")
    rows = desk.spec.stage(stage).conditions if desk.spec.has_stage(stage) else ()
    keys = [row.key for row in rows]
    if which not in keys:
        raise NotFound()
    given = whole(request.POST.get("place"))
    place = keys.index(which) + STEPS.get(step, 0) if given is None else given
    keep_or_say(request, desk, lambda content: editing.move_condition(content, stage, which, place))
    return redirect(f"{reverse('draft_stage', args=[key, stage])}#{step or 'up'}-condition-{which}")
