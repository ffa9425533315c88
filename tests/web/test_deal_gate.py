"""The gate as a form: everything is submitted at once, each thing by its own action; what is refused keeps its text."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dealrail.accounts.models import User
from tests.cast import MakeCustomer, MakeDeal, event_kinds, fresh, fulfil, last_event_id, stage_of, unmet, walk_to
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
    assert "记账" in answer.content.decode()
    assert "没有这个客户" in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()


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
    assert ("facts", "budget") in unmet(deal)
    assert 'value="5000"' in answer.content.decode()


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
