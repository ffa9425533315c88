"""What belongs to a process as a whole: its name, the fields it adds, its actions, its reasons."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts.errors import NotFound
from dealrail.activities import queries as activities
from dealrail.core.errors import Refusal
from dealrail.core.problems import ChangedMeanwhile, plain
from dealrail.core.texts import tidy
from dealrail.crm import queries as crm
from dealrail.process.rules import FIELD_TYPES, ProcessSpec, editing
from dealrail.web.forms.choosing import form_input
from dealrail.web.inputs import Input, filled, options, whole
from dealrail.web.processes.designer.desk import (
    STEPS,
    Desk,
    desk_of,
    keep,
    keep_or_say,
    own_changes,
    show,
    tell_of_others,
)
from dealrail.web.processes.designer.stage_form import number

MOST_OFFERED = 500
TYPES: dict[str, Any] = {
    "text": pgettext_lazy("type of a field", "Text"),
    "number": _("Number"),
    "money": _("Amount of money"),
    "date": _("Date"),
    "choice": _("One of several"),
}
NAME = Input("name", _("Name"), required=True)
NUMBERS = {"min", "max", "expected_minutes"}
DETAILS = (NAME, Input("description", _("For whom it is meant"), "textarea"))


@dataclass(frozen=True)
class Part:
    """A list of rows of a process: how it is called on screen, and the inputs of a row.

    `defaults` are values that aren't written into the text.
    """

    name: str
    title: Any
    new: Any
    hint: Any
    inputs: Callable[[], tuple[Input, ...]]
    defaults: Mapping[str, Any]
    first: Mapping[str, Any]


def _field_inputs() -> tuple[Input, ...]:
    return (
        NAME,
        Input("type", _("Type"), "select", options=tuple((key, TYPES.get(key, key)) for key in FIELD_TYPES)),
        Input("choices", _("Choices"), "textarea", help=_("One a line; only for “one of several”.")),
        Input("help", _("Help"), help=_("A line below the field.")),
        Input("min", _("At least"), "number", help=_("Only for numbers and amounts.")),
        Input("max", _("At most"), "number"),
        Input("format", _("Format"), "select", options=options(crm.field_formats(), none=_("any text"))),
        Input("pattern", _("Pattern"), help=_("# stands for a digit, @ for a letter, * for either, as in HT-####-@@.")),
    )


def _action_inputs() -> tuple[Input, ...]:
    kinds = tuple((key, words) for key, words in activities.evidence_kinds().items())
    return (
        NAME,
        Input("how_to", _("How it is done well"), "prose", help=_("[words](https://…) is a link.")),
        Input("script", _("Words to say"), "prose"),
        Input("evidence", _("Evidence"), "select", options=kinds, help=_("What must be shown when it is done.")),
        form_input(),
        Input("expected_minutes", _("Usual minutes"), "number"),
    )


PARTS: dict[str, Part] = {
    "fields": Part(
        "fields", _("Fields"), _("Another field …"), _("Facts that this process asks for besides those of every deal."),
        _field_inputs, {}, {"type": "text"},
    ),
    "actions": Part(
        "actions", _("Actions"), _("Another action …"),
        _("Standard things to do. A stage offers them; a condition may demand them."),
        _action_inputs, {"evidence": "none"}, {},
    ),
    "loss_reasons": Part(
        "loss_reasons", _("Loss reasons"), _("Another reason …"), _("What may be chosen when a deal is lost."),
        lambda: (NAME,), {}, {},
    ),
    "waiver_reasons": Part(
        "waiver_reasons", _("Waiver reasons"), _("Another reason …"),
        _("One of these is chosen when a condition is waived, besides saying why. Without any, words are enough."),
        lambda: (NAME,), {}, {},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class PartLine:
    """A row in the list, with the stages that use it."""

    key: str
    name: str
    about: Any
    used_in: list[str]
    is_chosen: bool
    is_first: bool
    is_last: bool


@require_POST
def draft_details(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the name and the description of the process."""
    desk = desk_of(request, key)
    now = details_shown(desk.spec)
    values = {row.name: plain(request.POST.get(row.name)) for row in DETAILS}
    try:
        wanted = own_changes(request, values, now, {row.name: row.label for row in DETAILS})
        keep(desk, lambda content: editing.with_details(content, wanted))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        tell_of_others(request, desk)
        messages.success(request, gettext("Saved in the draft."))
    return redirect("draft", key)


def details_shown(spec: ProcessSpec) -> dict[str, Any]:
    """What the form of the process itself holds."""
    return {"name": spec.name, "description": plain(spec.description)}


def details_inputs(desk: Desk) -> dict[str, Any]:
    """The form of the process itself."""
    now = details_shown(desk.spec)
    return {"details": filled(DETAILS, now), "details_was": json.dumps(now)}


def draft_part(request: HttpRequest, key: str, part: str) -> HttpResponse:
    """The rows of a part; another one is added by its name."""
    desk, kind = desk_of(request, key), _part(part)
    if not desk.is_readable:
        return redirect("draft_text", key)
    if request.method != "POST":
        return show(request, "processes/draft/parts.html", desk, _context(desk, kind))
    name = tidy(request.POST.get("name", ""))
    if part == "actions" and request.POST.get("template"):
        return _take_over(desk, request.POST["template"])
    row = editing.new_key(name, {*(one["key"] for one in desk.content.get(part, [])), *crm.deal_labels(desk.spec)})
    try:
        keep(desk, lambda content: editing.add_row(content, part, {"key": row, "name": name, **kind.first}))
    except Refusal as refusal:
        return show(request, "processes/draft/parts.html", desk, {**_context(desk, kind), "new_name": name}, refusal)
    way = f"open:{reverse('draft_row', args=[key, part, row])}"
    messages.success(request, gettext("“%(name)s” is added.") % {"name": name}, extra_tags=way)
    return redirect(f"{reverse('draft_part', args=[key, part])}#new-row")


def _take_over(desk: Desk, template: str) -> HttpResponse:
    """Add an action of the library, with its texts, under its key there, so that the library knows where it is used."""
    row = vars(activities.action_template(template).spec)
    fields = {name: None if name == "evidence" and value == "none" else value for name, value in row.items()}
    if not any(one.key == template for one in desk.spec.actions):
        keep(desk, lambda content: editing.add_row(content, "actions", fields))
    return redirect("draft_row", desk.key, "actions", template)


def draft_row(request: HttpRequest, key: str, part: str, row: str) -> HttpResponse:
    """One row beside the list of them: shown, and changed."""
    desk, kind = desk_of(request, key), _part(part)
    if not desk.is_readable:
        return redirect("draft_text", key)
    now = _shown(kind, _row(desk, part, row))
    if request.method != "POST":
        return _row_page(request, desk, kind, row, now, json.dumps(now))
    values = {one.name: _typed(one, request.POST.get(one.name, "")) for one in kind.inputs()}
    try:
        wanted = own_changes(request, values, now, {one.name: one.label for one in kind.inputs()})
        keep(desk, lambda content: editing.change_row(content, part, row, _written(kind, wanted)))
    except Refusal as refusal:
        was = json.dumps(now) if isinstance(refusal, ChangedMeanwhile) else request.POST.get("was", "")
        return _row_page(request, desk, kind, row, values, was, refusal)
    tell_of_others(request, desk)
    messages.success(request, gettext("“%(name)s” is saved in the draft.") % {"name": values["name"]})
    return redirect("draft_row", key, part, row)


def _part(part: str) -> Part:
    if part not in PARTS:
        raise NotFound()
    return PARTS[part]


def _row(desk: Desk, part: str, row: str) -> Mapping[str, Any]:
    try:
        return editing.row_of(desk.content, part, row)
    except KeyError as error:
        raise NotFound() from error


def _shown(kind: Part, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the form of a row holds: texts tidy, choices a line each, numbers as they are."""
    values = {one.name: row.get(one.name, kind.defaults.get(one.name)) for one in kind.inputs()}
    return {name: _as_input(name, value) for name, value in values.items()}


def _as_input(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return value if name in NUMBERS else plain(value)


def _typed(one: Input, text: str) -> Any:
    return number(text) if one.name in NUMBERS else plain(text)


def _written(kind: Part, values: Mapping[str, Any]) -> dict[str, Any]:
    """Changed values as the text has them."""
    fields = {name: None if kind.defaults.get(name) == value else value for name, value in values.items()}
    if "choices" in fields:
        fields["choices"] = [line for text in str(fields["choices"]).splitlines() if (line := tidy(text))]
    return fields


def _context(desk: Desk, kind: Part, row: str = "") -> dict[str, Any]:
    library = _library(desk) if kind.name == "actions" else []
    return {"tab": kind.name, "kind": kind, "lines": _lines(desk, kind, row), "chosen": row, "library": library}


def _library(desk: Desk) -> list[tuple[str, str]]:
    """The actions of the library that the process doesn't have yet."""
    here = {action.key for action in desk.spec.actions}
    rows = activities.action_templates(is_active=True)[:MOST_OFFERED]
    return [(row.key, row.name) for row in rows if row.key not in here]


def _lines(desk: Desk, kind: Part, chosen: str) -> list[PartLine]:
    rows = desk.content.get(kind.name, [])
    return [
        PartLine(
            key=row["key"],
            name=row["name"],
            about=TYPES.get(row.get("type", ""), row.get("type", "")),
            used_in=_used_in(desk.spec, kind.name, row["key"]),
            is_chosen=row["key"] == chosen,
            is_first=place == 0,
            is_last=place == len(rows) - 1,
        )
        for place, row in enumerate(rows)
    ]


def _used_in(spec: ProcessSpec, part: str, key: str) -> list[str]:
    """The names of the stages that offer this, or demand it."""
    return [
        stage.name
        for stage in spec.stages
        if (part == "actions" and key in stage.actions)
        or any(key in named for row in stage.conditions if isinstance(named := row.config.get(part), list))
    ]


def _row_page(
    request: HttpRequest,
    desk: Desk,
    kind: Part,
    row: str,
    values: Mapping[str, Any],
    was: str,
    refusal: Refusal | None = None,
) -> HttpResponse:
    context = {**_context(desk, kind, row), "inputs": filled(kind.inputs(), values, refusal), "was": was}
    return show(request, "processes/draft/parts.html", desk, context, refusal)


@require_POST
def row_move(request: HttpRequest, key: str, part: str, row: str) -> HttpResponse:
    """Put a row one place up or down, or at a place (from 0)."""
    desk, kind = desk_of(request, key), _part(part)
    keys = [one["key"] for one in desk.content.get(kind.name, [])]
    if row not in keys:
        raise NotFound()
    step, given = request.POST.get("step", ""), whole(request.POST.get("place"))
    place = keys.index(row) + STEPS.get(step, 0) if given is None else given
    keep_or_say(request, desk, lambda content: editing.move_row(content, part, row, place))
    return redirect(f"{reverse('draft_part', args=[key, part])}#{step or 'up'}-{row}")


@require_POST
def row_remove(request: HttpRequest, key: str, part: str, row: str) -> HttpResponse:
    """Take a row out; conditions that name it are then shown as wrong."""
    desk, kind = desk_of(request, key), _part(part)
    if keep_or_say(request, desk, lambda content: editing.remove_row(content, kind.name, row)):
        messages.success(request, gettext("It is taken out; undo brings it back."))
    return redirect("draft_part", key, part)
