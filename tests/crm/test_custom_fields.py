"""Fields that an administrator adds: what they take, what they refuse, and what only one record may hold."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dealrail.accounts.actions.retiring import retire_role
from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.core.filters import compile_filter
from dealrail.core.problems import ChangedMeanwhile, FieldsRefused
from dealrail.crm import queries as crm
from dealrail.crm import rules
from dealrail.crm.actions.customers import change_customer, create_contact, create_customer, create_customers
from dealrail.crm.actions.deals import advance_deal, change_deal, park_deal
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.history import PastDeal, place_deals
from dealrail.crm.actions.merging import merge_customers, undo_merge
from dealrail.crm.actions.recycling import delete_customer, restore_customer
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.crm.models import CustomerValue, CustomField, DealValue
from dealrail.crm.rules import Access
from dealrail.events.models import Event
from dealrail.process.errors import BadDefinition, GateBlocked
from dealrail.process.history import Placement
from dealrail.process.rules import State
from tests.cast import (
    Company,
    MakeDeal,
    actor_of,
    at_once,
    last_event_id,
    new_customer,
    new_deal,
    publish,
    refuses,
    trial,
    unmet,
)

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


def add(type_: str = "text", name: str = "会员号", **fields: Any) -> CustomField:
    """A field of customers, in use at once."""
    return create_field(actor=SYSTEM, kind="customer", fields={"name": name, "type": type_, **fields})


# type, settings, what is typed, what is held, what is found by (comparison, value), what is refused
TYPES: list[tuple[str, dict[str, Any], Any, Any, tuple[str, Any], Any]] = [
    ("text", {}, " V-1 ", "V-1", ("eq", "V-1"), "字" * 201),
    ("text", {"format": "phone"}, "+86 138-0000-1111", "13800001111", ("starts_with", "138"), "12345"),
    ("text", {"format": "email"}, "a@b.cn", "a@b.cn", ("contains", "b.cn"), "a@"),
    ("text", {"pattern": "HT-##-@"}, "HT-26-b", "HT-26-b", ("eq", "HT-26-b"), "HT-2-b"),
    ("long_text", {}, "第一行\n第二行", "第一行\n第二行", ("contains", "第二"), "字" * 5001),
    ("number", {"low": "0", "high": "10"}, "7.5", "7.5", ("gt", 7), "11"),
    ("number", {}, "1e29", f"1{'0' * 29}", ("gt", 7), "1e999999"),
    ("number", {}, "-1E-30", f"-0.{'0' * 29}1", ("lt", 1), "1e9999999"),
    ("money", {}, "12万", "120000.00", ("gte", "120000"), "很多"),
    ("date", {}, "2026/3/1", "2026-03-01", ("between", ["2026-02-01", "2026-03-01"]), "3/1/2026"),
    ("choice", {"choices": ["金", "银"]}, "金", "金", ("in", ["金", "铜"]), "铜"),
    ("choices", {"choices": ["展会", "电话", "官网"]}, "展会、官网", ["展会", "官网"], ("eq", "官网"), "展会,报纸"),
    ("yes_no", {}, "是", True, ("eq", True), "也许"),
]


@pytest.mark.parametrize(("type_", "settings", "typed", "held", "found", "wrong"), TYPES)
def test_each_type_takes_what_fits_is_found_by_it_and_refuses_the_rest_by_name(
    company: Company, type_: str, settings: dict[str, Any], typed: Any, held: Any, found: tuple[str, Any], wrong: Any
) -> None:
    field, rep = add(type_, **settings), company.people["rep"]
    name = f"custom.{field.key}"
    full, empty = new_customer(rep, **{name: typed}), new_customer(rep)
    full.refresh_from_db()
    stored = full.custom[field.key]
    assert (rules.custom_text(stored), type(stored)) == (rules.custom_text(held), type(held))

    def kept(op: str, **value: Any) -> set[int]:
        wanted = {"field": name, "op": op, **value}
        fields = crm.customer_fields(actor_of(rep))
        rows = crm.customers(actor_of(rep)).filter(compile_filter(wanted, fields, now=timezone.now(), me=0))
        return set(rows.values_list("pk", flat=True))

    op, value = found
    if op == "in":
        with pytest.raises(Refusal):
            kept(op, value=value)
        value = value[:1]
    assert kept(op, value=value) == {full.pk}
    assert (kept("is_not_empty"), empty.pk in kept("is_empty")) == ({full.pk}, True)
    with refuses(FieldRefused) as caught:
        change_customer(actor=actor_of(rep), customer_id=full.pk, fields={name: wrong})
    assert (caught.value.params["field"], caught.value.params["label"]) == (name, "会员号")
    change_customer(actor=actor_of(rep), customer_id=full.pk, fields={name: ""})
    assert (Event.objects.latest("pk").payload["changes"], kept("is_not_empty")) == (
        {name: [rules.custom_text(held), None]},
        set(),
    )


def test_a_new_record_begins_with_defaults_and_lacks_nothing_required(rep: User) -> None:
    add("choice", "会员等级", key="level", choices=["金", "银"], default="银")
    add("text", "行业代码", key="code2", required=True)
    with refuses(FieldRefused) as caught:
        create_customer(actor=actor_of(rep), fields={"name": "某公司"})
    assert caught.value.params["field"] == "custom.code2"
    made = create_customer(actor=actor_of(rep), fields={"name": "某公司", "custom.code2": "C3"})
    assert made.custom == {"level": "银", "code2": "C3"}
    with refuses(FieldRefused):
        change_customer(actor=actor_of(rep), customer_id=made.pk, fields={"custom.code2": " "})


@pytest.mark.parametrize(("type_", "nothing"), [("text", ""), ("text", None), ("long_text", " "), ("choices", [])])
def test_a_record_of_before_may_go_on_lacking_what_is_required_by_now(type_: str, nothing: Any, rep: User) -> None:
    before = new_customer(rep, name="老客户")
    field = add(type_, "行当", key="trade_kind", required=True, **({"choices": ["软件"]} if type_ == "choices" else {}))
    name, something = f"custom.{field.key}", ["软件"] if type_ == "choices" else "软件"
    change_customer(actor=actor_of(rep), customer_id=before.pk, fields={"name": "老客户二", name: nothing})
    change_customer(actor=actor_of(rep), customer_id=before.pk, fields={name: something})
    with refuses(FieldRefused):
        change_customer(actor=actor_of(rep), customer_id=before.pk, fields={name: nothing})
    with refuses(FieldRefused):
        create_customer(actor=actor_of(rep), fields={"name": "新客户", name: nothing})


def test_what_one_sees_only_comes_by_default_and_refuses_to_be_changed(rep: User) -> None:
    add("text", "来源说明", key="seen", default="网站", access={"sales": "read"})
    add("text", "内部评价", key="secret", default="未评", access={"sales": "hidden"})
    made = create_customer(actor=actor_of(rep), fields={"name": "某公司"})
    assert made.custom == {"seen": "网站", "secret": "未评"}
    with refuses(FieldRefused):
        change_customer(actor=actor_of(rep), customer_id=made.pk, fields={"custom.seen": "电话"})
    for tried in ("未评", "好"):
        with refuses(UnknownField) as caught:
            change_customer(actor=actor_of(rep), customer_id=made.pk, fields={"custom.secret": tried})
        assert "secret" not in caught.value.params["known"]


def test_several_roles_allow_what_the_widest_of_them_does() -> None:
    limits = {"sales": "hidden", "finance": "read"}
    assert rules.access(limits, ["sales", "finance"]) is Access.READ
    assert rules.access(limits, ["sales", "admin"]) is Access.EDIT
    assert (rules.access(limits, []), rules.access({}, [])) == (Access.HIDDEN, Access.EDIT)


def test_a_retired_choice_stays_where_it_is_held_and_is_offered_no_more(rep: User) -> None:
    field = add("choice", "会员等级", choices=["金", "银"])
    name = f"custom.{field.key}"
    held, other = new_customer(rep, **{name: "银"}), new_customer(rep)
    field = change_field(actor=SYSTEM, field_id=field.pk, fields={"choices": ["金", "铜"]})
    assert (field.choices, field.retired) == (["金", "铜"], ["银"])
    change_customer(actor=actor_of(rep), customer_id=held.pk, fields={name: "银", "industry": "制造"})
    with refuses(FieldRefused):
        change_customer(actor=actor_of(rep), customer_id=other.pk, fields={name: "银"})
    field = change_field(actor=SYSTEM, field_id=field.pk, fields={"choices": ["银"]})
    assert (field.choices, field.retired) == (["银"], ["金", "铜"])


def test_out_of_use_a_field_is_nowhere_and_comes_back_with_what_it_held(rep: User) -> None:
    field = add()
    name = f"custom.{field.key}"
    made = new_customer(rep, **{name: "V-1"})
    change_field(actor=SYSTEM, field_id=field.pk, fields={"is_active": False})
    with refuses(UnknownField):
        change_customer(actor=actor_of(rep), customer_id=made.pk, fields={name: "V-2"})
    assert name not in {one.name for one in crm.customer_fields(actor_of(rep))}
    change_field(actor=SYSTEM, field_id=field.pk, fields={"is_active": True})
    assert crm.custom_words(SYSTEM, made, field) == "V-1"


# What only one record may hold


def test_what_one_record_holds_is_refused_to_others_by_every_way(company: Company) -> None:
    rep = company.people["rep"]
    field = add(unique=True)
    name = f"custom.{field.key}"
    first, other = new_customer(rep, **{name: "V-1"}), new_customer(rep)
    with refuses(FieldRefused):
        create_customer(actor=actor_of(rep), fields={"name": "又一家", name: "V-1"})
    with refuses(FieldRefused):
        change_customer(actor=actor_of(rep), customer_id=other.pk, fields={name: "V-1"})
    change_customer(actor=actor_of(rep), customer_id=first.pk, fields={name: "V-1", "industry": "制造"})
    several = [({"name": f"第{n}家", name: value}, None) for n, value in enumerate(["V-1", "V-2", "V-2", "V-3"])]
    made = create_customers(actor=actor_of(rep), several=several)
    assert [bool(one) for one in made] == [False, True, False, True]
    change_customer(actor=actor_of(rep), customer_id=first.pk, fields={name: ""})
    change_customer(actor=actor_of(rep), customer_id=other.pk, fields={name: "V-1"})
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerValue.objects.create(record=first, field=field, text="V-1", only="V-1")


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_hold_the_same(company: Company) -> None:
    field, rep = add(unique=True), actor_of(company.people["rep"])
    name = f"custom.{field.key}"

    def one(number: int) -> Any:
        return lambda: create_customer(actor=rep, fields={"name": f"抢注{number}", name: "V-9"})

    results = at_once(one(1), one(2), one(3))
    assert sum(isinstance(result, Refusal) for result in results) == 2
    assert CustomerValue.objects.filter(field=field, only="V-9").count() == 1


def test_a_field_becomes_unique_only_while_no_two_records_hold_the_same(rep: User) -> None:
    field = add()
    name = f"custom.{field.key}"
    new_customer(rep, **{name: "V-1"})
    twin = new_customer(rep, **{name: "V-1"})
    with refuses(FieldRefused):
        change_field(actor=SYSTEM, field_id=field.pk, fields={"unique": True})
    change_customer(actor=actor_of(rep), customer_id=twin.pk, fields={name: "V-2"})
    change_field(actor=SYSTEM, field_id=field.pk, fields={"unique": True})
    with refuses(FieldRefused):
        change_customer(actor=actor_of(rep), customer_id=twin.pk, fields={name: "V-1"})


def test_what_was_merged_or_deleted_holds_nothing_that_only_one_may(rep: User, admin: User) -> None:
    field = add()
    name = f"custom.{field.key}"
    kept, gone, deleted = (new_customer(rep, **{name: "V-1"}) for _ in range(3))
    merge = merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
    delete_customer(actor=actor_of(admin), customer_id=deleted.pk)
    change_field(actor=SYSTEM, field_id=field.pk, fields={"unique": True})
    with refuses(FieldRefused) as caught:
        undo_merge(actor=actor_of(rep), merge_id=merge.pk)
    assert [word for word in ("会员号", "V-1") if word not in str(caught.value)] == []
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"sales": "hidden"}})
    with refuses(FieldRefused) as caught:
        undo_merge(actor=actor_of(rep), merge_id=merge.pk)
    assert [word for word in ("会员号", "V-1", field.key) if word in str(caught.value.params)] == []
    with refuses(FieldRefused):
        restore_customer(actor=actor_of(admin), customer_id=deleted.pk)
    delete_customer(actor=actor_of(admin), customer_id=kept.pk)
    assert restore_customer(actor=actor_of(admin), customer_id=deleted.pk).custom == {field.key: "V-1"}
    assert [row.record_id for row in CustomerValue.objects.filter(only="V-1")] == [deleted.pk]
    with refuses(FieldRefused):
        restore_customer(actor=actor_of(admin), customer_id=kept.pk)


def test_what_came_in_is_refused_for_the_field_in_which_it_is_alike(company: Company) -> None:
    for key in ("first", "second"):
        create_field(actor=SYSTEM, kind="deal", fields={"name": f"编号{key}", "key": key, "unique": True})
    new_deal(company.people["rep"], **{"custom.second": "V-1"})
    past = PastDeal(
        fields={"name": "旧", "custom.first": "V-9", "custom.second": "V-1"},
        placement=Placement(stage="lead", state=State.OPEN),
    )
    [refusal] = place_deals(actor=SYSTEM, process="trial", deals=[past])
    assert isinstance(refusal, FieldRefused)
    assert (refusal.params["field"], refusal.params["label"]) == ("custom.second", "编号second")


def test_a_merge_fills_what_is_lacking_and_its_undo_puts_both_back(rep: User) -> None:
    only, plain = add(unique=True, key="only"), add("text", "备用", key="plain")
    kept = new_customer(rep, **{"custom.plain": "甲"})
    gone = new_customer(rep, **{"custom.only": "V-1", "custom.plain": "乙"})
    merge = merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
    kept.refresh_from_db()
    assert kept.custom == {"only": "V-1", "plain": "甲"}
    assert [row.record_id for row in CustomerValue.objects.filter(field=only, only="V-1")] == [kept.pk]
    undo_merge(actor=actor_of(rep), merge_id=merge.pk)
    kept.refresh_from_db()
    assert kept.custom == {"plain": "甲"}
    assert [row.record_id for row in CustomerValue.objects.filter(field=only, only="V-1")] == [gone.pk]
    assert CustomerValue.objects.filter(field=plain).count() == 2


# Gates


def test_a_gate_demands_an_added_field_and_nothing_when_it_is_out_of_use(rep: User, make_deal: MakeDeal) -> None:
    field = create_field(actor=SYSTEM, kind="deal", fields={"name": "竞争对手", "key": "rival"})
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "basics", "kind": "fields.filled", "fields": ["custom.rival"]}]
    publish(content)
    deal = make_deal()
    assert ("basics", "custom.rival") in unmet(deal)
    with refuses(GateBlocked) as caught:
        advance_deal(actor=actor_of(rep), deal_id=deal.pk, to="talk")
    assert "竞争对手" in str([demand.message for demand in caught.value.demands])
    with refuses(FieldRefused):
        change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"sales": "hidden"}})
    change_field(actor=SYSTEM, field_id=field.pk, fields={"is_active": False})
    assert ("basics", "custom.rival") not in unmet(deal)
    change_field(actor=SYSTEM, field_id=field.pk, fields={"is_active": True})
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"custom.rival": "甲公司"})
    assert ("basics", "custom.rival") not in unmet(deal)


def test_what_the_gates_of_a_parked_deal_demand_is_hidden_from_nobody(rep: User, make_deal: MakeDeal) -> None:
    field = create_field(actor=SYSTEM, kind="deal", fields={"name": "竞争对手", "key": "rival"})
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "basics", "kind": "fields.filled", "fields": ["custom.rival"]}]
    publish(content)
    deal = make_deal()
    publish(trial())
    park_deal(actor=actor_of(rep), deal_id=deal.pk)
    with refuses(FieldRefused) as caught:
        change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"sales": "hidden"}})
    assert caught.value.params["field"] == "access"


def test_no_gate_demands_what_is_not_there_or_hidden_from_some(company: Company) -> None:
    field = create_field(actor=SYSTEM, kind="deal", fields={"name": "竞争对手", "key": "rival"})
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "basics", "kind": "fields.filled", "fields": ["custom.nothing"]}]
    with refuses(BadDefinition):
        publish(content)
    content["stages"][0]["conditions"][0]["fields"] = ["custom.rival"]
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"sales": "hidden"}})
    with refuses(BadDefinition):
        publish(content)


def test_deals_and_contacts_hold_what_only_one_may_by_every_way(company: Company) -> None:
    rep = actor_of(company.people["rep"])
    for kind in ("deal", "contact"):
        create_field(actor=SYSTEM, kind=kind, fields={"name": "编码号", "key": "only", "unique": True})
    held = {"custom.only": "V-1"}
    deal = new_deal(company.people["rep"], **held)
    with refuses(FieldRefused):
        new_deal(company.people["rep"], **held)
    other = new_deal(company.people["rep"])
    with refuses(FieldRefused):
        change_deal(actor=rep, deal_id=other.pk, fields=held)
    told = [{"name": f"旧{n}", "custom.only": value} for n, value in enumerate(["V-1", "V-2", "V-2"])]
    past = [PastDeal(fields=fields, placement=Placement(stage="lead", state=State.OPEN)) for fields in told]
    placed = place_deals(actor=SYSTEM, process="trial", deals=past)
    assert [isinstance(one, Refusal) for one in placed] == [True, False, True]
    customer = new_customer(company.people["rep"])
    create_contact(actor=rep, customer_id=customer.pk, fields={"name": "王明", **held})
    with refuses(FieldRefused):
        create_contact(actor=rep, customer_id=customer.pk, fields={"name": "李雷", **held})
    assert DealValue.objects.get(only="V-1").record_id == deal.pk


WRITTEN: list[tuple[dict[str, Any], str, str, str]] = [
    ({"format": "phone"}, "+86 138-0000-1111", "13800001111", "12345"),
    ({"format": "email"}, "a@b.cn", "a@b.cn", "a@"),
    ({"format": "website"}, "b.cn", "b.cn", "javascript:x"),
    ({"pattern": "TB-##"}, " TB-07 ", "TB-07", "TB-7"),
]


@pytest.mark.parametrize(("how", "typed", "held", "wrong"), WRITTEN)
def test_a_field_of_a_process_is_held_to_its_format_or_pattern(
    rep: User, how: dict[str, Any], typed: str, held: str, wrong: str
) -> None:
    content = trial()
    content["fields"].append({"key": "how", "name": "写法", "type": "text", **how})
    publish(content)
    deal = new_deal(rep, how=typed)
    assert deal.extra["how"] == held
    with refuses(FieldRefused) as caught:
        change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"how": wrong})
    assert caught.value.params["label"] == "写法"
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"how": ""})
    content["fields"][-1] |= {"format": "phone", "pattern": "##"}
    with refuses(BadDefinition):
        publish(content)


# The field itself

BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "字" * 81}, "name"),
    ({"name": "行业"}, "name"),
    ({"name": "会员号"}, "name"),
    ({"key": "Bad Key"}, "key"),
    ({"key": "taken"}, "key"),
    ({"type": "picture"}, "type"),
    ({"type": "choice"}, "choices"),
    ({"choices": ["金"]}, "choices"),
    ({"type": "choice", "choices": ["金,银"]}, "choices"),
    ({"type": "choice", "choices": [str(n) for n in range(201)]}, "choices"),
    ({"low": "1"}, "low"),
    ({"type": "number", "low": "多"}, "low"),
    ({"type": "number", "low": "1e9999999"}, "low"),
    ({"type": "number", "low": "2", "high": "1"}, "high"),
    ({"type": "number", "format": "phone"}, "format"),
    ({"format": "shape"}, "format"),
    ({"pattern": "ABC"}, "pattern"),
    ({"pattern": "#" * 61}, "pattern"),
    ({"pattern": "##", "format": "phone"}, "pattern"),
    ({"pattern": "##", "type": "number"}, "pattern"),
    ({"searchable": True, "type": "date"}, "searchable"),
    ({"searchable": "yes"}, "searchable"),
    ({"type": "choices", "choices": ["金"], "unique": True}, "unique"),
    ({"unique": True, "default": "V"}, "default"),
    ({"type": "number", "default": "多"}, "default"),
    ({"required": "yes"}, "required"),
    ({"access": {"nobody": "hidden"}}, "access"),
    ({"access": {"sales": "none"}}, "access"),
    ({"access": []}, "access"),
]


@pytest.mark.parametrize(("wrong", "place"), BAD_FIELDS)
def test_a_field_that_makes_no_sense_is_refused_where_it_is_wrong(
    company: Company, wrong: dict[str, Any], place: str
) -> None:
    add("text", "会员号", key="taken")
    with refuses(FieldRefused) as caught:
        create_field(actor=SYSTEM, kind="customer", fields={"name": "新的一个", **wrong})
    assert caught.value.params["field"] == place


def test_what_was_said_of_a_role_out_of_use_is_kept_until_it_is_said_anew(admin: User) -> None:
    actor = actor_of(admin)
    save_role(actor=actor, key="probe", name="试用", permissions=[], scope="own")
    field = add(access={"probe": "hidden"})
    retire_role(actor=actor, key="probe")
    said: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"sales": "read"}, {"probe": "hidden", "sales": "read"}),
        ({}, {"probe": "hidden"}),
        ({"probe": "read"}, {"probe": "read"}),
        ({"probe": "edit"}, {}),
    ]
    for access, held in said:
        assert change_field(actor=actor, field_id=field.pk, fields={"access": access}).access == held


def test_who_may_not_publish_processes_adds_no_field(company: Company) -> None:
    field = add()
    for login in ("rep", "manager", "stranger"):
        actor = actor_of(company.people[login])
        with refuses(NotAllowed):
            create_field(actor=actor, kind="customer", fields={"name": "偷偷加的"})
        with refuses(NotAllowed):
            change_field(actor=actor, field_id=field.pk, fields={"name": "偷偷改的"})


def test_a_change_is_on_record_and_only_what_was_seen_is_overwritten(admin: User) -> None:
    fields = [add("text", name) for name in ("甲", "乙", "丙")]
    assert fields[0].key != fields[1].key
    begun = last_event_id()
    change_field(actor=actor_of(admin), field_id=fields[2].pk, fields={"position": 0, "help": "例如 A-1"})
    assert [field.name for field in crm.custom_fields("customer")] == ["丙", "甲", "乙"]
    event = Event.objects.get(pk__gt=begun)
    assert (event.kind, event.payload["changes"]) == (
        "field.saved",
        {"help": [None, "例如 A-1"], "position": ["2", "0"]},
    )
    with refuses(ChangedMeanwhile):
        change_field(actor=actor_of(admin), field_id=fields[2].pk, fields={"help": "别的"}, seen={"help": ""})
    with refuses(UnknownField):
        change_field(actor=actor_of(admin), field_id=fields[0].pk, fields={"type": "number"})
    with refuses(FieldsRefused):
        change_field(actor=actor_of(admin), field_id=fields[0].pk, fields={"help": "字" * 201, "required": 1})
