"""Working on a deal together: collaborators, waivers asked for, hand-overs, facts changed in place, the timeline."""

import json

import pytest

from dealrail.accounts.models import User
from dealrail.crm.actions.collaborators import add_collaborator
from dealrail.crm.actions.deals import advance_deal, park_deal, transfer_deal
from dealrail.crm.actions.waivers import ask_waiver
from dealrail.crm.models import Collaborator
from dealrail.process.models import WaiverRequest
from tests.cast import (
    Company,
    MakeCustomer,
    MakeDeal,
    actor_of,
    fresh,
    fulfil,
    new_deal,
    publish,
    stage_of,
    trial,
    unmet,
    walk_on,
    walk_to,
)
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


def test_a_collaborator_is_added_changed_and_taken_off(
    log_in: LogIn, rep: User, stranger: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(rep)
    client.post(f"/deals/{deal.pk}/collaborators/", {"person": stranger.pk, "may": "read"})
    page = log_in(stranger).get(f"/deals/{deal.pk}/")
    assert page.status_code == 200
    assert not page.context["may_change"]
    client.post(f"/deals/{deal.pk}/collaborators/", {"person": stranger.pk, "may": "write"})
    page = log_in(stranger).get(f"/deals/{deal.pk}/")
    assert (page.context["may_change"], page.context["may_move"]) == (True, True)
    assert (page.context["may_lose"], page.context["may_transfer"], page.context["may_share"]) == (False, False, False)
    client.post(f"/deals/{deal.pk}/collaborators/{stranger.pk}/off/")
    assert log_in(stranger).get(f"/deals/{deal.pk}/").status_code == 404


def test_a_collaborator_nobody_chose_is_refused_at_the_field(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    answer = log_in(rep).post(f"/deals/{make_deal().pk}/collaborators/", {"person": "", "may": "read"})
    assert answer.status_code == 422
    assert next(row for row in answer.context["inputs"] if row.name == "person").error
    assert not Collaborator.objects.exists()


def test_who_may_not_waive_asks_and_who_may_grants(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    deal = make_deal(customer=make_customer().pk)
    page = log_in(rep).get(f"/deals/{deal.pk}/gate/", headers=PART).content.decode()
    assert f"/deals/{deal.pk}/ask-waiver/" in page
    assert f"/deals/{deal.pk}/waive/" not in page
    log_in(rep).post(f"/deals/{deal.pk}/ask-waiver/", {"reason.basics": "老客户，需求已知"})
    request = WaiverRequest.objects.get()
    address = f"/deals/{deal.pk}/waivers/{request.pk}/"
    asked = log_in(rep).get(f"/deals/{deal.pk}/").content.decode()
    assert f"{address}withdraw/" in asked
    assert "Waiver asked for" in asked
    shown = log_in(manager).get(f"/deals/{deal.pk}/").content.decode()
    assert f'action="{address}"' in shown
    assert "老客户，需求已知" in shown
    dialog = log_in(manager).get(address, headers=PART).content.decode()
    for words in ("Facts filled in", "老客户，需求已知", "小销"):
        assert words in dialog, words
    log_in(manager).post(address, {"decision": "grant", "note": "下不为例"})
    assert unmet(deal) == []
    page = log_in(manager).get(f"/deals/{deal.pk}/").content.decode()
    assert "which 小销 had asked for" in page
    assert "老客户，需求已知 · 下不为例" in page
    assert "Waiver granted" not in page
    late = log_in(manager).post(address, {"decision": "refuse", "note": "不行"}, follow=True).content.decode()
    assert "wait any more" in late
    assert f'action="{address}"' not in late


def test_setting_aside_and_sending_back_ask_why(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = walk_to(make_deal(), "talk"), log_in(rep)
    assert 'name="note"' in client.get(f"/deals/{deal.pk}/back/").content.decode()
    client.post(f"/deals/{deal.pk}/back/", {"to": "lead", "note": "需求没问清"})
    assert "需求没问清" in client.get(f"/deals/{deal.pk}/").content.decode()
    for wrong in ("2020-01-01", "bald"):
        answer = client.post(f"/deals/{deal.pk}/park/", {"note": "明年预算", "again_on": wrong})
        assert answer.status_code == 422
        assert answer.content.decode().count('aria-invalid="true"') == 1
        assert "明年预算" in answer.content.decode()
    client.post(f"/deals/{deal.pk}/park/", {"note": "明年预算", "again_on": "2099-01-04"})
    assert "to be looked at again on 2099-01-04" in client.get(f"/deals/{deal.pk}/").content.decode()


def test_losing_without_a_reason_is_answered_once_and_shortly(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    answer = log_in(rep).post(f"/deals/{make_deal().pk}/lose/", {"reason": ""})
    assert answer.status_code == 422
    assert answer.content.decode().count("Choose a loss reason.") == 1


def test_a_waiver_refused_without_a_note_asks_for_one(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    request = ask_waiver(actor=actor_of(rep), deal_id=deal.pk, condition="basics", reason="老客户")
    address = f"/deals/{deal.pk}/waivers/{request.pk}/"
    answer = log_in(manager).post(address, {"decision": "refuse", "note": ""})
    assert answer.status_code == 422
    log_in(manager).post(address, {"decision": "refuse", "note": "先问清楚"})
    request.refresh_from_db()
    assert (request.status, request.note) == ("refused", "先问清楚")


def test_asking_without_any_reason_is_refused_and_a_request_is_taken_back(
    log_in: LogIn, rep: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(rep)
    answer = client.post(f"/deals/{deal.pk}/ask-waiver/", {"reason.basics": " "})
    assert answer.status_code == 422
    assert not WaiverRequest.objects.exists()
    client.post(f"/deals/{deal.pk}/ask-waiver/", {"reason.basics": "老客户"})
    request = WaiverRequest.objects.get()
    client.post(f"/deals/{deal.pk}/waivers/{request.pk}/withdraw/")
    request.refresh_from_db()
    assert request.status == "withdrawn"


def test_the_move_asks_for_its_next_owner_who_finds_a_card(
    log_in: LogIn, rep: User, company: Company, make_customer: MakeCustomer
) -> None:
    content = trial()
    content["stages"][0]["roles"], content["stages"][1]["roles"] = ["sales"], ["delivery"]
    publish(content)
    deal, delivery = new_deal(rep, need="记账", customer=make_customer().pk), company.people["delivery"]
    form = log_in(rep).get(f"/deals/{deal.pk}/gate/").content.decode()
    assert "小施 · 实施部 · 0 open deals" in form
    typed = {"to": "talk", "next_owner": delivery.pk, "hand_over_note": "月底要上线"}
    log_in(rep).post(f"/deals/{deal.pk}/advance/", typed)
    assert (stage_of(deal), fresh(deal).owner) == ("talk", delivery)
    client = log_in(delivery)
    page = client.get(f"/deals/{deal.pk}/")
    assert page.context["card"].row.note == "月底要上线"
    assert "月底要上线" in page.content.decode()
    client.post(f"/deals/{deal.pk}/hand-over/")
    assert client.get(f"/deals/{deal.pk}/").context["card"] is None


def test_a_move_that_needs_a_next_owner_says_so_in_its_form(
    log_in: LogIn, rep: User, make_customer: MakeCustomer, company: Company
) -> None:
    content = trial()
    content["stages"][1] |= {"roles": ["delivery"], "hand_over": "required"}
    publish(content)
    deal = new_deal(rep, need="记账", customer=make_customer().pk)
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", {"to": "talk", "next_owner": "", "hand_over_note": "急"})
    assert answer.status_code == 422
    owner, note = answer.context["form"].hand_over
    assert "洽谈" in owner.error
    assert note.text == "急"
    assert stage_of(deal) == "lead"


def test_choosing_in_the_form_that_it_stays_takes_back_who_was_chosen(
    log_in: LogIn, rep: User, make_customer: MakeCustomer, company: Company
) -> None:
    content = trial()
    content["stages"][2]["roles"] = ["delivery"]
    publish(content)
    deal = walk_to(new_deal(rep, need="记账", customer=make_customer().pk), "talk")
    fulfil(deal)
    client, path = log_in(rep), f"/deals/{deal.pk}/advance/"
    client.post(path, {"to": "work", "next_owner": company.people["delivery"].pk})
    client.post(path, {"to": "work"})
    assert client.get(f"/deals/{deal.pk}/").context["next_owner"].to_user == company.people["delivery"]
    client.post(path, {"to": "work", "next_owner": ""})
    assert client.get(f"/deals/{deal.pk}/").context["next_owner"] is None


def test_a_fact_is_changed_where_it_stands(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    address = f"/deals/{deal.pk}/facts/amount/"
    form = client.get(address, headers=PART).content.decode()
    assert 'name="amount"' in form
    assert "<html" not in form
    seen = fresh(deal).run.revision
    answer = client.post(address, {"amount": "1.2万", "seen": seen}, headers=PART)
    assert "¥12,000.00" in answer.content.decode()
    assert json.loads(answer.headers["HX-Trigger"])["fact-saved"]["version"] == fresh(deal).run.revision
    assert "¥12,000.00" in client.get(f"{address}?shown=1", headers=PART).content.decode()


def test_a_fact_is_changed_without_scripts_on_a_page_of_its_own(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    address = f"/deals/{deal.pk}/facts/customer/"
    assert "<html" in client.get(address).content.decode()
    answer = client.post(address, {"customer": "苏州新芽科技有限公司", "new_customer": "1"})
    assert answer.headers["Location"] == f"/deals/{deal.pk}/"
    assert fresh(deal).customer.name == "苏州新芽科技有限公司"


def test_the_page_of_a_fact_says_what_it_asks_for_and_in_what_unit(
    log_in: LogIn, rep: User, make_deal: MakeDeal
) -> None:
    address, client = f"/deals/{make_deal().pk}/facts/amount/", log_in(rep)
    page = client.get(address).content.decode()
    assert '<label class="form-label" for="fact-input-amount">Amount</label>' in page
    assert '<span class="unit" aria-hidden="true">yuan</span>' in page
    in_place = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert '<label class="visually-hidden" for="fact-input-amount">Amount</label>' in in_place


def test_a_fact_refuses_what_it_cannot_hold_what_is_stale_and_who_may_not(
    log_in: LogIn, rep: User, stranger: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(rep)
    address = f"/deals/{deal.pk}/facts/amount/"
    answer = client.post(address, {"amount": "很多"}, headers=PART)
    assert answer.status_code == 422
    assert "很多" in answer.content.decode()
    stale = client.post(address, {"amount": "5", "seen": "0"}, headers=PART)
    assert stale.status_code == 409
    assert "Somebody changed this" in stale.content.decode()
    assert client.get(f"/deals/{deal.pk}/facts/nothing/").status_code == 404
    add_collaborator(actor=actor_of(rep), deal_id=deal.pk, user_id=stranger.pk)
    assert log_in(stranger).post(address, {"amount": "5"}).status_code == 403
    assert fresh(deal).amount is None


def test_the_timeline_is_narrowed_and_paged(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    for number in range(42):
        client.post(f"/deals/{deal.pk}/comments/", {"text": f"第{number}条"})
    client.post(f"/deals/{deal.pk}/change/", {"name": "新名称"})
    page = client.get(f"/deals/{deal.pk}/?show=changes")
    assert {row.group for row in page.context["events"]} == {"change", "move"}
    part = client.get(f"/deals/{deal.pk}/timeline/?show=comments", headers=PART)
    assert len(part.context["events"]) == 40
    earlier = client.get(f"/deals/{deal.pk}/timeline/?show=comments&before={part.context['before']}", headers=PART)
    assert [row.text for row in earlier.context["events"]] == ["第1条", "第0条"]
    assert "chip-link" not in earlier.content.decode()


def test_the_timeline_says_why_nobody_is_asked_any_more(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_on(make_deal())
    ask_waiver(actor=actor_of(rep), deal_id=deal.pk, condition="known", reason="老客户")
    fulfil(deal)
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    park_deal(actor=actor_of(rep), deal_id=deal.pk)
    told = [row.sentence for row in log_in(rep).get(f"/deals/{deal.pk}/").context["events"][:3]]
    assert "Approval not needed any more, since the deal left the stage: 主管同意" in told
    assert any(text.startswith("Waiver not needed any more: ") for text in told)


def test_plans_stand_above_what_happened_and_scripts_beside_the_way_of_working(
    log_in: LogIn, rep: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(process="b2b-software"), log_in(rep)
    planned = {"kind": "plan", "title": "约演示", "due_at": "2030-01-05T10:00"}
    client.post(f"/deals/{deal.pk}/task/", planned)
    text = client.get(f"/deals/{deal.pk}/").content.decode()
    assert text.index("约演示") < text.index("timeline-part")
    assert "核实线索" in text
    assert "我先确认两件事" in text


def test_the_checklist_is_brought_alone(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    text = log_in(rep).get(f"/deals/{make_deal().pk}/checklist/", headers=PART).content.decode()
    assert 'id="checklist"' in text
    assert "<html" not in text


def test_a_transferred_deal_shows_its_new_owner_what_they_were_told(
    log_in: LogIn, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    deal = make_deal(amount="120000")
    transfer_deal(actor=actor_of(rep), deal_id=deal.pk, owner_id=colleague.pk, note="王总喜欢打电话")
    text = log_in(colleague).get(f"/deals/{deal.pk}/").content.decode()
    assert text.count("¥120,000.00") == 2
    assert "王总喜欢打电话" in text
