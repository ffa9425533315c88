"""Processes over the API."""

from dealrail.process import texts
from dealrail.process.models import DefinitionVersion
from tests.api.client import Api
from tests.cast import trial


def test_lists_processes_with_their_stages(as_rep: Api) -> None:
    rows = {row["key"]: row for row in as_rep.get("processes").body["items"]}
    assert len(rows) == 5
    assert [stage["key"] for stage in rows["trial"]["stages"]] == ["lead", "talk", "work"]


def test_shows_everything_of_a_process_and_its_text(as_rep: Api) -> None:
    shown = as_rep.get("processes/trial").body
    assert shown["loss_reasons"] == [{"key": "price", "name": "价格"}, {"key": "silent", "name": "无回应"}]
    assert [row["key"] for row in shown["fields"]] == ["need", "budget", "seats", "signed_on", "urgency"]
    talk = shown["stages"][1]
    assert (talk["next"], talk["back"], talk["actions"]) == (["work"], ["lead"], ["call", "proposal"])
    assert talk["conditions"][2]["settings"] == {"at_least": 2, "of": ["call", "visit"]}
    assert texts.read_yaml(shown["yaml"]) == trial()
    assert as_rep.get("processes/none").code == "no_such_process"


def test_publishes_from_yaml_as_text_or_in_json(as_admin: Api) -> None:
    text = texts.write_yaml(trial(name="新名"))
    made = as_admin.send("post", "processes", text, kind="application/yaml")
    assert (made.status, made.body) == (201, {"key": "trial", "name": "新名", "version": 2, "published": True})
    again = as_admin.post("processes", yaml=text, note="再来")
    assert (again.status, again.body["published"]) == (200, False)


def test_publishing_needs_the_permission_and_a_sound_text(as_rep: Api, as_admin: Api) -> None:
    before = DefinitionVersion.objects.count()
    assert as_rep.post("processes", yaml=texts.write_yaml(trial(name="新名"))).code == "not_allowed"
    assert as_admin.post("processes", yaml="a: [").code == "unreadable_definition"
    refused = as_admin.post("processes", yaml=texts.write_yaml(trial(stages=[])))
    assert (refused.code, refused.body["problems"][0]["where"]) == ("bad_definition", "stages")
    assert DefinitionVersion.objects.count() == before
