"""Every other kind of sheet: people, regions, sources, products, customers, contacts."""

from typing import Any

import pytest

from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import Unit, User
from dealrail.crm import importing
from dealrail.crm.actions import imports
from dealrail.crm.models import Contact, Customer, Product, Region, Source
from dealrail.events.models import Event
from tests.cast import MakeCustomer, refuses
from tests.crm_imports.bringing import Bring, counts, revoke, sentence, sentences

pytestmark = pytest.mark.django_db


def test_regions_and_sources_are_names(bring: Bring) -> None:
    assert counts(bring("区域\n华东\n西南\n", "regions")) == (1, 1, 0)
    assert counts(bring("来源\n展会\n转介绍\n", "sources")) == (1, 1, 0)
    assert Region.objects.filter(name="西南").exists()
    assert Source.objects.filter(name="转介绍").exists()
    assert counts(bring(f"区域\n{'长' * 81}\n", "regions")) == (0, 0, 1)


def test_people_come_with_department_leader_and_roles(bring: Bring) -> None:
    head = "姓名,账号,部门,上级部门,主管,角色,邮箱,手机\n"
    sheet = f'{head}张三,zhangsan,西南组,西南区,李四,"sales，presales",z@example.com,+86 138 0000 1111\n'
    assert counts(bring(sheet, "people")) == (1, 0, 0)
    person = User.objects.get(login="zhangsan")
    assert (person.unit.name, person.unit.parent.name, person.unit.leader.name) == ("西南组", "西南区", "李四")
    assert sorted(person.roles.values_list("key", flat=True)) == ["presales", "sales"]
    assert (person.phone, person.has_usable_password()) == ("13800001111", False)
    assert list(person.unit.leader.roles.values_list("key", flat=True)) == ["sales_manager"]
    assert counts(bring(sheet, "people")) == (0, 1, 0)


@pytest.mark.parametrize(
    "line",
    [
        ",x1,,,",
        "王五,rep x,,,",
        "王五,w5,king,,",
        "王五,w5,,不是邮箱,",
        "王五,w5,,,12",
        f"{'长' * 81},w5,,,",
        f"王五,{'w' * 61},,,",
        f"王五,w5,,{'a' * 300}@example.com,",
    ],
)
def test_people_that_cannot_be_made_are_refused(bring: Bring, line: str) -> None:
    job = bring(f"姓名,账号,角色,邮箱,手机\n{line}\n", "people")
    assert counts(job) == (0, 0, 1)
    assert sentence(job)
    assert not User.objects.filter(login="w5").exists()


def test_people_need_the_permission_to_manage_people(bring: Bring, rep: User) -> None:
    with refuses(NotAllowed):
        bring.by(rep).start("姓名\n张三\n", "people")


def test_undoing_people_removes_their_departments_too(bring: Bring) -> None:
    before = (User.objects.count(), Unit.objects.count())
    job = bring("姓名,部门,上级部门,主管\n张三,西南组,西南区,李四\n王五,西南组,西南区,李四\n", "people")
    assert (User.objects.count(), Unit.objects.count()) == (before[0] + 3, before[1] + 2)
    assert bring.undo(job).status == "undone"
    assert (User.objects.count(), Unit.objects.count()) == before


def test_products_are_known_by_code_or_name(bring: Bring) -> None:
    job = bring("产品,编码,单价,系列,单位\n新品,N1,100,甲,套\n协同平台,,,,\n另名,P2,,,\n错价,X,-1,,\n", "products")
    assert counts(job) == (1, 2, 1)
    assert "-1" in sentence(job)
    assert str(Product.objects.get(code="N1").price) == "100.00"


def test_products_need_their_permission(bring: Bring, rep: User) -> None:
    with refuses(NotAllowed):
        bring.by(rep).start("产品\n新品\n", "products")


CUSTOMERS = "客户名称,编码,统一社会信用代码,电话,等级,行业,地址,网址,备注,地区,来源,母公司,负责人\n"


def test_a_customer_comes_with_all_its_fields(bring: Bring, rep: User) -> None:
    line = "甲公司,C1,91350100M000100Y43,010-12345678,A,软件,北京,a.cn,好,华东,展会,,rep"
    job = bring(f"{CUSTOMERS}{line}\n", "customers")
    assert counts(job) == (1, 0, 0), sentences(job)
    customer = Customer.objects.get()
    assert (customer.owner, customer.grade, customer.region.name, customer.phone) == (rep, "A", "华东", "010-12345678")


def test_a_parent_may_come_later_in_the_sheet(bring: Bring) -> None:
    job = bring("客户名称,母公司\n儿子公司,母公司甲\n母公司甲,\n孤儿公司,没有的公司\n自己公司,自己公司\n", "customers")
    assert counts(job) == (4, 0, 0)
    parents = dict(Customer.objects.values_list("name", "parent__name"))
    assert parents == {"儿子公司": "母公司甲", "母公司甲": None, "孤儿公司": None, "自己公司": None}
    said = dict(job.rows.exclude(message="").values_list("number", "message"))
    assert set(said) == {4, 5}
    assert "没有的公司" in said[4]


def test_a_customer_there_already_is_skipped_by_name_and_code(bring: Bring, make_customer: MakeCustomer) -> None:
    make_customer(name="甲 公司", code="C1")
    job = bring("客户名称,编码\n甲公司,\n乙公司,C1\n丙公司,C2\n丙公司,\n丁公司,C2\n", "customers")
    assert counts(job) == (1, 4, 0)


def test_a_phone_or_credit_code_of_another_customer_is_refused(bring: Bring, make_customer: MakeCustomer) -> None:
    make_customer(name="甲公司", phone="13800001111", credit_code="91350100M000100Y43")
    sheet = "客户名称,手机,信用代码\n乙公司,+86 138 0000 1111,\n丙公司,,91350100M000100Y43\n"
    job = bring(sheet, "customers")
    assert counts(job) == (0, 0, 2)
    assert all("甲公司" in said for said in sentences(job).values())


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("甲,,91350100M000100Y44,,,,,,,,,,", "91350100M000100Y44"),
        ("甲,,,12,,,,,,,,,", "12"),
        ("甲,,,,Z,,,,,,,,", "Z"),
        ("甲,,,,,,,,,火星,,,", "火星"),
        ("甲,,,,,,,,,,,,nobody", "nobody"),
        (f"{'长' * 161},,,,,,,,,,,,", "161"),
    ],
)
def test_a_wrong_customer_is_refused_by_field(bring: Bring, line: str, named: str) -> None:
    job = bring(f"{CUSTOMERS}{line}\n", "customers")
    assert counts(job) == (0, 0, 1)
    assert named in sentence(job)


LIKE_EACH_OTHER = """客户名称,编码,电话,负责人,地区
甲公司,C1,13800000001,rep,华东
甲公司,C9,13800000009,rep,华东
乙公司,C2,13800000001,rep,
丙公司,C2,13800000003,rep,
丁公司,C4,13800000003,rep,
戊公司,C1,13800000005,rep,
己公司,C6,坏的,rep,
庚公司,C7,13800000007,没有的人,
辛公司,C8,13800000008,rep,没有的地区
壬公司,C9,13800000009,,
"""


def test_rows_taken_together_come_out_as_one_by_one(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    def what_became() -> tuple[list[Any], list[Any]]:
        job = bring(LIKE_EACH_OTHER, "customers")
        told = list(importing.rows_of(job).order_by("number").values_list("number", "result", "message"))
        made = Customer.objects.filter(pk__in=importing.rows_of(job, "created").values("record_id")).order_by("name")
        records = [(row.name, row.code, row.phone_key, row.owner_id, row.region_id, row.words.words) for row in made]
        assert Event.objects.filter(subject_kind="customer", subject_id__in=[row.pk for row in made]).count() == len(
            made
        )
        assert bring.undo(job).status == "undone"
        return told, records

    together = what_became()
    monkeypatch.setattr(imports, "CHUNK", 1)
    assert what_became() == together
    assert [name for name, *_rest in together[1]] == ["丙公司", "壬公司", "甲公司"]


def test_who_may_not_hand_customers_over_brings_in_only_their_own(bring: Bring, rep: User) -> None:
    revoke("customers.transfer")
    job = bring.by(rep)("客户名称,负责人\n甲公司,colleague\n乙公司,\n", "customers")
    assert counts(job) == (1, 0, 1)
    assert Customer.objects.get().owner == rep


def test_a_contact_joins_a_customer_one_can_see(
    bring: Bring, rep: User, colleague: User, make_customer: MakeCustomer
) -> None:
    make_customer(name="甲公司")
    make_customer(owner=colleague, name="别家公司")
    head = "客户,联系人,职务,决策角色,手机,邮箱,微信,备注\n"
    lines = "甲公司,王总,总经理,decision_maker,13800001111,w@example.com,wx,好\n甲公司,王总,,,,,,\n"
    lines += "别家公司,李总,,,,,,\n甲公司,,,,,,,\n"
    job = bring.by(rep)(head + lines, "contacts")
    assert counts(job) == (1, 1, 2)
    assert "别家公司" in sentences(job)[4]
    assert Contact.objects.get().role == "decision_maker"
