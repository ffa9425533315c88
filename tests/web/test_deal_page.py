"""The deal page and its steps."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import FileResponse

from dealrail.accounts.models import User
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal
from tests.cast import MakeCustomer, MakeDeal, actor_of, fresh, fulfil, stage_of, unmet, walk_to
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

STEPS = ["back", "lose", "park", "reopen", "transfer", "release", "waive", "change", "follow-up", "contact"]


def test_shows_the_stages_the_gate_and_what_happened(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    page = log_in(rep).get(f"/deals/{deal.pk}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "线索" in text
    assert all(row.demand.message in text for row in page.context["form"].unmet)
    assert "Moved from “线索” to “洽谈”" in text


@pytest.mark.parametrize("way", ["", "gate/", "moves/", *[f"{step}/" for step in STEPS]])
def test_is_not_there_for_who_may_not_see_it(log_in: LogIn, stranger: User, make_deal: MakeDeal, way: str) -> None:
    assert log_in(stranger).get(f"/deals/{make_deal().pk}/{way}").status_code == 404


@pytest.mark.parametrize("step", [step for step in STEPS if step not in {"reopen"}])
def test_every_step_has_a_page_of_its_own(log_in: LogIn, admin: User, make_deal: MakeDeal, step: str) -> None:
    deal = walk_to(make_deal(), "talk")
    page = log_in(admin).get(f"/deals/{deal.pk}/{step}/")
    assert page.status_code == 200
    assert f'action="/deals/{deal.pk}/{step}/"' in page.content.decode()


def test_losing_needs_a_reason_and_keeps_the_note(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    answer = log_in(rep).post(f"/deals/{deal.pk}/lose/", {"reason": "", "note": "客户换人了"})
    assert answer.status_code == 422
    assert "客户换人了" in answer.content.decode()
    assert fresh(deal).run.state == "open"


def test_loses_and_reopens(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    client.post(f"/deals/{deal.pk}/lose/", {"reason": "price", "note": ""})
    assert fresh(deal).run.state == "lost"
    assert client.get(f"/deals/{deal.pk}/").status_code == 200
    client.post(f"/deals/{deal.pk}/reopen/", {})
    assert fresh(deal).run.state == "open"


def test_parks(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    log_in(rep).post(f"/deals/{deal.pk}/park/", {"note": "明年再说"})
    assert fresh(deal).run.state == "parked"


def test_sends_back(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    log_in(rep).post(f"/deals/{deal.pk}/back/", {"to": "lead"})
    assert stage_of(deal) == "lead"


def test_after_a_handover_one_is_led_to_a_page_one_may_see(
    log_in: LogIn, rep: User, stranger: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    answer = log_in(rep).post(f"/deals/{deal.pk}/transfer/", {"owner": str(stranger.pk)})
    assert answer.headers["Location"] == "/"
    assert fresh(deal).owner == stranger


def test_goes_to_the_pool_and_is_claimed(log_in: LogIn, rep: User, colleague: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    log_in(rep).post(f"/deals/{deal.pk}/release/", {"reason": "客户不回复", "pool": ""})
    assert fresh(deal).owner is None
    log_in(colleague).post(f"/deals/{deal.pk}/claim/", {})
    assert fresh(deal).owner == colleague


def test_evidence_is_kept_and_downloaded_by_who_sees_the_deal(
    log_in: LogIn, rep: User, stranger: User, make_deal: MakeDeal
) -> None:
    deal, client = walk_to(make_deal(), "talk"), log_in(rep)
    sheet = SimpleUploadedFile("方案.pdf", b"<script>alert(1)</script>")
    client.post(f"/deals/{deal.pk}/actions/proposal/", {"file": sheet, "note": ""})
    address = f"/deals/{deal.pk}/actions/proposal/file/"
    assert address in client.get(f"/deals/{deal.pk}/").content.decode()
    kept = client.get(address)
    assert isinstance(kept, FileResponse)
    assert kept.getvalue() == b"<script>alert(1)</script>"
    assert kept.headers["Content-Disposition"].startswith("attachment")
    assert kept.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/deals/{deal.pk}/actions/call/file/").status_code == 404
    assert log_in(stranger).get(address).status_code == 404


def test_a_rep_may_not_waive(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    answer = log_in(rep).post(f"/deals/{deal.pk}/waive/", {"condition": "basics", "reason": "急"})
    assert answer.status_code == 403
    assert unmet(deal) != []


def test_a_manager_waives_with_a_reason(log_in: LogIn, manager: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    log_in(manager).post(f"/deals/{deal.pk}/waive/", {"condition": "basics", "reason": "老客户，需求已知"})
    assert ("basics", "need") not in unmet(deal)


def test_a_follow_up_is_written_and_shown(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    typed = {"kind": "call", "text": "客户要看演示", "next_step": "约演示", "next_step_at": "2030-01-05T10:00"}
    client.post(f"/deals/{deal.pk}/follow-up/", typed)
    text = client.get(f"/deals/{deal.pk}/").content.decode()
    assert "客户要看演示" in text
    assert "约演示" in text


def test_a_refused_follow_up_keeps_its_words(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    typed = {"kind": "call", "text": "客户要看演示", "next_step": "约演示", "next_step_at": ""}
    answer = log_in(rep).post(f"/deals/{make_deal().pk}/follow-up/", typed)
    assert answer.status_code == 422
    assert "客户要看演示" in answer.content.decode()


def test_an_action_needs_its_evidence(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = walk_to(make_deal(), "talk"), log_in(rep)
    assert client.post(f"/deals/{deal.pk}/actions/call/", {"note": ""}).status_code == 422
    assert client.post(f"/deals/{deal.pk}/actions/call/", {"note": "打过了"}).status_code == 302
    assert ("done", "call") not in unmet(deal)


def test_facts_are_changed_in_place(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    log_in(rep).post(f"/deals/{deal.pk}/change/", {"name": "新名称", "amount": "1.2万", "need": "记账"})
    assert fresh(deal).name == "新名称"
    assert str(fresh(deal).amount) == "12000.00"


def test_html_of_the_process_and_of_people_stays_text(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal(name="<script>alert(1)</script>")
    assert "<script>alert" not in log_in(rep).get(f"/deals/{deal.pk}/").content.decode()


def test_whoever_was_asked_decides_from_the_first_page(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    deal = walk_to(make_deal(), "talk")
    fulfil(deal)
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(asked, AwaitingApproval)
    client = log_in(manager)
    address = f"/deals/{deal.pk}/approvals/{asked.requests[0].pk}/"
    assert address in client.get("/").content.decode()
    assert client.post(address, {"decision": "refuse", "note": ""}).status_code == 422
    client.post(address, {"decision": "grant"})
    assert stage_of(deal) == "work"


def test_creates_a_deal(log_in: LogIn, rep: User, company: object) -> None:
    answer = log_in(rep).post("/deals/new/", {"process": "trial", "name": "新商机", "amount": "5万"})
    page = log_in(rep).get(answer.headers["Location"])
    assert "新商机" in page.content.decode()
    assert page.context["deal"].owner == rep


def test_a_new_deal_that_is_refused_keeps_what_was_typed(log_in: LogIn, rep: User, company: object) -> None:
    answer = log_in(rep).post("/deals/new/", {"process": "trial", "name": "新商机", "amount": "很多"})
    assert answer.status_code == 422
    assert "很多" in answer.content.decode()
    assert "新商机" in answer.content.decode()


def test_a_new_deal_for_a_customer_names_it(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer = make_customer()
    page = log_in(rep).get(f"/deals/new/?process=trial&customer={customer.pk}")
    assert f'value="{customer.name}"' in page.content.decode()


def test_who_decides_reaches_no_deal_of_others_by_its_request(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    deal, other = walk_to(make_deal(), "talk"), make_deal()
    fulfil(deal)
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(asked, AwaitingApproval)
    address = f"/deals/{other.pk}/approvals/{asked.requests[0].pk}/"
    assert log_in(manager).post(address, {"decision": "grant"}).status_code == 404
    assert stage_of(deal) == "talk"
