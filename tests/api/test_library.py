"""The action library over the API."""

from dealrail.activities.models import ActionTemplate
from tests.api.client import Api

CALL = {"name": "打电话", "key": "call"}


def test_an_action_is_added_changed_found_and_read(as_admin: Api, as_rep: Api) -> None:
    made = as_admin.post("actions-library", {**CALL, "evidence": "note", "expected_minutes": 10})
    assert made.status == 201
    (use,) = (row for row in made.body["used_in"] if row["process"]["key"] == "trial")
    assert use["stages"] == [{"key": "talk", "name": "洽谈"}]
    assert use["differs_in"] == ["expected_minutes"]
    changed = as_admin.send("patch", "actions-library/call", {"expected_minutes": None, "is_active": False})
    assert (changed.body["expected_minutes"], changed.body["is_active"], changed.body["revision"]) == (None, False, 2)
    assert [row["key"] for row in as_rep.get("actions-library", q="电话", is_active=False).body["items"]] == ["call"]
    assert as_rep.get("actions-library", is_active=True).body["items"] == []
    assert as_rep.get("actions-library/call").body == changed.body


def test_refuses_who_may_not_and_what_cannot_be(as_admin: Api, as_rep: Api) -> None:
    assert as_rep.post("actions-library", name="打电话").code == "not_allowed"
    assert as_admin.post("actions-library", name="打电话", evidence="fax").code == "field_refused"
    assert as_admin.send("patch", "actions-library/none", {"name": "x"}).code == "not_found"
    as_admin.post("actions-library", CALL)
    assert as_admin.post("actions-library", CALL).code == "action_key_taken"
    assert ActionTemplate.objects.count() == 1
