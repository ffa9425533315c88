"""Fields that were added, from the moment they exist, on every way; and nowhere for who may not see them."""

import html
import json
import re
from pathlib import Path

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm import queries as crm
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.saved_views import create_view
from dealrail.crm.models import Customer, CustomField, Deal
from dealrail.crm.rules import custom_key
from dealrail.process.models import Draft
from tests.api.client import Api
from tests.cast import actor_of, fresh, new_customer, new_deal, publish, stage_of, trial
from tests.crm_imports.bringing import Bring, counts, sentence
from tests.web.conftest import LogIn
from tests.web.rated import VALUE, Setting, set_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def setting(rep: User, client: Client) -> Setting:
    """The rep's rated customer."""
    return set_up(rep, client, "customer")


def test_a_gate_is_opened_by_filling_a_field_in_its_form(setting: Setting) -> None:
    asked = {"name": "渠道", "key": "ways", "type": "choices", "choices": ["电话", "展会", "官网"]}
    create_field(actor=actor_of(None), kind="deal", fields=asked)
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "basics", "kind": "fields.filled", "fields": ["custom.ways"]}]
    publish(content)
    deal = new_deal(setting.who, customer=setting.record.pk)
    address = f"/deals/{deal.pk}/advance/?to=talk"
    form = setting.page(address)
    [name] = set(re.findall(r'type="checkbox" name="([^"]*ways[^"]*)"', form)) or {""}
    assert "渠道" in form
    assert "渠道" in setting.page(f"/processes/{content['process']}/")
    setting.client.post(address, {name: ["", "电话", "官网"]})
    assert (stage_of(deal), fresh(deal).custom) == ("talk", {"ways": ["电话", "官网"]})


def test_deals_come_in_from_a_sheet_with_fields_that_were_added(rep: User, tmp_path: Path) -> None:
    create_field(actor=actor_of(None), kind="deal", fields={"name": "开工日期", "key": "begins", "type": "date"})
    create_field(actor=actor_of(None), kind="contact", fields={"name": "生日", "key": "born", "type": "date"})
    customer = new_customer(rep, name="云帆科技")
    bring = Bring(tmp_path, rep)
    sheet = "商机名称,客户名称,开工日期\n新厂,云帆科技,2026/3/1\n旧厂,云帆科技,明天\n"
    assert counts(bring(sheet, "deals")) == (1, 0, 1)
    assert Deal.objects.get(name="新厂").custom == {"begins": "2026-03-01"}
    bring("客户名称,联系人,生日\n云帆科技,王明,1990-05-01\n", "contacts")
    assert customer.contacts.get().custom == {"born": "1990-05-01"}


def test_a_kept_view_that_asks_for_a_hidden_field_is_refused_like_an_unknown_one(setting: Setting) -> None:
    query = f"filter={setting.filter_of(VALUE)}"
    view = create_view(actor=actor_of(setting.who), list_="customers", name="好客户", query=query)
    assert "云帆科技" in setting.page(f"/customers/?{view.query}")
    change_field(actor=actor_of(None), field_id=setting.field.pk, fields={"access": {"sales": "hidden"}})
    assert "云帆科技" not in setting.page(f"/customers/?{view.query}")


def test_the_form_of_who_only_reads_asks_for_nothing(setting: Setting) -> None:
    change_field(actor=actor_of(None), field_id=setting.field.pk, fields={"access": {"sales": "read"}})
    assert f'name="{setting.name}"' not in setting.page(f"/customers/{setting.record.pk}/change/")
    assert VALUE in setting.page(f"/customers/{setting.record.pk}/")
    assert setting.api.patch(f"customers/{setting.record.pk}", custom={"rating": "x"}).status == 422
    assert setting.api.patch(f"customers/{setting.record.pk}", custom={"rating": VALUE}).status == 200


# From the moment it exists


def test_a_field_is_made_on_its_page_and_used_on_every_way_at_once(
    log_in: LogIn, admin: User, rep: User, tmp_path: Path
) -> None:
    sent = {"name": "会员等级", "type": "choices", "choices": "金\n银\n铜", "required": "False", "unique": "False"}
    answer = log_in(admin).post("/settings/fields/new/?kind=customer", {**sent, "access-legal": "hidden"}, follow=True)
    assert "会员等级" in answer.content.decode()
    field = CustomField.objects.get(name="会员等级")
    name = crm.field_name(field)
    client = log_in(rep)
    client.post("/customers/new/", {"name": "甲公司", name: ["", "金", "银"]})
    made = Customer.objects.get(name="甲公司")
    assert made.custom == {field.key: ["金", "银"]}
    form = client.get(f"/customers/{made.pk}/change/").content.decode()
    assert len(re.findall(f'name="{name}"[^>]* checked', form)) == 2
    unticked = {"name": "甲公司", name: ["", "银"], f"was.{name}": "金, 银", "was.name": "甲公司"}
    client.post(f"/customers/{made.pk}/change/", unticked)
    made.refresh_from_db()
    assert made.custom == {field.key: ["银"]}
    job = Bring(tmp_path, rep)("客户名称,会员等级\n乙公司,银、铜\n丙公司,木\n", "customers")
    assert (counts(job), "会员等级" in sentence(job)) == ((1, 0, 1), True)
    wanted = json.dumps({"all": [{"field": name, "op": "eq", "value": "银"}]})
    listed = client.get(f"/customers/?cols={name}&filter={wanted}").content.decode()
    assert ("甲公司" in listed, "乙公司" in listed, "丙公司" in listed) == (True, True, False)
    assert "银, 铜" in _csv(client)
    api = Api(rep)
    assert api.post("customers", name="丁公司", custom={field.key: ["铜"]}).body["custom"] == {field.key: ["铜"]}
    assert set(api.get("customers", filter=wanted).names) == {"甲公司", "乙公司"}


def _csv(client: Client) -> str:
    answer = client.get("/customers/export/?as=csv")
    return bytes(answer.getvalue()).decode("utf-8-sig")


def test_a_formula_in_a_field_is_no_formula_in_a_sheet(log_in: LogIn, rep: User) -> None:
    create_field(actor=actor_of(None), kind="customer", fields={"name": "备用", "key": "spare"})
    new_customer(rep, **{"custom.spare": "=1+1"})
    assert "'=1+1" in _csv(log_in(rep))


def test_quick_creation_asks_for_what_is_required_too(log_in: LogIn, rep: User) -> None:
    field = create_field(actor=actor_of(None), kind="customer", fields={"name": "会员号", "required": True})
    client = log_in(rep)
    assert f'name="{crm.field_name(field)}"' in client.get("/new/customer/").content.decode()
    client.post("/new/customer/", {"name": "甲公司", crm.field_name(field): "V-1"})
    assert Customer.objects.get(name="甲公司").custom == {field.key: "V-1"}


# The settings


def test_a_field_is_changed_moved_and_refused_on_its_page(log_in: LogIn, admin: User, rep: User) -> None:
    first = create_field(actor=actor_of(None), kind="customer", fields={"name": "甲"})
    second = create_field(actor=actor_of(None), kind="customer", fields={"name": "乙"})
    client = log_in(admin)
    sent = {"name": "丙", "was.name": "甲", "required": "True", "was.required": "False", "access-sales": "read"}
    client.post(f"/settings/fields/{first.pk}/", sent)
    first.refresh_from_db()
    assert (first.name, first.required, first.access) == ("丙", True, {"sales": "read"})
    client.post(f"/settings/fields/{first.pk}/move/", {"to": "down"})
    assert [row.pk for row in crm.custom_fields("customer")] == [second.pk, first.pk]
    answer = client.post(f"/settings/fields/{first.pk}/", {"name": "乙", "was.name": "丙"})
    assert (answer.status_code, "already" in answer.content.decode()) == (422, True)
    for address in ("/settings/fields/", "/settings/fields/new/", f"/settings/fields/{first.pk}/"):
        assert log_in(rep).get(address).status_code == 403


def test_the_api_makes_and_changes_fields_for_who_may(admin: User, rep: User) -> None:
    api = Api(admin)
    wanted = {"kind": "customer", "name": "会员号", "key": "member", "type": "number", "low": 1}
    made = api.post("fields", {**wanted, "access": {"sales": "read"}})
    assert (made.status, made.body["low"], made.body["may"]) == (201, "1", "edit")
    changed = api.patch(f"fields/{made.body['id']}", name="会员编号", position=0)
    assert (changed.status, changed.body["name"]) == (200, "会员编号")
    seen = Api(rep).get("fields", kind="customer").body
    assert [(row["key"], row["may"], row["access"]) for row in seen] == [("member", "read", None)]
    assert Api(rep).post("fields", kind="customer", name="偷偷").status == 403
    assert api.post("fields", kind="planet", name="轨道").status == 422


def test_the_gate_says_what_lacks_to_who_may_only_read_it(log_in: LogIn, admin: User, rep: User) -> None:
    for kind in ("deal", "customer"):
        fields = {"name": f"评审{kind}", "key": "judged", "access": {"sales": "read"}}
        create_field(actor=actor_of(None), kind=kind, fields=fields)
    content = trial()
    content["stages"][0]["conditions"] = [
        {"key": "judged", "kind": "fields.filled", "fields": ["custom.judged"]},
        {"key": "told", "kind": "customer.filled", "fields": ["custom.judged"]},
    ]
    publish(content)
    customer = new_customer(rep)
    deal = new_deal(rep, customer=customer.pk)
    for address in (f"/deals/{deal.pk}/", f"/deals/{deal.pk}/advance/?to=talk"):
        page = log_in(rep).get(address)
        assert (page.status_code, 'name="field.custom.judged"' in page.content.decode()) == (200, False)
        assert all(f"评审{kind}" in page.content.decode() for kind in ("deal", "customer"))
    sent = {"field.custom.judged": "甲", "customer_field.custom.judged": "乙", "then": "stay"}
    log_in(admin).post(f"/deals/{deal.pk}/advance/?to=talk", sent)
    customer.refresh_from_db()
    assert (fresh(deal).custom, customer.custom) == ({"judged": "甲"}, {"judged": "乙"})


def test_the_designer_offers_added_fields_and_says_what_they_limit(log_in: LogIn, admin: User) -> None:
    for kind in ("deal", "customer"):
        create_field(actor=actor_of(None), kind=kind, fields={"name": f"评级{kind}", "key": "rating"})
        create_field(actor=actor_of(None), kind=kind, fields={"name": f"秘密{kind}", "key": "secret", "access": HIDDEN})
    content = trial()
    content["stages"][0]["conditions"] = [
        {
            "key": "asked",
            "kind": "customer.filled",
            "fields": ["custom.rating"],
            "when": {"all": [{"field": name, "op": "is_not_empty"} for name in ("custom.rating", OF_CUSTOMER)]},
        },
        {"key": "told", "kind": "fields.filled", "fields": ["custom.rating"]},
    ]
    publish(content)
    client = log_in(admin)
    handbook = html.unescape(client.get("/processes/trial/").content.decode())
    assert all(words in handbook for words in ("评级customer", "评级deal", "评级customer (customer)"))
    assert client.post("/processes/trial/draft/start/", {"version": 2}).status_code == 302
    for row, names in (("asked", ["评级customer", "评级deal", "评级customer (customer)"]), ("told", ["评级deal"])):
        page = html.unescape(client.get(f"/processes/trial/draft/stages/lead/condition/?key={row}").content.decode())
        assert [name for name in names if name not in page] == []
        assert "秘密" not in page


HIDDEN, OF_CUSTOMER = {"sales": "hidden"}, "customer.custom.rating"


def test_a_field_of_deals_is_made_and_used_in_a_view_a_filter_a_gate_an_import_and_the_api(
    log_in: LogIn, admin: User, rep: User, tmp_path: Path
) -> None:
    client = log_in(admin)
    sent = {
        "name": "竞争对手",
        "type": "choice",
        "choices": "甲公司\n乙公司",
        "required": "False",
        "searchable": "True",
    }
    assert client.post("/settings/fields/new/?kind=deal", sent).status_code == 302
    name = crm.field_name(CustomField.objects.get(name="竞争对手"))
    client.post("/processes/trial/draft/start/", {"version": 1})
    asked = {"kind": "fields.filled", "fields": [name], "name": "知己知彼", "join": "all"}
    assert client.post("/processes/trial/draft/stages/lead/condition/?kind=fields.filled", asked).status_code == 302
    seen = Draft.objects.get(key="trial").revision
    client.post("/processes/trial/draft/publish/", {"seen": seen, "note": "知己知彼"})

    customer, client = new_customer(rep, name="云帆科技"), log_in(rep)
    sheet = "商机名称,客户名称,竞争对手\n新厂,云帆科技,甲公司\n旧厂,云帆科技,丙公司\n"
    assert counts(Bring(tmp_path, rep)(sheet, "deals")) == (1, 0, 1)
    api = Api(rep)
    made = api.post("deals", process="trial", name="老厂", customer=customer.pk)
    blocked = api.post(f"deals/{made.body['id']}/advance", to="talk")
    assert (blocked.status, "竞争对手" in str(blocked.body)) == (422, True)
    told = {custom_key(name): "乙公司"}
    assert api.patch(f"deals/{made.body['id']}", custom=told).body["custom"] == told
    assert "竞争对手" not in str(api.post(f"deals/{made.body['id']}/advance", to="talk").body)

    wanted = json.dumps({"all": [{"field": name, "op": "eq", "value": "甲公司"}]})
    where = client.post(f"/views/deals/new/?filter={wanted}&cols={name}", {"name": "碰上甲公司"})["Location"]
    assert [deal in client.get(where).content.decode() for deal in ("新厂", "老厂")] == [True, False]
    assert [deal in client.get("/deals/?q=乙公司").content.decode() for deal in ("新厂", "老厂")] == [False, True]
