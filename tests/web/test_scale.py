"""A full page stays light and asks the database no more often than a short one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.crm.models import Deal
from tests.cast import Company, actor_of, follow_up, new_customer, new_deal
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]

PAGES = {
    "my day": "/?mine=1",
    "board": "/board/?process=trial",
    "deals": "/deals/",
    "customers": "/customers/",
    "deal": "/deals/{deal}/",
    "customer": "/customers/{customer}/",
    "search": "/search/?q=商机",
}
FEW, MANY = 6, 110
BYTES = 100_000


@pytest.fixture
def told(company: Company) -> dict[str, int]:
    """A deal with much to tell."""
    customer = new_customer(company.people["rep"])
    deal = new_deal(company.people["rep"], customer=customer.pk)
    tell(deal, FEW)
    return {"deal": deal.pk, "customer": customer.pk}


def tell(deal: Deal, count: int) -> None:
    """So many follow-ups and tasks of this deal."""
    for number in range(count):
        follow_up(deal, actor=actor_of(deal.owner))
        create_task(actor=actor_of(deal.owner), title=f"回访第 {number} 次", deal_id=deal.pk)


def add(owner: User, count: int) -> None:
    """So many deals, each with a customer."""
    for _ in range(count):
        new_deal(owner, customer=new_customer(owner).pk, amount="120000")


def opened(log_in: LogIn, user: User, told: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Each page: how often it asks the database, and how many bytes travel."""
    client, found = log_in(user), {}
    for name, address in PAGES.items():
        client.get(address.format(**told))
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address.format(**told), headers={"Accept-Encoding": "gzip"})
        assert page.headers["Content-Encoding"] == "gzip", name
        found[name] = (len(captured), len(page.content))
    return found


@pytest.mark.parametrize("who", ["rep", "manager"])
def test_full_pages_ask_no_more_than_short_ones_and_stay_light(
    log_in: LogIn, company: Company, told: dict[str, int], who: str
) -> None:
    add(company.people["rep"], FEW)
    few = opened(log_in, company.people[who], told)
    tell(Deal.objects.get(pk=told["deal"]), MANY)
    add(company.people["rep"], MANY)
    many = opened(log_in, company.people[who], told)
    assert {name: many[name][0] for name in PAGES if many[name][0] > few[name][0]} == {}
    assert {name: size for name, (_queries, size) in many.items() if size > BYTES} == {}


def test_files_and_answers_of_the_api_are_sent_as_they_are(log_in: LogIn, manager: User) -> None:
    add(manager, 3)
    sheet = log_in(manager).get("/deals/export/?as=csv", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in sheet.headers
