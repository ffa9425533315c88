"""The screens on which running deals are tried, taken over, and past moves replayed."""

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm.actions.history import PastDeal, place_deals
from dealrail.crm.actions.migrations import start_migration
from dealrail.crm.clocks import step_migrations, step_trials
from dealrail.crm.models import Migration, Trial
from dealrail.events.clocks import drain
from dealrail.process import checks
from dealrail.process.actions.drafts import start_draft
from dealrail.process.errors import BadDefinition
from dealrail.process.history import Placement
from dealrail.process.queries import number_of
from dealrail.process.rules import State
from tests.cast import MakeDeal, actor_of, fresh, new_customer, publish, trial, walk_to

pytestmark = pytest.mark.django_db
RUNNING = "/processes/trial/running/"


def changed() -> dict[str, Any]:
    """The trial process: a stricter first stage, and the second one under another key."""
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "strict", "kind": "fields.filled", "fields": ["urgency"]}]
    content["stages"][1]["key"] = "offer"
    return content


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def sent(client: Client, address: str, form: dict[str, str]) -> str:
    """Where a form that was taken leads."""
    answer = client.post(address, form)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_a_draft_is_tried_published_and_the_deals_are_taken_over(
    admin: User, client: Client, make_deal: MakeDeal
) -> None:
    lead, talk = make_deal(name="早单"), walk_to(make_deal(name="晚单"), "talk")
    start_draft(actor=actor_of(admin), key="trial", content=changed())
    client.force_login(admin)
    assert RUNNING in page(client, "/processes/trial/")
    shown = page(client, f"{RUNNING}?text=draft")
    assert 'value="migrate"' not in shown
    form = {"text": "draft", "to-lead": "lead", "to-talk": "offer", "step": "try"}
    tried = sent(client, RUNNING, form)
    drain()
    found = page(client, tried)
    assert re.search(r'href="(\?verdict=blocked&amp;stage=lead)#behind', found)
    behind = page(client, f"{tried}?verdict=blocked&stage=lead&condition=strict")
    assert ("早单" in behind, "晚单" in behind) == (True, False)
    publish(changed())
    refused = client.post(
        RUNNING, {**form, "text": "2", "step": "migrate", "field-0": "amount", "op-0": "gt", "value-0": "x"}
    )
    assert (refused.status_code, 'value="x"' in refused.content.decode()) == (422, True)
    limit = {"field-0": "name", "op-0": "eq", "value-0": "晚单"}
    meant = {**form, **limit, "text": "2"}
    asked = client.post(RUNNING, {**meant, "step": "migrate"}).content.decode()
    assert all(f'name="{name}" value="{value}"' in asked for name, value in meant.items() if name != "step")
    assert 'name="in_force" value="2"' in asked
    unexplained = client.post(RUNNING, {**meant, "step": "confirmed", "in_force": "2", "note": " "})
    assert (unexplained.status_code, "aria-invalid" in unexplained.content.decode()) == (422, True)
    overtaken = client.post(RUNNING, {**meant, "step": "confirmed", "in_force": "1", "note": "新打法"})
    assert (overtaken.status_code, 'value="新打法"' in overtaken.content.decode()) == (409, True)
    assert not Migration.objects.exists()
    over = sent(client, RUNNING, {**meant, "step": "confirmed", "in_force": "2", "note": "新打法"})
    assert 'hx-trigger="every 2s"' in page(client, over)
    drain()
    done = page(client, f"{over}?result=done")
    assert ("晚单" in done, "早单" in done, "新打法" in done) == (True, False, True)
    assert [number_of(fresh(deal).run.version_id) for deal in (lead, talk)] == [1, 2]
    assert client.post(f"{over}stop/").status_code == 302
    assert Migration.objects.get().status == "done"


@pytest.mark.parametrize("stages", ["nonsense", []])
def test_a_draft_with_mistakes_is_refused_with_all_of_them_and_the_version_in_force_is_shown(
    stages: object, admin: User, client: Client, make_deal: MakeDeal
) -> None:
    make_deal()
    publish(trial(name="第二版"))
    content = trial(stages=stages, colour="red")
    start_draft(actor=actor_of(admin), key="trial", content=content)
    client.force_login(admin)
    answers = [client.get(f"{RUNNING}?text=draft"), client.post(RUNNING, {"text": "draft", "step": "try"})]
    for answer in answers:
        shown = html.unescape(answer.content.decode())
        assert answer.status_code == 422
        assert str(BadDefinition(checks.problems(content))) in shown
        assert '<option value="2" selected>' in shown
    assert not Trial.objects.exists()


def test_past_moves_are_replayed_and_every_figure_opens(admin: User, client: Client, make_deal: MakeDeal) -> None:
    walk_to(make_deal(name="好单子"), "work")
    publish(changed())
    client.force_login(admin)
    assert "300" in page(client, "/processes/trial/replay/")
    tried = sent(client, "/processes/trial/replay/", {"text": "2", "moves": "10"})
    assert client.post(f"{tried}stop/").status_code == 302
    tried = sent(client, "/processes/trial/replay/", {"text": "2", "moves": "10"})
    drain()
    found = page(client, tried)
    figures = re.findall(r'href="\?(verdict=[^"#]*)#behind"[^>]*>(\d+)<', found)
    assert figures
    for query, count in figures:
        assert page(client, f"{tried}?{query.replace('&amp;', '&')}").count("好单子<") == int(count)
    assert Trial.objects.count() == 2


def test_more_deals_than_fit_are_shown_part_by_part_and_a_stop_is_told(admin: User, rep: User, client: Client) -> None:
    placement = Placement(stage="talk", state=State.OPEN, entered={"talk": datetime(2026, 3, 2, 1, tzinfo=UTC)})
    fields = {"customer": new_customer(rep).pk}
    past = [PastDeal(fields={**fields, "name": f"第{n}单"}, placement=placement, owner_id=rep.pk) for n in range(203)]
    place_deals(actor=actor_of(None), process="trial", deals=past)
    publish(changed())
    client.force_login(admin)
    tried = sent(client, RUNNING, {"text": "2", "step": "try"})
    while step_trials():
        pass
    first = page(client, f"{tried}?verdict=stays")
    after = re.search(r'href="(\?verdict=stays&amp;after=\d+)#behind"', first)
    assert after
    rest = page(client, f"{tried}{html.unescape(after[1])}")
    assert [text.count('<li class="row-line"><a') for text in (first, rest)] == [200, 3]
    assert 'href="?verdict=stays#behind"' in rest
    stopped = sent(client, RUNNING, {"text": "2", "step": "try"})
    client.post(f"{stopped}stop/")
    assert "0 / 203" in page(client, stopped)
    over = sent(client, RUNNING, {"text": "2", "step": "confirmed", "note": "新打法", "to-talk": "offer"})
    while step_migrations():
        pass
    following = re.search(r'href="(\?result=done&amp;after=\d+)#behind"', page(client, f"{over}?result=done"))
    assert following
    assert page(client, f"{over}{html.unescape(following[1])}").count('<li class="row-line"><a') == 3


def test_who_designs_nothing_sees_none_of_it(rep: User, client: Client, make_deal: MakeDeal) -> None:
    make_deal()
    client.force_login(rep)
    assert RUNNING not in page(client, "/processes/trial/")
    for address in (
        RUNNING,
        "/processes/trial/replay/",
        "/processes/trial/trials/1/",
        "/processes/trial/migrations/1/",
    ):
        assert client.get(address).status_code == 403


def test_what_happened_in_a_stage_that_is_gone_keeps_its_name(admin: User, client: Client, make_deal: MakeDeal) -> None:
    deal = walk_to(make_deal(), "talk")
    content = changed()
    content["stages"][1]["name"] = "报价"
    publish(content)
    start_migration(actor=actor_of(admin), process="trial", note="新打法", mapping={"talk": "offer"})
    while step_migrations():
        pass
    client.force_login(admin)
    told = page(client, f"/deals/{deal.pk}/")
    assert ("洽谈" in told, "“talk”" in told, "「talk」" in told) == (True, False, False)
