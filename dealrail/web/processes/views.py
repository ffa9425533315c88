"""Processes: the list, the handbook of one, its YAML, and publishing a new version."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.core.errors import Refusal
from dealrail.core.pdf import PDF
from dealrail.crm import queries as crm
from dealrail.process import policy as policies
from dealrail.process import queries as processes
from dealrail.process import texts
from dealrail.process.actions import definitions
from dealrail.process.errors import BadDefinition, describe
from dealrail.process.permissions import LINES_MANAGE, PROCESS_PUBLISH
from dealrail.process.queries import drafts as kept_drafts
from dealrail.process.queries.templates import template_or_none, use_of
from dealrail.web.processes.handbook import cover, handbook
from dealrail.web.processes.pdf import handbook_pdf
from dealrail.web.signed_in import actor_of

LONGEST_YAML = 1_000_000


class YamlTooLong(Refusal):
    code = "yaml_too_long"
    sentence = _("This file is too long for a process; 1 MB fits.")


def process_list(request: HttpRequest) -> HttpResponse:
    """The processes in force, and for who designs them the drafts of new ones."""
    actor = actor_of(request)
    versions = [(version, processes.spec_of(version.pk)) for version in processes.current_versions()]
    drafts = {draft.key: draft for draft in kept_drafts.drafts(actor)} if policies.may_see_drafts(actor) else {}
    in_force = {spec.key for _version, spec in versions}
    context = {
        "versions": versions,
        "drafts": drafts,
        "fresh": [draft for key, draft in drafts.items() if key not in in_force],
        "may_publish": actor.may(PROCESS_PUBLISH),
        "may_design": policies.may_design_some(actor),
    }
    return render(request, "processes/list.html", context)


def process(request: HttpRequest, key: str, number: int | None = None) -> HttpResponse:
    """One version of a process as a handbook; the one in force unless told."""
    actor = actor_of(request)
    version = processes.version(key, number)
    spec = processes.spec_of(version.pk)
    sees_drafts = policies.may_see_draft(actor, key)
    context = {
        "version": version,
        "spec": spec,
        "stages": handbook(spec),
        "cover": cover(version),
        "company": people.company().name,
        "versions": processes.versions_listed(key),
        "may_publish": actor.may(PROCESS_PUBLISH),
        "may_design": policies.may_design(actor, key),
        "draft": kept_drafts.drafts(actor).filter(key=key).first() if sees_drafts else None,
        "may_try": sees_drafts,
        "is_followed": actor.may(LINES_MANAGE) or bool(template_or_none(key) or use_of(key)),
    }
    return render(request, "processes/handbook.html", context)


def process_yaml(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """A version as YAML to download."""
    version = processes.version(key, number)
    content = crm.content_as_seen(actor_of(request), version.content)
    answer = HttpResponse(texts.write_yaml(content), content_type="application/yaml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}-v{version.number}.yaml"'
    return answer


@require_safe
def process_pdf(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """A version as a handbook to download as PDF."""
    version = processes.version(key, number)
    made = handbook_pdf(version, processes.spec_of(version.pk), people.company().name)
    answer = HttpResponse(made, content_type=PDF)
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{version.content['name']} v{number}.pdf")
    return answer


def process_publish(request: HttpRequest) -> HttpResponse:
    """Publish a process from YAML: a file, or text; every problem is listed and the text kept."""
    actor = actor_of(request)
    policy.require(actor, PROCESS_PUBLISH)
    if request.method != "POST":
        return _publish_form(request, _start_text(request.GET.get("from", "")))
    text, note = request.POST.get("text", ""), request.POST.get("note", "")
    try:
        text = _uploaded(request) or text
        content = texts.read_yaml(text)
        version, new = definitions.publish_text(actor=actor, content=content, note=note)
    except Refusal as refusal:
        return _publish_form(request, text, refusal)
    said = (
        gettext("Version %(number)s is in force.") if new else gettext("Nothing has changed since version %(number)s.")
    )
    messages.success(request, said % {"number": version.number})
    return redirect("process", version.definition.key)


def _uploaded(request: HttpRequest) -> str:
    file = request.FILES.get("file")
    if file is None:
        return ""
    if (file.size or 0) > LONGEST_YAML:
        raise YamlTooLong()
    return str(file.read(), "utf-8", errors="replace")


def _start_text(key: str) -> str:
    return texts.write_yaml(processes.version(key).content) if key else ""


def _publish_form(request: HttpRequest, text: str, refusal: Refusal | None = None) -> HttpResponse:
    problems: list[Any] = []
    if isinstance(refusal, BadDefinition):
        problems = [describe(problem) for problem in refusal.problems]
    context = {"text": text, "note": request.POST.get("note", ""), "refusal": refusal, "problems": problems}
    return render(request, "processes/publish.html", context, status=refusal.status if refusal else 200)
