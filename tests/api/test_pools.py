"""Public pools, regions, sources and kept mappings over the API."""

from typing import Any

import pytest

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.models import User
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.comments import add_comment
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.pools import release_customer, release_deal, save_pool
from dealrail.crm.models import Pool, Region, SavedMapping, Source
from tests.api.client import Api
from tests.cast import Company, actor_of, event_kinds, last_event_id, new_customer, new_deal


def pools() -> list[Any]:
    """Every pool as it is stored."""
    return list(Pool.objects.order_by("pk").values())


def test_a_source_is_taken_off_the_list(as_admin: Api, as_rep: Api, company: Company) -> None:
    source = as_admin.get("sources").body["items"][0]
    changed = as_admin.patch(f"sources/{source['id']}", is_active=False)
    assert changed.body == {**source, "is_active": False}
    assert changed.body in as_rep.get("sources").body["items"]
    assert as_rep.patch(f"sources/{source['id']}", is_active=True).code == "not_allowed"


# Pools


def test_a_pool_is_added_and_changed_in_part(as_manager: Api, company: Company) -> None:
    made = as_manager.post("pools", name="华东公海", units=["华东组"], admins=["manager"], claim_limit=3, claim_days=7)
    assert made.status == 201, made.text
    path = f"pools/{made.body['id']}"
    changed = as_manager.patch(path, capacity=50, units=[])
    assert changed.body == {**made.body, "capacity": 50, "units": []}
    assert [admin["name"] for admin in changed.body["admins"]] == ["销售主管"]
    assert (changed.body["claim_limit"], changed.body["is_default"]) == (3, False)
    assert as_manager.get(path).body == changed.body
    assert changed.body in as_manager.get("pools").body["items"]


def test_an_administrator_who_left_stops_no_change(as_manager: Api, company: Company) -> None:
    pool = as_manager.post("pools", name="华东公海", admins=["rep", "manager"]).body
    change_user(actor=actor_of(company.people["admin"]), user_id=company.people["rep"].pk, is_active=False)
    changed = as_manager.patch(f"pools/{pool['id']}", name="华北公海")
    assert (changed.body["name"], [admin["name"] for admin in changed.body["admins"]]) == ("华北公海", ["销售主管"])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"name": "公海"}, "pool_name_taken"),
        ({"units": ["火星部"]}, "unknown_unit"),
        ({"admins": ["nobody"]}, "unknown_person"),
        ({"claim_limit": -1}, "invalid_input"),
        ({"claim_days": 0}, "invalid_input"),
        ({"capacity": 100_001}, "invalid_input"),
        ({"size": 1}, "invalid_input"),
    ],
)
def test_refuses_a_pool_that_makes_no_sense(as_manager: Api, wrong: dict[str, Any], code: str) -> None:
    before, events = pools(), last_event_id()
    assert as_manager.post("pools", {"name": "新公海", **wrong}).code == code
    assert (pools(), last_event_id()) == (before, events)


def test_pools_are_seen_by_members_and_changed_by_who_manages_them(
    as_rep: Api, as_stranger: Api, as_manager: Api
) -> None:
    made = as_manager.post("pools", name="华东公海", units=["华东组"]).body
    before, events, path = pools(), last_event_id(), f"pools/{made['id']}"
    assert as_rep.get(path).body == made
    assert as_stranger.get(path).code == "not_found"
    assert as_rep.patch(path, claim_limit=0).code == "not_allowed"
    assert as_stranger.patch(path, claim_limit=0).code == "not_found"
    assert as_rep.post("pools", name="我的公海").code == "not_allowed"
    assert (pools(), last_event_id()) == (before, events)


# Regions and sources


@pytest.mark.parametrize("kind", ["region", "source"])
def test_a_region_or_source_is_added_once(as_rep: Api, kind: str) -> None:
    before = last_event_id()
    made, again = (as_rep.post(f"{kind}s", name=" 西南 ") for _ in range(2))
    assert (made.status, again.status, again.body) == (201, 200, made.body)
    assert "西南" in as_rep.get(f"{kind}s").names
    assert event_kinds(before) == [f"{kind}.saved"]


@pytest.mark.parametrize("kind", ["region", "source"])
def test_refuses_a_region_or_source(as_rep: Api, company: Company, kind: str) -> None:
    legal, count = Api(company.people["legal"]), (Region.objects.count(), Source.objects.count())
    events = last_event_id()
    assert as_rep.post(f"{kind}s", name=" ").code == "name_missing"
    assert legal.post(f"{kind}s", name="西北").code == "not_allowed"
    assert (last_event_id(), Region.objects.count(), Source.objects.count()) == (events, *count)


# Kept mappings

MAPPING = {"fields": {"name": "客户名称", "owner": {"column": "销售", "aliases": {"小王": "rep"}}}}


def test_a_mapping_is_kept_replaced_and_forgotten(as_rep: Api) -> None:
    made = as_rep.post("mappings", kind="customers", name="旧表", mapping={"name": "客户名称"})
    assert (made.status, made.body["mapping"]) == (201, {"fields": {"name": "客户名称"}})
    again = as_rep.post("mappings", kind="customers", name="旧表", mapping=MAPPING)
    assert again.body == {**made.body, "mapping": MAPPING}
    as_rep.post("mappings", kind="contacts", name="旧表", mapping={"name": "联系人"})
    assert as_rep.get("mappings", kind="customers").body["items"] == [again.body]
    assert len(as_rep.get("mappings").body["items"]) == 2
    assert as_rep.delete(f"mappings/{made.body['id']}").status == 204
    assert as_rep.delete(f"mappings/{made.body['id']}").code == "not_found"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"kind": "planets"}, "unknown_import_kind"),
        ({"name": ""}, "name_missing"),
        ({"mapping": []}, "invalid_input"),
        ({"mapping": {"fields": {}, "process": {}}}, "bad_mapping"),
    ],
)
def test_refuses_a_mapping_that_makes_no_sense(as_rep: Api, wrong: dict[str, Any], code: str) -> None:
    body = {"kind": "customers", "name": "旧表", "mapping": {"fields": {"name": "客户"}}, **wrong}
    assert as_rep.post("mappings", body).code == code
    assert not SavedMapping.objects.exists()


def test_who_may_not_import_has_no_mappings_and_others_keep_theirs(
    as_rep: Api, as_stranger: Api, company: Company
) -> None:
    legal = Api(company.people["legal"])
    made = as_rep.post("mappings", kind="customers", name="旧表", mapping=MAPPING).body
    assert legal.get("mappings").code == "not_allowed"
    assert legal.post("mappings", kind="customers", name="新表", mapping=MAPPING).code == "not_allowed"
    assert legal.delete(f"mappings/{made['id']}").code == "not_allowed"
    assert as_stranger.delete(f"mappings/{made['id']}").code == "not_allowed"
    assert [row.name for row in SavedMapping.objects.all()] == ["旧表"]


def test_what_lies_in_a_pool_is_opened_as_often_as_the_pool_allows(
    company: Company, as_rep: Api, manager: User, admin: User
) -> None:
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", daily_views=1)
    made = [new_customer(manager).pk for _ in range(2)]
    for pk in made:
        release_customer(actor=actor_of(manager), customer_id=pk, reason="没空")
    assert as_rep.get(f"customers/{made[0]}").status == 200
    answer = as_rep.get(f"customers/{made[1]}")
    assert (answer.status, answer.body["code"]) == (403, "pool_views_used_up")


def test_beyond_the_daily_limit_the_api_has_no_other_way_to_a_record(
    company: Company, as_rep: Api, manager: User, admin: User
) -> None:
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", daily_views=1)
    opened, customer, deal = new_customer(manager), new_customer(manager), new_deal(manager)
    contact = create_contact(actor=actor_of(manager), customer_id=customer.pk, fields={"name": "王总"})
    for row in (opened, customer):
        release_customer(actor=actor_of(manager), customer_id=row.pk, reason="没空")
    release_deal(actor=actor_of(manager), deal_id=deal.pk, reason="没空")
    assert as_rep.get(f"customers/{opened.pk}").status == 200
    doors = [f"customers/{customer.pk}/timeline", f"contacts/{contact.pk}", f"comments?customer={customer.pk}"]
    doors += [f"deals/{deal.pk}{part}" for part in ("", "/timeline", "/gate", "/actions", "/collaborators")]
    for door in [*doors, f"attachments?deal={deal.pk}"]:
        assert as_rep.get(door).code == "pool_views_used_up", door


@pytest.mark.django_db(transaction=True)  # the feed holds back what isn't committed
def test_lists_and_sheets_tell_no_more_of_a_pool_than_may_be_opened(
    as_rep: Api, as_manager: Api, company: Company, manager: User, admin: User
) -> None:
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", daily_views=1)
    opened, closed = (new_customer(manager, address=f"科技路 {number} 号") for number in (1, 2))
    deal = new_deal(manager)
    for deal_id, customer_id in ((None, opened.pk), (None, closed.pk), (deal.pk, None)):
        about: dict[str, Any] = {"actor": actor_of(manager), "deal_id": deal_id, "customer_id": customer_id}
        record_activity(kind="call", text="约下周再谈", **about)
        add_comment(text="预算已批", **about)
    for customer in (opened, closed):
        release_customer(actor=actor_of(manager), customer_id=customer.pk, reason="没空")
    release_deal(actor=actor_of(manager), deal_id=deal.pk, reason="没空")
    start = last_event_id() - 9
    assert as_rep.get(f"customers/{opened.pk}").body["address"] == "科技路 1 号"
    for path in ("activities", "comments"):
        told = [(row["customer"] or row["deal"])["id"] for row in as_rep.get(path, limit=200).body["items"]]
        assert told == [opened.pk], path
        assert len(as_manager.get(path, limit=200).body["items"]) == 3
    events = as_rep.get("events", after=start).body["items"]
    assert {row["subject"]["id"] for row in events} == {opened.pk}
    assert as_rep.post("comments", text="我来跟", customer=closed.pk).code == "pool_views_used_up"
    listed = {row["id"]: row["address"] for row in as_rep.get("customers", limit=200).body["items"]}
    assert (listed[opened.pk], listed[closed.pk]) == ("", "")
    assert "科技路" not in as_rep.get("exports/customers").text
    assert "科技路" in as_manager.get("exports/customers").text
