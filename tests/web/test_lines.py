"""Business lines on screen and over the API: settings, what is offered, what narrows lists, and the report."""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.process.actions.drafts import start_draft
from dealrail.process.actions.lines import change_line, create_line
from dealrail.process.models import BusinessLine
from dealrail.process.policy import line_of
from dealrail.process.queries.lines import line_by_key
from tests.api.client import Api
from tests.cast import Company, actor_of, new_deal
from tests.web.conftest import LogIn
from tests.web.opened import fields_in, opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def line(company: Company) -> BusinessLine:
    fields = {"name": "软件线", "key": "soft", "processes": ["trial"], "people": [company.people["rep"].pk]}
    return create_line(actor=Actor.system(), fields=fields)


def test_a_line_is_made_changed_and_retired_on_screen(log_in: LogIn, admin: User, rep: User) -> None:
    client = log_in(admin)
    made = {"name": "硬件线", "key": "hard", "processes": ["trial"], "people": [rep.pk], "in_charge": [rep.pk]}
    assert client.post("/settings/lines/new/", made).status_code == 302
    found = line_by_key("hard")
    assert [row.in_charge for row in found.members.all()] == [True]
    assert "硬件线" in text(client.get("/settings/lines/"))
    address = f"/settings/lines/{found.pk}/"
    form = opened(client, address)
    assert client.post(address, {**form, "name": ["设备线"], "is_active": ["False"]}).status_code == 302
    found = line_by_key("hard")
    assert (found.name, found.is_active, found.members.count()) == ("设备线", False, 1)


def test_a_refused_line_keeps_what_was_typed(log_in: LogIn, admin: User, line: BusinessLine, rep: User) -> None:
    answer = log_in(admin).post("/settings/lines/new/", {"name": "软件线", "people": [rep.pk]})
    assert answer.status_code == 422
    assert 'value="软件线"' in text(answer)
    assert f'name="people" value="{rep.pk}" checked' in text(answer)


def test_a_refused_line_saved_again_keeps_whom_a_colleague_added(
    log_in: LogIn, admin: User, line: BusinessLine, rep: User, manager: User, colleague: User
) -> None:
    create_line(actor=Actor.system(), fields={"name": "硬件线"})
    client, address = log_in(admin), f"/settings/lines/{line.pk}/"
    form = {**opened(client, address), "people": [str(rep.pk), str(manager.pk)]}
    change_line(actor=Actor.system(), line_id=line.pk, fields={"people": [rep.pk, colleague.pk]})
    refused = client.post(address, {**form, "name": ["硬件线"]})
    assert refused.status_code == 422
    again = fields_in(refused.content.decode())
    assert client.post(address, {**again, "name": ["云线"]}).status_code == 302
    found = line_by_key("soft")
    assert (found.name, {row.user_id for row in found.members.all()}) == ("云线", {rep.pk, manager.pk, colleague.pk})


def test_lines_are_for_who_manages_them(log_in: LogIn, rep: User, line: BusinessLine) -> None:
    client = log_in(rep)
    for address in ("/settings/lines/", "/settings/lines/new/", f"/settings/lines/{line.pk}/"):
        assert client.get(address).status_code == 403
    assert "/settings/lines/" not in text(client.get("/settings/"))


def test_forms_offer_only_the_processes_one_may_start_in(
    log_in: LogIn, rep: User, colleague: User, line: BusinessLine
) -> None:
    option = '<option value="trial"'
    for address in ("/deals/new/", "/new/deal/"):
        assert option in text(log_in(rep).get(address))
        assert option not in text(log_in(colleague).get(address))
    answer = log_in(colleague).post("/deals/new/", {"name": "商机", "process": "trial"})
    assert answer.status_code in {403, 422}


def test_who_is_in_charge_draws_up_a_process_on_screen(log_in: LogIn, rep: User) -> None:
    made = create_line(actor=Actor.system(), fields={"name": "甲线", "in_charge": [rep.pk], "processes": ["trial"]})
    client = log_in(rep)
    assert "/processes/drafts/new/" in text(client.get("/processes/"))
    form = text(client.get("/processes/drafts/new/"))
    assert "甲线" in form
    client.post("/processes/drafts/new/", {"name": "自己的", "key": "own", "from": "", "line": str(made.pk)})
    assert line_of("own") == made
    assert client.get("/processes/own/draft/").status_code == 200
    start_draft(actor=Actor.system(), key="general")
    assert client.get("/processes/general/draft/").status_code == 403


def test_lists_are_narrowed_by_line(log_in: LogIn, rep: User, line: BusinessLine) -> None:
    ours, common = new_deal(rep, name="本线商机"), new_deal(rep, "general", name="通用商机")
    for deal in (ours, common):
        create_task(actor=actor_of(rep), title=f"做{deal.name}", deal_id=deal.pk)
    client = log_in(rep)
    for start in ("/deals/?", "/tasks/?"):
        of_line = text(client.get(f"{start}line={line.pk}"))
        assert ("本线商机" in of_line, "通用商机" in of_line) == (True, False)
    of_none = text(client.get("/deals/?line=none"))
    assert ("本线商机" in of_none, "通用商机" in of_none) == (False, True)
    assert "软件线" in text(client.get("/deals/?cols=line"))
    assert client.get(f"/follow-ups/?line={line.pk}").status_code == 200


def test_the_board_is_narrowed_by_line(log_in: LogIn, rep: User, admin: User, line: BusinessLine) -> None:
    new_deal(rep, name="本线商机")
    new_deal(rep, "general", name="通用商机")
    client = log_in(rep)
    page = text(client.get(f"/board/?line={line.pk}&process=general"))
    assert ("本线商机" in page, "通用商机" in page) == (True, False)
    assert '<option value="trial" selected' in page
    assert '<option value="general"' not in page
    common = client.get("/board/?line=none&process=general")
    assert ("通用商机" in text(common), '<option value="trial"' in text(common)) == (True, False)
    assert client.get(f"/board/column/?line={line.pk}&stage=lead").status_code == 200
    assert client.get(f"/board/news/?line={line.pk}&process=trial&since=0").status_code in {200, 204}
    empty = create_line(actor=actor_of(admin), fields={"name": "新线"})
    page = text(client.get(f"/board/?line={empty.pk}"))
    assert "No process belongs to this business line yet." in page
    # a bare address would lead back to a standard view of that line
    assert 'href="/board/?view=none">To the whole board</a>' in page


def test_a_company_without_lines_is_offered_no_such_filter(log_in: LogIn, rep: User) -> None:
    for address in ("/deals/", "/board/?process=trial"):
        assert 'name="line"' not in text(log_in(rep).get(address))


def test_funnel_and_team_are_narrowed_by_line(log_in: LogIn, rep: User, manager: User, line: BusinessLine) -> None:
    new_deal(rep, "general", name="通用商机")
    client = log_in(manager)
    page = text(client.get(f"/insights/funnel/?line={line.pk}&process=general"))
    assert '<option value="trial" selected' in page
    assert '<option value="general"' not in page
    assert rep.name in text(client.get("/team/"))
    assert f'<th scope="row">{rep.name}</th>' not in text(client.get(f"/team/?line={line.pk}"))


def test_the_report_counts_line_by_line_and_its_figures_open_as_many(
    log_in: LogIn, rep: User, line: BusinessLine
) -> None:
    for _ in range(2):
        new_deal(rep, amount="1000")
    new_deal(rep, "general")
    client = log_in(rep)
    page = text(client.get("/insights/lines/"))
    assert f'<a href="/deals/?line={line.pk}">2</a>' in page
    assert '<a href="/deals/?line=none">1</a>' in page
    nothing = text(client.get("/insights/lines/?from=2001-01-01&to=2001-02-01"))
    assert ">2</a>" not in nothing
    shown = text(client.get(f"/deals/?line={line.pk}"))
    assert len(set(re.findall(r'href="/deals/(\d+)/"', shown))) == 2


def test_the_report_asks_as_much_of_the_database_for_many_deals(log_in: LogIn, rep: User, line: BusinessLine) -> None:
    client = log_in(rep)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get("/insights/lines/")
        return len(captured)

    new_deal(rep)
    asked()
    before = asked()
    for _ in range(5):
        new_deal(rep)
    assert asked() == before


# The API


def test_the_api_makes_reads_and_changes_lines(admin: User, rep: User) -> None:
    api = Api(admin)
    made = api.send(
        "post", "business-lines", {"name": "软件线", "key": "soft", "processes": ["trial"], "people": ["rep"]}
    )
    assert made.status == 201, made.text
    changed = api.send("patch", "business-lines/soft", {"in_charge": [rep.pk], "is_active": False})
    assert changed.body["in_charge"] == [{"id": rep.pk, "name": rep.name}]
    assert api.get("business-lines/soft").body == changed.body
    assert api.get("business-lines").body == [changed.body]
    assert api.get("business-lines/none").status == 404


@pytest.mark.parametrize("name", ["people", "in_charge", "processes", "name", "is_active"])
def test_null_empties_nothing_over_the_api(admin: User, line: BusinessLine, name: str) -> None:
    api = Api(admin)
    before = api.get("business-lines/soft").body
    refused = api.send("patch", "business-lines/soft", {name: None})
    assert (refused.status, api.get("business-lines/soft").body) == (422, before)


def test_a_list_of_people_is_sent_back_whole_though_one_may_no_longer_log_in(
    admin: User, line: BusinessLine, rep: User, manager: User
) -> None:
    User.objects.filter(pk=rep.pk).update(is_active=False)
    api = Api(admin)
    held = [row["id"] for row in api.get("business-lines/soft").body["people"]]
    changed = api.send("patch", "business-lines/soft", {"people": [*held, manager.login]})
    assert {row["id"] for row in changed.body["people"]} == {rep.pk, manager.pk}
    by_login = api.send("patch", "business-lines/soft", {"people": [rep.login]})
    assert [row["id"] for row in by_login.body["people"]] == [rep.pk]
    api.send("patch", "business-lines/soft", {"people": []})
    assert api.send("patch", "business-lines/soft", {"people": [rep.pk]}).status == 422


def test_the_api_refuses_with_the_codes_of_the_action(colleague: User, admin: User, line: BusinessLine) -> None:
    refused = Api(colleague).send("post", "deals", {"name": "商机", "process": "trial"})
    assert (refused.status, refused.body["code"]) == (403, "not_your_process")
    taken = Api(admin).send("post", "business-lines", {"name": "乙线", "processes": ["trial"]})
    assert (taken.status, taken.body["code"]) == (422, "line_field_refused")


def test_the_api_filters_deals_by_line(rep: User, line: BusinessLine) -> None:
    ours = new_deal(rep)
    new_deal(rep, "general")
    found = Api(rep).get("deals", filter=f'{{"field": "line", "op": "eq", "value": {line.pk}}}')
    assert [row["id"] for row in found.body["items"]] == [ours.pk]


def test_the_api_begins_a_process_for_a_line(admin: User, line: BusinessLine) -> None:
    body = {"content": {"process": "own", "name": "自己的", "stages": []}, "line": "soft"}
    assert Api(admin).send("post", "processes/own/draft", body).status == 201
    assert line_of("own") == line
