"""The deal list: what it shows to whom, how it is narrowed, and steps for many deals at once."""

import base64
import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealrail.accounts.models import User
from dealrail.crm.models import Customer
from dealrail.web.lists.kinds import MOST_COUNTED
from tests.cast import MakeDeal, new_deal
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def _text(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_shows_the_deals_of_the_reader_with_a_sum(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal(name="新厂看板", amount="120000")
    page = _text(log_in(rep), "/deals/")
    assert "新厂看板" in page
    assert "1 record " in page.replace("·", "")
    assert "¥120,000.00" in page


def test_a_stranger_sees_no_name(log_in: LogIn, stranger: User, make_deal: MakeDeal) -> None:
    make_deal(name="新厂看板")
    page = _text(log_in(stranger), "/deals/")
    assert "新厂看板" not in page
    assert "no deals yet" in _text(log_in(stranger), "/deals/?all=1")


CRAFTED = ["[null,1e999]", '["2026-13-45",5]', '["x",5]', f"[1,{10**30}]", "[" * 3000]


@pytest.mark.parametrize("place", CRAFTED, ids=range(len(CRAFTED)))
@pytest.mark.parametrize("sort", ["-created_at", "-amount", ""])
def test_a_page_that_never_was_is_refused(log_in: LogIn, rep: User, make_deal: MakeDeal, place: str, sort: str) -> None:
    make_deal()
    cursor = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    answer = log_in(rep).get("/deals/", {"sort": sort, "cursor": cursor})
    assert answer.status_code == 400
    assert "can&#x27;t be found any more" in answer.content.decode()


@pytest.mark.parametrize("wanted", ["stage=lead", "q=新厂", "state=open", "owner=me", "sort=-amount", "process=trial"])
def test_a_filter_keeps_what_fits(log_in: LogIn, rep: User, make_deal: MakeDeal, wanted: str) -> None:
    make_deal(name="新厂看板")
    assert "新厂看板" in _text(log_in(rep), f"/deals/?{wanted}")


@pytest.mark.parametrize("wanted", ["stage=talk", "q=别的", "state=lost", "owner=none"])
def test_a_filter_leaves_out_what_does_not_fit(log_in: LogIn, rep: User, make_deal: MakeDeal, wanted: str) -> None:
    make_deal(name="新厂看板")
    page = _text(log_in(rep), f"/deals/?process=trial&{wanted}")
    assert "新厂看板" not in page
    assert "Nothing fits these filters." in page


def test_a_chip_takes_its_filter_away(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    assert 'href="/deals/?process=trial"' in _text(log_in(rep), "/deals/?process=trial&state=open")


def test_the_next_page_shows_the_other_rows(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    for number in range(51):
        make_deal(name=f"商机 {number}")
    client = log_in(rep)
    first = client.get("/deals/").context
    second = client.get(f"/deals/?{first['next']}").context
    assert [deal.name for deal in second["page"].rows] == ["商机 0"]
    assert second["next"] == ""


def test_many_rows_take_as_many_queries_as_few(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    client = log_in(rep)
    for _ in range(10):
        make_deal(amount="100")
    _queries(client, "/deals/")
    few = _queries(client, "/deals/")
    for _ in range(90):
        make_deal(amount="100")
    assert few == _queries(client, "/deals/")


def test_no_page_carries_inline_code(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    page = _text(log_in(rep), "/deals/")
    assert "style=" not in page
    assert "onclick" not in page


def test_a_list_sorted_by_a_field_of_the_process_goes_on_page_by_page(log_in: LogIn, rep: User) -> None:
    for seats in ("9", "10", "100", None):
        for _ in range(20):
            new_deal(rep, seats=seats)
    client = log_in(rep)
    first = client.get("/deals/?sort=seats").content.decode()
    following = re.search(r'href="(\?[^"]*cursor=[^"]*)"', first)
    assert following
    second = client.get("/deals/" + following[1].replace("&amp;", "&")).content.decode()
    shown = [set(re.findall(r'href="/deals/(\d+)/"', page)) for page in (first, second)]
    assert (len(shown[0] | shown[1]), len(shown[0] & shown[1])) == (80, 0)


def test_of_very_many_only_says_that_there_are_more_until_asked(log_in: LogIn, rep: User) -> None:
    now = timezone.now()
    many = (Customer(name=f"客户{n}", name_key=f"客户{n}", owner=rep, created_at=now) for n in range(MOST_COUNTED + 1))
    Customer.objects.bulk_create(many)
    client = log_in(rep)
    page = _text(client, "/customers/")
    assert f"More than {MOST_COUNTED} records" in page
    assert "All that match" in page
    assert f"{MOST_COUNTED + 1} records" in _text(client, "/customers/?total=all")
    assert f"{MOST_COUNTED + 1} records" not in page
