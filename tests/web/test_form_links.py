"""Links to forms on screens: made, shown, used without a login, slowed down, and dead."""

import re
from functools import partial

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.crm.models import Customer, Deal
from dealrail.forms import queries
from dealrail.forms.actions.links import make_lead_link
from dealrail.forms.models import FormLink, FormRecord
from dealrail.web.forms.links import MOST_SENT
from tests.cast import at_once, new_deal
from tests.forms.making import make_form
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SENT = {"who": "王芳", "phone": "13812345678", "company": "苏州精工", "answers.goal": "降低成本"}


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


def address_on(page: str) -> str:
    """The link that a page shows, without the host."""
    found = re.search(r'data-copy="https?://[^/"]+(/f/[^"]+)"', page)
    assert found
    return found[1]


def test_a_rep_makes_a_link_and_their_customer_fills_the_form_in(log_in: LogIn, rep: User, client: Client) -> None:
    make_form()
    deal = new_deal(rep)
    own = log_in(rep)
    assert own.post(f"/forms/for/deal/{deal.pk}/survey/link/").status_code == 302
    address = address_on(own.get(f"/deals/{deal.pk}/").content.decode())
    page = client.get(address)
    assert (page.status_code, "需求调研" in page.content.decode(), deal.name in page.content.decode()) == (
        200,
        True,
        False,
    )
    wrong = client.post(address, {"answers.users": "很多"})
    assert (wrong.status_code, 'id="f-answers.users-error"' in wrong.content.decode()) == (422, True)
    looked = client.post(address, {"answers.online": "true", "look": "1"})
    assert 'data-question="answers.cloud"' in looked.content.decode()
    done = client.post(address, {"answers.goal": "降低成本"})
    assert done.headers["Location"] == "/f/thanks/"
    assert client.get("/f/thanks/").status_code == 200
    assert client.get(address).status_code == 404
    assert "by a link" in own.get(f"/deals/{deal.pk}/").content.decode()
    assert "by a link" in own.get(f"/forms/records/{FormRecord.objects.get().pk}/").content.decode()


def test_leads_come_by_a_link_of_the_form(log_in: LogIn, admin: User, rep: User, client: Client) -> None:
    make_form()
    owner = log_in(admin)
    refused = owner.post("/forms/survey/links/new/", {"name": "官网", "process": "trial", "owner": "没有这个人"})
    assert refused.status_code == 422
    sent = {"name": "官网", "process": "trial", "owner": rep.login}
    assert owner.post("/forms/survey/links/new/", sent).status_code == 302
    address = address_on(owner.get("/forms/survey/").content.decode())
    key = {"key": "one page"}
    for _ in range(2):  # pressed twice
        assert client.post(address, {**SENT, **key}).status_code == 302
    deal = Deal.objects.get()
    assert (deal.owner, deal.customer.name) == (rep, "苏州精工")
    assert "filled in 1 time" in owner.get("/forms/survey/").content.decode()
    owner.post(f"/forms/links/{FormLink.objects.get().pk}/shut/", {"next": "/forms/survey/"})
    assert client.get(address).status_code == 404


def test_a_robot_that_fills_everything_in_leaves_nothing(log_in: LogIn, admin: User, client: Client) -> None:
    make_form(about="customer")
    log_in(admin).post("/forms/survey/links/new/", {"name": "官网"})
    address = f"/f/{queries.link_token(FormLink.objects.get())}/"
    assert client.post(address, {**SENT, "leave_empty": "1"}).status_code == 302
    assert not Customer.objects.exists()


def test_one_address_can_send_only_so_often(log_in: LogIn, admin: User, client: Client) -> None:
    make_form(about="customer")
    log_in(admin).post("/forms/survey/links/new/", {"name": "官网"})
    address = f"/f/{queries.link_token(FormLink.objects.get())}/"
    # one more than two minutes take, as one may end meanwhile
    answers = [client.post(address, {"key": str(number)}).status_code for number in range(2 * MOST_SENT + 1)]
    assert answers[:MOST_SENT] == [422] * MOST_SENT
    assert set(answers[MOST_SENT:]) <= {422, 429}
    assert 429 in answers
    assert not FormRecord.objects.exists()


def test_a_guessed_link_is_dead_and_says_so_in_both_languages(client: Client) -> None:
    for language, words in (("en", "Ask whoever sent it"), ("zh-hans", "失效")):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        page = client.get("/f/1:guess/")
        assert (page.status_code, words in page.content.decode()) == (404, True)


def test_only_who_makes_forms_sees_links_for_everybody(log_in: LogIn, rep: User) -> None:
    make_form()
    client = log_in(rep)
    assert client.get("/forms/survey/links/new/").status_code == 403
    assert "/links/new/" not in client.get("/forms/survey/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_second_press_is_refused_like_the_first(client: Client) -> None:
    make_form(about="customer")
    link = make_lead_link(actor=Actor.system("form"), key="survey", name="官网")
    sent = {**SENT, "phone": "12", "key": "one page"}
    press = partial(client.post, f"/f/{queries.link_token(link)}/", sent)
    assert [answer.status_code for answer in at_once(*[press] * 4)] == [422] * 4


def test_what_slows_strangers_down_outlasts_a_flood_of_addresses() -> None:
    cache.set("a_counter", 6)
    for number in range(400):
        cache.set(f"counter_of_{number}", 1)
    assert cache.get("a_counter") == 6
