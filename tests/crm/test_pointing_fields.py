"""Fields that point at somebody or something: who is chosen, who is shown, and what becomes of what is linked."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.core.filters import compile_filter, sort_keys
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import change_customer, create_contact, create_customer
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.fields import create_field
from dealrail.crm.actions.merging import merge_customers, undo_merge
from dealrail.crm.actions.recycling import delete_customer, purge_deleted, restore_customer
from dealrail.crm.errors import FieldRefused
from dealrail.crm.exporting import table
from dealrail.crm.models import Customer, CustomField, DealValue
from dealrail.crm.queries.pointing import HIDDEN
from dealrail.crm.rules import Place, place_of, place_text
from dealrail.events.models import Event
from tests.cast import Company, MakeDeal, actor_of, new_customer, new_deal, publish, refuses, trial, unmet

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


def add(type_: str, *, kind: str = "deal", **fields: Any) -> CustomField:
    """A field, in use at once."""
    wanted = {"name": "相关", "key": "ref", "type": type_, **fields}
    return create_field(actor=SYSTEM, kind=kind, fields=wanted)


def held_by(who: User, value: Any, **fields: Any) -> Any:
    """A deal with this value."""
    return new_deal(who, **{**fields, "custom.ref": value})


def put(who: User, deal: Any, value: Any) -> Any:
    """The deal with this value."""
    return change_deal(actor=actor_of(who), deal_id=deal.pk, fields={"custom.ref": value})


# Who is chosen


def test_a_person_is_read_by_number_login_name_or_me_and_a_department_by_number_or_name(company: Company) -> None:
    field, rep, unit = add("person"), company.people["rep"], company.units["华东组"]
    create_field(actor=SYSTEM, kind="deal", fields={"name": "部门甲", "key": "team", "type": "unit"})
    deal, colleague = new_deal(rep), company.people["colleague"]
    for typed, pk in (
        (colleague.pk, colleague.pk),
        (f"#{rep.pk}", rep.pk),
        ("colleague", colleague.pk),
        ("me", rep.pk),
    ):
        assert put(rep, deal, typed).custom[field.key] == pk
    assert put(rep, deal, colleague.name).custom[field.key] == colleague.pk
    for typed in (unit.pk, f"#{unit.pk}", unit.name):
        changed = change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"custom.team": typed})
        assert changed.custom["team"] == unit.pk
    for name, wrong in (("ref", "nobody"), ("ref", "9999999"), ("team", "nowhere"), ("team", True), ("ref", ["rep"])):
        with refuses(FieldRefused) as caught:
            change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={f"custom.{name}": wrong})
        assert caught.value.params["field"] == f"custom.{name}"


def test_who_works_here_no_more_stays_shown_and_held_but_is_not_chosen_again(company: Company, admin: User) -> None:
    field, rep, gone = add("person"), company.people["rep"], company.people["northerner"]
    deal, other = held_by(rep, gone.pk), new_deal(rep)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert crm.custom_words(actor_of(rep), deal, field) == gone.name
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"custom.ref": f"#{gone.pk}", "amount": "5"})
    with refuses(FieldRefused):
        put(rep, other, gone.pk)


def test_several_of_one_name_are_told_apart_by_their_number(company: Company) -> None:
    add("link", target="customer")
    rep = company.people["rep"]
    first = new_customer(rep, name="云帆科技")
    second = create_customer(actor=actor_of(rep), fields={"name": "云帆科技"}, allow_duplicate=True)
    deal = new_deal(rep)
    with refuses(FieldRefused) as caught:
        put(rep, deal, "云帆科技")
    assert f"云帆科技 #{first.pk}" in str(caught.value)
    assert put(rep, deal, f"云帆科技 #{second.pk}").custom["ref"] == second.pk


def test_each_kind_of_record_is_linked_as_far_as_one_sees_it(company: Company) -> None:
    rep, stranger = company.people["rep"], company.people["stranger"]
    customer = new_customer(rep, name="云帆科技")
    contact = create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王明"})
    rows: dict[str, Any] = {"customer": customer, "contact": contact, "deal": new_deal(rep, name="云帆一期")}
    for target, row in rows.items():
        field = create_field(
            actor=SYSTEM, kind="deal", fields={"name": f"关联{target}", "key": target, "type": "link", "target": target}
        )
        mine, theirs = new_deal(rep), new_deal(stranger)
        change_deal(actor=actor_of(rep), deal_id=mine.pk, fields={f"custom.{target}": row.name})
        mine.refresh_from_db()
        assert crm.custom_words(actor_of(rep), mine, field) == row.name
        with refuses(FieldRefused) as caught:
            change_deal(actor=actor_of(stranger), deal_id=theirs.pk, fields={f"custom.{target}": row.pk})
        assert row.name not in str(caught.value)


def test_a_default_that_points_at_nobody_any_more_is_nothing(company: Company) -> None:
    gone = company.people["northerner"]
    add("person", default=gone.login)
    create_field(actor=SYSTEM, kind="deal", fields={"name": "谁建", "key": "by", "type": "person", "default": "me"})
    rep = company.people["rep"]
    assert new_deal(rep).custom == {"ref": gone.pk, "by": rep.pk}
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert new_deal(rep).custom == {"by": rep.pk}
    assert new_deal(None).custom == {}


def test_only_one_record_may_hold_a_person(company: Company) -> None:
    add("person", unique=True)
    rep, colleague = company.people["rep"], company.people["colleague"]
    held_by(rep, colleague.pk)
    with refuses(FieldRefused) as caught:
        held_by(rep, colleague.login)
    assert colleague.name in str(caught.value)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"type": "link"}, "target"),
    ({"type": "link", "target": "planet"}, "target"),
    ({"type": "person", "target": "customer"}, "target"),
    ({"type": "person", "searchable": True}, "searchable"),
    ({"type": "place", "unique": True}, "unique"),
    ({"type": "unit", "default": "nowhere"}, "default"),
    ({"type": "person", "low": "1"}, "low"),
]


@pytest.mark.parametrize(("wrong", "place"), BAD)
def test_what_makes_no_sense_of_a_pointing_field_is_refused(
    company: Company, wrong: dict[str, Any], place: str
) -> None:
    with refuses(FieldRefused) as caught:
        create_field(actor=SYSTEM, kind="deal", fields={"name": "相关", **wrong})
    assert caught.value.params["field"] == place


# Who sees what is linked


def test_what_one_may_not_see_is_shown_by_a_word_alone_and_found_by_nothing(company: Company) -> None:
    field, rep, boss = add("link", target="customer"), company.people["rep"], company.people["boss"]
    secret = new_customer(company.people["stranger"], name="绝密重工")
    deal = new_deal(rep)
    change_deal(actor=SYSTEM, deal_id=deal.pk, fields={"custom.ref": secret.pk})
    deal.refresh_from_db()
    told = [crm.custom_words(actor_of(who), _copy(deal), field) for who in (rep, boss)]
    assert told == [str(HIDDEN), "绝密重工"]
    kept = {
        (who.login, op): _found(who, {"field": "custom.ref", "op": op, **value})
        for who in (rep, boss)
        for op, value in (("eq", {"value": "绝密重工"}), ("contains", {"value": "绝"}), ("is_not_empty", {}))
    }
    assert {key: found == {deal.pk} for key, found in kept.items()} == {key: key[0] == "boss" for key in kept}
    for who, seen in ((rep, False), (boss, True)):
        sheet = list(table(actor_of(who), "deals").rows)
        assert any("绝密重工" in row for row in sheet) == seen
        events = crm.events_as_seen(actor_of(who), Event.objects.filter(kind="deal.changed", subject_id=deal.pk))
        assert (str(secret.pk) in events[-1].payload["changes"]["custom.ref"]) == seen
        words = crm.in_words(events)[-1].payload["changes"]["相关"]
        assert words == [None, "绝密重工" if seen else str(HIDDEN)]


def _copy(deal: Any) -> Any:
    return type(deal).objects.get(pk=deal.pk)


def _found(who: User, wanted: dict[str, Any]) -> set[int]:
    actor = actor_of(who)
    condition = compile_filter(wanted, crm.deal_fields(actor), now=timezone.now(), me=who.pk)
    return set(crm.deals(actor).filter(condition).values_list("pk", flat=True))


def test_me_and_names_sort_and_filter_people_and_empty_ones_stand_last(company: Company) -> None:
    add("person")
    rep, colleague = company.people["rep"], company.people["colleague"]
    mine, theirs, empty = (held_by(rep, value) for value in (rep.pk, colleague.pk, ""))
    assert _found(rep, {"field": "custom.ref", "op": "eq", "value": "me"}) == {mine.pk}
    assert _found(rep, {"field": "custom.ref", "op": "in", "value": [rep.pk, colleague.pk]}) == {mine.pk, theirs.pk}
    assert empty.pk in _found(rep, {"field": "custom.ref", "op": "ne", "value": "me"})
    order = sort_keys("custom.ref", crm.deal_fields(actor_of(rep)))
    ids = list(crm.deals(actor_of(rep)).order_by(*order, "pk").values_list("pk", flat=True))
    by_name = sorted((rep, colleague), key=lambda row: row.name.encode())
    assert [pk for pk in ids if pk in {mine.pk, theirs.pk, empty.pk}] == [
        *(mine.pk if row == rep else theirs.pk for row in by_name),
        empty.pk,
    ]


def test_many_records_cost_a_statement_for_each_kind_they_point_at(company: Company) -> None:
    field, rep = add("person"), company.people["rep"]
    other = create_field(actor=SYSTEM, kind="deal", fields={"name": "副手", "key": "second", "type": "person"})
    boss = company.people["boss"].pk
    deals = [held_by(rep, rep.pk, **{"custom.second": boss}) for _ in range(5)]
    with CaptureQueriesContext(connection) as asked:
        crm.point(actor_of(rep), deals, crm.pointers([field, other]))
        words = {crm.custom_words(actor_of(rep), deal, one) for deal in deals for one in (field, other)}
    assert words == {rep.name, company.people["boss"].name}
    assert sum("SELECT" in row["sql"] and '."name"' in row["sql"] and " IN (" in row["sql"] for row in asked) <= 2


# Gates


def test_a_condition_tells_deals_apart_by_the_name_of_whom_they_point_at(company: Company, make_deal: MakeDeal) -> None:
    add("person")
    create_field(actor=SYSTEM, kind="customer", fields={"name": "服务组", "key": "team", "type": "unit"})
    content = trial()
    content["stages"][0]["conditions"] = [
        {
            "key": "told",
            "kind": "fields.filled",
            "fields": ["need"],
            "when": {
                "all": [
                    {"field": "custom.ref", "op": "eq", "value": "小同"},
                    {"field": "customer.custom.team", "op": "starts_with", "value": "华东"},
                ]
            },
        }
    ]
    content["examples"] = [
        {
            "key": "asked",
            "name": "小同的要写需求",
            "stage": "lead",
            "expect": "refused",
            "because": ["told"],
            "given": {"deal": {"custom.ref": "小同"}, "customer": {"name": "甲", "custom.team": "华东组"}},
        }
    ]
    publish(content)
    rep = company.people["rep"]
    customer = new_customer(rep, **{"custom.team": "华东组"})
    deal = new_deal(rep, customer=customer.pk)
    assert ("told", "need") not in unmet(deal)
    put(rep, deal, "colleague")
    assert ("told", "need") in unmet(deal)
    change_customer(actor=actor_of(rep), customer_id=customer.pk, fields={"custom.team": "华北组"})
    assert ("told", "need") not in unmet(deal)


# What becomes of what is linked


def test_links_go_along_when_customers_are_merged_and_back_again(company: Company) -> None:
    add("link", target="customer")
    rep = company.people["rep"]
    kept, gone, third = (new_customer(rep) for _ in range(3))
    first, second = (held_by(rep, gone.pk) for _ in range(2))
    merge = merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
    assert [_copy(deal).custom["ref"] for deal in (first, second)] == [kept.pk, kept.pk]
    assert {row.number for row in DealValue.objects.all()} == {float(kept.pk)}
    put(rep, second, third.pk)
    undo_merge(actor=actor_of(rep), merge_id=merge.pk)
    assert [_copy(deal).custom["ref"] for deal in (first, second)] == [gone.pk, third.pk]
    assert DealValue.objects.get(record=first).text == str(gone.pk)


def test_what_is_deleted_is_linked_again_when_restored_and_nowhere_when_removed_for_good(
    company: Company, admin: User
) -> None:
    field, rep = add("link", target="customer"), company.people["rep"]
    customer = new_customer(rep, name="云帆科技")
    deal = held_by(rep, customer.pk)
    delete_customer(actor=actor_of(admin), customer_id=customer.pk)
    assert crm.custom_words(actor_of(rep), _copy(deal), field) == str(HIDDEN)
    restore_customer(actor=actor_of(admin), customer_id=customer.pk)
    assert crm.custom_words(actor_of(rep), _copy(deal), field) == "云帆科技"
    delete_customer(actor=actor_of(admin), customer_id=customer.pk)
    Customer.objects.filter(pk=customer.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    assert purge_deleted(actor=actor_of(admin)) == 1
    assert (_copy(deal).custom, DealValue.objects.count()) == ({}, 0)


# Places

PLACES = [
    ("虹桥路1号", "虹桥路1号"),
    ("虹桥路1号 (31.2, 121.4)", "虹桥路1号 (31.200000, 121.400000)"),
    ("虹桥路1号（31.2，121.4）", "虹桥路1号 (31.200000, 121.400000)"),
    ("(-31.2,-121.4)", "(-31.200000, -121.400000)"),
    ("  甲   路\n乙 ", "甲 路 乙"),
    ("二楼 (东)", "二楼 (东)"),
    ("", None),
]


@pytest.mark.parametrize(("typed", "held"), PLACES)
def test_a_place_is_words_degrees_or_both(rep: User, typed: str, held: str | None) -> None:
    add("place")
    deal = held_by(rep, typed)
    assert deal.custom == ({"ref": held} if held else {})
    assert put(rep, deal, held or "").custom == deal.custom


@pytest.mark.parametrize("wrong", ["甲 (90.1, 0)", "甲 (0, 180.5)", "字" * 161, "(" * 100_000, True, ["甲"]])
def test_a_place_that_is_none_is_refused(rep: User, wrong: Any) -> None:
    add("place")
    with refuses(FieldRefused):
        held_by(rep, wrong)


def test_a_place_is_read_again_as_it_was_written() -> None:
    for place in (Place("甲"), place_of("甲 (1.5, 2)"), place_of("(1, 2)")):
        assert place_of(place_text(place)) == place
