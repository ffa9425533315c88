"""The gate as a form: everything is submitted at once, each thing by its own action; what is refused keeps its text."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from dealrail.accounts.models import User
from dealrail.crm import queries as crm
from dealrail.crm.actions.collaborators import add_collaborator
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal, change_deal
from dealrail.crm.models import Region, Source
from dealrail.process.errors import StaleVersion
from dealrail.web.deals.fulfilling import Sent
from dealrail.web.deals.fulfilling import fulfil as fulfil_form
from tests.cast import (
    Company,
    MakeCustomer,
    MakeDeal,
    actor_of,
    event_kinds,
    fresh,
    fulfil,
    grant,
    last_event_id,
    new_customer,
    new_deal,
    publish,
    stage_of,
    trial,
    unmet,
    walk_to,
)
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

PART = {"HX-Request": "true"}


def filled() -> dict[str, Any]:
    """All that the trial's talk stage asks for but the approval."""
    return {
        "field.budget": "120000",
        "field.amount": "98000",
        "action.call.note": "聊了四十分钟",
        "action.proposal.file": SimpleUploadedFile("方案.pdf", b"%PDF-1.4"),
        "follow_up.followed.0.kind": "call",
        "follow_up.followed.0.text": "第一次",
        "follow_up.followed.1.kind": "visit",
        "follow_up.followed.1.text": "第二次",
        "contact.known.0.name": "王总",
        "contact.known.0.role": "decision_maker",
    }


def test_a_gate_that_offers_nothing_says_where_to_fill_the_list(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    hint, page = "This list is still empty", f"/deals/{make_deal(process='general').pk}/gate/"
    assert hint not in log_in(rep).get(page).content.decode()
    Source.objects.all().delete()
    Region.objects.all().delete()
    assert log_in(rep).get(page).content.decode().count(hint) == 2


def test_an_open_gate_moves_at_once(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal(need="记账", customer=None)
    fulfil(deal)
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", {"to": "talk"})
    assert answer.status_code == 302
    assert stage_of(deal) == "talk"


def test_a_blocked_gate_names_all_that_is_left_and_moves_nothing(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", {"to": "work"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert [row.message in text for row in answer.context["form"].gate.unmet] == [True] * 6
    assert stage_of(deal) == "talk"


def test_what_was_typed_stays_when_a_value_is_refused(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    typed = {"to": "talk", "field.need": "记账", "field.customer": "没有这个客户"}
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", typed, headers=PART)
    assert answer.status_code == 422
    assert fresh(deal).extra["need"] == "记账"
    for words in ("没有这个客户", 'aria-invalid="true"', "1 thing is saved", "1 is left before it can move on"):
        assert words in answer.content.decode(), words


def test_all_that_fits_is_saved_and_the_answer_counts(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, before = walk_to(make_deal(), "talk"), last_event_id()
    typed = {"to": "work", "field.budget": "viel", "field.amount": "98000", "contact.known.0.name": "王总"}
    typed |= {"contact.known.0.role": "decision_maker", "contact.known.0.phone": "123"}
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", typed, headers=PART)
    text = answer.content.decode()
    assert (answer.status_code, str(fresh(deal).amount), event_kinds(before)) == (422, "98000.00", ["deal.changed"])
    assert "1 thing is saved." in text
    assert "5 things left" in text
    assert 'value="viel"' in text
    assert 'value="98000"' not in text
    assert text.count('aria-invalid="true"') == 2


def test_who_may_not_move_the_deal_reads_the_gate_and_fills_nothing(
    log_in: LogIn, rep: User, stranger: User, make_deal: MakeDeal
) -> None:
    deal = walk_to(make_deal(), "talk")
    add_collaborator(actor=actor_of(rep), deal_id=deal.pk, user_id=stranger.pk, may_write=False)
    page = log_in(stranger).get(f"/deals/{deal.pk}/")
    assert "Fill in “预算”" in page.content.decode()
    assert 'name="field.budget"' not in page.content.decode()
    assert 'name="field.budget"' in log_in(rep).get(f"/deals/{deal.pk}/").content.decode()


def test_all_at_once_fulfils_the_gate_and_asks_for_approval(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    before = last_event_id()
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", {"to": "work", **filled()})
    assert answer.status_code == 302
    assert unmet(deal) == []
    kinds = event_kinds(before)
    assert kinds.count("activity.recorded") == 2
    assert kinds.count("action.completed") == 2
    assert kinds[-1] == "approval.asked"


def test_what_was_done_stays_done_when_the_move_is_refused(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    typed = {"to": "work", "action.call.note": "聊过", "field.budget": "5000"}
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", typed)
    assert answer.status_code == 422
    assert ("done", "call") not in unmet(deal)
    assert ("facts", "budget") not in unmet(deal)
    assert "2 things are saved." in answer.content.decode()


def test_only_saving_keeps_the_fields_and_the_stage(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", {"to": "work", "then": "stay", "field.amount": "5000"})
    assert answer.status_code == 302
    assert str(fresh(deal).amount) == "5000.00"
    assert stage_of(deal) == "talk"


def test_a_stale_form_does_nothing_at_all(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    before = last_event_id()
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", {"to": "work", "seen": "1", **filled()})
    assert answer.status_code == 409
    assert event_kinds(before) == []


def test_contacts_go_to_the_customer_chosen_in_the_same_form(
    log_in: LogIn, rep: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    customer = make_customer()
    deal = make_deal(process="b2b-software")
    typed = {"then": "stay", "field.customer": customer.name, "contact.reachable.0.name": "王经理"}
    assert log_in(rep).post(f"/deals/{deal.pk}/advance/", typed).status_code == 302
    assert [contact.name for contact in customer.contacts.all()] == ["王经理"]


def test_a_colleague_without_reach_finds_nothing(log_in: LogIn, colleague: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    client = log_in(colleague)
    assert client.get(f"/deals/{deal.pk}/gate/").status_code == 404
    assert client.post(f"/deals/{deal.pk}/advance/", {}).status_code == 404


def test_a_dragged_card_comes_back_with_the_dialog(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    typed = {"to": "work", "from": "board", "seen": str(deal.run.revision)}
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", typed, headers=PART)
    assert answer.status_code == 422
    assert "<dialog" in answer.content.decode()
    assert f'id="deal-{deal.pk}"' in answer.content.decode()


def test_a_stale_drag_is_refused_in_a_sentence(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", {"to": "work", "from": "board", "seen": "1"}, headers=PART)
    assert answer.status_code == 409
    assert "<dialog" not in answer.content.decode()
    assert f'data-version="{deal.run.revision}"' in answer.content.decode()


def test_a_drag_that_passes_tells_the_board_what_changed(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    fulfil(deal)
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", {"to": "talk", "from": "board"}, headers=PART)
    assert answer.status_code == 200
    assert '"to": "talk"' in answer.headers["HX-Trigger"]
    assert 'id="head-lead"' in answer.content.decode()
    assert 'id="head-talk"' in answer.content.decode()


def test_a_refused_contact_stays_though_the_gate_is_content_by_now(
    log_in: LogIn, rep: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    customer = make_customer()
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "老王", "phone": "13800001111"})
    deal, client = make_deal(process="b2b-software"), log_in(rep)
    typed = {
        "field.customer": customer.name,
        "field.source": str(crm.sources()[0].pk),
        "field.region": str(crm.regions()[0].pk),
        "action.verify-lead.note": "电话核实过了",
        "contact.reachable.0.name": "新来的小李",
        "contact.reachable.0.phone": "12345",
    }
    answer = client.post(f"/deals/{deal.pk}/advance/", typed, headers=PART)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="新来的小李"' in text
    assert 'value="12345" aria-invalid="true"' in text.replace("\n", "")
    assert "All done" not in text
    assert "Nothing stands in the way" not in text
    left = {"seen": str(fresh(deal).run.revision), "contact.reachable.0.name": "新来的小李"}
    typed |= {"contact.reachable.0.phone": "13800002222", **left}
    del typed["field.customer"], typed["action.verify-lead.note"]
    assert client.post(f"/deals/{deal.pk}/advance/", typed).status_code == 302
    assert {row.name for row in customer.contacts.all()} == {"老王", "新来的小李"}
    assert stage_of(deal) == "contact"


def test_what_was_done_is_not_offered_to_be_done_again(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    typed = {
        "follow_up.followed.0.kind": "call",
        "follow_up.followed.0.text": "第一次聊得不错",
        "follow_up.followed.1.kind": "call",
        "follow_up.followed.1.text": "第二次",
        "follow_up.followed.1.next_step": "没有日期",
    }
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", typed)
    row = next(row for row in answer.context["form"].unmet if row.how == "follow_up")
    assert [group.key for group in row.groups] == ["follow_up.followed.1"]
    assert {one.name: one.text for one in row.groups[0].inputs}["follow_up.followed.1.text"] == "第二次"
    assert "第一次聊得不错" not in answer.content.decode()


def test_a_contact_without_a_customer_is_refused_and_not_forgotten(
    log_in: LogIn, rep: User, make_deal: MakeDeal
) -> None:
    deal = make_deal(process="b2b-software")
    typed = {"then": "stay", "contact.reachable.0.name": "王经理"}
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", typed)
    assert answer.status_code == 422
    assert "王经理" in answer.content.decode()


def test_what_was_typed_stands_beside_what_somebody_else_saved(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    seen = str(deal.run.revision)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"budget": "7000"})
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", {"to": "work", "seen": seen, "field.budget": "9000"})
    assert answer.status_code == 409
    kept = answer.context["form"].kept[0]
    assert kept.now == "7000.00"
    assert kept.groups[0].inputs[0].text == "9000"
    assert fresh(deal).extra["budget"] == "7000.00"


def test_an_edit_between_is_not_overwritten_by_choosing_the_customer(
    rep: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    deal, other = make_deal(process="b2b-software"), make_customer()
    request = RequestFactory().post("/", {"field.customer": make_customer().name, "seen": str(deal.run.revision)})
    stale = fresh(deal)  # as the page read it, before somebody else chose a customer
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"customer": other.pk})
    outcome = fulfil_form(Sent(actor_of(rep), stale, None, request))
    assert isinstance(outcome.refusal, StaleVersion)
    assert fresh(deal).customer == other


def test_a_new_customer_is_created_in_the_gate(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(process="b2b-software"), log_in(rep)
    typed = {"then": "stay", "field.customer": "苏州新芽科技有限公司", "contact.reachable.0.name": "王经理"}
    refused = client.post(f"/deals/{deal.pk}/advance/", typed)
    assert refused.status_code == 422
    assert 'name="field.customer.new"' in refused.content.decode()
    assert client.post(f"/deals/{deal.pk}/advance/", {**typed, "field.customer.new": "1"}).status_code == 302
    customer = fresh(deal).customer
    assert customer.name == "苏州新芽科技有限公司"
    assert customer.owner == rep
    assert [row.name for row in customer.contacts.all()] == ["王经理"]


def test_a_new_customer_that_somebody_has_already_is_named(
    log_in: LogIn, rep: User, stranger: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    taken = make_customer(owner=stranger)
    deal = make_deal(process="b2b-software")
    typed = {"then": "stay", "field.customer": taken.name, "field.customer.new": "1"}
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", typed)
    assert answer.status_code == 422
    assert "小陌" in answer.content.decode()
    assert fresh(deal).customer is None


def test_an_action_is_done_with_the_follow_up_written_for_it(
    log_in: LogIn, rep: User, make_deal: MakeDeal, company: Company
) -> None:
    content = trial()
    content["stages"][1]["conditions"] = [{"key": "met", "kind": "activities.done", "actions": ["visit"]}]
    publish(content)
    deal, client = walk_to(make_deal(), "talk"), log_in(rep)
    half = {"to": "work", "action.visit.kind": "visit", "action.visit.next_step": "约下次"}
    refused = client.post(f"/deals/{deal.pk}/advance/", half)
    assert refused.status_code == 422
    assert "约下次" in refused.content.decode()
    typed = {"to": "work", "action.visit.kind": "visit", "action.visit.text": "去了现场，看了两条产线"}
    assert client.post(f"/deals/{deal.pk}/advance/", typed).status_code == 302
    assert stage_of(deal) == "work"
    assert fresh(deal).activities.get().text == "去了现场，看了两条产线"


def test_says_who_did_not_grant_and_why(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    fulfil(deal)
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(asked, AwaitingApproval)
    grant(asked.requests[0], granted=False, note="折扣太低")
    client = log_in(rep)
    for address in (f"/deals/{deal.pk}/gate/", f"/deals/{deal.pk}/", "/"):
        text = client.get(address).content.decode()
        assert "销售主管 did not grant “主管同意”: 折扣太低" in text, address
    client.post(f"/deals/{deal.pk}/advance/", {"to": "work"})
    assert "折扣太低" not in client.get(f"/deals/{deal.pk}/gate/").content.decode()


def test_one_follow_up_in_the_form_proves_an_action_as_well(
    log_in: LogIn, rep: User, make_deal: MakeDeal, company: Company
) -> None:
    content = trial()
    content["stages"][1]["conditions"] = [
        {"key": "met", "kind": "activities.done", "actions": ["visit"]},
        {"key": "followed", "kind": "activities.follow_ups"},
    ]
    publish(content)
    deal, client = walk_to(make_deal(), "talk"), log_in(rep)
    alone = client.post(f"/deals/{deal.pk}/advance/", {"to": "work", "action.visit.done": "1"})
    assert alone.status_code == 422
    assert stage_of(deal) == "talk"
    typed = {"action.visit.done": "1", "follow_up.followed.0.kind": "visit", "follow_up.followed.0.text": "去了现场"}
    assert client.post(f"/deals/{deal.pk}/advance/", {"to": "work", **typed}).status_code == 302
    assert stage_of(deal) == "work"
    assert fresh(deal).activities.count() == 1


def test_a_row_of_the_checklist_leads_to_its_field(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = walk_to(make_deal(), "talk"), log_in(rep)
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    href = f"/deals/{deal.pk}/gate/?to=work"
    assert f'href="{href}#gate-form-field.budget" hx-get="{href}&at=field.budget"' in page
    dialog = client.get(f"{href}&at=field.budget", headers=PART).content.decode()
    assert dialog.count("data-at") == 1
    assert dialog.index("data-at") < dialog.index('name="field.budget"') < dialog.index('name="field.amount"')


def test_facts_of_the_customer_and_files_are_filled_in_at_the_gate(log_in: LogIn, rep: User) -> None:
    content = trial(process="papers")
    content["stages"][0]["conditions"] = [
        {"key": "invoice", "kind": "customer.filled", "fields": ["address", "phone"]},
        {"key": "photos", "kind": "files.attached", "of": ["image"], "at_least": 1},
    ]
    publish(content)
    customer = new_customer(rep)
    deal = new_deal(rep, "papers", customer=customer.pk)
    page = log_in(rep).get(f"/deals/{deal.pk}/").content.decode()
    assert 'name="customer_field.address"' in page
    assert 'name="file.photos.0.file"' in page
    assert "At least one file attached: picture" in log_in(rep).get("/processes/papers/").content.decode()
    typed = {"customer_field.address": "上海路1号", "customer_field.phone": "12", "to": "talk"}
    refused = log_in(rep).post(f"/deals/{deal.pk}/advance/", {**typed, "file.photos.0.file": picture()})
    assert refused.status_code == 422
    assert "is not a phone number" in refused.content.decode()
    assert unmet(deal) == [("invoice", "phone")]
    typed["customer_field.phone"] = "13800001111"
    assert log_in(rep).post(f"/deals/{deal.pk}/advance/", typed).status_code == 302
    assert stage_of(deal) == "talk"


def test_who_may_not_change_the_customer_reads_what_is_missing(log_in: LogIn, rep: User, company: Company) -> None:
    northerner = company.people["northerner"]
    content = trial(process="papers")
    content["stages"][0]["conditions"] = [{"key": "invoice", "kind": "customer.filled", "fields": ["address"]}]
    publish(content)
    deal = new_deal(northerner, "papers", customer=new_customer(northerner).pk)
    add_collaborator(actor=actor_of(northerner), deal_id=deal.pk, user_id=rep.pk, may_write=True)
    page = log_in(rep).get(f"/deals/{deal.pk}/").content.decode()
    assert "Fill in “Address” of the customer" in page
    assert 'name="customer_field.address"' not in page


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("现场.png", b"\x89PNG\r\n\x1a\n", content_type="image/png")
