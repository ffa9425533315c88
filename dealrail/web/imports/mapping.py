"""The mapping of a sheet on screen: columns, words, saved mappings; then a check or the import itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.core.formats import DateOrder
from dealrail.core.sheets import UnreadableSheet
from dealrail.crm import importing
from dealrail.crm.actions import imports as actions
from dealrail.crm.actions import mappings
from dealrail.crm.permissions import IMPORTS_HISTORY
from dealrail.web.imports.draft import LEFT_EMPTY, Draft, kept, lookups_of, posted
from dealrail.web.imports.look import Look, field_rows, headings, look_at
from dealrail.web.imports.staging import drop, sign, staged
from dealrail.web.imports.working import work_on
from dealrail.web.inputs import whole
from dealrail.web.signed_in import actor_of

DATE_ORDERS = {
    DateOrder.YMD: _("Year first: 2024-03-01"),
    DateOrder.MDY: _("Month first: 3/1/2024 is the first of March"),
    DateOrder.DMY: _("Day first: 1/3/2024 is the first of March"),
}


@dataclass(frozen=True)
class Form:
    """The form in work: whose, of which sheet, what it says, and where the draft comes from (`saved:5`, `job:7`)."""

    request: HttpRequest
    actor: Actor
    look: Look
    draft: Draft
    base: str = ""


def import_map(request: HttpRequest) -> HttpResponse:
    """Say which column is which field and which word is which of ours; check, import or keep that."""
    actor, params = actor_of(request), request.POST or request.GET
    upload = staged(actor, params.get("upload", ""))
    try:
        look = look_at(actor, upload)
    except UnreadableSheet:
        drop(upload)
        raise
    base = params.get("base", "")
    if request.method != "POST":
        return _page(Form(request, actor, look, _begun(actor, look, base, params.get("mode", "")), base))
    draft = posted(request.POST, lookups_of(_base(actor, look, base)))
    step, _colon, about = request.POST.get("do", "").partition(":")
    return STEPS.get(step, _looked)(Form(request, actor, look, draft, base), about)


def _begun(actor: Actor, look: Look, base: str, wanted: str) -> Draft:
    """What the form says at first: what it was before, or what the headings say; the `wanted` way, if any."""
    mapping = _base(actor, look, base)
    mode = importing.job(actor, whole(base.removeprefix("job:")) or 0).mode if base.startswith("job:") else "new"
    mode = wanted or mode
    return kept(mapping, look.spec, mode=mode).within(look.sheet.headers) if mapping else look.suggested


def _base(actor: Actor, look: Look, base: str) -> Mapping[str, Any]:
    """The mapping that the form started from. Refuses with NotFound."""
    source, _colon, number = base.partition(":")
    mapping: Mapping[str, Any] = {}
    if source == "job":
        mapping = importing.job(actor, whole(number) or 0).mapping
    elif source == "saved":
        mapping = _saved(actor, look, number).mapping
    return importing.mapping_seen(actor, look.upload.kind, mapping) if mapping else {}


def _saved(actor: Actor, look: Look, number: str) -> Any:
    found = importing.saved_mappings(actor, look.upload.kind).filter(pk=whole(number) or 0).first()
    if found is None:
        raise NotFound()
    return found


# What the buttons of the form do


def _looked(form: Form, about: str) -> HttpResponse:
    return _page(form)


def _use(form: Form, about: str) -> HttpResponse:
    """Take a saved mapping instead; what it says of columns that this sheet lacks is left out, and said."""
    saved = _saved(form.actor, form.look, about)
    seen = importing.mapping_seen(form.actor, form.look.upload.kind, saved.mapping)
    whole_draft = kept(seen, form.look.spec, mode=form.draft.mode)
    draft = whole_draft.within(form.look.sheet.headers)
    lacking = set(whole_draft.columns.values()) - set(draft.columns.values())
    if lacking:
        said = gettext("This sheet has no column “%(columns)s”; the rest is taken from “%(name)s”.")
        messages.warning(form.request, said % {"columns": ", ".join(sorted(lacking)), "name": saved.name})
    return _page(replace(form, draft=draft, base=f"saved:{about}"))


def _save(form: Form, about: str) -> HttpResponse:
    """Keep the mapping for the next sheet of this kind."""
    name = form.request.POST.get("save_as", "")
    mapping = form.draft.mapping()
    try:
        saved = mappings.save_mapping(actor=form.actor, name=name, kind=form.look.upload.kind, mapping=mapping)
    except Refusal as refusal:
        return _page(form, refusal)
    messages.success(form.request, gettext("The mapping is kept as “%(name)s”.") % {"name": saved.name})
    return _page(form)


def _forget(form: Form, about: str) -> HttpResponse:
    """Delete a saved mapping; the form stays as it is."""
    saved = _saved(form.actor, form.look, about)
    try:
        mappings.delete_mapping(actor=form.actor, mapping_id=saved.pk)
    except Refusal as refusal:
        return _page(form, refusal)
    messages.success(form.request, gettext("The mapping “%(name)s” is deleted.") % {"name": saved.name})
    return _page(replace(form, base="" if form.base == f"saved:{about}" else form.base))


def _check(form: Form, about: str) -> HttpResponse:
    return _start(form, dry_run=True)


def _import(form: Form, about: str) -> HttpResponse:
    return _start(form, dry_run=False)


def _start(form: Form, *, dry_run: bool) -> HttpResponse:
    upload = form.look.upload
    try:
        job = actions.start_import(
            actor=form.actor,
            path=upload.file,
            name=upload.name,
            kind=upload.kind,
            mode=form.draft.mode,
            mapping=form.draft.mapping(),
            process=upload.process,
            dry_run=dry_run,
        )
    except Refusal as refusal:
        return _page(form, refusal)
    drop(upload)
    work_on(job.pk)
    return redirect("import_job", job.pk)


STEPS: dict[str, Callable[[Form, str], HttpResponse]] = {
    "use": _use,
    "save": _save,
    "forget": _forget,
    "check": _check,
    "import": _import,
}


# The page


def _page(form: Form, refusal: Refusal | None = None) -> HttpResponse:
    look, draft = form.look, form.draft
    rows = field_rows(form.actor, look, draft, refusal)
    columns = headings(look, draft)
    context = {
        "look": look,
        "draft": draft,
        "base": form.base,
        "note": sign(look.upload),
        "rows": [row for row in rows if not row.is_date_of_stage and not row.is_spare],
        "spare": [row for row in rows if not row.is_date_of_stage and row.is_spare],
        "shows_spare": "spare" in form.request.POST or not draft.columns,
        "date_rows": [row for row in rows if row.is_date_of_stage],
        "open_words": sum(row.open_words for row in rows),
        "columns": columns,
        "unused": [header for header, labels in columns if not labels],
        "saved": importing.saved_mappings(form.actor, look.upload.kind),
        "save_as": form.request.POST.get("save_as", ""),
        "date_orders": DATE_ORDERS.items() if look.upload.kind == "deals" else (),
        "may_history": form.actor.may(IMPORTS_HISTORY),
        "left_empty": LEFT_EMPTY,
        "refusal": refusal,
    }
    part = form.request.headers.get("HX-Request") == "true"
    template = "imports/map_form.html" if part else "imports/map.html"
    return render(form.request, template, context, status=refusal.status if refusal else 200)
