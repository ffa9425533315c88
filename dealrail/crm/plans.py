"""Import plans: several files in order, with kind, mode, mapping and aliases, written as YAML."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dealrail.accounts.actions.roles import ensure_builtin_roles
from dealrail.accounts.actor import Actor
from dealrail.core.sheets import open_sheet
from dealrail.crm import importing
from dealrail.crm.actions.imports import start_import
from dealrail.crm.clocks import finish_import
from dealrail.crm.errors import BadPlan
from dealrail.crm.models import ImportJob
from dealrail.process import texts
from dealrail.process.actions.definitions import publish_process
from dealrail.process.queries import forget_cached_versions

_TOP = {"processes", "imports"}
_ENTRY = {"file", "kind", "mode", "fields", "process", "date_order"}
Progress = Callable[[ImportJob], None]


@dataclass(frozen=True)
class Entry:
    """One file of a plan."""

    path: Path
    kind: str
    mode: str
    mapping: Mapping[str, Any]


def read_plan(plan: Path, data: Path) -> tuple[list[Any], list[Entry]]:
    """The processes to publish and the files to import, all of them there.

    Refuses with BadPlan naming the entry, or UnreadableDefinition.
    """
    content = _mapping(texts.read_yaml(_text(plan)), plan.name)
    if unknown := set(content) - _TOP:
        raise BadPlan(place=plan.name, problem=_("“%(key)s” is not known here.") % {"key": min(map(str, unknown))})
    processes = [texts.read_yaml(_text(plan.parent / str(name))) for name in _list(content, "processes")]
    entries = [_entry(row, number, data) for number, row in enumerate(_list(content, "imports"), 1)]
    return processes, entries


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPlan(place=path.name, problem=_("This file can't be read.")) from error


def _list(content: Mapping[str, Any], name: str) -> list[Any]:
    value = content.get(name) or []
    if not isinstance(value, list):
        raise BadPlan(place=name, problem=_("Write a list here."))
    return value


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadPlan(place=place, problem=_("Write names and values here (key: value)."))
    return value


def _entry(row: Any, number: int, data: Path) -> Entry:
    place = f"imports[{number}]"
    entry = _mapping(row, place)
    for name in set(map(str, entry)) - _ENTRY:
        raise BadPlan(place=place, problem=_("“%(key)s” is not known here.") % {"key": name})
    for name in ("file", "kind", "fields"):
        if name not in entry:
            raise BadPlan(place=place, problem=_("“%(key)s” is missing.") % {"key": name})
    path = _file(data, str(entry["file"]), place)
    fields = {key: _resolved(value, data, place) for key, value in _mapping(entry["fields"], place).items()}
    kept = {key: entry[key] for key in ("process", "date_order") if key in entry}
    return Entry(path, str(entry["kind"]), str(entry.get("mode", "new")), {"fields": fields, **kept})


def _file(data: Path, name: str, place: str) -> Path:
    path = data / name
    if not path.is_file():
        raise BadPlan(place=place, problem=_("There is no file “%(file)s” in the data folder.") % {"file": name})
    return path


def _resolved(value: Any, data: Path, place: str) -> Any:
    """A field's settings with its lookup read from the file it names: {file, key, value}."""
    if not isinstance(value, Mapping) or "lookup" not in value:
        return value
    lookup = _mapping(value["lookup"], place)
    name = str(lookup.get("file"))
    sheet = open_sheet(_file(data, name, place), name=name)
    for setting in ("key", "value"):
        if lookup.get(setting) not in sheet.headers:
            problem = _("The lookup needs %(setting)s: one of %(columns)s.")
            raise BadPlan(place=place, problem=problem % {"setting": setting, "columns": ", ".join(sheet.headers)})
    pairs = [importing.as_values(sheet, row) for row in sheet.rows()]
    return {**value, "lookup": {"rows": {pair[lookup["key"]]: pair[lookup["value"]] for pair in pairs}}}


def run_plan(
    actor: Actor, plan: Path, data: Path, *, dry_run: bool = False, progress: Progress | None = None
) -> list[ImportJob]:
    """Publish the plan's processes and import its files in order, stopping after one that failed as a whole.

    A dry run does all of it, so that later files find what earlier ones bring, and then takes everything back.
    Refuses with BadPlan before anything is written, and with whatever the imports themselves refuse with.
    """
    processes, entries = read_plan(plan, data)
    if not dry_run:
        return _run(actor, processes, entries, progress)
    try:
        with transaction.atomic():
            jobs = _run(actor, processes, entries, progress)
            transaction.set_rollback(True)
    finally:
        forget_cached_versions()
    for job in jobs:
        importing.forget_sheet(job)
        job.dry_run, job.status = True, _CHECKED.get(job.status, job.status)
    return jobs


_CHECKED = {str(ImportJob.Status.DONE): ImportJob.Status.CHECKED}


def _run(
    actor: Actor, processes: Sequence[Any], entries: Sequence[Entry], progress: Progress | None
) -> list[ImportJob]:
    if processes:
        ensure_builtin_roles(actor=Actor.system())  # which processes name, also in a home where nobody is yet
    for content in processes:
        publish_process(actor=actor, content=content)
    jobs = []
    for entry in entries:
        name = entry.path.name
        started = start_import(
            actor=actor, path=entry.path, name=name, kind=entry.kind, mode=entry.mode, mapping=entry.mapping
        )
        jobs.append(finish_import(started.pk, progress=progress))
        if jobs[-1].status == ImportJob.Status.FAILED:
            break
    return jobs
