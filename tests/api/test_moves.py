"""What is done with a deal over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.activities.models import ActionDone
from dealrail.crm.actions.recycling import delete_deal
from tests.api.client import Api
from tests.cast import (
    Company,
    MakeCustomer,
    MakeDeal,
    actor_of,
    follow_up,
    fresh,
    fulfil,
    last_event_id,
    new_deal,
    stage_of,
    walk_to,
)
from tests.forms.making import demand_survey, make_form


def test_the_gate_tells_in_advance_what_is_unmet(as_rep: Api, make_deal: MakeDeal, make_customer: MakeCustomer) -> None:
    gate = as_rep.get(f"deals/{make_deal(customer=make_customer().pk).pk}/gate").body
    assert (gate["to"], gate["outcome"]) == ("talk", "blocked")
    assert [(row["code"], row["condition"], row["field"]) for row in gate["unmet"]] == [
        ("field_missing", "basics", "need")
    ]
    assert gate["unmet"][0]["message"]


def test_a_blocked_gate_names_everything_at_once_approvals_too(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    before = last_event_id()
    refused = as_rep.post(f"deals/{deal.pk}/advance")
    assert (refused.status, refused.code) == (422, "gate_blocked")
    assert {row["condition"] for row in refused.body["unmet"]} == {"facts", "done", "followed", "known", "agreed"}
    assert [row["condition"] for row in refused.body["approvals"]] == ["agreed"]
    assert refused.body["unmet"] == as_rep.get(f"deals/{deal.pk}/gate").body["unmet"]
    assert (last_event_id(), stage_of(deal)) == (before, "talk")


def test_advances_with_the_fields_it_lacked(as_rep: Api, make_deal: MakeDeal, make_customer: MakeCustomer) -> None:
    deal, lacked = make_deal(), {"need": "报表", "customer": make_customer().pk}
    moved = as_rep.post(f"deals/{deal.pk}/advance", fields=lacked, seen_version=fresh(deal).run.revision)
    assert (moved.status, moved.body["stage"]["key"]) == (200, "talk")


def test_a_stale_press_moves_nothing(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = make_deal(need="报表")
    assert as_rep.post(f"deals/{deal.pk}/advance", seen_version=99).code == "stale_version"
    assert stage_of(deal) == "lead"


def test_waits_for_approval_and_moves_when_it_is_granted(as_rep: Api, as_manager: Api, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    fulfil(deal)
    assert as_rep.get(f"deals/{deal.pk}/gate").body["outcome"] == "needs_approval"
    waiting = as_rep.post(f"deals/{deal.pk}/advance")
    assert (waiting.status, waiting.body["to"], waiting.body["deal"]["stage"]["key"]) == (202, "work", "talk")
    [asked] = as_manager.get("approvals").body["items"]
    assert asked == waiting.body["approvals"][0]
    decided = as_manager.post(f"deals/{deal.pk}/approvals/{asked['id']}/decide", granted=True)
    assert (decided.status, decided.body["state"]) == (200, "won")
    assert as_manager.get("approvals").body == {"items": [], "next": None}


def test_an_approval_of_a_deleted_deal_waits_for_nobody(as_rep: Api, as_manager: Api, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    fulfil(deal)
    as_rep.post(f"deals/{deal.pk}/advance")
    delete_deal(actor=Actor.system(), deal_id=deal.pk)
    assert as_manager.get("approvals").body == {"items": [], "next": None}


def test_an_approval_of_somebody_else_is_not_there(as_rep: Api, as_stranger: Api, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    fulfil(deal)
    [asked] = as_rep.post(f"deals/{deal.pk}/advance").body["approvals"]
    for asker in (as_rep, as_stranger):
        assert asker.post(f"deals/{deal.pk}/approvals/{asked['id']}/decide", granted=True).status == 404
    assert stage_of(deal) == "talk"


def test_loses_parks_and_reopens(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = make_deal()
    assert as_rep.post(f"deals/{deal.pk}/lose", reason="none").code == "unknown_loss_reason"
    lost = as_rep.post(f"deals/{deal.pk}/lose", reason="价格", note="太贵").body
    assert (lost["state"], lost["stage"]["key"], lost["loss_reason"]) == (
        "lost",
        "lead",
        {"key": "price", "name": "价格"},
    )
    assert as_rep.post(f"deals/{deal.pk}/reopen").body["state"] == "open"
    assert as_rep.post(f"deals/{deal.pk}/park").body["state"] == "parked"
    assert as_rep.post(f"deals/{deal.pk}/park").code == "not_open"


def test_sends_back_without_a_gate(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    assert as_rep.post(f"deals/{deal.pk}/advance", to="lead").body["stage"]["key"] == "lead"
    assert as_rep.post(f"deals/{deal.pk}/advance", to="nowhere").code == "no_such_move"


def test_a_move_is_answered_as_the_deal_is_read_afterwards(
    as_rep: Api, rep: User, colleague: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    deal = make_deal(customer=make_customer().pk, amount="120000")
    fulfil(deal)
    moved = as_rep.post(f"deals/{deal.pk}/advance")
    assert (moved.status, moved.body) == (200, as_rep.get(f"deals/{deal.pk}").body)
    back = as_rep.post(f"deals/{deal.pk}/advance", to="lead", next_owner=colleague.pk)
    assert back.body["owner"]["id"] == colleague.pk
    assert back.body == Api(colleague).get(f"deals/{deal.pk}").body


@pytest.mark.parametrize("how", ["login", "id", "name"])
def test_hands_over_by_login_id_or_name(as_rep: Api, colleague: User, make_deal: MakeDeal, how: str) -> None:
    owner = {"login": "colleague", "id": colleague.pk, "name": "小同"}[how]
    handed = as_rep.post(f"deals/{make_deal().pk}/transfer", owner=owner)
    assert (handed.status, handed.body["owner"]["id"]) == (200, colleague.pk)


def test_releases_into_a_pool_and_claims(as_rep: Api, as_colleague: Api, colleague: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    assert as_rep.post(f"deals/{deal.pk}/release", reason="").code == "reason_missing"
    released = as_rep.post(f"deals/{deal.pk}/release", reason="没空", pool="公海").body
    assert (released["owner"], released["pool"]["name"]) == (None, "公海")
    assert as_colleague.post(f"deals/{deal.pk}/claim").body["owner"]["id"] == colleague.pk
    assert as_colleague.post(f"deals/{deal.pk}/claim").code == "not_in_pool"


def test_waives_with_a_reason_and_permission(
    as_rep: Api, as_manager: Api, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    deal = make_deal(customer=make_customer().pk)
    assert as_rep.post(f"deals/{deal.pk}/waivers", condition="basics", reason="老客户").code == "not_allowed"
    assert as_manager.post(f"deals/{deal.pk}/waivers", condition="basics", reason="老客户").status == 201
    assert as_rep.post(f"deals/{deal.pk}/advance").status == 200


def test_completes_an_action_with_a_note(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    assert as_rep.post(f"deals/{deal.pk}/actions/call/complete").code == "evidence_missing"
    assert as_rep.post(f"deals/{deal.pk}/actions/call/complete", note="聊了").status == 200
    assert as_rep.post(f"deals/{deal.pk}/actions/call/complete", note="聊了").code == "action_already_done"
    assert as_rep.post(f"deals/{deal.pk}/actions/none/complete").code == "no_such_action"


def test_completes_an_action_with_a_file(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    file = SimpleUploadedFile("方案.pdf", b"%PDF-1.4")
    done = as_rep.upload(f"deals/{deal.pk}/actions/proposal/complete", note="第一版", file=file)
    assert done.status == 200, done.text
    assert ActionDone.objects.get().file_name == "方案.pdf"
    [row] = [row for row in as_rep.get(f"deals/{deal.pk}/actions").body if row["done"]]
    assert (row["key"], row["done"]["by"]["name"], row["done"]["note"]) == ("proposal", "小销", "第一版")
    kept = as_rep.get(f"deals/{deal.pk}/actions/proposal/file")
    assert (kept.text, kept.headers["Content-Disposition"].split(";")[0]) == ("%PDF-1.4", "attachment")
    assert as_rep.get(f"deals/{deal.pk}/actions/call/file").status == 404


def test_completes_an_action_with_a_follow_up(as_rep: Api, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    assert as_rep.post(f"deals/{deal.pk}/actions/visit/complete").code == "evidence_missing"
    follow_up(deal, actor=actor_of(rep))
    [activity] = as_rep.get("activities").body["items"]
    assert as_rep.post(f"deals/{deal.pk}/actions/visit/complete", activity=activity["id"]).status == 200


def test_completes_an_action_by_filling_its_form_in(as_rep: Api, rep: User) -> None:
    make_form()
    demand_survey()
    deal = new_deal(rep)
    way = f"deals/{deal.pk}/actions/surveyed/complete"
    assert as_rep.post(way, note="口头").code == "evidence_missing"
    assert as_rep.post(way, answers={"users": "很多"}).code == "field_refused"
    assert as_rep.post(way, answers={"goal": "快"}, form_version=9).code == "form_renewed"
    assert as_rep.post(way, answers={"goal": "快"}, form_version=1).status == 200
    [row] = [row for row in as_rep.get(f"deals/{deal.pk}/actions").body if row["done"]]
    assert (row["evidence"], row["form"]) == ("form", "survey")
    assert as_rep.get(f"form-records/{row['done']['form_record']}").body["answers"] == {"goal": "快"}
    other = new_deal(rep)
    kept = as_rep.post("forms/survey/records", deal=other.pk, answers={"goal": "稳"}).body["id"]
    done = as_rep.post(f"deals/{other.pk}/actions/surveyed/complete", form_record=kept)
    assert done.status == 200


def test_the_timeline_tells_the_latest_first(as_rep: Api, make_deal: MakeDeal, rep: User) -> None:
    deal = make_deal()
    as_rep.post(f"deals/{deal.pk}/park")
    first = as_rep.get(f"deals/{deal.pk}/timeline", limit=1).body
    assert first["items"][0]["kind"] == "deal.parked"
    assert first["items"][0]["actor"] == {"id": rep.pk, "name": "小销"}
    assert first["items"][0]["channel"] == "api"
    rest = as_rep.get(f"deals/{deal.pk}/timeline", cursor=first["next"]).body
    assert ([row["kind"] for row in rest["items"]], rest["next"]) == (["deal.created"], None)


def test_an_approver_reads_the_deal_while_asked(company: Company, as_rep: Api, make_deal: MakeDeal) -> None:
    deal, legal = walk_to(make_deal(), "work"), Api(company.people["legal"])
    assert legal.get(f"deals/{deal.pk}").status == 404
    as_rep.post(f"deals/{deal.pk}/advance")
    assert legal.get(f"deals/{deal.pk}").status == 200
    [asked] = legal.get("approvals").body["items"]
    assert legal.post(f"deals/{deal.pk}/approvals/{asked['id']}/decide", granted=False).code == "reason_missing"
    refused = legal.post(f"deals/{deal.pk}/approvals/{asked['id']}/decide", granted=False, note="缺附件")
    assert (refused.status, refused.body["stage"]["key"]) == (200, "work")
