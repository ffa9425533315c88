"""Business lines: made, renamed, retired, and who and what belongs to each."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.core.errors import Refusal
from dealrail.process.actions import lines as actions
from dealrail.process.permissions import LINES_MANAGE
from dealrail.process.queries import lines as reading
from dealrail.process.queries.templates import deviations_in
from dealrail.web.inputs import Input, filled, typed, whole
from dealrail.web.opened import PREFIX, again, joined, seen, ticked, touched
from dealrail.web.people.choosing import named_people
from dealrail.web.signed_in import actor_of

SEVERAL = ("processes", "people", "in_charge")
LEGENDS = {
    "processes": _("Processes (in none: common to all lines)"),
    "people": _("People: they start deals in its processes"),
    "in_charge": _("In charge: they design its processes, and only these"),
}


def line_inputs(line: Any = None) -> list[Input]:
    """Empty inputs for a business line."""
    name = Input("name", _("Name"), required=True)
    if line is None:
        return [
            name,
            Input("key", _("Key"), help=_("Programs name the line by it. Made from the name, if left empty.")),
        ]
    use = (("True", _("yes")), ("False", _("no")))
    about = _("A line out of use keeps its deals and figures, but nothing new begins in it.")
    return [name, Input("is_active", _("In use"), kind="select", options=use, help=about)]


def lines(request: HttpRequest) -> HttpResponse:
    """Every business line with its processes, people and people in charge, and where it deviates from a template."""
    policy.require(actor_of(request), LINES_MANAGE)
    by_line = reading.processes_by_line()
    rows = [(row, reading.line_told(row, by_line[row.pk])) for row in reading.lines_with_people()]
    followed = deviations_in([one.key for row, _told in rows for one in by_line[row.pk] if one.is_published])
    following = {
        row.pk: [(one, len(followed[one.key].found)) for one in by_line[row.pk] if one.key in followed]
        for row, _told in rows
    }
    return render(request, "settings/lines.html", {"rows": rows, "common": by_line[None], "following": following})


def line_new(request: HttpRequest) -> HttpResponse:
    """Make a business line."""
    actor = actor_of(request)
    policy.require(actor, LINES_MANAGE)
    if request.method != "POST":
        return _form(request, None, {})
    values = typed(request.POST, line_inputs())
    try:
        made = actions.create_line(actor=actor, fields={**values, **_chosen(request.POST)})
    except Refusal as refusal:
        return _form(request, None, values, refusal)
    messages.success(request, gettext("Added: %(name)s") % {"name": made.name})
    return redirect("lines")


def line_change(request: HttpRequest, line_id: int) -> HttpResponse:
    """Rename a business line, retire it, or change who and what belongs to it."""
    actor = actor_of(request)
    policy.require(actor, LINES_MANAGE)
    found = reading.line(line_id)
    now = {"name": found.name, "is_active": str(found.is_active)}
    if request.method != "POST":
        return _form(request, found, now, was=now)
    values = typed(request.POST, line_inputs(found))
    fields = touched(request.POST, values)
    try:
        _save(request, actor, line_id, fields)
    except Refusal as refusal:
        shown, was = again(request.POST, values, now, refusal)
        return _form(request, found, shown, refusal, was)
    messages.success(request, gettext("Saved."))
    return redirect("lines")


def _save(request: HttpRequest, actor: Any, line_id: int, fields: dict[str, Any]) -> None:
    wanted = {**fields, **_chosen(request.POST)}
    if "is_active" in wanted:
        wanted["is_active"] = wanted["is_active"] == "True"
    held = {name: _read(name, ticked(request.POST, name) or []) for name in SEVERAL}
    before = {**seen(request.POST, fields), **held}
    actions.change_line(actor=actor, line_id=line_id, fields=wanted, seen=before)


def _chosen(posted: QueryDict) -> dict[str, Any]:
    return {name: _read(name, posted.getlist(name)) for name in SEVERAL}


def _read(name: str, values: list[str]) -> list[Any]:
    return values if name == "processes" else [pk for value in values if (pk := whole(value)) is not None]


def _held(line: Any) -> dict[str, list[Any]]:
    """What a line holds of each that it may hold several of."""
    if line is None:
        return {name: [] for name in SEVERAL}
    return reading.line_held(line, [one for one in reading.line_processes() if one.line_id == line.pk])


def _ticks(request: HttpRequest, line: Any) -> list[dict[str, Any]]:
    """The boxes to tick: processes, people, and who is in charge."""
    held = _held(line)
    chosen = _chosen(request.POST) if request.method == "POST" else held
    free = [one for one in reading.line_processes() if one.line_id in (None, line.pk if line else None)]
    persons = named_people([*people.active_people(), *_former(line)])
    offered: dict[str, list[tuple[Any, str]]] = {
        "processes": [(one.key, one.name) for one in free],
        "people": [*persons],
        "in_charge": [*persons],
    }
    return [
        {
            "name": name,
            "legend": LEGENDS[name],
            # of a refused form what it was opened with: what others added since isn't taken out by saving it again
            "was": request.POST.get(f"{PREFIX}{name}", joined(held[name])) if line else None,
            "options": [(str(value), label, value in chosen[name]) for value, label in offered[name]],
        }
        for name in SEVERAL
    ]


def _former(line: Any) -> list[Any]:
    return [one.user for one in line.members.all() if not one.user.is_active] if line else []


def _form(
    request: HttpRequest,
    line: Any,
    values: dict[str, Any],
    refusal: Refusal | None = None,
    was: dict[str, Any] | None = None,
) -> HttpResponse:
    context = {
        "line": line,
        "inputs": filled(line_inputs(line), values, refusal, was),
        "ticks": _ticks(request, line),
        "refusal": refusal,
    }
    return render(request, "settings/line.html", context, status=refusal.status if refusal else 200)
