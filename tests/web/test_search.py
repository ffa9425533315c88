"""The search box finds deals and customers, and only those within sight."""

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.pools import release_customer
from tests.cast import MakeCustomer, MakeDeal, actor_of
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def test_finds_deals_and_customers(log_in: LogIn, rep: User, make_deal: MakeDeal, make_customer: MakeCustomer) -> None:
    customer, deal = make_customer(name="苏州新芽科技有限公司"), make_deal(name="苏州二期")
    other = make_customer(name="杭州老树有限公司")
    page = log_in(rep).get("/search/?q=苏州")
    text = page.content.decode()
    assert f'href="/deals/{deal.pk}/"' in text
    assert f'href="/customers/{customer.pk}/"' in text
    assert other.name not in text
    assert 'value="苏州"' in text


def test_finds_nothing_of_others(
    log_in: LogIn, stranger: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    make_customer(name="苏州新芽科技有限公司")
    make_deal(name="苏州二期")
    page = log_in(stranger).get("/search/?q=苏州")
    assert (page.context["deals"], page.context["customers"]) == ([], [])


def test_finds_customers_by_the_end_of_their_phone_unless_it_is_masked(
    log_in: LogIn, rep: User, make_customer: MakeCustomer
) -> None:
    customer, client = make_customer(phone="13800001234"), log_in(rep)
    assert [row.customer for row in client.get("/search/?q=1234").context["customers"]] == [customer]
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="客户不回复")
    assert client.get("/search/?q=1234").context["customers"] == []


@pytest.mark.parametrize("asked", ["", "   ", "\x00"])
def test_nothing_asked_finds_nothing(log_in: LogIn, rep: User, make_deal: MakeDeal, asked: str) -> None:
    make_deal()
    page = log_in(rep).get("/search/", {"q": asked})
    assert page.status_code == 200
    assert page.context["deals"] == []


def test_the_box_on_every_page_leads_there(log_in: LogIn, rep: User) -> None:
    assert 'role="search" action="/search/"' in log_in(rep).get("/").content.decode()


def test_contacts_and_pages_are_found_too(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    create_contact(actor=actor_of(rep), customer_id=make_customer().pk, fields={"name": "曾国强"})
    client = log_in(rep)
    assert [row.contact.name for row in client.get("/search/?q=zengguo").context["contacts"]] == ["曾国强"]
    for text in ("Board", "看板", "kanban", "xskb"):
        assert "/board/" in [place.href for place in client.get("/search/", {"q": text}).context["pages"]], text


def test_pages_one_may_not_open_are_not_found(log_in: LogIn, rep: User, admin: User) -> None:
    assert log_in(rep).get("/search/?q=People").context["pages"] == []
    assert [place.href for place in log_in(admin).get("/search/?q=People").context["pages"]] == ["/people/"]


def test_the_palette_looks_records_up_from_two_characters_or_letters(
    log_in: LogIn, rep: User, make_customer: MakeCustomer
) -> None:
    customer, client = make_customer(name="苏州新芽科技有限公司"), log_in(rep)
    hit = f'href="/customers/{customer.pk}/"'
    found = {
        text: hit in client.get("/search/palette/", {"q": text}).content.decode()
        for text in ("新", "新芽", "xy", "xyk")
    }
    assert found == {"新": False, "新芽": True, "xy": True, "xyk": True}
    assert "Two characters or letters" in client.get("/search/palette/?q=新").content.decode()


def test_the_palette_shows_a_few_and_leads_to_all(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    for _ in range(6):
        make_customer()
    text = log_in(rep).get("/search/palette/?q=新客户").content.decode()
    assert text.count('role="option"') == 6
    assert 'href="/search/?q=' in text


def test_the_palette_is_for_who_is_logged_in(client: Client) -> None:
    assert client.get("/search/palette/?q=abc").status_code == 302
