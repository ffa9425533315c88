"""`doctor`: whether this installation is well, one line a check."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import gettext as _

from dealrail.activities import queries as activities
from dealrail.cli import start, worker
from dealrail.cli.arguments import Options
from dealrail.cli.failures import sentences
from dealrail.cli.output import say, say_json
from dealrail.core.errors import Refusal
from dealrail.crm import indexing
from dealrail.crm import queries as crm
from dealrail.events import queries as log
from dealrail.forms import queries as forms
from dealrail.insights import indexing as rollup
from dealrail.process import queries as processes
from dealrail.process.queries.pictures import missing_pictures

LEAST_FREE = 500 * 2**20


@dataclass(frozen=True)
class Finding:
    """What one check found; `problem` is empty when all is well."""

    check: str
    problem: str = ""


def run(options: Options) -> int:
    """Run every check; 1 when something is wrong."""
    findings = [_database()]
    if not findings[0].problem:
        findings += [Finding(name, check()) for name, check in CHECKS.items()]
    if options.json:
        say_json(
            {"well": not any(found.problem for found in findings), "checks": [asdict(found) for found in findings]}
        )
    else:
        for found in findings:
            say(f"{'✗' if found.problem else '✓'} {found.check}{': ' + found.problem if found.problem else ''}")
    return 1 if any(found.problem for found in findings) else 0


def _database() -> Finding:
    try:
        start.require_database()
    except Refusal as refusal:
        return Finding("database", str(refusal))
    except (DatabaseError, InterfaceError) as error:
        return Finding("database", sentences(error)[0])
    return Finding("database")


def _wal() -> str:
    if connection.vendor != "sqlite":
        return ""
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    return "" if mode == "wal" else _("SQLite is not in WAL mode but in %(mode)s.") % {"mode": mode}


def _disk() -> str:
    free = shutil.disk_usage(settings.HOME).free
    return "" if free > LEAST_FREE else _("Only %(megabytes)s MB of disk are free.") % {"megabytes": free // 2**20}


def _secret() -> str:
    path = Path(settings.HOME) / "secret.key"
    if path.exists() and path.stat().st_mode & 0o077:
        return _("Others can read %(file)s. Run: chmod 600 %(file)s") % {"file": path}
    return _("DEALRAIL_DEBUG is on. Switch it off.") if settings.DEBUG else ""


def _receipts() -> str:
    failed = log.owed_receipts()["failed"]
    return _("%(count)s reactions were given up after many tries.") % {"count": failed} if failed else ""


def _worker() -> str:
    owed, beat = log.owed_receipts()["owed"], worker.last_heartbeat()
    if owed and (beat is None or not beat.is_recent):
        return _("%(count)s reactions wait, and no worker is at work. Start “dealrail worker”.") % {"count": owed}
    return ""


def _files() -> str:
    missing = activities.missing_files() + crm.missing_field_files() + forms.missing_files() + missing_pictures()
    return _("%(count)s kept files are gone.") % {"count": missing} if missing else ""


def _chains() -> str:
    without = crm.deals_without_events()
    return _("%(count)s deals have no event in the log.") % {"count": without} if without else ""


def _versions() -> str:
    changed = processes.changed_versions()
    return _("These published versions were changed: %(names)s.") % {"names": ", ".join(changed)} if changed else ""


def _stays() -> str:
    wrong = processes.runs_with_wrong_stay()
    return _("%(count)s runs don't agree with their stays.") % {"count": wrong} if wrong else ""


def _standing() -> str:
    wrong = crm.deals_out_of_step()
    return _("%(count)s deals don't stand where their runs do.") % {"count": wrong} if wrong else ""


def _search() -> str:
    lost = indexing.unindexed()
    return _("%(count)s records can't be found by the search. Run: dealrail reindex") % {"count": lost} if lost else ""


def _rollups() -> str:
    wrong = rollup.faults()
    return (
        _("The funnel’s sums are wrong in %(count)s places. Run: dealrail rebuild-rollups") % {"count": wrong}
        if wrong
        else ""
    )


CHECKS: dict[str, Callable[[], str]] = {
    "sqlite": _wal,
    "disk": _disk,
    "secrets": _secret,
    "receipts": _receipts,
    "worker": _worker,
    "log": _chains,
    "files": _files,
    "processes": _versions,
    "stays": _stays,
    "standing": _standing,
    "search": _search,
    "rollups": _rollups,
}
