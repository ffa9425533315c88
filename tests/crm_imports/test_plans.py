"""Import plans: several files in order, checked before anything is written."""

from pathlib import Path

import pytest

from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.crm.errors import BadPlan
from dealrail.crm.models import Customer, Deal, ImportJob
from dealrail.crm.plans import run_plan
from dealrail.process import queries, texts
from dealrail.process.errors import NoSuchProcess, UnreadableDefinition
from tests.cast import actor_of, last_event_id, refuses, trial
from tests.crm_imports.bringing import counts

pytestmark = pytest.mark.django_db
PLAN = """
processes: [process.yaml]
imports:
  - {file: customers.csv, kind: customers, fields: {name: 客户, region: {column: 客户, lookup: LOOKUP}}}
  - file: deals.csv
    kind: deals
    mode: history
    process: own
    fields:
      name: 商机
      customer: 客户
      stage: {const: talk}
"""
LOOKUP = "{file: regions.csv, key: 客户, value: 地区}"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a plan and its files."""
    contents = {
        "plan.yaml": PLAN.replace("LOOKUP", LOOKUP),
        "process.yaml": texts.write_yaml(trial(process="own")),
        "customers.csv": "客户\n甲公司\n乙公司\n",
        "regions.csv": "客户,地区\n甲公司,华东\n乙公司,华北\n",
        "deals.csv": "商机,客户\n甲单,甲公司\n乙单,没有的公司\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


def test_a_plan_brings_its_files_in_one_after_the_other(data: Path, admin: User) -> None:
    jobs = run_plan(actor_of(admin), data / "plan.yaml", data)
    assert [counts(job) for job in jobs] == [(2, 0, 0), (1, 0, 1)]
    assert Customer.objects.get(name="乙公司").region.name == "华北"
    assert Deal.objects.get().customer.name == "甲公司"


def test_progress_is_told_for_every_file(data: Path, admin: User) -> None:
    seen: list[tuple[str, int]] = []
    run_plan(actor_of(admin), data / "plan.yaml", data, progress=lambda job: seen.append((job.kind, job.done)))
    assert seen == [("customers", 2), ("deals", 2)]


def test_a_dry_run_of_a_plan_tells_all_and_writes_nothing(data: Path, admin: User) -> None:
    after = last_event_id()
    jobs = run_plan(actor_of(admin), data / "plan.yaml", data, dry_run=True)
    assert [(job.status, job.dry_run, *counts(job)) for job in jobs] == [
        ("checked", True, 2, 0, 0),
        ("checked", True, 1, 0, 1),
    ]
    assert [model.objects.count() for model in (Customer, Deal, ImportJob)] == [0, 0, 0]
    assert last_event_id() == after
    with pytest.raises(NoSuchProcess):
        queries.current_version("own")


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("7", "plan.yaml"),
        ("[1]", "plan.yaml"),
        ("colour: red", "colour"),
        ("imports: 7", "imports"),
        ("imports: {file: a}", "imports"),
        ("processes: process.yaml", "processes"),
        ("processes: [nothing.yaml]", "nothing.yaml"),
        ("imports: [7]", "imports[1]"),
        ("imports: [{kind: deals, fields: {}}]", "file"),
        ("imports: [{file: deals.csv, fields: {}}]", "kind"),
        ("imports: [{file: deals.csv, kind: deals}]", "fields"),
        ("imports: [{file: deals.csv, kind: deals, fields: [name]}]", "imports[1]"),
        ("imports: [{file: nothing.csv, kind: deals, fields: {}}]", "nothing.csv"),
        ("imports: [{file: deals.csv, kind: deals, fields: {}, colour: red}]", "colour"),
        ("imports: [{file: deals.csv, kind: deals, fields: {name: {column: 商机, lookup: 7}}}]", "imports[1]"),
        ("imports: [{file: deals.csv, kind: deals, fields: {name: {lookup: {file: no.csv}}}}]", "no.csv"),
        ("imports: [{file: deals.csv, kind: deals, fields: {name: {lookup: {file: deals.csv, key: [1]}}}}]", "key"),
    ],
)
def test_a_bad_plan_is_refused_by_its_place(data: Path, admin: User, plan: str, said: str) -> None:
    (data / "plan.yaml").write_text(plan, "utf-8")
    with refuses(BadPlan) as caught:
        run_plan(actor_of(admin), data / "plan.yaml", data)
    assert said in str(caught.value)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00", b"imports: [2024-13-45]\n", b"a: &a [*a]\n"])
def test_a_plan_that_is_no_yaml_is_refused(data: Path, admin: User, content: bytes) -> None:
    (data / "plan.yaml").write_bytes(content)
    with refuses(Refusal) as caught:
        run_plan(actor_of(admin), data / "plan.yaml", data)
    assert caught.type in {BadPlan, UnreadableDefinition}


def test_a_plan_that_is_not_there_is_refused(data: Path, admin: User) -> None:
    with refuses(BadPlan):
        run_plan(actor_of(admin), data / "nothing.yaml", data)


def test_a_plan_may_write_dates_and_numbers_as_yaml_has_them(data: Path, admin: User) -> None:
    fields = "{name: 商机, stage: {const: talk}, entered.talk: {const: 2024-03-01}, amount: {const: 5}}"
    plan = f"imports: [{{file: deals.csv, kind: deals, mode: history, process: trial, fields: {fields}}}]"
    (data / "plan.yaml").write_text(plan, "utf-8")
    [job] = run_plan(actor_of(admin), data / "plan.yaml", data)
    assert counts(job) == (2, 0, 0)
    assert {str(deal.amount) for deal in Deal.objects.all()} == {"5.00"}
