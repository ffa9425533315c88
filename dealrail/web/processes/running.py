"""Running deals by version: who follows which, trying a text on them, taking them over, and how far that is."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dealrail.core.errors import Refusal
from dealrail.core.formats import BadDate
from dealrail.crm import queries as crm
from dealrail.crm.actions import migrations, trials
from dealrail.crm.errors import OtherVersionInForce
from dealrail.process import queries as processes
from dealrail.process import rules
from dealrail.process.errors import BadDefinition, NoteMissing
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.web.inputs import whole
from dealrail.web.processes import going_over
from dealrail.web.processes.texts_to_try import Text, text_of, texts_to_try
from dealrail.web.processes.trials import shown_part
from dealrail.web.signed_in import actor_of

ONCE = {"csrfmiddlewaretoken", "step", "note", "in_force"}


def process_running(request: HttpRequest, key: str) -> HttpResponse:
    """Which versions the running deals of a process follow; a dry run, or a migration, of those chosen here."""
    actor = actor_of(request)
    standing = crm.running_deals(actor, key)
    given = request.POST if request.method == "POST" else request.GET
    text = text_of(actor, key, given.get("text", ""))
    if request.method != "POST":
        return _page(request, key, standing, text)
    try:
        return _begin(request, key, text)
    except Refusal as refusal:
        return _page(request, key, standing, text, refusal)


def _begin(request: HttpRequest, key: str, text: Text) -> HttpResponse:
    actor, posted = actor_of(request), request.POST
    mapping, wanted = going_over.typed_mapping(posted), going_over.filter_of(going_over.typed_limits(posted))
    step = posted.get("step")
    if step not in {"migrate", "confirmed"}:
        trial = trials.start_dry_run(actor=actor, process=key, **text.named, mapping=mapping, wanted=wanted)
        return redirect("process_trial", key, trial.pk)
    meant: dict[str, Any] = {
        "actor": actor,
        "process": key,
        "version": text.number,
        "mapping": mapping,
        "wanted": wanted,
    }
    if step == "migrate":
        return _preview(request, text, migrations.preview_migration(**meant))
    try:
        migration = migrations.start_migration(
            **meant,
            at_next_move=posted.get("when") == "next_move",
            note=posted.get("note", ""),
            seen_in_force=whole(posted.get("in_force")),
        )
    except (NoteMissing, OtherVersionInForce) as refusal:
        return _preview(request, text, migrations.preview_migration(**meant), refusal)
    return redirect("process_migration", key, migration.pk)


def _preview(
    request: HttpRequest, text: Text, preview: migrations.Preview, refusal: Refusal | None = None
) -> HttpResponse:
    """What would go over, to be confirmed with the reason."""
    spec = rules.parse(text.content)
    names = {stage.key: stage.name for stage in processes.stages_ever(spec.key, also=[old for old, *_ in preview.ways])}
    kept = [(name, value) for name, value in request.POST.items() if name not in ONCE]
    context = {
        "process": spec,
        "text": text,
        "preview": preview,
        "ways": [(names.get(old, old), processes.stage_name(spec, new), deals) for old, new, deals in preview.ways],
        "kept": kept,
        "at_next_move": request.POST.get("when") == "next_move",
        "back": f"?{urlencode([('text', text.key), *((name, value) for name, value in kept if name != 'text')])}",
        "note": request.POST.get("note", ""),
        "refusal": refusal,
    }
    return render(request, "processes/going_over.html", context, status=refusal.status if refusal else 200)


def _page(request: HttpRequest, key: str, standing: Any, text: Text, refusal: Refusal | None = None) -> HttpResponse:
    actor = actor_of(request)
    given = request.POST if request.method == "POST" else request.GET
    texts = texts_to_try(actor, key)
    if text.number is None and (wrong := rules.problems(text.content)):
        # a draft with mistakes in its form has no stages to choose from
        text, refusal = texts[0], refusal or BadDefinition(wrong)
    spec = rules.parse(text.content)
    may_migrate = actor.may(PROCESS_PUBLISH)
    context = {
        "process": processes.spec_of(processes.current_version(key).pk),
        "spec": spec,
        "text": text,
        "texts": texts,
        "versions": going_over.versions_with_deals(standing, key),
        "leads": going_over.leads(standing, spec, text.version_id, given),
        "limits": going_over.typed_limits(given),
        "fields": [(field.name, field.label) for field in crm.condition_fields(spec)],
        "ops": going_over.OPS,
        "given": given,
        "in_force": texts[0].number,
        "refusal": refusal,
        "may_migrate": may_migrate and text.number is not None,
        "migrations": crm.migrations(actor, key)[:10] if may_migrate else [],
        "trials": crm.trials(actor, key)[:10],
    }
    return render(request, "processes/running.html", context, status=refusal.status if refusal else 200)


@require_safe
def process_migration(request: HttpRequest, key: str, migration_id: int) -> HttpResponse:
    """How far a migration is, and what became of each deal; HTMX asks for the moving part alone."""
    actor = actor_of(request)
    migration = crm.migration(actor, key, migration_id)
    counts = crm.results_of([migration.pk])[migration.pk]
    result = request.GET.get("result", "")
    looked_at = sum(counts.values())
    spec = processes.spec_of(migration.version_id)
    names = {stage.key: stage.name for stage in processes.stages_ever(key, also=list(migration.mapping))}
    after = whole(request.GET.get("after")) or 0
    rows, more = shown_part(
        crm.migrated_deals(actor, migration.pk, result).filter(deal__gt=after), {"result": result}, by="deal_id"
    )
    context = {
        "process": spec,
        "migration": migration,
        "under_way": migration.status == "running",
        "looked_at": looked_at,
        "per_cent": 100 * looked_at // migration.total,
        "results": [(value, label, counts[value]) for value, label in crm.MIGRATION_RESULTS],
        "result": result,
        "leads": [(names.get(old, old), processes.stage_name(spec, new)) for old, new in migration.mapping.items()],
        "rows": [(row, names.get(row.from_stage, row.from_stage)) for row in rows],
        "more": more,
        "is_first": not after,
        "here": f"?result={result}#behind" if result else "?#behind",
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "processes/migration_state.html" if part else "processes/migration.html", context)


@require_POST
def process_migration_stop(request: HttpRequest, key: str, migration_id: int) -> HttpResponse:
    """End a migration where it stands."""
    migrations.stop_migration(actor=actor_of(request), process=key, migration_id=migration_id)
    messages.success(request, gettext("Stopped. Who went over stays there; nobody waits for a next move any more."))
    return redirect("process_migration", key, migration_id)


def process_replay(request: HttpRequest, key: str) -> HttpResponse:
    """Choose a text and which moves of the past it is tried on."""
    actor = actor_of(request)
    texts = texts_to_try(actor, key)
    refusal: Refusal | None = None
    text = text_of(actor, key, (request.POST if request.method == "POST" else request.GET).get("text", ""))
    if request.method == "POST":
        try:
            moves = whole(request.POST.get("moves", ""))
            since, until = (_day(request.POST.get(name, "")) for name in ("since", "until"))
            trial = trials.start_replay(actor=actor, process=key, **text.named, moves=moves, since=since, until=until)
            return redirect("process_trial", key, trial.pk)
        except Refusal as refused:
            refusal = refused
    spec = processes.spec_of(processes.current_version(key).pk)
    context = {
        "process": spec,
        "texts": texts,
        "text": text,
        "refusal": refusal,
        "moves": request.POST.get("moves", ""),
    }
    context |= {name: request.POST.get(name, "") for name in ("since", "until")}
    context |= {
        "most": trials.MOST_MOVES,
        "last": trials.LAST_MOVES,
        "trials": crm.trials(actor, key).filter(kind="replay")[:10],
    }
    return render(request, "processes/replay.html", context, status=refusal.status if refusal else 200)


def _day(text: str) -> date | None:
    """A day as a form sends it, nothing for an empty one. Refuses with BadDate."""
    if not text.strip():
        return None
    try:
        found = parse_date(text.strip())
    except ValueError:
        found = None
    if found is None:
        raise BadDate(value=text[:40])
    return found
