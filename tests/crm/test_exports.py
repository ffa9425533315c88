"""What an export holds, for whom, and that it can be brought in again."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.activities import exporting as activities
from dealrail.core.sheets import write_csv, write_xlsx
from dealrail.crm import exporting
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.exports import note_export
from dealrail.crm.actions.pools import release_customer
from dealrail.crm.errors import UnknownExportKind
from dealrail.crm.models import Contact, Deal
from dealrail.events.models import Event
from tests.cast import MakeCustomer, MakeDeal, actor_of, follow_up, refuses
from tests.crm_imports.bringing import Bring, counts, sentences

pytestmark = pytest.mark.django_db
PAST = """商机名称,编号,阶段,状态,金额,负责人,客户,线索日期,洽谈日期,成交日期,需求,预算,签约日期,紧急程度,人数,输单原因
甲单,A1,交付,赢单,1200.50,rep,甲公司,2024-01-02,2024-02-01,2024-03-01,看板,900,2024-02-28,高,3,
乙单,A2,洽谈,输单,,rep,,2024-01-05,2024-02-01,2024-02-09,,,,,,价格
丙单,A3,线索,进行中,77,rep,甲公司,2024-01-06,,,,,,低,,
丁单,A4,洽谈,搁置,5,rep,,2024-01-06,2024-01-08,,,,,,,
"""
Rows = list[dict[str, Any]]


def exported(who: User, kind: str, language: str = "zh-hans", **more: Any) -> Rows:
    """The exported rows by their headings."""
    with translation.override(language):
        table = exporting.table(actor_of(who), kind, **more)
        return [dict(zip(table.headers, row, strict=True)) for row in table.rows]


def write(rows: Rows, path: Path) -> Path:
    """The rows as a sheet."""
    headers, cells = list(rows[0]), [list(row.values()) for row in rows]
    if path.suffix == ".xlsx":
        write_xlsx(path, headers, cells)
    else:
        with path.open("wb") as file:
            write_csv(file, headers, cells)
    return path


def without_ids(rows: Rows) -> Rows:
    return [{name: value for name, value in row.items() if name != "ID"} for row in rows]


def names(rows: Rows) -> list[str]:
    return [row["名称"] for row in rows]


@pytest.fixture
def bring(tmp_path: Path, admin: User) -> Bring:
    """Brings sheets in as the administrator."""
    return Bring(tmp_path, admin)


def test_deals_come_with_the_fields_of_their_process(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal(budget="900", signed_on="2024-02-28", urgency="高", seats="3")
    [row] = exported(rep, "deals")
    assert (row["ID"], row["状态"], row["需求"], row["紧急程度"]) == (deal.pk, "进行中", None, "高")
    assert (str(row["预算"]), str(row["人数"]), str(row["签约日期"])) == ("900.00", "3", "2024-02-28")


def test_deals_of_several_processes_share_columns_of_one_name(rep: User, make_deal: MakeDeal) -> None:
    make_deal(budget="900")
    make_deal(process="b2b-software", budget="800", intent="高")
    table = exporting.table(actor_of(rep), "deals")
    assert len(set(table.headers)) == len(table.headers)
    trial, software = exported(rep, "deals")
    assert (trial["意向等级"], software["意向等级"], software["需求"]) == (None, "高", None)


def test_only_what_one_sees_and_the_filter_keeps(
    rep: User, colleague: User, stranger: User, make_deal: MakeDeal
) -> None:
    make_deal(name="小单", amount="5")
    make_deal(name="大单", amount="500")
    make_deal(name="别人的单", amount="900", owner=colleague)
    assert names(exported(rep, "deals", sort="-amount")) == ["大单", "小单"]
    large = {"field": "amount", "op": "gt", "value": "100"}
    assert names(exported(rep, "deals", filter_=large)) == ["大单"]
    assert exported(stranger, "deals") == []


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_exported_deals_come_in_again_as_they_were(
    bring: Bring, tmp_path: Path, admin: User, make_customer: MakeCustomer, suffix: str, language: str
) -> None:
    make_customer(name="甲公司")
    job = bring.history(PAST)
    assert counts(job) == (4, 0, 0), sentences(job)
    before = exported(admin, "deals", language)
    sheet = write(before, tmp_path / f"deals{suffix}")
    bring.undo(job)
    assert not Deal.objects.exists()
    again = bring.history(sheet)
    assert counts(again) == (4, 0, 0), sentences(again)
    assert without_ids(exported(admin, "deals", language)) == without_ids(before)
    assert counts(bring.history(sheet)) == (0, 4, 0)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_exported_contacts_come_in_again(
    bring: Bring, tmp_path: Path, admin: User, make_customer: MakeCustomer, language: str
) -> None:
    fields = {"name": "王总", "role": "decision_maker", "phone": "13800001111", "email": "w@example.com", "notes": "忙"}
    create_contact(actor=actor_of(admin), customer_id=make_customer(name="甲公司").pk, fields=fields)
    before = exported(admin, "contacts", language)
    Contact.objects.all().delete()
    with translation.override(language):
        assert counts(bring(write(before, tmp_path / "contacts.csv"), "contacts")) == (1, 0, 0)
    assert without_ids(exported(admin, "contacts", language)) == without_ids(before)


@pytest.mark.parametrize("kind", ["customers", "products"])
def test_what_is_there_is_met_again_by_its_export(
    bring: Bring, tmp_path: Path, admin: User, make_customer: MakeCustomer, kind: str
) -> None:
    make_customer(name="甲公司", code="K1", phone="13800001111", industry="制造")
    rows = exported(admin, kind)
    assert counts(bring(write(rows, tmp_path / "again.xlsx"), kind)) == (0, len(rows), 0)


def test_ways_to_reach_people_in_a_pool_are_hidden(rep: User, make_customer: MakeCustomer) -> None:
    customer = make_customer(name="甲公司", phone="13800001111")
    fields = {"name": "王总", "phone": "13800002222", "email": "w@example.com", "wechat": "wang"}
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields=fields)
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="没空")
    assert [row["电话"] for row in exported(rep, "customers")] == ["138****1111"]
    [contact] = exported(rep, "contacts")
    assert (contact["电话"], contact["邮箱"], contact["微信"]) == ("138****2222", "***", "***")


def test_formulas_are_written_as_text(tmp_path: Path, rep: User, make_deal: MakeDeal) -> None:
    make_deal(name='=HYPERLINK("http://example.com")')
    assert "'=HYPERLINK" in write(exported(rep, "deals"), tmp_path / "deals.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("kind", ["deals", "customers", "contacts", "products", "activities", "tasks"])
def test_more_rows_take_no_more_queries(rep: User, make_deal: MakeDeal, make_customer: MakeCustomer, kind: str) -> None:
    def add() -> None:
        deal = make_deal(customer=make_customer().pk, budget="5")
        create_contact(actor=actor_of(rep), customer_id=deal.customer.pk, fields={"name": "王总"})
        follow_up(deal, actor=actor_of(rep))

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            exported(rep, kind)
        return len(asked)

    add()
    queries()
    few = queries()
    for _number in range(5):
        add()
    assert queries() == few


def test_follow_ups_and_tasks_are_kinds_too() -> None:
    activities.connect()
    assert {"activities", "tasks"} <= set(exporting.KINDS)


def test_who_takes_records_out_is_on_record(rep: User) -> None:
    note_export(actor=actor_of(rep), kind="deals", rows=3, filter_={"field": "amount", "op": "gt", "value": "1"})
    event = Event.objects.get(kind="export.taken")
    assert (event.actor_id, event.payload["what"], event.payload["rows"]) == (rep.pk, "deals", 3)
    assert "amount" in event.payload["filter"]


def test_exporting_needs_its_right_and_a_known_kind(rep: User, legal: User) -> None:
    with refuses(NotAllowed):
        exporting.table(actor_of(legal), "deals")
    with refuses(NotAllowed):
        exporting.of_rows(actor_of(legal), "deals", Deal.objects.all())
    with refuses(NotAllowed):
        note_export(actor=actor_of(legal), kind="deals", rows=1)
    with refuses(UnknownExportKind):
        exporting.table(actor_of(rep), "planets")
