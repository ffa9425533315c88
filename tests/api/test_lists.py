"""Lists: pages by cursor in any order, filters, and the same work for many rows as for few."""

import random
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.crm.actions.customers import create_contact
from tests.api.client import Api
from tests.cast import Company, MakeDeal, actor_of, follow_up, new_customer, new_deal

SORTS = [
    "",
    "id",
    "-id",
    "amount",
    "-amount",
    "customer,-amount",
    "-customer,name",
    "state,stage,-expected_close,owner",
]


def walked(api: Api, path: str, limit: int, **asked: Any) -> list[int]:
    """The ids of all pages."""
    ids: list[int] = []
    cursor = ""
    while True:
        page = api.get(path, limit=limit, cursor=cursor, **asked)
        assert page.status == 200, page.text
        ids += [row["id"] for row in page.body["items"]]
        cursor = page.body["next"]
        if cursor is None:
            return ids


@pytest.fixture
def many_deals(company: Company, rep: User) -> None:
    """Deals with equal and empty values in every column that is sorted by."""
    customers = [None, new_customer(rep).pk, new_customer(rep).pk]
    rows = list(product(customers, [None, "5", "7.5"], ["甲", "乙"], [None, "2026-12-31"]))
    random.Random(3).shuffle(rows)
    for customer, amount, name, day in rows:
        new_deal(rep, customer=customer, amount=amount, name=name, expected_close=day)


@pytest.mark.usefixtures("many_deals")
@pytest.mark.parametrize("sort", SORTS)
def test_pages_in_any_order_show_every_row_once(as_rep: Api, sort: str) -> None:
    whole = walked(as_rep, "deals", 200, sort=sort)
    assert len(whole) == len(set(whole)) == 36
    for limit in (1, 5, 36):
        assert walked(as_rep, "deals", limit, sort=sort) == whole


@pytest.mark.usefixtures("many_deals")
def test_empty_values_stand_last_either_way(as_rep: Api) -> None:
    for sort, first in (("amount", "5.00"), ("-amount", "7.50")):
        amounts = [row["amount"] for row in as_rep.get("deals", sort=sort).body["items"]]
        assert (amounts[0], amounts[-12:]) == (first, [None] * 12)


@pytest.mark.usefixtures("many_deals")
def test_the_filter_narrows_and_is_kept_from_page_to_page(as_rep: Api) -> None:
    wanted = '{"all": [{"field": "amount", "op": "gte", "value": "6"}, {"field": "owner", "op": "eq", "value": "me"}]}'
    assert len(walked(as_rep, "deals", 5, filter=wanted)) == 12


def test_rows_that_come_in_between_shift_no_page(as_rep: Api, make_deal: MakeDeal) -> None:
    old = [make_deal().pk for _ in range(4)]
    first = as_rep.get("deals", limit=2).body
    make_deal()
    assert [row["id"] for row in as_rep.get("deals", cursor=first["next"]).body["items"]] == [old[1], old[0]]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"cursor": "nonsense"}, "bad_cursor"),
        ({"cursor": "WyIiLFsxXV0:1x:y"}, "bad_cursor"),
        ({"filter": "{"}, "bad_filter"),
        ({"filter": '{"field": "colour", "op": "eq", "value": 1}'}, "unknown_filter_field"),
        ({"filter": '{"field": "name", "op": "eq", "value": "\\u0000"}'}, None),
        ({"sort": "colour"}, "bad_sort"),
        ({"sort": "name\x00"}, "unstorable_text"),
        ({"limit": "201"}, "invalid_input"),
        ({"limit": "0"}, "invalid_input"),
        ({"limit": "many"}, "invalid_input"),
        ({"page": "2"}, "unknown_parameter"),
    ],
)
def test_what_cannot_be_listed_is_refused_in_a_sentence(as_rep: Api, asked: dict[str, str], code: str | None) -> None:
    refused = as_rep.get("deals", **asked)
    assert refused.status in {200, 422}
    assert code is None or refused.code == code


def test_a_cursor_of_another_order_is_refused(as_rep: Api, make_deal: MakeDeal) -> None:
    for _ in range(2):
        make_deal()
    cursor = as_rep.get("deals", limit=1).body["next"]
    assert as_rep.get("deals", limit=1, cursor=cursor, sort="name").code == "bad_cursor"
    assert as_rep.get("deals", limit=1, cursor=("B" if cursor[0] == "A" else "A") + cursor[1:]).code == "bad_cursor"


LISTS = (
    "deals?sort=customer",
    "customers?sort=name",
    "contacts?sort=customer",
    "activities?sort=-occurred_at",
    "tasks?sort=due_at",
    "events",
    "people",
    "processes",
    "insights/funnel/deals?process=trial",
)


def fill(owner: User, count: int) -> None:
    """So many of everything that lists show."""
    actor = actor_of(owner)
    for number in range(count):
        customer = new_customer(owner)
        deal = new_deal(owner, customer=customer.pk, product="P1", region="华东", amount="5")
        create_contact(actor=actor, customer_id=customer.pk, fields={"name": f"联系人{number}"})
        follow_up(deal, actor=actor)
        create_task(actor=actor, title="回访", deal_id=deal.pk)


def counted(api: Api, path: str) -> int:
    """How many statements a list of up to 200 rows takes."""
    with CaptureQueriesContext(connection) as queries:
        assert (
            api.client.get(f"/api/v1/{path}{'&' if '?' in path else '?'}limit=200", headers=api.headers).status_code
            == 200
        )
    return len(queries)


def test_lists_take_as_many_statements_for_a_hundred_rows_as_for_ten(as_rep: Api, rep: User) -> None:
    as_rep.get("processes")
    fill(rep, 10)
    few = {path: counted(as_rep, path) for path in LISTS}
    fill(rep, 90)
    assert {path: counted(as_rep, path) for path in LISTS} == few
    assert max(few.values()) <= 12
