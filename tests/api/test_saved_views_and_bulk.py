"""Saved views and steps for many records over the API."""

import pytest

from dealrail.accounts.models import User
from dealrail.crm.clocks import finish_bulk
from tests.api.client import Api
from tests.cast import MakeDeal, fresh

pytestmark = pytest.mark.django_db


def test_a_view_is_kept_changed_and_deleted(as_rep: Api, as_stranger: Api) -> None:
    made = as_rep.post("views", list="deals", name="我的大单", query="state=open")
    assert made.status == 201, made.text
    path = f"views/{made.body['id']}"
    assert as_rep.patch(path, is_pinned=True).body == {**made.body, "is_pinned": True}
    assert as_rep.get("views", list="deals").body["items"] == [{**made.body, "is_pinned": True}]
    assert as_stranger.get("views").body["items"] == []
    assert as_stranger.send("delete", path, {}).status == 404
    assert as_rep.send("delete", path, {}).status == 204


def test_sharing_needs_its_permission(as_rep: Api, as_manager: Api) -> None:
    asked = {"list": "deals", "name": "大单", "is_shared": True}
    assert as_rep.post("views", asked).status == 403
    assert as_manager.post("views", asked).status == 201
    assert [view["name"] for view in as_rep.get("views").body["items"]] == ["大单"]


def test_who_administers_lists_takes_back_and_hands_over_shared_views(
    as_manager: Api, as_admin: Api, as_rep: Api, admin: User, rep: User
) -> None:
    made = as_manager.post("views", list="deals", name="大单", is_shared=True).body
    other = as_manager.post("views", list="board", name="看板", is_shared=True).body
    assert as_admin.get("views/shared").names == ["大单", "看板"]
    assert as_admin.get("views/shared", list="board").names == ["看板"]
    assert as_rep.get("views/shared").status == 403
    assert as_admin.put(f"views/{made['id']}/owner", owner=rep.login).code == "owner_may_not_share"
    handed = as_admin.put(f"views/{made['id']}/owner", owner=admin.login)
    assert handed.body == {**made, "owner": {"id": admin.pk, "name": admin.name}}
    assert as_admin.put(f"views/{made['id']}/owner", owner="nobody").code == "unknown_person"
    back = as_admin.patch(f"views/{other['id']}", is_shared=False)
    assert (back.status, back.body["is_shared"]) == (200, False)
    assert as_admin.get("views/shared").names == ["大单"]
    assert as_admin.put(f"views/{other['id']}/owner", owner=admin.login).status == 404


def test_many_deals_are_handed_over_and_given_back(
    as_manager: Api, as_rep: Api, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    asked = {"kind": "deals", "step": "transfer", "records": [deal.pk], "params": {"owner": str(colleague.pk)}}
    job = as_manager.post("bulk-jobs", asked)
    assert (job.status, job.body["status"], job.body["total"]) == (201, "running", 1)
    finish_bulk(job.body["id"])
    path = f"bulk-jobs/{job.body['id']}"
    assert as_manager.get(path).body["can_be_undone"]
    assert [row["result"] for row in as_manager.get(f"{path}/rows").body["items"]] == ["done"]
    assert as_manager.get(f"{path}/rows", result="refused").body["items"] == []
    assert as_rep.get(path).status == 404
    back = as_manager.post(f"{path}/undo")
    assert back.body["undo_of"] == job.body["id"]
    finish_bulk(back.body["id"])
    assert fresh(deal).owner == rep
    assert as_manager.post(f"{path}/undo").code == "nothing_to_undo"


def test_a_job_is_stopped(as_rep: Api, make_deal: MakeDeal) -> None:
    asked = {"kind": "deals", "step": "lose", "records": [make_deal().pk], "params": {"reason": "price"}}
    job = as_rep.post("bulk-jobs", asked).body["id"]
    assert as_rep.post(f"bulk-jobs/{job}/stop").body["status"] == "stopped"


def test_what_makes_no_sense_is_refused(as_rep: Api) -> None:
    assert as_rep.post("views", list="moon", name="x").code == "unknown_list"
    assert as_rep.post("bulk-jobs", kind="deals", step="dance", records=[1]).code == "unknown_step"
    assert as_rep.post("bulk-jobs", kind="deals", step="lose", records=[]).code == "nothing_chosen"


def test_a_view_is_shared_with_a_role_and_made_its_standard(as_manager: Api, as_rep: Api, as_stranger: Api) -> None:
    asked = {"list": "deals", "name": "大单", "is_shared": True, "audience": "role", "role": "sales_manager"}
    made = as_manager.post("views", asked)
    assert (made.body["audience"], made.body["role"], made.body["standard_of"]) == ("role", "sales_manager", [])
    assert as_rep.get("views").body["items"] == []
    path = f"views/{made.body['id']}"
    assert as_manager.send("put", f"{path}/standard", {"roles": ["sales"]}).code == "not_shared_with_role"
    standard = as_manager.send("put", f"{path}/standard", {"roles": ["sales_manager"]})
    assert standard.body["standard_of"] == ["sales_manager"]
    assert as_manager.patch(path, audience="unit", unit="华北组").body["unit"]["name"] == "华北组"
    assert as_manager.patch(path, audience="unit", unit="月球").code == "unknown_unit"
    assert as_stranger.send("put", f"{path}/standard", {"roles": []}).status in {403, 404}
