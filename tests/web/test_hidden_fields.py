"""A field that a role may not see can't be found by that role, on whichever way: one table of them all."""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from django.test import Client

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.models import User
from dealrail.crm import queries as crm
from dealrail.crm.actions.bulk import undo_bulk
from dealrail.crm.actions.customers import change_contact, change_customer
from dealrail.crm.actions.deals import advance_deal, change_deal, lose_deal
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.merging import merge_customers
from dealrail.crm.actions.pools import release_customer, release_deal
from dealrail.crm.actions.saved_views import create_view, set_standard_view
from dealrail.crm.clocks import finish_bulk
from dealrail.crm.models import BulkJob, Deal, SavedView
from tests.api.client import Api
from tests.cast import actor_of, new_customer, new_deal, publish, trial
from tests.web.opened import fields_in
from tests.web.rated import BEFORE, NAME, VALUE, Setting, set_up

pytestmark = pytest.mark.django_db

Way = Callable[[Setting], str]
LISTS = {"customer": "customers", "contact": "contacts", "deal": "deals"}


def _list(s: Setting) -> str:
    return LISTS[s.field.kind]


def _bulk(s: Setting, *, value: str) -> str:
    """What a bulk change of the field says of the record."""
    typed = {"record": [str(s.record.pk)], "step": "change", "change.field": s.name, "change.value": value}
    s.client.post(f"/{_list(s)}/bulk/", typed)
    job = BulkJob.objects.latest("pk")
    finish_bulk(job.pk)
    return s.page(f"/bulk/{job.pk}/") + s.api.get(f"bulk-jobs/{job.pk}/rows").text


# Each way by which somebody could come by a field, its value, or a record by its value: what they get to read.
EVERYWHERE: Mapping[str, Way] = {
    "list": lambda s: s.page(f"/{_list(s)}/?cols={s.name}"),
    "choice of columns": lambda s: s.page(f"/{_list(s)}/columns/"),
    "filter builder": lambda s: s.page(f"/{_list(s)}/filter/"),
    "filter": lambda s: s.page(f"/{_list(s)}/?filter={s.filter_of(VALUE)}&cols={s.name}"),
    "sort": lambda s: s.page(f"/{_list(s)}/?sort={s.name}&cols={s.name}"),
    "search in the list": lambda s: s.page(f"/{_list(s)}/?q={VALUE}"),
    "search": lambda s: s.page(f"/search/?q={VALUE}"),
    "palette": lambda s: s.page(f"/search/palette/?q={VALUE}"),
    "sheet": lambda s: s.page(f"/{_list(s)}/export/?as=csv"),
    "sheet with formats": lambda s: s.page(f"/{_list(s)}/export/?as=xlsx"),
    "template of a sheet": lambda s: s.page(f"/imports/template/{_list(s)}/?process=trial"),
    "fields of a bulk change": lambda s: s.page(f"/{_list(s)}/"),
    "form": lambda s: s.page(f"/{_list(s)}/{s.record.pk}/change/"),
    "api": lambda s: s.api.get(f"{_list(s)}/{s.record.pk}").text,
    "api list": lambda s: s.api.get(_list(s)).text,
    "api search": lambda s: s.api.get("search", q=VALUE).text,
    "api search in the list": lambda s: s.api.get(_list(s), q=VALUE).text,
    "api filter": lambda s: s.api.get(_list(s), filter=s.filter_of(VALUE)).text,
    "api sort": lambda s: s.api.get(_list(s), sort=s.name).text,
    "api events": lambda s: s.api.get("events").text,
    "api export": lambda s: s.api.get(f"exports/{_list(s)}", filter=s.filter_of(VALUE)).text,
    "api export of all": lambda s: s.api.get(f"exports/{_list(s)}").text,
    "api fields": lambda s: s.api.get("fields").text,
    "api refusal": lambda s: s.api.patch(f"{_list(s)}/{s.record.pk}", custom={"rating": "字" * 300}).text,
    "api refusal of another": lambda s: s.api.patch(f"{_list(s)}/{s.record.pk}", custom={"other": "x"}).text,
}
OF_KIND: Mapping[str, Mapping[str, Way]] = {
    "customer": {
        "page": lambda s: s.page(f"/customers/{s.record.pk}/"),
        "timeline": lambda s: s.page(f"/customers/{s.record.pk}/?show=changes"),
        "new": lambda s: s.page("/customers/new/"),
        "api layouts": lambda s: s.api.get("layouts/mine").text,
        "api timeline": lambda s: s.api.get(f"customers/{s.record.pk}/timeline").text,
    },
    "contact": {
        "page": lambda s: s.page(f"/customers/{s.record.customer_id}/"),
        "new": lambda s: s.page(f"/customers/{s.record.customer_id}/contacts/new/"),
        "api timeline": lambda s: s.api.get(f"customers/{s.record.customer_id}/timeline").text,
    },
    "deal": {
        "board": lambda s: s.page(f"/board/?process=trial&filter={s.filter_of(VALUE)}"),
        "board search": lambda s: s.page(f"/board/?process=trial&q={VALUE}"),
        "page": lambda s: s.page(f"/deals/{s.record.pk}/"),
        "timeline": lambda s: s.page(f"/deals/{s.record.pk}/timeline/"),
        "fact": lambda s: s.page(f"/deals/{s.record.pk}/facts/{s.name}/"),
        "new": lambda s: s.page("/deals/new/?process=trial"),
        "api layouts": lambda s: s.api.get("layouts/mine").text,
        "api timeline": lambda s: s.api.get(f"deals/{s.record.pk}/timeline").text,
    },
}
# what the asker said themselves, a page or a refusal may repeat
ASKED_FOR_VALUE = {
    "filter", "search in the list", "search", "palette", "board", "board search", "api search",
    "api search in the list", "api filter", "api export",
}  # fmt: skip
SAID_ITS_NAME = {
    "list", "filter", "sort", "board", "fact", "bulk change",
    "api filter", "api sort", "api export", "api refusal",
}  # fmt: skip


def readable(text: str) -> str:
    """A page or JSON as a person reads it."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), html.unescape(text))


@pytest.mark.parametrize("kind", LISTS)
def test_who_may_see_a_field_meets_it_and_who_may_not_meets_it_nowhere(kind: str, rep: User, client: Client) -> None:
    setting, ways = set_up(rep, client, kind), {**EVERYWHERE, **OF_KIND[kind]}
    met = {name: readable(way(setting)) for name, way in ways.items()}
    assert [name for name, text in met.items() if not is_met(name, text)] == []
    change_field(actor=actor_of(None), field_id=setting.field.pk, fields={"access": {"sales": "hidden"}})
    found = {name: readable(way(setting)) for name, way in ways.items()}
    assert {name: leaks for name, text in found.items() if (leaks := leaks_of(name, text))} == {}


@pytest.mark.parametrize("kind", ["customer", "deal"])
def test_the_first_page_tells_what_others_changed_without_hidden_fields(
    kind: str, rep: User, manager: User, client: Client
) -> None:
    setting = set_up(rep, client, kind)
    _change(replace(setting, who=manager), {setting.name: "四星级"})
    assert NAME in readable(setting.page("/"))
    change_field(actor=actor_of(None), field_id=setting.field.pk, fields={"access": {"sales": "hidden"}})
    told = readable(setting.page("/"))
    assert [word for word in (NAME, VALUE, "四星级") if word in told] == []


def is_met(way: str, text: str) -> bool:
    """Whether the field is there, or the record is found by its value."""
    return "云帆" in text if way in ASKED_FOR_VALUE else any(word in text for word in (NAME, VALUE, "rating"))


def leaks_of(way: str, text: str) -> list[str]:
    """What a page tells of the field beyond what was said by who asked."""
    secret = [NAME, BEFORE, "云帆" if way in ASKED_FOR_VALUE else VALUE]
    secret += [] if way in SAID_ITS_NAME else ["rating"]
    return [word for word in secret if word in text]


@pytest.mark.parametrize("kind", LISTS)
def test_a_bulk_change_sets_an_added_field_and_tells_nobody_of_a_hidden_one(
    kind: str, rep: User, client: Client
) -> None:
    setting = set_up(rep, client, kind)
    assert f"{NAME}：{VALUE} → 四星级" in readable(_bulk(setting, value="四星级"))
    setting.record.refresh_from_db()
    assert setting.record.custom == {"rating": "四星级"}
    undone = undo_bulk(actor=actor_of(rep), job_id=BulkJob.objects.latest("pk").pk)
    assert finish_bulk(undone.pk).succeeded == 1
    setting.record.refresh_from_db()
    assert setting.record.custom == {"rating": VALUE}
    change_field(actor=actor_of(None), field_id=setting.field.pk, fields={"access": {"sales": "hidden"}})
    said = readable(_bulk(setting, value="五星级"))
    setting.record.refresh_from_db()
    assert ([word for word in (NAME, VALUE, BEFORE) if word in said], setting.record.custom["rating"]) == ([], VALUE)
    value = setting.client.get(f"/{LISTS[kind]}/bulk/value/?change.field={setting.name}")
    assert value.status_code == 404


@pytest.mark.parametrize(("kind", "list_"), [*LISTS.items(), ("deal", "board")])
def test_a_shared_view_that_asks_about_a_hidden_field_is_there_for_nobody_who_may_not_see_it(
    kind: str, list_: str, rep: User, admin: User, client: Client
) -> None:
    setting = set_up(rep, client, kind)
    queries = [f"filter={setting.filter_of(VALUE)}", f"cols=name,{setting.name}", f"sort=-{setting.name}", "q=x"]
    for number, query in enumerate([*queries, f"cols={setting.name}2"]):
        create_view(
            actor=actor_of(admin), list_=list_, name=f"视图{number}", query=query, is_shared=True, is_pinned=True
        )
    standard = SavedView.objects.get(name="视图0")
    set_standard_view(actor=actor_of(admin), view_id=standard.pk, roles=["sales"])
    assert f"view={standard.pk}" in client.get(f"/{list_}/").headers["Location"]
    seen = setting.page(f"/{list_}/?view=none") + setting.api.get("views").text
    assert [number for number in range(5) if f"视图{number}" not in readable(seen)] == []
    change_field(actor=actor_of(None), field_id=setting.field.pk, fields={"access": {"sales": "hidden"}})
    assert client.get(f"/{list_}/").status_code == 200, "no standard view that would be refused"
    told = readable(setting.page(f"/{list_}/")), readable(setting.api.get("views").text)
    assert [[number for number in range(5) if f"视图{number}" in text] for text in told] == [[3, 4], [3, 4]]
    assert [word for word in (NAME, VALUE, f"{setting.name}&") if word in "".join(told)] == []


def test_several_choices_are_ticked_in_a_bulk_change(rep: User, client: Client) -> None:
    setting = set_up(rep, client, "customer")
    wanted = {"name": "渠道", "key": "ways", "type": "choices", "choices": ["电话", "展会", "官网"]}
    create_field(actor=actor_of(None), kind="customer", fields=wanted)
    assert 'type="checkbox" name="change.value"' in setting.page("/customers/bulk/value/?change.field=custom.ways")
    record, asked = str(setting.record.pk), {"step": "change", "change.field": "custom.ways"}
    client.post("/customers/bulk/", {"record": [record], "change.value": ["电话", "官网"], **asked})
    setting.record.refresh_from_db()
    assert setting.record.custom["ways"] == ["电话", "官网"]


# How to reach somebody in a pool

PHONE, MAIL = "13911112222", "boss@yunfan.cn"


@pytest.mark.parametrize("kind", LISTS)
def test_an_added_phone_or_mail_of_what_lies_in_a_pool_is_masked_on_every_way(
    kind: str, rep: User, colleague: User, client: Client
) -> None:
    for key in ("phone", "email"):
        fields = {"name": f"备用{key}", "key": key, "format": key, "searchable": True}
        create_field(actor=actor_of(None), kind=kind, fields=fields)
    setting = set_up(rep, client, kind)
    held = {"custom.phone": PHONE, "custom.email": MAIL}
    _change(setting, held)
    ways = {**WAYS_TO_REACH, **OF_KIND[kind]}
    shown = {name: readable(way(setting)) for name, way in ways.items() if name in SHOWING}
    assert {name: (PHONE in text, MAIL in text) for name, text in shown.items()} == dict.fromkeys(shown, (True, True))
    asked = [name for name in ways if name.startswith("by ")]
    assert [name for name in asked if "云帆" not in readable(ways[name](setting))] == []
    _release(setting)
    client.force_login(colleague)
    there = Setting(colleague, client, Api(colleague, language="zh-hans"), setting.field, setting.record)
    texts = {name: readable(way(there)) for name, way in ways.items()}
    assert [name for name, text in texts.items() if name not in asked and (PHONE in text or MAIL in text)] == []
    assert [name for name in asked if "云帆" in texts[name]] == []
    assert VALUE in texts["list"] or kind == "contact", "what is no way to reach somebody is still told"


WAYS_TO_REACH: Mapping[str, Way] = {
    "list": lambda s: s.page(f"/{_list(s)}/?cols={s.name},custom.phone,custom.email"),
    "sheet": lambda s: s.page(f"/{_list(s)}/export/?as=csv"),
    "api": lambda s: s.api.get(f"{_list(s)}/{s.record.pk}").text,
    "api list": lambda s: s.api.get(_list(s)).text,
    "api events": lambda s: s.api.get("events").text,
    "api export": lambda s: s.api.get(f"exports/{_list(s)}").text,
    "by filter": lambda s: s.page(f"/{_list(s)}/?filter={_reached('eq', PHONE)}"),
    "by beginning": lambda s: s.page(f"/{_list(s)}/?filter={_reached('starts_with', PHONE[:4])}"),
    "by search": lambda s: s.page(f"/{_list(s)}/?q={PHONE}"),
    "by mail": lambda s: s.page(f"/{_list(s)}/?q=boss@yunfan"),
}
SHOWING = {"list", "sheet", "page", "api", "api list", "api events", "api export", "api timeline"}


def _reached(op: str, value: str) -> str:
    return json.dumps({"field": "custom.phone", "op": op, "value": value})


def _change(s: Setting, fields: dict[str, str]) -> None:
    actor, pk = actor_of(s.who), s.record.pk
    if s.field.kind == "customer":
        change_customer(actor=actor, customer_id=pk, fields=fields)
    elif s.field.kind == "contact":
        change_contact(actor=actor, contact_id=pk, fields=fields)
    else:
        change_deal(actor=actor, deal_id=pk, fields=fields)


def _release(s: Setting) -> None:
    actor = actor_of(s.who)
    if s.field.kind == "deal":
        release_deal(actor=actor, deal_id=s.record.pk, reason="联系不上")
    else:
        customer = s.record if s.field.kind == "customer" else s.record.customer
        release_customer(actor=actor, customer_id=customer.pk, reason="三个月没回音")


def _approved_deal(rep: User) -> Deal:
    """A deal of the rep's whose approval was asked for by an added phone number, and taken back as that changed."""
    create_field(actor=actor_of(None), kind="deal", fields={"name": "备用电话", "key": "phone", "format": "phone"})
    content = trial()
    content["stages"][0]["conditions"] = [
        {"key": "told", "kind": "fields.filled", "fields": ["custom.phone"]},
        {"key": "agreed", "name": "主管同意", "kind": "process.approval", "by": {"leader": True}},
    ]
    publish(content)
    deal = new_deal(rep, customer=new_customer(rep).pk, **{"custom.phone": PHONE})
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"custom.phone": "13911113333"})
    publish(trial())
    return deal


def test_the_events_of_an_approval_tell_nobody_of_a_hidden_field(rep: User, client: Client) -> None:
    deal, api = _approved_deal(rep), Api(rep)
    client.force_login(rep)
    addresses = [f"/deals/{deal.pk}/timeline/?show={show}" for show in ("", "approvals")]

    def read() -> list[str]:
        told = api.get(f"deals/{deal.pk}/timeline").text, api.get("events").text
        return [*told, *(readable(client.get(address).content.decode()) for address in addresses)]

    before = read()
    assert [(PHONE in text, "备用电话" in text) for text in before[:2]] == [(True, False)] * 2
    assert ["备用电话" in text for text in before[2:]] == [True, True]
    lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    hide = {"access": {"sales": "hidden"}}
    for field in crm.custom_fields("deal"):
        change_field(actor=actor_of(None), field_id=field.pk, fields=hide)
    after = read()
    assert [word for word in (PHONE, "13911113333", "备用电话", "custom.phone") if word in "".join(after)] == []
    assert ["approval.asked" in text and "approval.withdrawn" in text for text in after[:2]] == [True, True]
    assert ["审批已撤回，需重新提交：主管同意" in text for text in after[2:]] == [True, True]


def test_the_events_of_an_approval_mask_how_to_reach_what_lies_in_a_pool(
    rep: User, colleague: User, client: Client
) -> None:
    deal = _approved_deal(rep)
    release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="联系不上")
    client.force_login(colleague)
    api = Api(colleague)
    told = [api.get(f"deals/{deal.pk}/timeline").text, readable(client.get(f"/deals/{deal.pk}/").content.decode())]
    assert [(PHONE in text, "13911113333" in text, "139****2222" in text) for text in told] == [
        (False, False, True)
    ] * 2


def test_the_timeline_of_a_customer_masks_its_deals_that_lie_in_a_pool(rep: User, client: Client) -> None:
    deal = _approved_deal(rep)
    client.force_login(rep)
    address = f"/customers/{deal.customer_id}/"
    assert PHONE in client.get(address).content.decode()
    release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="联系不上")
    assert PHONE not in client.get(address).content.decode()


def test_what_was_merged_into_a_customer_in_a_pool_is_masked_with_it(
    rep: User, colleague: User, client: Client
) -> None:
    first, second, kept = new_customer(rep, phone=PHONE), new_customer(rep), new_customer(rep)
    for gone, into in ((first, second), (second, kept)):
        merge_customers(actor=actor_of(rep), kept_id=into.pk, gone_id=gone.pk, take=[])
    release_customer(actor=actor_of(rep), customer_id=kept.pk, reason="三个月没回音")
    client.force_login(colleague)
    told = [
        Api(colleague).get(f"customers/{kept.pk}/timeline").text,
        Api(colleague).get("events").text,
        client.get(f"/customers/{kept.pk}/").content.decode(),
    ]
    assert [PHONE in text for text in told] == [False] * 3


def test_the_forms_of_a_deal_in_a_pool_show_an_added_phone_masked_and_leave_it_so(
    rep: User, admin: User, colleague: User, client: Client
) -> None:
    deal = _approved_deal(rep)
    release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="联系不上")
    may = ["deals.read", "deals.change", "deals.move", "customers.read"]
    save_role(actor=actor_of(admin), key="probe", name="试用", permissions=may, scope="all")
    change_user(actor=actor_of(admin), user_id=colleague.pk, roles=["probe"])
    client.force_login(colleague)
    for address in (f"/deals/{deal.pk}/facts/custom.phone/", f"/deals/{deal.pk}/change/"):
        page = client.get(address).content.decode()
        shown = fields_in(page)
        assert ("13911113333" in page, shown["custom.phone"]) == (False, ["139****3333"])
        assert client.post(address, shown).status_code == 302
        assert Deal.objects.get(pk=deal.pk).custom == {"phone": "13911113333"}
        assert "13911113333" not in client.get(f"/deals/{deal.pk}/advance/?to=talk").content.decode()
    client.post(f"/deals/{deal.pk}/facts/custom.phone/", {"custom.phone": "13822223333"})
    assert Deal.objects.get(pk=deal.pk).custom == {"phone": "13822223333"}
