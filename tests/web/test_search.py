"""The search box finds deals and customers, and only those within sight."""

import pytest

from dealrail.accounts.models import User
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
