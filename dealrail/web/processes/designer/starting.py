"""Beginning a draft: of a new process, or to change one that is in force."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.core.texts import tidy
from dealrail.process import policy, texts
from dealrail.process import queries as processes
from dealrail.process.actions import drafts
from dealrail.process.actions.templates import start_from_template
from dealrail.process.errors import DraftThere, ProcessThere
from dealrail.process.permissions import PROCESS_DESIGN
from dealrail.process.queries.lines import line_processes, lines
from dealrail.process.queries.templates import templates as group_templates
from dealrail.process.rules.editing import new_key
from dealrail.web.inputs import Input, filled, options, typed, whole
from dealrail.web.lists.choices import COMMON, named
from dealrail.web.signed_in import actor_of


class NameNeeded(Refusal):
    code = "process_name_needed"
    sentence = _("Write a name of 1 to 80 characters.")


def draft_new(request: HttpRequest) -> HttpResponse:
    """Draw up a new process: from nothing, a shipped template, or a copy of one in force."""
    actor = actor_of(request)
    policy.require_design_some(actor)
    inputs = _inputs(actor)
    if request.method != "POST":
        return render(request, "processes/draft/new.html", {"inputs": inputs})
    values = typed(request.POST, inputs)
    try:
        draft = _begun(actor, tidy(values.get("name", "")), tidy(values.get("key", "")), values)
    except Refusal as refusal:
        context = {"inputs": filled(inputs, values, refusal), "refusal": refusal}
        return render(request, "processes/draft/new.html", context, status=refusal.status)
    return redirect("draft", draft.key)


def _begun(actor: Actor, name: str, key: str, values: Mapping[str, Any]) -> Any:
    if not 1 <= len(name) <= 80:
        raise NameNeeded(field="name")
    taken = {row.key for row in line_processes()}
    key = key or new_key(name, taken)
    if key in taken:
        raise ProcessThere()
    kind, _colon, which = values.get("from", "").partition(":")
    content = texts.blank(key, name)
    if kind == "template" and which in texts.template_names():
        content = {**texts.template(which), "process": key, "name": name}
    elif kind == "process":
        content = {**processes.version(which).content, "process": key, "name": name}
    line_id = whole(values.get("line"))
    if kind == "group":
        return start_from_template(actor=actor, of=which, key=key, name=name, line_id=line_id)
    return drafts.start_draft(actor=actor, key=key, content=content, line_id=line_id)


def _line_inputs(actor: Actor) -> list[Input]:
    """Which business line it is for; who is in charge of lines chooses among these."""
    is_group = actor.may(PROCESS_DESIGN)
    offered = (
        named(lines().filter(is_active=True))
        if is_group
        else [(row.pk, row.name) for row in policy.lines_in_charge(actor)]
    )
    chosen = options(offered, none=COMMON[1]) if is_group else tuple((str(pk), name) for pk, name in offered)
    return [Input("line", _("Business line"), "select", options=chosen)] if offered else []


def _inputs(actor: Actor) -> list[Input]:
    templates = tuple((f"template:{name}", texts.template(name)["name"]) for name in texts.template_names())
    own = tuple((f"process:{row.key}", row.name) for row in processes.definitions())
    group = tuple((f"group:{row.definition.key}", row.definition.name) for row in group_templates())
    start = Input(
        "from",
        _("Begin with"),
        "select",
        options=options((), none=_("An empty sheet")),
        groups=((_("A template"), templates), (_("A template of the group"), group), (_("A copy of"), own)),
    )
    key = Input(
        "key", _("Key"), help=_("Texts and programs name the process by it. Made from the name, if left empty.")
    )
    return [Input("name", _("Name"), required=True), *_line_inputs(actor), key, start]


@require_POST
def draft_start(request: HttpRequest, key: str) -> HttpResponse:
    """Begin to change a process: its version in force, or an older one to go back to. Whoever has begun is joined."""
    version = whole(request.POST.get("version"))
    try:
        drafts.start_draft(actor=actor_of(request), key=key, version=version)
    except DraftThere as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(request, gettext("Here you change a copy. What is in force stays until you publish."))
    return redirect("draft", key)
