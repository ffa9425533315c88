"""`import`: one sheet, a plan, `undo ID`, `list`."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from dealrail.cli import acting, sheets, start
from dealrail.cli.arguments import Options
from dealrail.cli.errors import WrongUse
from dealrail.cli.files import read_text
from dealrail.cli.output import Progress, say, say_json, table
from dealrail.crm import importing, plans
from dealrail.crm.actions.imports import start_import, undo_import
from dealrail.crm.clocks import finish_import
from dealrail.crm.models import ImportJob
from dealrail.process.texts import read_yaml

SHOWN_PROBLEMS = 10
LISTED = 50


def run(options: Options) -> int:
    """Do what the words ask for; 1 when rows were refused, so that a script notices."""
    start.require_database()
    match options.words:
        case ["list"]:
            _refuse_others(options)
            return _list(options)
        case ["undo", number] if number.isdecimal():
            _refuse_others(options)
            return _undo(options, int(number))
        case [] if options.plan and options.data:
            return _plan(options)
        case [file] if options.kind and not options.plan:
            return _one(options, Path(file))
    raise WrongUse(_("Say which sheet and its --kind, or a --plan with --data, or “undo ID”, or “list”."))


def _refuse_others(options: Options) -> None:
    """Options of an import mean nothing here; above all, nothing is undone by way of trial."""
    given = {
        name: getattr(options, name) for name in ("kind", "mapping", "process", "dry_run", "errors", "plan", "data")
    }
    if wrong := [name for name, value in given.items() if value] + ["mode"] * (options.mode != "new"):
        option = "--" + wrong[0].replace("_", "-")
        raise WrongUse(_("%(option)s has no meaning here.") % {"option": option})


def _one(options: Options, path: Path) -> int:
    if not path.is_file():
        read_text(str(path))
    actor = acting.chosen(options)
    importing.look_at(actor, path, name=path.name)
    job = start_import(
        actor=actor,
        path=path,
        name=path.name,
        kind=options.kind,
        mode=options.mode,
        mapping=read_yaml(read_text(options.mapping)) if options.mapping else None,
        process=options.process or "",
        dry_run=options.dry_run,
    )
    progress = Progress(job.name)
    done = finish_import(job.pk, progress=lambda now: progress(now.done, now.total))
    progress.end()
    if options.errors and done.failed:
        headers, rows = importing.error_table(actor, done)
        sheets.write(Path(options.errors), headers, rows)
    return _report(options, [done])


def _plan(options: Options) -> int:
    progress = Progress(_("Importing"))
    jobs = plans.run_plan(
        acting.chosen(options),
        Path(options.plan),
        Path(options.data),
        dry_run=options.dry_run,
        progress=lambda now: progress(now.done, now.total),
    )
    progress.end()
    return _report(options, jobs)


def _undo(options: Options, job_id: int) -> int:
    undo_import(actor=acting.chosen(options), job_id=job_id)
    progress = Progress(_("Undoing"))
    done = finish_import(job_id, progress=lambda now: progress(now.done, now.total))
    progress.end()
    kept = importing.rows_of(done, "kept")
    if options.json:
        say_json({**importing.describe(done), "kept": [row.message for row in kept]})
    else:
        say(_("Import %(id)s is undone: %(done)s looked at, %(kept)s kept.") % _numbers(done, kept.count()))
        for row in kept[:SHOWN_PROBLEMS]:
            say(f"  {row.message}")
    return 1 if kept.exists() or done.status != ImportJob.Status.UNDONE else 0


def _numbers(job: ImportJob, kept: int) -> dict[str, int]:
    return {"id": job.pk, "done": job.done, "kept": kept}


def _report(options: Options, jobs: list[ImportJob]) -> int:
    if options.json:
        say_json({"imports": [{**importing.describe(job), "errors": _errors(job)} for job in jobs]})
    else:
        _table(jobs)
        for job in jobs:
            for error in _errors(job)[:SHOWN_PROBLEMS]:
                say(_("%(file)s, row %(row)s: %(message)s") % {"file": job.name, **error})
            if job.problem:
                say(f"{job.name}: {job.problem}")
    return 1 if any(job.failed or job.problem for job in jobs) else 0


def _errors(job: ImportJob) -> list[dict[str, Any]]:
    refused = importing.rows_of(job, "failed")[:100]
    return [{"row": row.number, "field": row.field, "message": row.message} for row in refused]


def _table(jobs: list[ImportJob]) -> None:
    headings = ["ID", _("File"), _("Kind"), _("Status"), _("Rows"), _("Created"), _("Already there"), _("Refused")]
    rows = [
        [job.pk, job.name, job.kind, ImportJob.Status(job.status).label, job.done, job.created, job.skipped, job.failed]
        for job in jobs
    ]
    table(headings, rows)


def _list(options: Options) -> int:
    jobs = list(importing.jobs(acting.chosen(options))[:LISTED])
    if options.json:
        say_json({"imports": [importing.describe(job) for job in jobs]})
    else:
        _table(jobs)
    return 0
