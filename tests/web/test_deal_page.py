"""The deal page and its steps."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import FileResponse
from django.utils import timezone

from dealrail.accounts.models import User
from dealrail.accounts.queries import working_time
from dealrail.activities import queries as activities
from dealrail.activities.rules import picked_day
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import create_contact, create_customer
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal, change_deal
from dealrail.crm.actions.pools import release_customer, release_deal
from dealrail.crm.models import Deal
from dealrail.events import clocks
from dealrail.process.models import Run, Stay
from tests.cast import (
    MakeCustomer,
    MakeDeal,
    actor_of,
    event_kinds,
    follow_up,
    fresh,
    fulfil,
    last_event_id,
    stage_of,
    unmet,
    walk_to,
)
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

STEPS = ["back", "lose", "park", "reopen", "transfer", "release", "waive", "change", "follow-up", "contact", "task"]


def test_shows_the_stages_the_gate_and_what_happened(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    page = log_in(rep).get(f"/deals/{deal.pk}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "线索" in text
    assert all(row.demand.message in text for row in page.context["form"].unmet)
    assert "Moved from “线索” to “洽谈”" in text


def test_the_button_under_the_thumb_says_what_it_does(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    text = log_in(rep).get(f"/deals/{make_deal().pk}/").content.decode()
    assert '<span class="deal-foot-words">Move on → 洽谈</span>' in text


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


def test_a_loss_that_came_without_a_reason_says_so(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    client.post(f"/deals/{deal.pk}/lose/", {"reason": "price", "note": ""})
    Deal.objects.filter(pk=deal.pk).update(loss_reason="")  # as history brought in from a sheet may be
    assert "Lost in “线索”; nobody has told why" in client.get(f"/deals/{deal.pk}/").content.decode()


def test_parks(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    log_in(rep).post(f"/deals/{deal.pk}/park/", {"note": "明年再说"})
    assert fresh(deal).run.state == "parked"


def test_a_transfer_is_taken_back_from_its_message_while_one_may(
    log_in: LogIn, rep: User, manager: User, colleague: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(manager)
    said = client.post(f"/deals/{deal.pk}/transfer/", {"owner": str(colleague.pk)}, follow=True).content.decode()
    way = f"{deal.pk}:{rep.pk}:{colleague.pk}"
    assert f'name="way" value="{way}"' in said
    back = client.post("/deals/transfer-back/", {"way": way}, follow=True)
    assert "is back with its owner" in back.content.decode()
    assert fresh(deal).owner == rep
    assert client.post("/deals/transfer-back/", {"way": way}).status_code == 422
    assert client.post("/deals/transfer-back/", {"way": "x:1"}).status_code == 404
    assert fresh(deal).owner == rep


def test_who_gives_a_deal_out_of_reach_is_warned_before_and_offered_no_undo(
    log_in: LogIn, rep: User, admin: User, colleague: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(rep)
    assert "you can’t take it back" in client.get(f"/deals/{deal.pk}/transfer/").content.decode()
    assert "take it back" not in log_in(admin).get(f"/deals/{deal.pk}/transfer/").content.decode()
    said = client.post(f"/deals/{deal.pk}/transfer/", {"owner": str(colleague.pk)}, follow=True).content.decode()
    assert "Handed over." in said
    assert 'name="way"' not in said
    way = f"{deal.pk}:{rep.pk}:{colleague.pk}"
    assert client.post("/deals/transfer-back/", {"way": way}).status_code == 404
    assert fresh(deal).owner == colleague


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
    assert address in client.get("/", follow=True).content.decode()
    for shown in ("/", f"/deals/{deal.pk}/", address):
        assert "<dt>预算</dt>" in client.get(shown, follow=True).content.decode(), shown
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
    client = log_in(manager)
    page = client.post(address, {"decision": "grant"}, follow=True).content.decode()
    assert "or it is decided already" in page
    assert stage_of(deal) == "talk"


def test_who_decides_too_late_is_told_so_and_the_form_goes(
    log_in: LogIn, rep: User, legal: User, make_deal: MakeDeal
) -> None:
    deal = walk_to(make_deal(), "work")
    asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(asked, AwaitingApproval)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "1"})
    address, client = f"/deals/{deal.pk}/approvals/{asked.requests[0].pk}/", log_in(legal)
    page = client.post(address, {"decision": "grant", "next": "/"}, follow=True)
    assert "or it is decided already" in page.content.decode()
    answer = client.get(f"{address}?next=/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/"
    assert client.get(address).status_code == 404


def test_changing_what_is_being_approved_says_so_before_and_after(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    deal = walk_to(make_deal(), "talk")
    fulfil(deal)
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    client = log_in(rep)
    assert "the approval is taken back" in client.get(f"/deals/{deal.pk}/facts/amount/").content.decode()
    assert "the approval is taken back" not in client.get(f"/deals/{deal.pk}/facts/need/").content.decode()
    client.post(f"/deals/{deal.pk}/facts/amount/", {"amount": "120000.00"})
    client.post(f"/deals/{deal.pk}/facts/amount/", {"amount": "7"})
    assert "Approval taken back" in client.get(f"/deals/{deal.pk}/").content.decode()
    assert "Waits for approval" not in client.get(f"/deals/{deal.pk}/checklist/").content.decode()
    clocks.drain()
    told = log_in(manager).get("/notifications/").content.decode()
    assert "so its approval is taken back" in told
    assert "预算" in told


def pooled_for(stranger: User, make_deal: MakeDeal, make_customer: MakeCustomer) -> Deal:
    """A deal in the public pool with a customer of somebody else, whose phones nobody else is to see."""
    customer = make_customer(owner=stranger)
    fields = {"name": "王总", "phone": "13800001111"}
    create_contact(actor=actor_of(stranger), customer_id=customer.pk, fields=fields)
    deal = make_deal(owner=stranger, customer=customer.pk)
    release_deal(actor=actor_of(stranger), deal_id=deal.pk, reason="客户不回复")
    return deal


@pytest.mark.parametrize("way", ["", "follow-up/", "actions/visit/"])
def test_contacts_of_a_customer_one_may_not_see_are_not_shown(
    log_in: LogIn, rep: User, stranger: User, make_deal: MakeDeal, make_customer: MakeCustomer, way: str
) -> None:
    deal = pooled_for(stranger, make_deal, make_customer)
    page = log_in(rep).get(f"/deals/{deal.pk}/{way}")
    assert page.status_code == 200
    assert "13800001111" not in page.content.decode()
    assert "王总" not in page.content.decode()
    assert f'href="/customers/{fresh(deal).customer_id}/"' not in page.content.decode()


def test_who_is_asked_to_approve_sees_no_contacts_of_a_customer_out_of_reach(
    log_in: LogIn, rep: User, legal: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    customer = make_customer()
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王总", "phone": "13800001111"})
    deal = walk_to(make_deal(customer=customer.pk), "work")
    assert isinstance(advance_deal(actor=actor_of(rep), deal_id=deal.pk), AwaitingApproval)
    page = log_in(legal).get(f"/deals/{deal.pk}/")
    assert page.status_code == 200
    assert "13800001111" not in page.content.decode()
    assert "13800001111" in log_in(rep).get(f"/deals/{deal.pk}/").content.decode()


def test_phones_are_masked_as_long_as_the_customer_lies_in_a_pool(
    log_in: LogIn, rep: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    customer = make_customer()
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王总", "phone": "13800001111"})
    deal = make_deal(customer=customer.pk)
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="客户不回复")
    text = log_in(rep).get(f"/deals/{deal.pk}/").content.decode()
    assert "13800001111" not in text
    assert "王总" in text


def test_a_waiver_says_everything_that_it_excuses(log_in: LogIn, manager: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    page = log_in(manager).get(f"/deals/{deal.pk}/waive/?condition=done&to=work")
    chosen = page.context["inputs"][0]
    assert chosen.text == "done"
    offered = dict(chosen.options)
    assert offered["done"].excuses == ["Action “打电话”", "Action “写方案”"]
    assert offered["facts"].name == "Facts filled in"
    assert 'value="done" id="step-form-condition" checked' in page.content.decode()
    log_in(manager).post(f"/deals/{deal.pk}/waive/", {"condition": "done", "reason": "老客户"})
    assert [row for row in unmet(deal) if row[0] == "done"] == []


def test_a_waiver_of_the_customer_says_so_and_is_asked_for_once(
    log_in: LogIn, manager: User, make_deal: MakeDeal
) -> None:
    deal = make_deal(process="b2b-software")
    page = log_in(manager).get(f"/deals/{deal.pk}/waive/?condition=customer")
    offered = dict(page.context["inputs"][0].options)
    assert offered["customer"].excuses == ["Fill in “Customer”"]
    log_in(manager).post(
        f"/deals/{deal.pk}/waive/", {"condition": "customer", "reason_key": "other", "reason": "客户名称保密"}
    )
    assert "customer" not in [item for _condition, item in unmet(deal)]


def test_an_action_names_itself_and_says_how(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal(process="b2b-software")
    page = log_in(rep).get(f"/deals/{deal.pk}/actions/verify-lead/")
    spec = page.context["action"]
    text = page.content.decode()
    assert f"{spec.name}</h1>" in text.replace("\n", "")
    assert spec.how_to.strip().splitlines()[0][:12].lstrip("1. ") in text


def test_an_action_proved_by_a_follow_up_has_it_written_there(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = walk_to(make_deal(), "talk"), log_in(rep)
    address = f"/deals/{deal.pk}/actions/visit/"
    assert client.post(address, {"kind": "visit", "text": ""}).status_code == 422
    before = last_event_id()
    future = {"kind": "visit", "text": "还没去", "occurred_at": "2090-01-01T10:00"}
    assert client.post(address, future).status_code == 422
    assert event_kinds(before) == []
    assert client.post(address, {"kind": "visit", "text": "去了现场"}).status_code == 302
    assert event_kinds(before) == ["activity.recorded", "action.completed"]


def test_a_follow_up_says_when_it_happened(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    typed = {"kind": "call", "text": "补记上周的电话", "occurred_at": "2026-01-05T10:00"}
    client.post(f"/deals/{deal.pk}/follow-up/", typed)
    happened = fresh(deal).activities.get().occurred_at
    assert timezone.localtime(happened).strftime("%Y-%m-%d %H:%M") == "2026-01-05 10:00"
    refused = client.post(f"/deals/{deal.pk}/follow-up/", {**typed, "occurred_at": "2090-01-05T10:00"})
    assert refused.status_code == 422
    assert next(row for row in refused.context["inputs"] if row.name == "occurred_at").error


def test_its_author_corrects_a_follow_up(log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    client.post(f"/deals/{deal.pk}/follow-up/", {"kind": "call", "text": "预算五十万"})
    address = f"/deals/{deal.pk}/follow-ups/{fresh(deal).activities.get().pk}/"
    assert address in client.get(f"/deals/{deal.pk}/").content.decode()
    assert address not in log_in(manager).get(f"/deals/{deal.pk}/").content.decode()
    assert log_in(manager).post(address, {"text": "预算五百万"}).status_code == 403
    assert client.post(address, {"text": "预算十五万"}).status_code == 302
    text = client.get(f"/deals/{deal.pk}/").content.decode()
    assert "预算十五万" in text
    assert "预算五十万" not in text


def test_a_follow_up_is_corrected_at_its_own_deal_only(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, other = make_deal(), make_deal()
    follow_up(other, actor=actor_of(rep))
    address = f"/deals/{deal.pk}/follow-ups/{fresh(other).activities.get().pk}/"
    assert log_in(rep).get(address).status_code == 404
    assert log_in(rep).post(address, {"text": "改"}).status_code == 404


def test_plans_a_follow_up_for_oneself_and_a_task_for_others(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(rep)
    assert "owner" not in {row.name for row in client.get(f"/deals/{deal.pk}/task/").context["inputs"]}
    client.post(f"/deals/{deal.pk}/task/", {"kind": "plan", "title": "回访", "due_at": "2030-01-05T10:00"})
    typed = {"kind": "task", "title": "写方案", "owner": str(rep.pk)}
    assert log_in(manager).post(f"/deals/{deal.pk}/task/", typed).status_code == 302
    mine = {task.title: task.kind for task in activities.open_tasks_of(actor_of(rep)) if not task.action}
    assert mine == {"回访": "plan", "写方案": "task"}
    assert client.post(f"/deals/{deal.pk}/task/", {"kind": "plan", "title": ""}).status_code == 422


def test_a_plan_is_asked_for_its_time_and_offers_days_to_tap(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    address = f"/deals/{deal.pk}/task/"
    page = client.get(address).content.decode()
    assert 'name="pick" value="tomorrow" checked' in page
    refused = client.post(address, {"kind": "plan", "title": "打电话", "pick": "", "due_at": ""})
    assert refused.status_code == 422
    wrong = {row.name: row.error for row in refused.context["inputs"] if row.error}
    assert wrong == {"due_at": "Say when you will follow up. Only a task may do without a time."}
    assert not fresh(deal).tasks.filter(kind="plan").exists()
    assert client.post(address, {"kind": "plan", "title": "打电话", "pick": "in_three_days"}).status_code == 302
    due = fresh(deal).next_step_at
    assert due is not None
    assert timezone.localtime(due).hour == 10
    assert timezone.localdate(due) == picked_day("in_three_days", timezone.localdate(), working_time())


def test_a_typed_time_counts_before_the_day_tapped_and_a_task_may_do_without(
    log_in: LogIn, rep: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(rep)
    address = f"/deals/{deal.pk}/task/"
    client.post(address, {"kind": "plan", "title": "拜访", "pick": "tomorrow", "due_at": "2030-01-05T15:30"})
    client.post(address, {"kind": "task", "title": "有空再说", "pick": "", "due_at": ""})
    made = dict(fresh(deal).tasks.exclude(kind="action").values_list("title", "due_at"))
    assert timezone.localtime(made["拜访"]).isoformat()[:16] == "2030-01-05T15:30"
    assert made["有空再说"] is None


def test_days_of_the_stage_one_is_in_agree_with_the_board(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    entered = timezone.now() - timedelta(days=12)
    Run.objects.filter(pk=deal.run_id).update(stage_entered_at=entered)
    Stay.objects.filter(run=deal.run_id).update(entered_at=entered, assumed=True)
    client = log_in(rep)
    segments = client.get(f"/deals/{deal.pk}/").context["segments"]
    card = client.get("/board/?process=trial").context["columns"][0].cards[0]
    assert segments[0].days == card.days == 12


def test_a_new_customer_is_created_with_the_deal(log_in: LogIn, rep: User, company: object) -> None:
    client = log_in(rep)
    typed = {"process": "trial", "name": "新商机", "customer": "苏州新芽科技有限公司"}
    refused = client.post("/deals/new/", typed)
    assert refused.status_code == 422
    assert 'name="new_customer"' in refused.content.decode()
    bad = client.post("/deals/new/", {**typed, "new_customer": "1", "amount": "很多"})
    assert bad.status_code == 422
    assert not crm.customers(actor_of(rep)).filter(name="苏州新芽科技有限公司").exists()
    made = client.post("/deals/new/", {**typed, "new_customer": "1"})
    deal = client.get(made.headers["Location"]).context["deal"]
    assert (deal.customer.name, deal.customer.owner) == ("苏州新芽科技有限公司", rep)


def test_saving_facts_keeps_the_very_customer_when_two_have_one_name(
    log_in: LogIn, rep: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    first = make_customer(name="同名有限公司")
    fields = {"name": "同名有限公司"}
    second = create_customer(actor=actor_of(rep), fields=fields, allow_duplicate=True)
    deal = make_deal(customer=second.pk)
    log_in(rep).post(f"/deals/{deal.pk}/change/", {"name": "新名称", "customer": first.name})
    assert fresh(deal).customer == second


def test_the_days_of_a_stay_that_is_only_assumed_are_not_made_up(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    Stay.objects.filter(run=deal.run_id, left_at__isnull=False).update(assumed=True)
    segments = log_in(rep).get(f"/deals/{deal.pk}/").context["segments"]
    assert [segment.days for segment in segments] == [None, 0, None]
