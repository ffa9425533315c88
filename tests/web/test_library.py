"""The pages of the action library."""

import pytest

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.activities import queries
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.library import collect_action_templates, create_action_template
from dealrail.crm.actions.customers import create_contact
from tests.cast import Company, actor_of, new_customer, new_deal
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def library(company: Company) -> None:
    """The actions of the trial process, one of them with a text of the library's own."""
    fields = {"name": "打电话", "evidence": "note", "how_to": "<b>先</b>问需求"}
    create_action_template(actor=Actor.system(), key="call", fields=fields)
    collect_action_templates(actor=Actor.system(), process="trial", version=1)


def test_lists_what_fits_and_says_where_it_is_used(rep: User, log_in: LogIn) -> None:
    client = log_in(rep)
    page = client.get("/library/").content.decode()
    assert page.count("试用三阶段") == 5
    assert page.count("Text of its own") == 1
    assert "New action" not in page
    narrowed = client.get("/library/?q=拜访&process=trial&state=offered&evidence=follow_up").content.decode()
    assert "/library/actions/visit/" in narrowed
    assert "/library/actions/call/" not in narrowed
    assert "Nothing fits" in client.get("/library/?state=retired").content.decode()


def test_an_action_tells_of_its_processes_and_their_own_texts(rep: User, log_in: LogIn) -> None:
    page = log_in(rep).get("/library/actions/call/").content.decode()
    assert "/processes/trial/#stage-talk" in page
    assert "The process has a text of its own: How to do it" in page
    assert "&lt;b&gt;先" in page
    assert "/edit/" not in page
    assert log_in(rep).get("/library/actions/none/").status_code == 404


def test_an_action_is_added_changed_and_retired_on_screen(admin: User, log_in: LogIn) -> None:
    client = log_in(admin)
    typed = {"name": "回访", "evidence": "none", "expected_minutes": "many", "how_to": "打", "script": "", "key": ""}
    refused = client.post("/library/new/", typed)
    assert refused.status_code == 422
    assert 'value="many"' in refused.content.decode()
    made = client.post("/library/new/", {**typed, "expected_minutes": "5"}, follow=True)
    assert made.redirect_chain[0][0] == "/library/actions/huifang/"
    held = {f"was.{name}": value for name, value in typed.items()} | {"was.expected_minutes": "5"}
    client.post("/library/actions/huifang/edit/", {**typed, **held, "expected_minutes": "", "how_to": "写信"})
    changed = queries.action_template("huifang")
    assert (changed.how_to, changed.expected_minutes) == ("写信", None)
    stale = client.post("/library/actions/huifang/edit/", {**typed, **held, "expected_minutes": "", "how_to": "寄信"})
    assert stale.status_code == 409
    client.post("/library/actions/huifang/offer/", {"is_active": "0"})
    assert not queries.action_template("huifang").is_active


def test_who_may_not_is_refused(rep: User, log_in: LogIn) -> None:
    client = log_in(rep)
    assert client.get("/library/new/").status_code == 403
    assert client.post("/library/actions/call/edit/", {"name": "x"}).status_code == 403
    assert client.post("/library/actions/call/offer/", {"is_active": "0"}).status_code == 403


def test_an_example_is_chosen_and_shown_on_screen(manager: User, rep: User, log_in: LogIn) -> None:
    customer = new_customer(rep)
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王建国"})
    deal = new_deal(rep, customer=customer.pk)
    activity = record_activity(actor=actor_of(rep), kind="call", text="王建国说预算三十万", deal_id=deal.pk)
    client, page = log_in(manager), f"/library/examples/from/{activity.pk}/"
    assert page in client.get(f"/deals/{deal.pk}/").content.decode()
    assert page not in log_in(rep).get(f"/deals/{deal.pk}/").content.decode()
    assert "王建国说预算三十万" in client.get(page).content.decode()
    typed = {"action": "call", "text": "王建国说了", "reason": "一次问清"}
    assert "王建国." in client.post(page, typed).content.decode()
    assert client.post(page, {**typed, "text": "问清了<b>预算"}).status_code == 302
    for address in ("/library/actions/call/", "/processes/trial/"):
        assert "问清了&lt;b&gt;预算" in log_in(rep).get(address).content.decode()
    example = queries.examples_of(["call"])["call"][0]
    assert log_in(rep).post(f"/library/examples/{example.pk}/take-back/").status_code == 302
    assert queries.examples_of(["call"]) == {}
