"""An import in steps: progress, crashes, lost rights, dry runs, corrections, saved mappings."""

from pathlib import Path

import pytest

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.accounts.policy import registered
from dealrail.core.sheets import write_csv
from dealrail.crm import importing, mappings
from dealrail.crm.actions import imports
from dealrail.crm.actions.imports import step_import
from dealrail.crm.actions.mappings import delete_mapping, save_mapping
from dealrail.crm.clocks import finish_import, step_imports
from dealrail.crm.models import Customer, ImportJob, SavedMapping
from tests.cast import actor_of, at_once, event_kinds, last_event_id, refuses
from tests.crm_imports.bringing import Bring, counts, revoke, sentence

pytestmark = pytest.mark.django_db
SYSTEM = actor_of(None)


def sheet(rows: int, first: int = 0) -> str:
    return "客户名称,备注\n" + "".join(f"公司{number},第{number}家\n" for number in range(first, first + rows))


def step(job: ImportJob) -> bool:
    more = step_import(actor=SYSTEM, job_id=job.pk)
    job.refresh_from_db()
    return more


def test_progress_is_told_step_by_step(bring: Bring) -> None:
    job = bring.start(sheet(450), "customers")
    seen: list[tuple[int, int]] = []
    done = finish_import(job.pk, progress=lambda now: seen.append((now.done, now.total)))
    assert seen == [(200, 450), (400, 450), (450, 450)]
    assert (done.status, done.created) == ("done", 450)


def test_nothing_is_done_before_the_first_step(bring: Bring) -> None:
    job = bring.start(sheet(3), "customers")
    assert (job.status, job.done, Customer.objects.count()) == ("running", 0, 0)


def test_another_process_goes_on_where_the_last_one_stopped(bring: Bring) -> None:
    job = bring.start(sheet(650), "customers")
    step(job)
    step(job)
    imports._readers.clear()  # what a process holds in memory dies with it
    assert (job.done, Customer.objects.count()) == (400, 400)
    assert counts(finish_import(job.pk)) == (650, 0, 0)
    assert Customer.objects.count() == 650
    assert sorted(job.rows.values_list("number", flat=True)) == list(range(2, 652))


def test_a_reader_that_stands_elsewhere_is_not_trusted(bring: Bring) -> None:
    job = bring.start(sheet(450), "customers")
    step(job)
    imports._readers[job.pk] = (9999, iter(()))
    assert counts(finish_import(job.pk)) == (450, 0, 0)


def test_the_worker_takes_the_oldest_import_first(bring: Bring) -> None:
    first, second = bring.start(sheet(1), "customers"), bring.start("区域\n西北\n", "regions")
    assert step_imports()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.done, second.done) == (1, 0)
    while step_imports():
        pass
    assert set(ImportJob.objects.values_list("status", flat=True)) == {"done"}


def test_a_file_that_is_gone_stops_the_import_with_a_sentence(bring: Bring) -> None:
    job = bring.start(sheet(250), "customers")
    step(job)
    importing.forget_sheet(job)
    assert not step(job)
    assert (job.status, job.done, Customer.objects.count()) == ("failed", 200, 200)
    assert job.problem
    assert job.finished_at is not None
    assert not step(job)


def test_who_loses_the_right_midway_is_stopped(bring: Bring, rep: User) -> None:
    job = bring.by(rep).start(sheet(250), "customers")
    step(job)
    revoke("imports.run")
    assert not step(job)
    assert (job.status, Customer.objects.count()) == ("failed", 200)
    assert registered["imports.run"].zh in job.problem


def test_who_leaves_the_company_midway_is_stopped(bring: Bring, rep: User, admin: User) -> None:
    job = bring.by(rep).start(sheet(250), "customers")
    step(job)
    change_user(actor=actor_of(admin), user_id=rep.pk, is_active=False)
    assert not step(job)
    assert (job.status, Customer.objects.count()) == ("failed", 200)


def test_a_stopped_import_can_be_undone(bring: Bring, rep: User) -> None:
    job = bring.by(rep).start(sheet(250), "customers")
    step(job)
    revoke("imports.run")
    step(job)
    assert bring.undo(job).status == "undone"
    assert not Customer.objects.exists()


def test_a_dry_run_counts_and_names_but_writes_nothing(bring: Bring) -> None:
    after = last_event_id()
    job = bring(f"{sheet(250)}{'长' * 161},\n", "customers", dry_run=True)
    assert (job.status, counts(job)) == ("checked", (250, 0, 1))
    assert "161" in sentence(job)
    assert not Customer.objects.exists()
    assert event_kinds(after) == []


def test_a_check_under_way_can_be_stopped(bring: Bring) -> None:
    job = bring.start(sheet(250), "customers", dry_run=True)
    step(job)
    assert bring.undo(job).status == "checked"
    assert not step(job)


def test_a_row_that_the_database_refuses_is_named_and_stops_nobody_else(bring: Bring) -> None:
    job = bring(f"客户名称\n甲公司\n{'ß' * 160}\n乙公司\n", "customers")
    assert (job.status, counts(job)) == ("done", (3, 0, 0))


def test_the_table_of_errors_can_be_corrected_and_brought_in_again(bring: Bring) -> None:
    job = bring("客户名称,手机\n甲公司,13800001111\n乙公司,12\n", "customers")
    headers, rows = importing.error_table(actor_of(bring.who), job)
    table = [list(row) for row in rows]
    assert headers[:2] == ["客户名称", "手机"]
    assert table[0][:2] == ["乙公司", "12"]
    assert "12" in table[0][2]
    table[0][1] = "13800002222"
    path = bring.folder / "改.csv"
    with path.open("wb") as file:
        write_csv(file, headers, table)
    assert counts(bring(path, "customers")) == (1, 0, 0)


def test_without_errors_the_table_has_no_rows(bring: Bring) -> None:
    assert list(importing.error_table(actor_of(bring.who), bring("客户名称\n甲公司\n", "customers"))[1]) == []


def test_a_saved_mapping_is_used_again_and_replaced_by_its_name(bring: Bring, admin: User) -> None:
    for column in ("甲列", "乙列"):
        save_mapping(actor=actor_of(admin), name=" 老表 ", kind="customers", mapping={"name": column})
    [saved] = importing.saved_mappings(actor_of(admin), "customers")
    assert (saved.name, saved.mapping) == ("老表", {"fields": {"name": "乙列"}})
    assert counts(bring("甲列,乙列\n一,二\n", "customers", mapping=saved.mapping)) == (1, 0, 0)
    assert Customer.objects.get().name == "二"
    delete_mapping(actor=actor_of(admin), mapping_id=saved.pk)
    assert not SavedMapping.objects.exists()


def test_mappings_and_imports_need_the_right_to_import(bring: Bring, legal: User) -> None:
    actor = actor_of(legal)
    with refuses(NotAllowed):
        bring.by(legal).start(sheet(1), "customers")
    with refuses(NotAllowed):
        save_mapping(actor=actor, name="甲", kind="customers", mapping={"name": "甲"})
    with refuses(NotAllowed):
        delete_mapping(actor=actor, mapping_id=1)
    with refuses(NotAllowed):
        importing.look_at(actor, bring.file(sheet(1)), name="表.csv")


def test_the_import_of_somebody_else_is_not_there(bring: Bring, rep: User, colleague: User) -> None:
    job = bring.by(rep)(sheet(1), "customers")
    with refuses(NotFound):
        bring.by(colleague).undo(job)
    assert importing.job(actor_of(bring.who), job.pk) == job


def test_all_imports_are_there_for_who_may_import_history(bring: Bring, rep: User, colleague: User) -> None:
    job = bring.by(rep)(sheet(1), "customers")
    for permissions, seen in (["imports.run"], []), (["imports.run", "imports.history"], [job]):
        save_role(actor=actor_of(bring.who), key="probe", name="试用", permissions=permissions, scope="all")
        change_user(actor=actor_of(bring.who), user_id=colleague.pk, roles=["probe"])
        assert list(importing.jobs(actor_of(colleague))) == seen


def test_looking_at_a_sheet_says_what_was_understood_and_writes_nothing(bring: Bring, rep: User) -> None:
    path: Path = bring.file("客户名称,联系电话,颜色\n甲,010-12345678,红\n乙,,\n")
    seen = importing.look_at(actor_of(rep), path, name="表.csv")
    assert (seen.headers, seen.count) == (["客户名称", "联系电话", "颜色"], 2)
    assert mappings.suggest("customers", seen.headers) == {"name": "客户名称", "phone": "联系电话"}
    assert next(iter(seen.rows())).cells == ["甲", "010-12345678", "红"]
    assert not ImportJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_bring_every_row_in_once(bring: Bring) -> None:
    job = bring.start(sheet(450), "customers")
    at_once(lambda: finish_import(job.pk), lambda: finish_import(job.pk))
    job.refresh_from_db()
    assert (job.status, *counts(job)) == ("done", 450, 0, 0)
    assert (Customer.objects.count(), job.rows.count()) == (450, 450)
