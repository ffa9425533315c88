"""Running deals taken over to another version, and texts tried on deals and moves, over the API."""

from dealrail.accounts.models import User
from dealrail.events.clocks import drain
from dealrail.process import texts
from dealrail.process.actions.drafts import start_draft
from tests.api.client import Api
from tests.cast import MakeDeal, actor_of, publish, trial, walk_to


def test_running_deals_are_counted_taken_over_and_told_one_by_one(as_admin: Api, make_deal: MakeDeal) -> None:
    early, late = make_deal(name="早"), walk_to(make_deal(name="晚"), "talk")
    content = trial()
    content["stages"][1]["key"] = "offer"
    publish(content)
    running = as_admin.get("processes/trial/running").body
    assert [(row["version"], row["stage"], row["deals"]) for row in running] == [(1, "lead", 1), (1, "talk", 1)]
    wrong = as_admin.post("processes/trial/migrations", mapping={"talk": "moon"}, note="新打法")
    assert (wrong.status, wrong.code) == (422, "unknown_stage")
    made = as_admin.post("processes/trial/migrations", mapping={"talk": "offer"}, note="新打法")
    assert (made.status, made.body["status"], made.body["total"], made.body["version"]) == (201, "running", 2, 2)
    assert made.body["mapping"] == {"lead": "lead", "talk": "offer", "work": "work"}
    busy = as_admin.post("processes/trial/migrations", note="新打法")
    assert (busy.status, busy.code) == (409, "migration_under_way")
    drain()
    path = f"processes/trial/migrations/{made.body['id']}"
    assert [as_admin.get(path).body[name] for name in ("status", "done", "refused")] == ["done", 2, 0]
    rows = as_admin.get(f"{path}/deals", result="done", limit=1)
    assert [row["deal"]["id"] for row in rows.body["items"]] == [early.pk]
    rest = as_admin.get(f"{path}/deals", cursor=rows.body["next"])
    assert [(row["deal"]["id"], row["from_stage"]) for row in rest.body["items"]] == [(late.pk, "talk")]
    assert as_admin.get("processes/trial/migrations").body["items"][0]["note"] == "新打法"
    assert as_admin.post(f"{path}/stop").body["status"] == "done"
    assert as_admin.post("processes/trial/migrations", note="新打法").code == "nothing_to_migrate"


def test_a_draft_a_version_or_a_text_is_tried_and_every_figure_opens(
    as_admin: Api, admin: User, make_deal: MakeDeal
) -> None:
    lead, moved = make_deal(), walk_to(make_deal(), "talk")
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "strict", "kind": "fields.filled", "fields": ["urgency"]}]
    assert as_admin.post("processes/trial/draft/dry-run").code == "no_such_draft"
    start_draft(actor=actor_of(admin), key="trial", content=content)
    made = as_admin.post("processes/trial/draft/dry-run", mapping={"talk": None})
    assert (made.status, made.body["total"], made.body["version"]) == (201, 2, None)
    replay = as_admin.post("processes/trial/draft/replay", yaml=texts.write_yaml(content), moves=10)
    drain()
    assert as_admin.get(f"processes/trial/trials/{made.body['id']}").body["stages"] == {
        "blocked:lead": 1,
        "stays:talk": 1,
    }
    path = f"processes/trial/trials/{replay.body['id']}"
    assert as_admin.get(path).body["conditions"] == {"stopped:lead:strict": 1}
    rows = as_admin.get(f"{path}/deals", verdict="stopped", condition="strict").body["items"]
    assert [(row["deal"]["id"], row["blocking"]) for row in rows] == [(moved.pk, ["strict"])]
    behind = as_admin.get(f"processes/trial/trials/{made.body['id']}/deals", verdict="blocked").body["items"]
    assert [row["deal"]["id"] for row in behind] == [lead.pk]
    assert as_admin.post(f"{path}/stop").body["status"] == "done"
    assert len(as_admin.get("processes/trial/trials").body["items"]) == 2
