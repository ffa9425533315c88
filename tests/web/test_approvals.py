"""Approvals on the screens and over the API: who has said yes, who is to answer, passing on, adding, taking back."""

import pytest

from dealrail.accounts.models import User
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal
from dealrail.crm.models import Deal
from dealrail.process.models import ApprovalRequest
from tests.api.client import Api
from tests.cast import Company, actor_of, new_customer, new_deal, publish, stage_of, trial
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db
BY = {"all": [{"role": "legal"}, {"person": "boss"}]}


@pytest.fixture
def asked(rep: User, company: Company) -> ApprovalRequest:
    """A move that legal and the boss must agree to; finance is told."""
    content = trial(process="several")
    content["stages"][0]["conditions"] = [
        {"key": "ok", "name": "双审", "kind": "process.approval", "by": BY, "cc": [{"role": "finance"}]}
    ]
    publish(content)
    deal = new_deal(rep, "several", customer=new_customer(rep).pk)
    waiting = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(waiting, AwaitingApproval)
    return waiting.requests[0]


def test_the_pages_say_who_agreed_and_who_is_to_answer(
    asked: ApprovalRequest, log_in: LogIn, rep: User, legal: User, company: Company
) -> None:
    deal: Deal = asked.run.deal
    address = f"/deals/{deal.pk}/approvals/{asked.pk}/"
    assert log_in(legal).post(address, {"decision": "grant", "next": "/"}).status_code == 302
    page = log_in(rep).get(f"/deals/{deal.pk}/").content.decode()
    assert "Said yes: 小法" in page
    assert "Waits for approval: 双审 (总经理)" in page
    assert "Told of it: 小财" in page
    assert "Said yes: 双审; still to answer: 总经理" in page
    assert f"{address}withdraw/" in page
    assert f"{address}pass-on/" not in page
    boss = log_in(company.people["boss"])
    assert "Said yes: 小法" in boss.get("/?mine=1").content.decode()
    assert (
        "Waiting for approval: 双审 (总经理; 小法 agreed)"
        in log_in(rep).get("/board/?process=several").content.decode()
    )


def test_passing_on_adding_and_taking_back_in_the_browser(
    asked: ApprovalRequest, log_in: LogIn, rep: User, legal: User, company: Company
) -> None:
    address = f"/deals/{asked.run.deal.pk}/approvals/{asked.pk}/"
    offered = log_in(legal).get(f"{address}pass-on/").content.decode()
    assert "小陌" in offered
    assert f'<option value="{rep.pk}"' not in offered
    assert log_in(legal).post(f"{address}pass-on/", {"person": ""}).status_code == 422
    delivery, stranger = company.people["delivery"], company.people["stranger"]
    assert log_in(legal).post(f"{address}pass-on/", {"person": delivery.pk, "next": "/"}).status_code == 302
    sent = {"person": stranger.pk, "first": "first", "next": "/"}
    assert log_in(delivery).post(f"{address}approvers/", sent).status_code == 302
    page = log_in(stranger).get(f"/deals/{asked.run.deal.pk}/").content.decode()
    assert "After that: 小施" in page
    assert log_in(rep).post(f"{address}withdraw/", {"note": "改价"}).status_code == 302
    asked.refresh_from_db()
    assert asked.status == ApprovalRequest.Status.WITHDRAWN


def test_over_the_api(asked: ApprovalRequest, rep: User, legal: User, company: Company) -> None:
    as_rep = Api(rep)
    deal_id, base = asked.run.deal.pk, f"deals/{asked.run.deal.pk}/approvals/{asked.pk}"
    passed = Api(legal).post(f"{base}/delegate", to="delivery").body
    assert [(row["person"]["name"], row["part"], row["seat"]) for row in passed["people"]] == [
        ("小财", "told", 0), ("小法", "delegated", 1), ("小施", "waiting", 1), ("总经理", "waiting", 2),
    ]  # fmt: skip
    assert Api(legal).post(f"{base}/approvers", person="stranger").code == "no_such_approval"
    deputy = Api(company.people["delivery"])
    assert deputy.post(f"{base}/approvers", person="rep").code == "asks_themselves"
    assert deputy.post(f"{base}/approvers", person="stranger", first=True).status == 200
    assert deputy.get("approvals").body["items"] == []
    assert Api(company.people["stranger"]).post(f"{base}/decide", granted=True).status == 202
    assert [row["id"] for row in deputy.get("approvals").body["items"]] == [asked.pk]
    assert deputy.post(f"{base}/withdraw").code == "not_your_request"
    assert as_rep.post(f"{base}/withdraw", note="改价").status == 200
    assert stage_of(asked.run.deal) == "lead"
    assert as_rep.get(f"deals/{deal_id}/gate").body["approvals"][0]["code"] == "approval_needed"


def test_the_handbook_says_whom_it_asks(asked: ApprovalRequest, log_in: LogIn, rep: User) -> None:
    page = log_in(rep).get("/processes/several/").content.decode()
    assert "Approved by all of: Legal, 总经理; told of it: Finance" in page
