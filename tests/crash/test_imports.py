"""Kill -9 of the command line and of the worker in the middle of an import: no row is lost, none doubled."""

import random
import subprocess
from collections import Counter

import pytest

from dealrail.crm.models import Customer, Deal, ImportJob, ImportRow
from dealrail.events.models import Event
from tests.crash.running import Installation, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 800
SHEETS = {
    "customers": "客户名称,备注\n" + "".join(f"第{n}贸易公司,第{n}行\n" for n in range(ROWS)),
    "deals": "编号,商机,阶段\n" + "".join(f"C{n},第{n}单,洽谈\n" for n in range(ROWS)),
}
MODES = {"customers": "new", "deals": "history"}
KINDS = pytest.mark.parametrize("kind", SHEETS)


def _begin(installation: Installation, kind: str) -> "subprocess.Popen[bytes]":
    """Start to import the sheet of this kind."""
    sheet = installation.home / f"{kind}.csv"
    sheet.write_text(SHEETS[kind], "utf-8")
    more = ["--process", "trial"] if kind == "deals" else []
    return installation.start("import", sheet, "--kind", kind, "--mode", MODES[kind], *more)


def _job() -> ImportJob:
    return ImportJob.objects.order_by("pk")[0]


def _wait_for_rows(rows: int) -> None:
    """Until so many rows of the first import are done."""
    wait_until(lambda: ImportJob.objects.filter(done__gte=rows).exists(), f"{rows} rows are done")


def _kill_after(process: "subprocess.Popen[bytes]", rows: int) -> None:
    _wait_for_rows(rows)
    process.kill()
    process.wait()
    job = _job()
    assert (job.status, job.done < job.total) == ("running", True)


def _wait_for(status: str) -> None:
    wait_until(lambda: not ImportJob.objects.exclude(status=status).exists(), f"all imports are {status}")


def _check_each_row_is_there_once(kind: str) -> None:
    job = _job()
    assert (job.done, job.created, job.skipped, job.failed) == (ROWS, ROWS, 0, 0)
    assert Counter(ImportRow.objects.values_list("number", flat=True)) == Counter(range(2, ROWS + 2))
    records = {"customers": Customer, "deals": Deal}[kind]._default_manager.values_list("pk", "name")
    names = {"customers": "第{}贸易公司", "deals": "第{}单"}[kind]
    assert Counter(name for _pk, name in records) == Counter(names.format(n) for n in range(ROWS))
    told = {"customers": "customer.created", "deals": "deal.history_told"}[kind]
    told_of = Event.objects.filter(kind=told).values_list("subject_id", flat=True)
    assert Counter(told_of) == Counter(pk for pk, _name in records)


def _check_log(installation: Installation) -> None:
    done = installation.run("verify-log")
    assert done.status == 0, done.said


@KINDS
def test_what_the_command_line_began_the_worker_ends_also_when_it_is_killed(
    installation: Installation, kind: str
) -> None:
    _kill_after(_begin(installation, kind), 200)
    installation.work()
    _wait_for_rows(_job().done + 200)
    installation.kill("worker", random.Random(kind))
    _wait_for("done")
    installation.stop()
    _check_each_row_is_there_once(kind)
    _check_log(installation)


def test_an_import_killed_and_begun_anew_brings_each_row_in_once(installation: Installation) -> None:
    _kill_after(_begin(installation, "customers"), 200)
    again = _begin(installation, "customers")
    installation.work()
    assert again.wait() == 0
    _wait_for("done")
    installation.stop()
    counts = ImportJob.objects.order_by("pk").values_list("created", "skipped", "failed")
    assert [sum(column) for column in zip(*counts, strict=True)] == [ROWS, ROWS, 0]
    assert Customer.objects.count() == ROWS
    _check_log(installation)


def test_an_undoing_that_is_killed_leaves_nothing_in_the_end(installation: Installation) -> None:
    assert _begin(installation, "customers").wait() == 0
    undoing = installation.start("import", "undo", str(_job().pk))
    wait_until(lambda: Customer.objects.count() <= ROWS - 200, "the first are removed")
    undoing.kill()
    undoing.wait()
    assert _job().status == "undoing"
    installation.work()
    _wait_for("undone")
    installation.stop()
    assert not Customer.objects.exists()
    removed = Event.objects.filter(kind="customer.removed").values_list("subject_id", flat=True)
    assert (len(removed), len(set(removed))) == (ROWS, ROWS)
    _check_log(installation)
