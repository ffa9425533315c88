"""Fields that are added to customers and the like: listed by kind, made, changed, moved, taken out of use."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.core.errors import Refusal
from dealrail.core.problems import problems_of
from dealrail.crm import queries as crm
from dealrail.crm.actions import fields as actions
from dealrail.crm.engine.describing import FIELD_LABELS
from dealrail.crm.engine.differing import ACCESS_NAMES, KIND_NAMES
from dealrail.crm.rules import FIELD_KINDS, access
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.web.inputs import Input, filled, options, typed
from dealrail.web.opened import again, seen, touched
from dealrail.web.signed_in import actor_of

KINDS, ACCESS = KIND_NAMES, ACCESS_NAMES
# what a role may is chosen under its key behind this
CELL = "access-"
FLAGS = ("required", "unique", "searchable", "is_active")
_FLAG_HELP = {
    "required": _("A new record can't be saved without it, and it can't be emptied."),
    "unique": _("For numbers of contracts, members and the like."),
    "searchable": _("Whoever may see it finds records by it: a text, number or choice."),
    "is_active": _("Out of use it disappears everywhere; what records hold stays, for when it is used again."),
}


_FORMULA_HELP = _(
    "Only of a formula: {fields} with + - * / &, comparisons, and, or, not; if(condition, then, else), days(from, to), "
    'round({x}, 2), min, max, abs, empty({x}), date("2026-03-01"). What can\'t be computed stays empty.'
)


def field_inputs(field: Any = None) -> list[Input]:
    """Empty inputs for a field; of one that exists those that can be changed and mean something."""
    type_ = field.type if field else ""
    inputs = [Input("name", _("Name"), required=True)]
    if field is None:
        about = _("It can't be changed later.")
        types = tuple(crm.field_types())
        inputs += [
            Input("type", FIELD_LABELS["type"], kind="select", options=types, help=about, value="text"),
            Input("key", FIELD_LABELS["key"], help=_("For the API: small letters, digits and _. Made from the name.")),
        ]
        leads = options(crm.field_targets(), none=_("no link"))
        inputs.append(Input("target", FIELD_LABELS["target"], kind="select", options=leads, help=_("Only of a link.")))
    inputs.append(Input("help", FIELD_LABELS["help"], help=_("Shown below the field in forms.")))
    if type_ in {"", "formula"}:
        inputs.append(Input("formula", FIELD_LABELS["formula"], kind="textarea", help=_FORMULA_HELP))
    if type_ in {"", "choice", "choices"}:
        about = _("One a line. What you take away is no longer offered; records go on holding it.")
        inputs.append(Input("choices", FIELD_LABELS["choices"], kind="textarea", help=about))
    if type_ in {"", "text"}:
        formats = options(crm.field_formats(), none=_("any text"))
        inputs.append(Input("format", FIELD_LABELS["format"], kind="select", options=formats))
        about = _("# stands for a digit, @ for a letter, * for either, as in HT-####-@@.")
        inputs.append(Input("pattern", FIELD_LABELS["pattern"], help=about))
    if type_ in {"", "number", "money"}:
        inputs += [Input(name, FIELD_LABELS[name], kind="number") for name in ("low", "high")]
    if type_ != "formula":
        about = _("What a new record begins with; of a person also “me”.")
        inputs.append(Input("default", FIELD_LABELS["default"], help=about))
    flags = ("searchable", "is_active") if type_ == "formula" else FLAGS
    return [*inputs, *(_flag(name) for name in flags if field is not None or name != "is_active")]


def _flag(name: str) -> Input:
    words = (("True", _("yes")), ("False", _("no")))
    return Input(name, FIELD_LABELS[name], kind="select", options=words, help=_FLAG_HELP[name], value="False")


def fields(request: HttpRequest) -> HttpResponse:
    """Every field, by the kind of record that has it."""
    policy.require(actor_of(request), PROCESS_PUBLISH)
    rows = list(crm.custom_fields())
    kinds = [(kind, label, [row for row in rows if row.kind == kind]) for kind, label in KINDS.items()]
    return render(request, "settings/fields.html", {"kinds": kinds})


def field_new(request: HttpRequest) -> HttpResponse:
    """Add a field to a kind of record."""
    actor, kind = actor_of(request), request.GET.get("kind", FIELD_KINDS[0])
    policy.require(actor, PROCESS_PUBLISH)
    if request.method != "POST":
        return _form(request, None, {}, kind)
    values = {**typed(request.POST, field_inputs()), **access_typed(request.POST)}
    try:
        made = actions.create_field(actor=actor, kind=kind, fields=described(values))
    except Refusal as refusal:
        return _form(request, None, values, kind, refusal)
    messages.success(request, gettext("Added: %(name)s") % {"name": made.name})
    return redirect("fields")


def field_change(request: HttpRequest, field_id: int) -> HttpResponse:
    """Change a field, who sees and fills it, or take it out of use."""
    actor = actor_of(request)
    policy.require(actor, PROCESS_PUBLISH)
    field = crm.custom_field(field_id)
    now = {**crm.field_told(field), **access_held(field.access)}
    if request.method != "POST":
        return _form(request, field, now, field.kind, was=now)
    values = {**typed(request.POST, field_inputs(field)), **access_typed(request.POST)}
    changed = touched(request.POST, values)
    before = with_access(seen(request.POST, changed))
    try:
        actions.change_field(actor=actor, field_id=field_id, fields=described(changed), seen=before)
    except Refusal as refusal:
        shown, was = again(request.POST, values, now, refusal)
        return _form(request, field, shown, field.kind, refusal, was)
    messages.success(request, gettext("Saved."))
    return redirect("fields")


@require_POST
def field_move(request: HttpRequest, field_id: int) -> HttpResponse:
    """Move a field a place up or down."""
    field = crm.custom_field(field_id)
    step = -1 if request.POST.get("to") == "up" else 1
    actions.change_field(actor=actor_of(request), field_id=field_id, fields={"position": field.position + step})
    return redirect("fields")


@require_POST
def field_recompute(request: HttpRequest, field_id: int) -> HttpResponse:
    """Compute a formula anew for every record."""
    field = actions.recompute_field(actor=actor_of(request), field_id=field_id)
    said = gettext("It is being computed.") if field.computed_to is not None else gettext("Computed for all records.")
    messages.success(request, said)
    return redirect("field_change", field_id)


def described(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed as the action takes it, with the access of each role."""
    flags = {name: values[name] == "True" for name in FLAGS if name in values}
    return with_access({**values, **flags})


def access_typed(posted: QueryDict) -> dict[str, str]:
    """What was chosen for each role, as the form names it."""
    names = [f"{CELL}{role.key}" for role in people.all_roles()]
    return {name: str(posted[name]) for name in names if name in posted}


def access_held(limits: Mapping[str, str]) -> dict[str, str]:
    """What each role may, as the form names it."""
    return {f"{CELL}{role.key}": str(access(limits, [role.key])) for role in people.all_roles()}


def with_access(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same with what roles may as one value, {role: hidden, read or edit}."""
    cells = {name.removeprefix(CELL): value for name, value in values.items() if name.startswith(CELL)}
    others = {name: value for name, value in values.items() if not name.startswith(CELL)}
    return {**others, **({"access": cells} if cells else {})}


def _form(
    request: HttpRequest,
    field: Any,
    values: dict[str, Any],
    kind: str,
    refusal: Refusal | None = None,
    was: dict[str, Any] | None = None,
) -> HttpResponse:
    context = {
        "field": field,
        "kind_label": KINDS.get(kind, kind),
        "inputs": filled(field_inputs(field), values, refusal, was),
        **access_shown(field.access if field else {}, values, refusal, was),
        "refusal": refusal,
    }
    return render(request, "settings/field.html", context, status=refusal.status if refusal else 200)


def access_shown(
    limits: Mapping[str, str],
    values: Mapping[str, Any],
    refusal: Refusal | None,
    was: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What each role may with a field, for the form, and what it might when the form was opened if that is told."""
    shown, held = {**access_held(limits), **values}, was or {}
    cells = [(role, f"{CELL}{role.key}") for role in people.all_roles()]
    return {
        "roles": [(role, shown[name], held.get(name)) for role, name in cells],
        "choices": ACCESS.items(),
        "refused_access": next((row["problem"] for row in problems_of(refusal) if row["field"] == "access"), ""),
    }
