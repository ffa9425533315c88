"""Fields that were added to follow-ups: written, corrected, found, and hidden from who may not see them."""

import html
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.activities.actions.activities import correct_activity, record_activity
from dealrail.activities.models import Activity, ActivityValue
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.merging import merge_customers, undo_merge
from dealrail.crm.actions.pools import release_deal
from dealrail.crm.actions.recycling import delete_deal
from dealrail.crm.actions.saved_views import create_view
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.crm.models import CustomField, Deal
from dealrail.events.models import Event
from tests.api.client import Api
from tests.cast import Company, actor_of, new_customer, new_deal, publish, refuses, trial, unmet
from tests.web.conftest import LogIn
from tests.web.opened import fields_in

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()
MOOD, VALUE, BEFORE = "客户态度", "三分热情", "一分热情"


def add(name: str = MOOD, type_: str = "text", **fields: Any) -> CustomField:
    """A field of follow-ups, in use at once."""
    return create_field(actor=SYSTEM, kind="activity", fields={"name": name, "type": type_, **fields})


def write(who: User, deal: Deal, **custom: Any) -> Activity:
    """A follow-up with these added fields."""
    fields = {f"custom.{key}": value for key, value in custom.items()}
    return record_activity(actor=actor_of(who), kind="call", text="聊了预算", deal_id=deal.pk, fields=fields)


def held(activity: Activity) -> dict[str, Any]:
    """What a follow-up holds now."""
    return dict(Activity.objects.get(pk=activity.pk).custom)


TYPES: list[tuple[str, dict[str, Any], Any, Any, Any]] = [
    ("text", {}, " 好 ", "好", "字" * 201),
    ("long_text", {}, "好\n好", "好\n好", "字" * 5001),
    ("number", {"low": "0"}, "7.5", "7.5", "-1"),
    ("money", {}, "12万", "120000.00", "很多"),
    ("date", {}, "2026/3/1", "2026-03-01", "明天"),
    ("choice", {"choices": ["好", "坏"]}, "好", "好", "中"),
    ("choices", {"choices": ["价", "量"]}, "价,量", ["价", "量"], "质"),
    ("yes_no", {}, "是", True, "也许"),
    ("place", {}, "甲 (1, 2)", "甲 (1.000000, 2.000000)", "甲 (91, 0)"),
]


@pytest.mark.parametrize(("type_", "settings", "typed", "kept", "wrong"), TYPES)
def test_a_follow_up_holds_what_fits_and_is_refused_with_what_does_not(
    rep: User, type_: str, settings: dict[str, Any], typed: Any, kept: Any, wrong: Any
) -> None:
    add("附注", type_, key="extra", **settings)
    deal = new_deal(rep)
    made = write(rep, deal, extra=typed)
    assert held(made) == {"extra": kept}
    assert Event.objects.latest("pk").payload["fields"].keys() == {"custom.extra"}
    with refuses(FieldRefused) as caught:
        write(rep, deal, extra=wrong)
    assert caught.value.params["field"] == "custom.extra"
    correct_activity(actor=actor_of(rep), activity_id=made.pk, fields={"custom.extra": ""})
    event = Event.objects.latest("pk")
    assert (held(made), event.kind, event.payload["changes"]["custom.extra"][1]) == ({}, "activity.corrected", None)
    assert not ActivityValue.objects.exists()


def test_it_points_at_people_and_records_and_is_computed(company: Company) -> None:
    rep = company.people["rep"]
    add("陪同", "person", key="with")
    add("关联客户", "link", key="ref", target="customer")
    add("分钟", "number", key="minutes")
    add("小时", "formula", key="hours", formula="round({分钟} / 60, 1)")
    kept, gone = new_customer(rep), new_customer(rep)
    made = write(rep, new_deal(rep), **{"with": "colleague", "ref": gone.pk, "minutes": 90})
    known = {"with": company.people["colleague"].pk, "ref": gone.pk, "minutes": "90", "hours": "1.5"}
    assert held(made) == known
    merge = merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
    assert held(made)["ref"] == kept.pk
    undo_merge(actor=actor_of(rep), merge_id=merge.pk)
    correct_activity(actor=actor_of(rep), activity_id=made.pk, fields={"custom.minutes": "30"})
    assert held(made) == {**known, "minutes": "30", "hours": "0.5"}


def test_what_is_required_unknown_or_only_one_may_hold_is_asked_of_every_way(rep: User, admin: User) -> None:
    field = add(key="mood", required=True)
    deal = new_deal(rep)
    with refuses(FieldRefused):
        write(rep, deal)
    with refuses(UnknownField):
        write(rep, deal, mood="好", other="x")
    with refuses(UnknownField):
        record_activity(actor=actor_of(rep), kind="call", text="聊", deal_id=deal.pk, fields={"text": "x"})
    assert Api(rep).post("activities", kind="call", text="聊", deal=deal.pk).status == 422
    write(rep, deal, mood="好")
    other = new_deal(rep)
    write(rep, other, mood="好")
    with refuses(FieldRefused):
        change_field(actor=SYSTEM, field_id=field.pk, fields={"unique": True})
    delete_deal(actor=actor_of(admin), deal_id=other.pk)
    change_field(actor=SYSTEM, field_id=field.pk, fields={"unique": True})
    with refuses(FieldRefused):
        write(rep, deal, mood="好")


def test_nobody_but_the_author_corrects_it(rep: User, manager: User) -> None:
    add(key="mood", access={"sales": "read"})
    made = write(manager, new_deal(rep), mood="好")
    with refuses(NotAllowed):
        correct_activity(actor=actor_of(rep), activity_id=made.pk, fields={"custom.mood": "坏"})


def test_the_form_asks_for_it_and_the_timeline_list_sheet_and_api_tell_it(rep: User, log_in: LogIn) -> None:
    add(key="mood")
    add("话题", "choices", key="topics", choices=["价格", "交期"])
    deal, client, api = new_deal(rep, customer=new_customer(rep).pk), log_in(rep), Api(rep)
    form = client.get(f"/deals/{deal.pk}/follow-up/").content.decode()
    assert ('name="custom.mood"' in form, 'name="custom.topics"' in form) == (True, True)
    sent = {"kind": "call", "text": "聊了预算", "custom.mood": VALUE, "custom.topics": ["", "价格", "交期"]}
    assert client.post(f"/deals/{deal.pk}/follow-up/", sent).status_code == 302
    made = Activity.objects.get()
    assert made.custom == {"mood": VALUE, "topics": ["价格", "交期"]}
    refused = client.post(f"/deals/{deal.pk}/follow-up/", {**sent, "custom.mood": "字" * 201})
    assert (refused.status_code, "字" * 201 in refused.content.decode()) == (422, True)

    address = f"/deals/{deal.pk}/follow-ups/{made.pk}/"
    step = fields_in(client.get(address).content.decode())
    assert (step["custom.mood"], step["custom.topics"]) == ([VALUE], ["", "价格", "交期"])
    client.post(address, {**step, "custom.mood": "两分"})
    assert held(made) == {"mood": "两分", "topics": ["价格", "交期"]}
    pages = [f"/deals/{deal.pk}/", f"/deals/{deal.pk}/timeline/", f"/customers/{deal.customer_id}/"]
    for page in (*pages, "/follow-ups/?cols=text,custom.mood,custom.topics"):
        text = html.unescape(client.get(page).content.decode())
        assert (MOOD in text, "两分" in text, "价格, 交期" in text) == (True, True, True), page
    sheet = client.get("/follow-ups/export/?as=csv").getvalue().decode("utf-8-sig")
    assert (MOOD in sheet, "两分" in sheet) == (True, True)

    told = api.get(f"activities/{made.pk}").body["custom"]
    assert told == {"mood": "两分", "topics": ["价格", "交期"]}
    other = api.post("activities", kind="call", text="又聊了", deal=deal.pk, custom={"mood": VALUE}).body
    assert other["custom"] == {"mood": VALUE}
    assert api.patch(f"activities/{other['id']}", custom={"mood": "四分"}).body["custom"] == {"mood": "四分"}
    wanted = json.dumps({"field": "custom.mood", "op": "eq", "value": "四分"})
    assert [row["id"] for row in api.get("activities", filter=wanted).body["items"]] == [other["id"]]
    order = [row["id"] for row in api.get("activities", sort="custom.mood").body["items"]]
    assert sorted(order) == sorted([made.pk, other["id"]])


def test_a_gate_s_form_asks_for_what_no_follow_up_does_without(rep: User, log_in: LogIn) -> None:
    add(key="mood", required=True)
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "spoken", "kind": "activities.follow_ups", "at_least": 1}]
    publish(content)
    deal, client = new_deal(rep, customer=new_customer(rep).pk), log_in(rep)
    address = f"/deals/{deal.pk}/advance/?to=talk"
    form = fields_in(client.get(address).content.decode())
    [name] = [name for name in form if name.endswith("custom.mood")]
    text = name.removesuffix("custom.mood") + "text"
    client.post(address, {text: "聊了", "then": "stay"})
    assert (unmet(deal) != [], Activity.objects.count()) == (True, 0)
    client.post(address, {text: "聊了", name: VALUE, text.removesuffix("text") + "kind": "call"})
    assert Activity.objects.get().custom == {"mood": VALUE}


# Who sees it

Way = Callable[[Client, Api, Activity], str]


def _page(client: Client, address: str) -> str:
    answer = client.get(address)
    whole = b"".join(answer) if answer.streaming else answer.content
    return html.unescape(whole.decode("utf-8-sig", "replace"))


EVERYWHERE: Mapping[str, Way] = {
    "list": lambda client, api, made: _page(client, "/follow-ups/?cols=text,custom.mood"),
    "sorted list": lambda client, api, made: _page(client, "/follow-ups/?sort=custom.mood"),
    "columns": lambda client, api, made: _page(client, "/follow-ups/columns/"),
    "filter builder": lambda client, api, made: _page(client, "/follow-ups/filter/"),
    "sheet": lambda client, api, made: _page(client, "/follow-ups/export/?as=csv"),
    "deal": lambda client, api, made: _page(client, f"/deals/{made.deal_id}/"),
    "timeline": lambda client, api, made: _page(client, f"/deals/{made.deal_id}/timeline/"),
    "customer": lambda client, api, made: _page(client, f"/customers/{made.customer_id}/"),
    "form": lambda client, api, made: _page(client, f"/deals/{made.deal_id}/follow-up/"),
    "correcting": lambda client, api, made: _page(client, f"/deals/{made.deal_id}/follow-ups/{made.pk}/"),
    "api": lambda client, api, made: api.get(f"activities/{made.pk}").text,
    "api list": lambda client, api, made: api.get("activities").text,
    "api timeline": lambda client, api, made: api.get(f"deals/{made.deal_id}/timeline").text,
    "api events": lambda client, api, made: api.get("events").text,
    "api export": lambda client, api, made: api.get("exports/activities").text,
    "api fields": lambda client, api, made: api.get("fields").text,
    "api refusal": lambda client, api, made: api.patch(f"activities/{made.pk}", custom={"other": "x"}).text,
    "views": lambda client, api, made: api.get("views").text,
}


def test_who_may_not_see_a_field_meets_it_nowhere(rep: User, admin: User, log_in: LogIn) -> None:
    field = add(key="mood")
    made = write(rep, new_deal(rep, customer=new_customer(rep).pk), mood=BEFORE)
    correct_activity(actor=actor_of(rep), activity_id=made.pk, fields={"custom.mood": VALUE})
    create_view(
        actor=actor_of(admin),
        list_="activities",
        name="热情的",
        query="cols=text,custom.mood",
        is_shared=True,
        is_pinned=True,
    )
    client, api = log_in(rep), Api(rep, language="zh-hans")
    met = {way: ask(client, api, made) for way, ask in EVERYWHERE.items()}
    assert [way for way, text in met.items() if not any(word in text for word in (MOOD, VALUE, "mood"))] == []
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"sales": "hidden"}})
    found = {way: ask(client, api, made) for way, ask in EVERYWHERE.items()}
    secret = (MOOD, VALUE, BEFORE)
    assert {way: word for way, text in found.items() for word in secret if word in text} == {}
    told_name = {"list", "sorted list"}
    assert [way for way, text in found.items() if "mood" in text and way not in told_name] == []
    with refuses(UnknownField):
        write(rep, made.deal, mood="好")


def test_an_added_phone_is_masked_while_the_deal_lies_in_a_pool(rep: User, colleague: User, log_in: LogIn) -> None:
    add("现场电话", key="onsite", format="phone")
    deal = new_deal(rep)
    made = write(rep, deal, onsite="13911112222")
    release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="联系不上")
    api = Api(colleague)
    told = [api.get(f"activities/{made.pk}").text, api.get("activities").text, api.get("events").text]
    told.append(log_in(colleague).get(f"/deals/{deal.pk}/").content.decode())
    assert ["13911112222" in text for text in told] == [False] * 4
    wanted = json.dumps({"field": "custom.onsite", "op": "eq", "value": "13911112222"})
    assert api.get("activities", filter=wanted).body["items"] == []


def test_fields_are_made_for_follow_ups_on_their_page(admin: User, log_in: LogIn) -> None:
    client = log_in(admin)
    sent = {"name": "客户态度", "type": "choice", "choices": "好\n坏", "required": "False", "unique": "False"}
    assert client.post("/settings/fields/new/?kind=activity", sent).status_code == 302
    assert "客户态度" in client.get("/settings/fields/").content.decode()
    assert CustomField.objects.get().kind == "activity"


def test_no_field_of_follow_ups_is_searched(rep: User) -> None:
    with refuses(FieldRefused) as caught:
        add(searchable=True)
    assert caught.value.params["field"] == "searchable"
