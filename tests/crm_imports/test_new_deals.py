"""New deals from a sheet: they begin at the first stage and go on only through the gates."""

import pytest

from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.accounts.policy import registered
from dealrail.crm.models import Deal
from dealrail.process.models import ApprovalRequest, Debt, Run
from tests.cast import MakeCustomer, event_kinds, last_event_id, refuses
from tests.crm_imports.bringing import Bring, counts, revoke, sentence, sentences

pytestmark = pytest.mark.django_db
HEAD = "商机名称,商机编号,客户名称,产品,地区,来源,金额,预计成交日期,负责人,阶段,需求\n"


def test_a_row_becomes_a_deal_at_the_first_stage(bring: Bring, rep: User, make_customer: MakeCustomer) -> None:
    make_customer(name="甲公司")
    after = last_event_id()
    job = bring.by(rep)(f"{HEAD}新单,N1,甲公司,P1,华东,展会,1.5万,2026-12-31,,,要软件\n")
    assert counts(job) == (1, 0, 0), sentences(job)
    deal = Deal.objects.get()
    assert (deal.name, deal.code, deal.owner, deal.customer.name) == ("新单", "N1", rep, "甲公司")
    assert (deal.product.code, deal.region.name, deal.source.name) == ("P1", "华东", "展会")
    assert (str(deal.amount), str(deal.expected_close), deal.extra["need"]) == ("15000.00", "2026-12-31", "要软件")
    assert (deal.run.stage.key, deal.run.state) == ("lead", "open")
    assert event_kinds(after) == ["import.started", "deal.created", "import.finished"]
    assert not Debt.objects.exists()


def test_a_deal_without_a_name_is_called_after_customer_and_product(bring: Bring, make_customer: MakeCustomer) -> None:
    make_customer(name="甲公司")
    bring(f"{HEAD},,甲公司,协同平台,,,,,,,\n")
    assert Deal.objects.get().name == "甲公司 · 协同平台"


def test_a_stage_is_reached_through_the_gates(bring: Bring, make_customer: MakeCustomer) -> None:
    make_customer(name="甲公司")
    job = bring(f"{HEAD}新单,,甲公司,,,,,,rep,洽谈,要软件\n")
    assert counts(job) == (1, 0, 0), sentences(job)
    assert Deal.objects.get().run.stays.count() == 2
    assert Deal.objects.get().run.stage.key == "talk"


def test_a_shut_gate_refuses_the_row_with_all_that_is_unmet_and_leaves_nothing(
    bring: Bring, make_customer: MakeCustomer
) -> None:
    make_customer(name="甲公司")
    job = bring(f"{HEAD}新单,,甲公司,,,,,,rep,交付,要软件\n早单,,,,,,,,rep,talk,\n")
    assert counts(job) == (0, 0, 2)
    said = sentences(job)
    assert said[2].count("; ") >= 5
    assert said[3].count("; ") == 1  # the need, and the customer
    assert "需求" in said[3]
    assert "洽谈" in said[3]
    assert not Deal.objects.exists()
    assert not Run.objects.exists()
    assert not ApprovalRequest.objects.exists()


def test_a_closed_stage_is_for_history(bring: Bring) -> None:
    aliases = {"输单": {"stage": "talk", "state": "lost"}}
    mapping = {"name": "商机名称", "stage": {"column": "阶段", "aliases": aliases}}
    job = bring(f"{HEAD}新单,,,,,,,,,输单,\n", mapping=mapping)
    assert counts(job) == (0, 0, 1)
    assert "历史" in sentence(job) or "history" in sentence(job)


@pytest.mark.parametrize("owner", ["colleague", "小同", "Colleague"])
def test_the_owner_is_found_by_login_or_name(bring: Bring, colleague: User, owner: str) -> None:
    bring(f"{HEAD}新单,,,,,,,,{owner},,\n")
    assert Deal.objects.get().owner == colleague


def test_who_may_not_hand_over_cannot_bring_deals_in_for_others(bring: Bring, rep: User) -> None:
    revoke("deals.transfer")
    job = bring.by(rep)(f"{HEAD}甲,,,,,,,,colleague,,\n乙,,,,,,,,rep,,\n")
    assert counts(job) == (1, 0, 1)
    assert registered["deals.transfer"].zh in sentence(job)
    assert Deal.objects.get().owner == rep


def test_customers_out_of_sight_are_not_there(
    bring: Bring, rep: User, colleague: User, make_customer: MakeCustomer
) -> None:
    theirs = make_customer(owner=colleague, name="别家公司")
    job = bring.by(rep)(f"{HEAD}甲,,别家公司,,,,,,,,\n乙,,{theirs.pk},,,,,,,,\n")
    assert counts(job) == (0, 0, 2)
    assert "别家公司" in sentences(job)[2]


def test_a_number_in_a_sheet_is_a_name_and_not_one_of_our_ids(bring: Bring, make_customer: MakeCustomer) -> None:
    ours = make_customer(name="甲公司")
    job = bring(f"{HEAD}甲,,{ours.pk},,,,,,,,\n")
    assert counts(job) == (0, 0, 1)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("甲,,没有的公司,,,,,,,,", "没有的公司"),
        ("甲,,,没有,,,,,,,", "没有"),
        ("甲,,,,火星,,,,,,", "火星"),
        ("甲,,,,,梦里,,,,,", "梦里"),
        ("甲,,,,,,-1,,,,", "-1"),
        ("甲,,,,,,很多,,,,", "很多"),
        ("甲,,,,,,99999999999999999,,,,", "999"),
        ("甲,,,,,,,2026-02-30,,,", "2026-02-30"),
        ("甲,,,,,,,,没有人,,", "没有人"),
        ("甲,,,,,,,,,天堂,", "天堂"),
        (f"{'长' * 161},,,,,,,,,,", "161"),
        (",,,,,,,,,,有", ""),
    ],
)
def test_a_wrong_value_is_named_and_the_other_rows_come_in(bring: Bring, line: str, named: str) -> None:
    job = bring(f"{HEAD}{line}\n好单,,,,,,,,,,\n")
    assert counts(job) == (1, 0, 1)
    assert named in sentences(job)[2]
    assert job.rows.get(result="failed").field
    assert Deal.objects.get().name == "好单"


def test_a_code_known_already_is_skipped_and_one_that_repeats_is_refused(bring: Bring) -> None:
    assert counts(bring(f"{HEAD}甲,N1,,,,,,,,,\n乙,N1,,,,,,,,,\n")) == (1, 0, 1)
    assert counts(bring(f"{HEAD}丙, N1 ,,,,,,,,,\n")) == (0, 1, 0)
    assert Deal.objects.count() == 1


def test_without_a_code_the_name_customer_and_owner_tell(bring: Bring, make_customer: MakeCustomer) -> None:
    make_customer(name="甲公司")
    sheet = f"{HEAD}甲,,甲公司,,,,,,rep,,\n甲,,甲公司,,,,,,rep,,\n甲,,,,,,,,rep,,\n甲,,甲公司,,,,,,colleague,,\n"
    assert counts(bring(sheet)) == (3, 1, 0)
    assert counts(bring(sheet)) == (0, 4, 0)


def test_who_may_not_create_deals_cannot_start(bring: Bring, rep: User) -> None:
    revoke("deals.create")
    with refuses(NotAllowed):
        bring.by(rep).start(f"{HEAD}甲,,,,,,,,,,\n")


def test_the_id_of_a_deal_out_of_sight_is_not_given_away(bring: Bring, rep: User, colleague: User) -> None:
    sheet = f"{HEAD}甲,N1,,,,,,,colleague,,\n乙,,,,,,,,colleague,,\n"
    bring(sheet)
    theirs, ours = bring.by(rep)(sheet), bring.by(colleague)(sheet)
    assert counts(theirs) == counts(ours) == (0, 2, 0)
    assert [row.record_id for row in theirs.rows.all()] == [None, None]
    assert all(row.record_id for row in ours.rows.all())
