"""Waiver reasons of a process: one is chosen with every waiver, and they are counted by reason and by person."""

from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm.actions.waivers import answer_waiver, ask_waiver, waive_condition
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from dealrail.process import checks
from dealrail.process.errors import UnknownWaiverReason, WaiverReasonMissing
from dealrail.process.models import Waiver, WaiverRequest
from dealrail.web.timeline import told
from tests.api.client import Api
from tests.cast import actor_of, event_kinds, last_event_id, new_deal, publish, refuses, trial
from tests.web.designing import text

REASONS = [{"key": "urgent", "name": "客户急单"}, {"key": "other", "name": "其他"}]
CONDITION = trial()["stages"][0]["conditions"][0]["key"]


@pytest.fixture
def deal(rep: User) -> Deal:
    """A deal of the rep in a process that lists waiver reasons."""
    publish(trial(waiver_reasons=REASONS))
    return new_deal(rep)


def about(deal: Deal, user: User, **more: Any) -> dict[str, Any]:
    return {"actor": actor_of(user), "deal_id": deal.pk, "condition": CONDITION, "reason": "客户今天要发货", **more}


@pytest.mark.parametrize("said", ["urgent", "客户急单"])
def test_a_waiver_carries_its_reason_and_the_log_names_it(deal: Deal, manager: User, said: str) -> None:
    waive_condition(**about(deal, manager, reason_key=said))
    assert Waiver.objects.get().reason_key == "urgent"
    payload = Event.objects.get(kind="condition.waived").payload
    assert (payload["reason_key"], payload["reason_name"]) == ("urgent", "客户急单")


@pytest.mark.parametrize(("said", "refusal"), [("", WaiverReasonMissing), ("好心情", UnknownWaiverReason)])
def test_refuses_a_waiver_without_a_reason_of_the_list(
    deal: Deal, rep: User, manager: User, said: str, refusal: Any
) -> None:
    before = last_event_id()
    with refuses(refusal) as caught:
        waive_condition(**about(deal, manager, reason_key=said))
    assert caught.value.params["field"] == "reason_key"
    assert "客户急单" in str(caught.value)
    with refuses(refusal):
        ask_waiver(**about(deal, rep, reason_key=said))
    assert event_kinds(before) == []
    assert not Waiver.objects.exists()


def test_without_a_list_words_are_enough_and_a_kind_is_refused(rep: User, manager: User) -> None:
    publish(trial())
    deal = new_deal(rep)
    with refuses(UnknownWaiverReason):
        waive_condition(**about(deal, manager, reason_key="urgent"))
    waive_condition(**about(deal, manager))
    assert Waiver.objects.get().reason_key == ""


def test_a_grant_takes_over_the_reason_asked_for(deal: Deal, rep: User, manager: User) -> None:
    request = ask_waiver(**about(deal, rep, reason_key="other"))
    assert WaiverRequest.objects.get().reason_key == "other"
    answer_waiver(actor=actor_of(manager), deal_id=deal.pk, request_id=request.pk, granted=True)
    assert Waiver.objects.get().reason_key == "other"
    kinds = ["deal.waiver_asked", "condition.waived"]
    lines = told(Event.objects.filter(kind__in=kinds).order_by("pk"))
    assert [line.sentence.endswith("（其他）") for line in lines] == [True, True]


def test_they_are_counted_by_reason_and_by_person_on_the_page_and_over_the_api(
    deal: Deal, rep: User, manager: User, client: Client
) -> None:
    waive_condition(**about(deal, manager, reason_key="urgent"))
    waive_condition(**about(new_deal(rep), manager, reason_key="urgent"))
    waive_condition(**about(new_deal(rep), manager, reason_key="other"))
    publish(trial(waiver_reasons=REASONS[:1]))
    client.force_login(manager)
    page = text(client.get("/processes/trial/waivers/"))
    assert "客户急单 2 · 其他 1" in page
    rates = Api(manager).get("processes/trial/waiver-rates").body
    counted = [{"key": "urgent", "name": "客户急单", "given": 2}, {"key": "other", "name": "其他", "given": 1}]
    assert rates["reasons"] == counted
    assert [row["reasons"] for row in rates["people"] if row["gave"]] == [counted]


def test_the_form_offers_the_reasons_and_refuses_at_the_field(
    deal: Deal, rep: User, manager: User, client: Client
) -> None:
    client.force_login(manager)
    address = f"/deals/{deal.pk}/waive/"
    page = text(client.get(address))
    for words in ("客户急单", ">放行原因 <", ">说明 <", "这个商机特殊在哪里"):
        assert words in page, words
    refused = client.post(address, {"condition": CONDITION, "reason": "急", "reason_key": ""})
    assert refused.status_code == 422
    client.post(address, {"condition": CONDITION, "reason": "客户今天要", "reason_key": "urgent"})
    assert Waiver.objects.get().reason_key == "urgent"


def test_who_asks_chooses_and_explains_each_and_who_decides_reads_both(
    deal: Deal, rep: User, manager: User, client: Client
) -> None:
    client.force_login(rep)
    address, why, kind = f"/deals/{deal.pk}/ask-waiver/", f"reason.{CONDITION}", f"kind.{CONDITION}"
    page = text(client.get(address))
    for words in ("填写资料：放行原因", "填写资料：说明", f'for="step-form-{kind}"', f'id="step-form-{kind}"'):
        assert words in page, words
    for typed, field in (({why: "今天要发货"}, kind), ({kind: "other"}, why), ({}, kind)):
        refused = client.post(address, typed)
        assert (refused.status_code, f'id="step-form-{field}-error"' in text(refused)) == (422, True)
        assert not WaiverRequest.objects.exists()
    client.post(address, {why: "今天要发货", kind: "other"})
    request = WaiverRequest.objects.get()
    assert request.reason_key == "other"
    client.force_login(manager)
    for place in (f"/deals/{deal.pk}/", f"/deals/{deal.pk}/waivers/{request.pk}/", "/team/"):
        assert "其他 · 今天要发货" in text(client.get(place)), place


def test_names_what_is_wrong_with_the_list(rep: User) -> None:
    twice = checks.problems(trial(waiver_reasons=[REASONS[0], REASONS[0]]))
    assert [(row.where, row.code) for row in twice] == [("waiver_reasons[2]", "twice")]
