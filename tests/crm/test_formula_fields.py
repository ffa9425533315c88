"""Formulas over the fields of a record: computed on every way, seen by who sees what they are computed from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.core.filters import compile_filter
from dealrail.crm import clocks, policy
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import change_customer, create_contact
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.field_access import save_field_access
from dealrail.crm.actions.fields import change_field, create_field, create_role_like, recompute_field
from dealrail.crm.actions.history import PastDeal, place_deals
from dealrail.crm.actions.merging import merge_customers, undo_merge
from dealrail.crm.actions.saved_views import create_view
from dealrail.crm.engine import recomputing
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import CustomField, Deal, DealValue
from dealrail.crm.rules import Access
from dealrail.events.models import Event
from dealrail.process.history import Placement
from dealrail.process.rules import State
from tests.api.client import Api
from tests.cast import Company, actor_of, fresh, new_customer, new_deal, publish, refuses, trial, unmet
from tests.crm_imports.bringing import Bring, counts
from tests.web.rated import NAME, Setting
from tests.web.test_hidden_fields import EVERYWHERE, OF_KIND, SAID_ITS_NAME, readable

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def add(name: str, type_: str = "formula", *, kind: str = "deal", **fields: Any) -> CustomField:
    """A field of deals, in use at once."""
    return create_field(actor=SYSTEM, kind=kind, fields={"name": name, "type": type_, **fields})


@pytest.fixture
def cost(company: Company) -> CustomField:
    """What a deal costs."""
    return add("成本", "money", key="cost")


def custom(deal: Any) -> dict[str, Any]:
    """What a deal holds in fields that were added."""
    return dict(Deal.objects.get(pk=deal.pk).custom)


def change(who: User, deal: Any, **fields: Any) -> dict[str, Any]:
    """Change a deal; what it holds then."""
    change_deal(actor=actor_of(who), deal_id=deal.pk, fields={name.replace("__", "."): fields[name] for name in fields})
    return custom(deal)


def test_a_formula_follows_what_it_is_computed_from_on_every_way(
    cost: CustomField, company: Company, tmp_path: Path
) -> None:
    rep = company.people["rep"]
    profit = add("毛利", key="profit", formula="{Amount} - {成本}")
    rate = add("毛利率", key="rate", formula="round({毛利} / {amount}, 4)")
    assert (profit.result, profit.inputs) == ("money", ["amount", "custom.cost"])
    assert profit.formula == "{amount} - {custom.cost}"
    deal = new_deal(rep, amount="1000", **{"custom.cost": "600"})
    assert custom(deal) == {"cost": "600.00", "profit": "400.00", "rate": "0.4"}
    assert change(rep, deal, amount="2000") == {"cost": "600.00", "profit": "1400.00", "rate": "0.7"}
    assert Event.objects.latest("pk").payload["changes"] == {
        "amount": ["1000.00", "2000.00"],
        "custom.profit": ["400.00", "1400.00"],
        "custom.rate": ["0.4", "0.7"],
    }
    assert change(rep, deal, custom__cost="") == {}
    past = PastDeal(
        fields={"name": "旧", "amount": "10", "custom.cost": "4"}, placement=Placement(stage="lead", state=State.OPEN)
    )
    [placed] = place_deals(actor=SYSTEM, process="trial", deals=[past])
    assert isinstance(placed, Deal)
    assert custom(placed) == {"cost": "4.00", "profit": "6.00", "rate": "0.6"}
    job = Bring(tmp_path, rep)("商机名称,金额,成本,毛利\n新厂,100,30,999\n", "deals")
    assert counts(job) == (1, 0, 0)
    assert custom(Deal.objects.get(name="新厂")) == {"cost": "30.00", "profit": "70.00", "rate": "0.7"}
    found = DealValue.objects.filter(field=rate).values_list("text", "number").order_by("pk")
    assert list(found) == [("0.6", 0.6), ("0.7", 0.7)]


def test_it_is_filtered_sorted_exported_told_by_the_api_and_set_by_nobody(
    cost: CustomField, company: Company, client: Client
) -> None:
    rep = company.people["rep"]
    add("毛利", key="profit", formula="{amount} - {成本}")
    add("说明", key="words", formula='if({毛利} > 500, "肥", "瘦") & "单"', searchable=True)
    add("到期", key="due", formula="{expected_close} + 30")
    add("赚钱", key="good", formula="{毛利} > 500")
    small = new_deal(rep, name="小单", amount="700", **{"custom.cost": "600"})
    new_deal(rep, name="大单", amount="2000", expected_close="2026-03-01", **{"custom.cost": "600"})
    api = Api(rep)
    asked: list[tuple[str, str, Any]] = [
        ("profit", "gt", "500"), ("words", "eq", "肥单"), ("due", "eq", "2026-03-31"), ("good", "eq", True),
    ]  # fmt: skip
    for key, op, value in asked:
        wanted = json.dumps({"field": f"custom.{key}", "op": op, "value": value})
        assert api.get("deals", filter=wanted).names == ["大单"]
    assert api.get("deals", sort="custom.profit").names == ["小单", "大单"]
    assert api.get("deals", q="肥单").names == ["大单"]
    assert api.get(f"deals/{small.pk}").body["custom"] == {
        "cost": "600.00", "profit": "100.00", "words": "瘦单", "good": False,
    }  # fmt: skip
    assert api.patch(f"deals/{small.pk}", custom={"profit": "999"}).status == 422
    assert api.patch(f"deals/{small.pk}", custom={"profit": "100.00"}).status == 200
    client.force_login(rep)
    listed = client.get("/deals/?cols=custom.profit,custom.words,custom.due,custom.good&sort=-custom.words")
    assert [word for word in ("肥单", "瘦单", "2026-03-31") if word not in listed.content.decode()] == []
    sheet = client.get("/deals/export/?as=csv").getvalue().decode("utf-8-sig")
    assert [word for word in ("毛利", "1400.00", "肥单", "2026-03-31") if word not in sheet] == []
    assert 'name="custom.profit"' not in client.get(f"/deals/{small.pk}/change/").content.decode()
    assert "瘦单" in client.get(f"/deals/{small.pk}/").content.decode()


def test_a_gate_demands_a_formula_and_asks_about_it(cost: CustomField, company: Company) -> None:
    rep = company.people["rep"]
    add("毛利", key="profit", formula="{amount} - {成本}")
    content = trial()
    when = {"field": "custom.profit", "op": "lt", "value": 100}
    content["stages"][0]["conditions"] = [
        {"key": "known", "kind": "fields.filled", "fields": ["custom.profit"]},
        {"key": "asked", "kind": "fields.filled", "fields": ["need"], "when": when},
    ]
    publish(content)
    deal = new_deal(rep, amount="1000", customer=new_customer(rep).pk)
    assert unmet(deal) == [("known", "custom.profit")]
    change(rep, deal, custom__cost="950")
    assert unmet(deal) == [("asked", "need")]
    with refuses(FieldRefused) as caught:
        change_field(actor=SYSTEM, field_id=cost.pk, fields={"access": {"sales": "hidden"}})
    assert caught.value.params["field"] == "access", "who meets the gate must see what it is computed from"


def test_what_a_gate_demands_is_computed_from_nothing_that_is_hidden_from_somebody(
    cost: CustomField, company: Company
) -> None:
    rep = company.people["rep"]
    profit, hidden = add("毛利", key="profit", formula="{amount} - {成本}"), add("底价", "money", key="floor")
    above = add("毛利率", key="rate", formula="{毛利} / {amount}")
    between = add("让利", key="given", formula="{底价} / 2")
    change_field(actor=SYSTEM, field_id=hidden.pk, fields={"access": {"sales": "hidden"}})
    publish(trial_demanding("custom.rate"))
    deal = new_deal(rep, amount="1000", customer=new_customer(rep).pk)
    assert unmet(deal) == [("known", "custom.rate")]
    for field, formula in ((above, "{底价} / {amount}"), (profit, "{amount} - {底价}"), (profit, "{amount} - {让利}")):
        with refuses(FieldRefused) as caught:
            change_field(actor=SYSTEM, field_id=field.pk, fields={"formula": formula})
        assert caught.value.params["field"] == "formula"
    assert unmet(deal) == [("known", "custom.rate")]
    change_field(actor=SYSTEM, field_id=between.pk, fields={"formula": "{底价} / 3"})
    change_field(actor=SYSTEM, field_id=profit.pk, fields={"name": "利润", "formula": "{amount} - {成本} * 2"})
    assert unmet(deal) == [("known", "custom.rate")]


def trial_demanding(name: str) -> dict[str, Any]:
    """A process whose first gate demands this field."""
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "known", "kind": "fields.filled", "fields": [name]}]
    return content


def test_customers_and_contacts_are_computed_too_also_when_merged_and_parted(company: Company) -> None:
    rep = company.people["rep"]
    add("门店数", "number", kind="customer", key="shops")
    add("标签", kind="customer", key="tag", formula='{industry} & "/" & {门店数}')
    add("称呼", kind="contact", key="called", formula="{name} & {title}")
    kept, gone = new_customer(rep, industry="零售"), new_customer(rep, **{"custom.shops": "7"})
    assert (kept.custom, gone.custom) == ({"tag": "零售/"}, {"shops": "7", "tag": "/7"})
    merge = merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
    kept.refresh_from_db()
    assert kept.custom == {"shops": "7", "tag": "零售/7"}
    undo_merge(actor=actor_of(rep), merge_id=merge.pk)
    kept.refresh_from_db()
    assert kept.custom == {"tag": "零售/"}
    change_customer(actor=actor_of(rep), customer_id=kept.pk, fields={"industry": "餐饮"})
    kept.refresh_from_db()
    assert kept.custom == {"tag": "餐饮/"}
    contact = create_contact(actor=actor_of(rep), customer_id=kept.pk, fields={"name": "王明", "title": "总监"})
    assert contact.custom == {"called": "王明总监"}


# What is there already


def test_what_is_there_already_is_computed_in_pieces_and_again_when_the_formula_changes(
    cost: CustomField, company: Company, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    deals = [new_deal(company.people["rep"], amount="100", **{"custom.cost": str(n)}) for n in range(5)]
    monkeypatch.setattr(recomputing, "PIECE", 2)
    monkeypatch.setattr(recomputing, "AT_ONCE", 2)
    field = add("毛利", key="profit", formula="{amount} - {成本}")
    field.refresh_from_db()
    assert field.computed_to == deals[1].pk
    while clocks.step_formulas():
        pass
    assert [custom(deal)["profit"] for deal in deals] == ["100.00", "99.00", "98.00", "97.00", "96.00"]
    changed = change_field(actor=actor_of(admin), field_id=field.pk, fields={"formula": "{amount} + {成本}"})
    while clocks.step_formulas():
        pass
    assert custom(deals[4])["profit"] == "104.00"
    assert changed.formula == "{amount} + {custom.cost}"
    assert set(DealValue.objects.filter(field=field).values_list("number", flat=True)) == {100, 101, 102, 103, 104}
    Deal.objects.filter(pk=deals[0].pk).update(amount=5)
    recompute_field(actor=actor_of(admin), field_id=field.pk)
    assert custom(deals[0])["profit"] == "5.00"
    assert Event.objects.latest("pk").kind == "field.recomputed"
    with refuses(NotAllowed):
        recompute_field(actor=actor_of(company.people["rep"]), field_id=field.pk)
    with refuses(FieldRefused):
        recompute_field(actor=actor_of(admin), field_id=cost.pk)


def test_out_of_use_it_stands_still_and_back_in_use_it_is_computed(cost: CustomField, company: Company) -> None:
    rep = company.people["rep"]
    field = add("毛利", key="profit", formula="{amount} - {成本}")
    deal = new_deal(rep, amount="100", **{"custom.cost": "40"})
    change_field(actor=SYSTEM, field_id=field.pk, fields={"is_active": False})
    assert change(rep, deal, amount="200")["profit"] == "60.00"
    change_field(actor=SYSTEM, field_id=field.pk, fields={"is_active": True})
    assert custom(deal)["profit"] == "160.00"


# What is refused

BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"formula": ""}, "formula", "{amount}"),
    ({"formula": "{没有} + 1"}, "formula", "{没有}"),
    ({"formula": "{新字段} + 1"}, "formula", "own result"),
    ({"formula": "{成本} & true"}, "formula", "yes or no"),
    ({"formula": '{成本} + "元"'}, "formula", "a text"),
    ({"formula": "{渠道} = 1"}, "formula", "渠道"),
    ({"formula": "{售前} = 1"}, "formula", "售前"),
    ({"formula": "{旧的} + 1"}, "formula", "out of use"),
    ({"formula": "(" * 40 + "1" + ")" * 40}, "formula", "deeply"),
    ({"formula": "1+" * 300 + "1"}, "formula", "500"),
    ({"formula": "__import__('os').system('id')"}, "formula", "Not understood"),
    ({"formula": "{成本}", "required": True}, "required", "computed"),
    ({"formula": "{成本}", "unique": True}, "unique", "computed"),
    ({"formula": "{成本}", "default": "1"}, "default", "computed"),
    ({"formula": "{expected_close}", "searchable": True}, "searchable", "found by searching"),
    ({"type": "text", "formula": "{成本}"}, "formula", "Only a formula"),
]


@pytest.mark.parametrize(("wrong", "place", "said"), BAD)
def test_what_can_not_be_computed_is_refused_when_it_is_saved(
    cost: CustomField, wrong: dict[str, Any], place: str, said: str
) -> None:
    add("渠道", "choices", choices=["甲"])
    add("售前", "person")
    change_field(actor=SYSTEM, field_id=add("旧的", "number").pk, fields={"is_active": False})
    with refuses(FieldRefused) as caught:
        add("新字段", **{"type_": wrong.get("type", "formula"), **{k: v for k, v in wrong.items() if k != "type"}})
    assert (caught.value.params["field"], said in str(caught.value)) == (place, True)


def test_no_circle_can_be_closed_and_no_tower_grows_without_end(cost: CustomField) -> None:
    first = add("第一", key="f1", formula="{成本} + 1")
    second = add("第二", key="f2", formula="{第一} + 1")
    for formula in ("{第二}", "{f2} + {成本}", "{第一}", "{custom.f1}"):
        with refuses(FieldRefused) as caught:
            change_field(actor=SYSTEM, field_id=first.pk, fields={"formula": formula})
        assert caught.value.params["field"] == "formula"
    for level in range(3, 11):
        add(f"第{level}", key=f"f{level}", formula=f"{{f{level - 1}}} + 1")
    with refuses(FieldRefused) as caught:
        add("第11", formula="{f10} + 1")
    assert "10" in str(caught.value)
    with refuses(FieldRefused) as caught:
        change_field(actor=SYSTEM, field_id=second.pk, fields={"formula": '"字"'})
    assert "Another field" in str(caught.value) or "another field" in str(caught.value)
    with refuses(FieldRefused) as caught:
        change_field(actor=SYSTEM, field_id=cost.pk, fields={"is_active": False})
    assert (caught.value.params["field"], "第一" in str(caught.value)) == ("is_active", True)


def test_a_formula_keeps_to_its_fields_when_they_are_renamed(cost: CustomField) -> None:
    field = add("毛利", key="profit", formula="{amount} - {成本}")
    change_field(actor=SYSTEM, field_id=cost.pk, fields={"name": "总成本"})
    field.refresh_from_db()
    assert crm.field_told(field)["formula"] == "{Amount} - {总成本}"
    change_field(actor=SYSTEM, field_id=field.pk, fields={"formula": crm.field_told(field)["formula"]})
    field.refresh_from_db()
    assert field.formula == "{amount} - {custom.cost}"


# Who sees it


def test_who_may_not_see_all_that_it_is_computed_from_does_not_see_it(
    cost: CustomField, company: Company, admin: User
) -> None:
    rep = company.people["rep"]
    profit = add("毛利", key="profit", formula="{amount} - {成本}")
    rate = add("毛利率", key="rate", formula="{毛利} / {amount}")

    def may(who: User) -> list[Access]:
        return [policy.access_to(actor_of(who), CustomField.objects.get(pk=one.pk)) for one in (profit, rate)]

    assert (may(rep), policy.access_to(SYSTEM, profit)) == ([Access.READ] * 2, Access.READ)
    change_field(actor=SYSTEM, field_id=cost.pk, fields={"access": {"sales": "hidden"}})
    assert (may(rep), may(admin)) == ([Access.HIDDEN] * 2, [Access.READ] * 2)
    save_field_access(actor=actor_of(admin), wanted={cost.pk: {"sales": "read"}})
    assert may(rep) == [Access.READ] * 2
    save_role(actor=actor_of(admin), key="probe", name="试用", permissions=[], scope="own")
    change_field(actor=SYSTEM, field_id=cost.pk, fields={"access": {"probe": "hidden"}})
    create_role_like(actor=actor_of(admin), model="probe", key="copy", name="副本", permissions=[], scope="own")
    rate.refresh_from_db()
    assert rate.under == [{"probe": "hidden", "copy": "hidden"}]
    created = add("又一个", formula="{毛利率} * 2")
    created.refresh_from_db()
    assert created.under == [{"probe": "hidden", "copy": "hidden"}]


def test_hidden_by_what_it_is_computed_from_it_is_nowhere(
    cost: CustomField, company: Company, rep: User, client: Client
) -> None:
    field = add(NAME, key="rating", formula='"星级" & {成本}', searchable=True)
    client.force_login(rep)
    deal = new_deal(rep, name="云帆二期", **{"custom.cost": "12345"})
    change(rep, deal, custom__cost="54321")
    setting = Setting(rep, client, Api(rep, language="zh-hans"), field, fresh(deal))
    ways = {**EVERYWHERE, **OF_KIND["deal"]}
    met = {
        way: readable(ways[way](setting)) for way in ("list", "sheet", "page", "timeline", "api", "api list", "sort")
    }
    assert [way for way, text in met.items() if "星级54321" not in text] == []
    boss = actor_of(company.people["boss"])
    create_view(actor=boss, list_="deals", name="好单", query="sort=-custom.rating", is_shared=True)
    assert "好单" in readable(setting.api.get("views").text)
    change_field(actor=SYSTEM, field_id=cost.pk, fields={"access": {"sales": "hidden"}})
    assert "好单" not in readable(setting.api.get("views").text)
    found = {way: readable(ask(setting)) for way, ask in ways.items()}
    assert {way: word for way, text in found.items() for word in (NAME, "54321", "12345") if word in text} == {}
    assert [way for way, text in found.items() if "rating" in text and way not in SAID_ITS_NAME] == []
    wanted = {"field": "custom.rating", "op": "is_not_empty"}
    assert "custom.rating" not in {one.name for one in crm.deal_fields(actor_of(rep))}
    assert (
        crm.deals(actor_of(None))
        .filter(compile_filter(wanted, crm.deal_fields(actor_of(None)), now=timezone.now(), me=0))
        .exists()
    )


# On its page and over the API


def test_a_formula_is_made_changed_and_computed_anew_on_its_page_and_over_the_api(
    cost: CustomField, admin: User, rep: User, client: Client
) -> None:
    deal = new_deal(rep, amount="100", **{"custom.cost": "40"})
    client.force_login(admin)
    sent = {"name": "毛利", "key": "profit", "type": "formula", "formula": "{金额} - {成本}", "searchable": "False"}
    assert (
        client.post("/settings/fields/new/?kind=deal", sent, headers={"Accept-Language": "zh-hans"}).status_code == 302
    )
    field = CustomField.objects.get(key="profit")
    assert custom(deal)["profit"] == "60.00"
    address = f"/settings/fields/{field.pk}/"
    assert "{成本}" in client.get(address).content.decode()
    refused = client.post(address, {"name": "毛利", "formula": "{成本} +"})
    assert (refused.status_code, "{成本} +" in refused.content.decode()) == (422, True)
    Deal.objects.filter(pk=deal.pk).update(amount=50)
    assert client.post(f"{address}recompute/").status_code == 302
    assert custom(deal)["profit"] == "10.00"
    api = Api(admin)
    told = api.patch(f"fields/{field.pk}", formula="{cost} * 2").body
    assert (told["formula"], told["result"], told["is_computed"]) == ("{成本} * 2", "money", True)
    assert custom(deal)["profit"] == "80.00"
    assert api.post(f"fields/{field.pk}/recompute").body["key"] == "profit"
    assert api.patch(f"fields/{field.pk}", formula="{cost} *").status == 422
    assert Api(rep).post(f"fields/{field.pk}/recompute").status == 403


@pytest.mark.parametrize("way", ["phone", "email"])
def test_how_to_reach_somebody_is_in_no_formula_as_pools_mask_it(way: str, company: Company) -> None:
    add("备用", "text", key="spare", format=way)
    with refuses(FieldRefused) as caught:
        add("联系", formula='{备用} & ""')
    assert (caught.value.params["field"], "masked in pools" in str(caught.value)) == ("formula", True)
    plain = add("代号", "text", key="alias")
    built = add("抬头", formula='{代号} & "单"')
    with refuses(FieldRefused) as caught:
        change_field(actor=SYSTEM, field_id=plain.pk, fields={"format": way})
    assert (caught.value.params["field"], "抬头" in str(caught.value)) == ("format", True)
    assert CustomField.objects.get(pk=plain.pk).format == ""
    change_field(actor=SYSTEM, field_id=built.pk, fields={"is_active": False})
    change_field(actor=SYSTEM, field_id=plain.pk, fields={"format": way})
    with refuses(FieldRefused):
        change_field(actor=SYSTEM, field_id=built.pk, fields={"is_active": True})


def test_a_merge_is_undone_field_by_field_also_when_a_formula_has_moved_since(company: Company) -> None:
    rep = company.people["rep"]
    for name, key in (("门店数", "shops"), ("楼层", "floors")):
        add(name, "number", kind="customer", key=key)
    add("标签", kind="customer", key="tag", formula='{industry} & "/" & {门店数}')
    kept, gone = new_customer(rep, industry="零售"), new_customer(rep, **{"custom.shops": "7", "custom.floors": "2"})
    merge = merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
    change_customer(actor=actor_of(rep), customer_id=kept.pk, fields={"industry": "餐饮", "custom.floors": "3"})
    undo_merge(actor=actor_of(rep), merge_id=merge.pk)
    kept.refresh_from_db()
    assert kept.custom == {"floors": "3", "tag": "餐饮/"}, "what was changed since stays"


def test_a_formula_out_of_use_over_a_field_out_of_use_is_still_described(cost: CustomField) -> None:
    built = add("毛利", key="profit", formula="{amount} - {成本}")
    for field in (built, cost):
        change_field(actor=SYSTEM, field_id=field.pk, fields={"is_active": False})
    changed = change_field(actor=SYSTEM, field_id=built.pk, fields={"name": "旧毛利", "help": "不再用"})
    assert (changed.name, changed.inputs) == ("旧毛利", ["amount", "custom.cost"])
    with refuses(FieldRefused) as caught:
        change_field(actor=SYSTEM, field_id=built.pk, fields={"is_active": True})
    assert "out of use" in str(caught.value)


def test_what_is_the_name_of_one_field_and_the_key_of_another_is_read_as_the_name(company: Company) -> None:
    add("cost", "money", key="other")
    add("成本", "money", key="cost")
    built = add("毛利", formula="{cost} * 2 + {custom.cost}")
    assert built.formula == "{custom.other} * 2 + {custom.cost}"
    shown = crm.field_told(built)["formula"]
    assert shown == "{cost} * 2 + {成本}"
    for fields in ({"formula": shown}, {"is_active": False}, {"is_active": True}, {"formula": f"{shown} + 1"}):
        again = change_field(actor=SYSTEM, field_id=built.pk, fields=fields)
        assert again.inputs == ["custom.other", "custom.cost"]
    for taken in ("Amount", "金额"):
        with refuses(FieldRefused) as caught:
            add(taken, "text")
        assert caught.value.params["field"] == "name"


def test_five_hundred_characters_are_typed_whatever_the_keys_and_names_make_of_them(company: Company) -> None:
    base = add("甲", "number", key="k" * 40)
    built = add("合计", formula="+".join(["{甲}"] * 15))
    assert 500 < len(built.formula) <= 1000
    change_field(actor=SYSTEM, field_id=base.pk, fields={"name": "甲" * 80})
    shown = crm.field_told(built)["formula"]
    assert len(shown) > 500
    same = change_field(actor=SYSTEM, field_id=built.pk, fields={"formula": shown, "help": "十五倍"})
    assert (same.formula, same.help) == (built.formula, "十五倍")
    change_field(actor=SYSTEM, field_id=base.pk, fields={"name": "甲"})
    for typed, said in (("{甲}" + "+1" * 300, "500"), ("+".join(["{甲}"] * 25), "longer than 1000")):
        with refuses(FieldRefused) as caught:
            change_field(actor=SYSTEM, field_id=built.pk, fields={"formula": typed})
        assert said in str(caught.value)
