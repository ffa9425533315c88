"""Collaborators, requests for waivers, hand-overs, comments and files by the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dealrail.accounts.models import User
from dealrail.crm.queries import waiting_hand_over
from dealrail.events import clocks
from tests.api.client import Api
from tests.cast import Company, MakeCustomer, MakeDeal, fresh, fulfil, new_deal, publish, trial, walk_to

pytestmark = pytest.mark.django_db


def paper(name: str = "报价.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4")


def test_a_collaborator_is_added_listed_and_taken_off(
    as_rep: Api, as_stranger: Api, stranger: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    path = f"deals/{deal.pk}/collaborators"
    assert as_stranger.get(f"deals/{deal.pk}").status == 404
    added = as_rep.post(path, person="stranger", may_write=True)
    assert added.body[0]["person"] == {"id": stranger.pk, "name": "小陌"}
    assert as_stranger.patch(f"deals/{deal.pk}", amount="5").status == 200
    assert len(as_stranger.get(path).body) == 1
    assert as_rep.delete(f"{path}/{stranger.pk}").status == 204
    assert as_stranger.get(f"deals/{deal.pk}").status == 404


def test_a_waiver_is_asked_for_once_and_granted(
    as_rep: Api, as_manager: Api, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    deal = make_deal(customer=make_customer().pk)
    path = f"deals/{deal.pk}/waiver-requests"
    asked = as_rep.post(path, condition="basics", reason="老客户", key="once")
    assert asked.status == 201
    assert (asked.body["status"], asked.body["to"]["name"]) == ("pending", "洽谈")
    assert as_rep.post(path, condition="basics", reason="老客户", key="once").body == asked.body
    assert as_rep.post(path, condition="basics", reason="老客户").code == "waiver_asked_already"
    waiting = as_manager.get("waiver-requests").body["items"]
    assert [row["id"] for row in waiting] == [asked.body["id"]]
    answer = f"{path}/{asked.body['id']}/answer"
    assert as_rep.post(answer, granted=True).code == "not_allowed"
    assert as_manager.post(answer, granted=False).code == "reason_missing"
    assert as_manager.post(answer, granted=True).status == 200
    assert as_rep.post(f"deals/{deal.pk}/advance").body["stage"]["key"] == "talk"


def test_a_waiver_is_taken_back(as_rep: Api, as_manager: Api, make_deal: MakeDeal) -> None:
    path = f"deals/{make_deal().pk}/waiver-requests"
    asked = as_rep.post(path, condition="basics", reason="老客户").body
    assert as_rep.post(f"{path}/{asked['id']}/withdraw").status == 200
    assert as_manager.get("waiver-requests").body["items"] == []


def test_a_move_names_the_next_owner_who_acknowledges(
    as_rep: Api, rep: User, company: Company, make_customer: MakeCustomer
) -> None:
    content = trial()
    content["stages"][1] |= {"roles": ["delivery"], "hand_over": "required"}
    publish(content)
    deal = new_deal(rep, need="记账", customer=make_customer().pk)
    assert as_rep.post(f"deals/{deal.pk}/advance").code == "next_owner_needed"
    assert as_rep.post(f"deals/{deal.pk}/advance", next_owner="nobody").code == "unknown_person"
    moved = as_rep.post(f"deals/{deal.pk}/advance", next_owner="delivery", note="月底上线")
    assert moved.body["owner"]["name"] == "小施"
    delivery = Api(company.people["delivery"])
    assert delivery.post(f"deals/{deal.pk}/hand-over/acknowledge").status == 200
    assert delivery.post(f"deals/{deal.pk}/hand-over/acknowledge").code == "not_found"
    assert fresh(deal).owner == company.people["delivery"]


def test_nobody_as_the_next_owner_takes_back_who_was_chosen(
    as_rep: Api, company: Company, make_customer: MakeCustomer, rep: User
) -> None:
    content = trial()
    content["stages"][2]["roles"] = ["delivery"]
    publish(content)
    deal = walk_to(new_deal(rep, need="记账", customer=make_customer().pk), "talk")
    fulfil(deal)
    path = f"deals/{deal.pk}/advance"
    assert as_rep.post(path, next_owner="delivery").status == 202
    assert as_rep.post(path).status == 202
    assert waiting_hand_over(deal.pk) is not None
    assert as_rep.post(path, next_owner=None).status == 202
    assert waiting_hand_over(deal.pk) is None


def test_comments_are_written_listed_and_taken_back(
    as_rep: Api, as_manager: Api, manager: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    deal, customer = make_deal(), make_customer()
    made = as_rep.post("comments", text="@manager 看一下", deal=deal.pk)
    assert made.body["mentions"] == [{"id": manager.pk, "name": "销售主管"}]
    as_rep.post("comments", text="老客户", customer=customer.pk)
    assert len(as_manager.get("comments").body["items"]) == 2
    assert [row["text"] for row in as_manager.get("comments", deal=deal.pk).body["items"]] == ["@manager 看一下"]
    assert as_rep.post("comments", text="@stranger 看", deal=deal.pk).code == "not_seen_by_mentioned"
    assert as_manager.delete(f"comments/{made.body['id']}").code == "not_allowed"
    assert as_rep.delete(f"comments/{made.body['id']}").status == 204
    assert as_manager.get("comments", deal=deal.pk).body["items"] == []
    clocks.drain()
    for place in (f"deals/{deal.pk}/timeline", "events", "notifications"):
        assert "看一下" not in str(as_manager.get(place).body), place
    assert "老客户" in str(as_manager.get(f"customers/{customer.pk}/timeline").body)


def test_a_file_is_attached_once_fetched_removed_and_brought_back(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = make_deal()
    made = as_rep.upload("attachments", key="once", deal=deal.pk, file=paper())
    assert made.status == 201
    assert (made.body["name"], made.body["media_type"]) == ("报价.pdf", "application/pdf")
    path = f"attachments/{made.body['id']}"
    answer = as_rep.get(f"{path}/file")
    assert answer.text == "%PDF-1.4"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert as_rep.delete(path).body["deleted_at"]
    assert as_rep.get(f"{path}/file").status == 404
    assert as_rep.post(f"{path}/restore").body["deleted_at"] is None
    assert as_rep.upload("attachments", deal=deal.pk, file=paper("virus.exe")).code == "file_refused"
    assert len(as_rep.get("attachments", deal=deal.pk).body["items"]) == 1
