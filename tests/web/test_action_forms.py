"""The form that is the evidence of an action, on screens: opened by the action, shown beside it and in the timeline."""

import re
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.activities.actions.library import create_action_template
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.models import FormRecord
from dealrail.process.actions import drafts
from tests.cast import Company, actor_of, fresh, new_deal, unmet
from tests.forms.making import ANSWERED, demand_survey, make_form, surveyed_deal
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SENT = {"answers.goal": "降低成本", "answers.online": "false", "version": "1"}


def read(client: Client, address: str) -> str:
    """A page as English text."""
    return client.get(address, headers={"accept-language": "en"}).content.decode()


def test_the_action_opens_its_form_and_is_done_by_saving_it(log_in: LogIn, rep: User) -> None:
    make_form()
    demand_survey(how_to="先问现状")
    deal, client = surveyed_deal(rep), log_in(rep)
    address = f"/deals/{deal.pk}/actions/surveyed/form/"
    page = read(client, f"/deals/{deal.pk}/")
    assert page.count(f'href="{address}"') == 2  # in the checklist and beside the action
    form = read(client, address)
    assert "先问现状" in form
    assert "shows that it was done" in form
    look = client.post(address, {"answers.online": "true", "look": "1"}).content.decode()
    assert 'data-question="answers.cloud"' in look
    refused = client.post(address, {**SENT, "answers.goal": ""})
    assert (refused.status_code, FormRecord.objects.count()) == (422, 0)
    key = re.search(r'name="key" value="([^"]+)"', form)
    for _ in range(2):  # pressed twice
        sent = client.post(address, {**SENT, "key": key[1] if key else ""})
        assert sent.headers["Location"] == f"/deals/{deal.pk}/"
    kept = FormRecord.objects.get()
    assert unmet(deal) == []
    page = read(client, f"/deals/{deal.pk}/")
    assert page.count(f'href="/forms/records/{kept.pk}/"') == 4  # action, the card of forms, two lines of the timeline
    assert "Did “做调研” with the form “需求调研”" in page
    assert address not in page
    assert client.get(address).status_code == 422
    assert client.post(address, SENT).status_code == 422


def test_what_a_customer_filled_in_by_a_link_is_taken_as_it_is(log_in: LogIn, rep: User) -> None:
    make_form()
    demand_survey()
    deal, client = surveyed_deal(rep), log_in(rep)
    kept = fill_form(actor=Actor.system("form"), key="survey", deal_id=deal.pk, answers=ANSWERED)
    address = f"/deals/{deal.pk}/actions/surveyed/"
    form = read(client, f"{address}form/")
    assert "was filled in in this stage already" in form
    step = read(client, address)
    assert "is proof enough" in step
    assert client.post(f"{address}form/", {"proof": str(kept.pk)}).status_code == 302
    assert unmet(deal) == []
    assert FormRecord.objects.count() == 1


def test_the_step_says_where_the_proof_is_written(log_in: LogIn, rep: User) -> None:
    make_form()
    demand_survey()
    deal, client = surveyed_deal(rep), log_in(rep)
    address = f"/deals/{deal.pk}/actions/surveyed/"
    assert "Its proof is a form, filled in in this stage." in read(client, address)
    refused = client.post(address, {"note": "口头说过"}, headers={"accept-language": "en"})
    assert (refused.status_code, "the form “需求调研”, filled in in this stage" in refused.content.decode()) == (
        422,
        True,
    )


def test_a_form_about_customers_asks_for_the_customer_first(log_in: LogIn, company: Company) -> None:
    make_form(about="customer")
    demand_survey()
    rep = company.people["rep"]
    deal, client = new_deal(rep), log_in(rep)
    assert client.get(f"/deals/{deal.pk}/actions/surveyed/form/").status_code == 422
    other = surveyed_deal(rep, name="有客户的")
    assert log_in(rep).post(f"/deals/{other.pk}/actions/surveyed/form/", SENT).status_code == 302
    assert FormRecord.objects.get().customer == fresh(other).customer
    assert "/forms/records/" in read(client, f"/deals/{other.pk}/")


def test_addresses_without_a_form_lead_nowhere(log_in: LogIn, company: Company) -> None:
    make_form()
    demand_survey()
    rep = company.people["rep"]
    deal = surveyed_deal(rep)
    for key in ("call", "nothing"):
        assert log_in(rep).get(f"/deals/{deal.pk}/actions/{key}/form/").status_code == 404
    stranger = log_in(company.people["stranger"])
    assert stranger.get(f"/deals/{deal.pk}/actions/surveyed/form/").status_code == 404
    assert stranger.post(f"/deals/{deal.pk}/actions/surveyed/form/", SENT).status_code == 404
    assert not FormRecord.objects.exists()


def test_library_and_designer_choose_the_form_and_say_which(log_in: LogIn, admin: User) -> None:
    make_form()
    client = log_in(admin)
    fields: dict[str, Any] = {"name": "做调研", "evidence": "form", "form": ""}
    refused = client.post("/library/new/", fields)
    assert (refused.status_code, 'id="f-form-error"' in refused.content.decode()) == (422, True)
    made = client.post("/library/new/", {**fields, "form": "survey"})
    assert "A form that is filled in: <a" in read(client, made.headers["Location"])
    create_action_template(
        actor=actor_of(admin), key="surveyed", fields={"name": "调研", "evidence": "form", "form": "survey"}
    )
    drafts.start_draft(actor=Actor.system(), key="trial")
    client.post("/processes/trial/draft/parts/actions/", {"template": "surveyed"})
    row = "/processes/trial/draft/parts/actions/surveyed/"
    assert '<option value="survey" selected>' in read(client, row)
    sent = {"name": "做调研", "evidence": "note", "form": "survey", "was": "{}"}
    wrong = client.post(row, sent, headers={"accept-language": "en"})
    assert (wrong.status_code, "Only an action whose evidence is a form" in wrong.content.decode()) == (422, True)


def test_the_handbook_and_the_comparison_name_the_form(log_in: LogIn, admin: User) -> None:
    make_form()
    demand_survey()
    demand_survey(evidence="note", form="")
    client = log_in(admin)
    change = read(client, "/processes/trial/compare/?from=2&to=3")
    assert "需求调研 → —" in change
    demand_survey()
    assert "Evidence: the form “需求调研”" in read(client, "/processes/trial/")
