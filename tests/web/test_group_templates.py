"""Templates of the group on screen and over the API."""

import html
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.process.actions.drafts import publish_draft, start_draft
from dealrail.process.actions.lines import change_line, create_line
from dealrail.process.actions.templates import set_template, start_from_template
from dealrail.process.queries.lines import line_by_key
from dealrail.process.queries.templates import template_or_none, use_of
from tests.api.client import Api
from tests.cast import Company, publish, trial
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()
PAGE = "/processes/trial/template/"


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def own(company: Company) -> None:
    """A line's process that has another time limit than its template, in force."""
    set_template(actor=SYSTEM, key="trial", allowed=["limits"])
    line = create_line(actor=SYSTEM, fields={"name": "软件线", "key": "soft"})
    start_from_template(actor=SYSTEM, of="trial", key="own", name="本线流程", line_id=line.pk)
    publish_draft(actor=SYSTEM, key="own", seen=1, note="第一版")
    content = trial(process="own", name="本线流程")
    content["stages"][1]["time_limit_days"] = 9
    publish(content)


def test_a_process_becomes_a_template_and_says_where_lines_may_deviate(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    assert PAGE in text(client.get("/processes/trial/"))
    client.post(PAGE, {"is_template": "1", "allowed": ["texts", "fields"]})
    found = template_or_none("trial")
    assert found is not None
    assert found.allowed == ["texts", "fields"]
    assert 'value="texts" checked' in text(client.get(PAGE))
    client.post(PAGE, {})
    assert template_or_none("trial") is None


def test_only_who_manages_lines_makes_templates(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    assert PAGE not in text(client.get("/processes/trial/"))
    assert client.post(PAGE, {"is_template": "1"}).status_code == 403
    assert template_or_none("trial") is None


def test_a_line_draws_up_its_process_from_a_template(log_in: LogIn, admin: User) -> None:
    set_template(actor=SYSTEM, key="trial", allowed=[])
    client = log_in(admin)
    assert "group:trial" in text(client.get("/processes/drafts/new/"))
    client.post("/processes/drafts/new/", {"name": "本线", "key": "own", "from": "group:trial"})
    assert use_of("own") is not None


def test_the_deviations_of_a_line_are_listed_in_words(log_in: LogIn, admin: User, own: None) -> None:
    client = log_in(admin)
    page = text(client.get("/processes/own/template/"))
    assert "time limits" in page
    assert "7 → 9" in page
    assert "not allowed" not in page
    assert "本线流程" in text(client.get(PAGE))
    set_template(actor=SYSTEM, key="trial", allowed=[])
    assert "not allowed" in text(client.get("/processes/own/template/"))
    change_line(actor=SYSTEM, line_id=line_by_key("soft").pk, fields={"processes": ["own", "general"]})
    page = text(client.get("/settings/lines/"))
    assert ("/processes/own/template/" in page, "/processes/general/template/" in page) == (True, False)
    assert "“本线流程” deviates from its template in 1 point" in page


def test_many_followers_are_read_with_as_many_statements_as_one(log_in: LogIn, admin: User, own: None) -> None:
    client, api = log_in(admin), Api(admin)

    def asked() -> list[int]:
        counts = []
        for ask in (lambda: client.get(PAGE), lambda: api.get("business-lines/soft/deviations")):
            ask()
            with CaptureQueriesContext(connection) as captured:
                ask()
            counts.append(len(captured))
        return counts

    before = asked()
    line = line_by_key("soft")
    for key in ("second", "third"):
        start_from_template(actor=SYSTEM, of="trial", key=key, name=f"流程{key}", line_id=line.pk)
        publish_draft(actor=SYSTEM, key=key, seen=1, note="第一版")
    assert asked() == before
    assert len(api.get("business-lines/soft/deviations").body) == 3


def test_what_the_group_changed_since_is_shown(log_in: LogIn, admin: User, own: None) -> None:
    newer = trial()
    newer["stages"][1]["probability"] = 55
    publish(newer)
    assert "50% → 55%" in text(log_in(admin).get("/processes/own/template/"))


def test_the_designer_says_what_is_forbidden(log_in: LogIn, admin: User, own: None) -> None:
    client = log_in(admin)
    content = trial(process="own", name="本线流程")
    content["stages"][1]["probability"] = 60
    start_draft(actor=SYSTEM, key="own", content=content)
    page = text(client.get("/processes/own/draft/publish/"))
    assert "lets no line change this: probabilities" in page


def test_the_api_sets_templates_and_lists_deviations(admin: User, own: None) -> None:
    api = Api(admin)
    told = api.get("processes/trial/group-template").body
    assert told == {"is_template": True, "allowed": ["limits"], "followers": [{"key": "own", "name": "本线流程"}]}
    (row,) = api.get("business-lines/soft/deviations").body
    assert (row["process"]["key"], row["template"]["key"], row["version"], row["latest"]) == ("own", "trial", 1, 1)
    assert [(one["part"], one["is_allowed"], one["change"]["old"]) for one in row["deviations"]] == [
        ("limits", True, 7)
    ]
    changed = api.send("put", "processes/trial/group-template", {"allowed": ["texts"]})
    assert changed.body["allowed"] == ["texts"]
    refused = api.send("put", "processes/trial/group-template", {"allowed": ["prices"]})
    assert (refused.status, refused.body["code"]) == (422, "unknown_part")


def test_what_the_group_changed_is_taken_over_on_screen_and_conflicts_are_named(
    log_in: LogIn, admin: User, own: None
) -> None:
    newer = trial()
    newer["stages"][1] |= {"probability": 55, "time_limit_days": 5}
    publish(newer)
    client = log_in(admin)
    assert "Take over into the draft" in text(client.get("/processes/own/template/"))
    page = text(client.post("/processes/own/template/take-over/", follow=True))
    assert "What the group changed stands in the draft now." in page
    assert "洽谈: The group and the line changed this differently" in page
    again = client.post("/processes/own/template/take-over/")
    assert again.status_code == 422


def test_the_api_takes_over_into_the_draft(admin: User, own: None) -> None:
    newer = trial()
    newer["stages"][1] |= {"probability": 55, "time_limit_days": 5}
    publish(newer)
    api = Api(admin)
    api.send("post", "processes/own/draft", {})
    taken = api.send("post", "processes/own/draft/take-over", {"seen": 1}).body
    assert taken["draft"]["content"]["stages"][1]["probability"] == 55
    assert [row["where"] for row in taken["conflicts"]] == ["stages.talk.time_limit_days"]
