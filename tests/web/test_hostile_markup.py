"""Markup in any text of a process is text on every page that shows it, and runs nothing."""

import copy
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm.actions.deals import lose_deal
from dealrail.process.actions.drafts import start_draft
from tests.cast import actor_of, new_deal, publish, trial, walk_to
from tests.web.pages import addresses, read

pytestmark = pytest.mark.django_db

MARK = "x-evil"
EVIL = f"\"'><{MARK} onclick=alert(1)><script>alert(2)</script>"
LINKS = "[看](javascript:alert(3)) [图](data:text/html,x) ![图](javascript:alert(4))"
LONG = f"{EVIL} {LINKS}"
# Where texts of a process are shown; the walk of all pages elsewhere knows the others.
SHOWING = (
    "processes/", "deals/", "board/", "customers/", "insights/", "plans/", "library/", "imports/template/", "team/",
    "notifications/", "settings/loss-reasons/", "settings/log/",
)  # fmt: skip


def hostile() -> dict[str, Any]:
    """The trial process with markup in all that can hold words, its keys and gates as they are."""
    content = copy.deepcopy(trial())
    content |= {"name": f"试{EVIL}", "description": LONG}
    for row in content["fields"]:
        row |= {"name": f"{row['name']}{EVIL}"[:80], "help": LONG}
        row |= {"choices": [f"{one}{EVIL}"[:80] for one in row["choices"]]} if "choices" in row else {}
    for row in content["actions"]:
        row |= {"name": f"{row['name']}{EVIL}"[:80], "how_to": LONG, "script": LONG}
    for row in content["loss_reasons"]:
        row["name"] = f"{row['name']}{EVIL}"[:80]
    for stage in content["stages"]:
        stage |= {"name": f"{stage['name']}{EVIL}"[:80], "goal": LONG, "key_action": LONG, "sop": LONG}
        stage |= {"scripts": [{"name": EVIL, "text": LONG}], "kpi": {"name": EVIL, "target": 1, "unit": f"><{MARK}>"}}
        stage |= {"hand_over": {"to": "optional", "task": EVIL}}
        for condition in stage["conditions"]:
            condition["name"] = f"{EVIL}"
    content["examples"] = [
        {"key": "e", "name": f"例{EVIL}", "stage": "lead", "expect": "refused", "because": ["customer_known"]}
    ]
    return content


class Running(HTMLParser):
    """What of a page would be more than text: our mark as an element, handlers, links that run something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.script = tag == "script"
        if tag == MARK:
            self.found.append(tag)
        for name, value in attrs:
            runs = name in {"href", "src", "action"} and (value or "").strip().lower().startswith(
                ("javascript:", "data:text")
            )
            if runs or (name.startswith("on") and "alert" in (value or "")):
                self.found.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        if self.script and "alert(" in data:
            self.found.append(data[:80])

    def handle_endtag(self, tag: str) -> None:
        self.script = False


def test_markup_in_any_text_of_a_process_runs_on_no_page(client: Client, admin: User, rep: User) -> None:
    publish(hostile())
    lose_deal(actor=actor_of(rep), deal_id=walk_to(new_deal(rep), "talk").pk, reason="price")
    known = [address for address in addresses(rep) if address.startswith(tuple(f"/{start}" for start in SHOWING))]
    start_draft(actor=actor_of(admin), key="trial", version=2)
    more = [
        "/",
        "/?mine=1",
        "/board/?process=trial",
        "/insights/funnel/?process=trial",
        "/deals/?cols=name,stage,loss_reason",
    ]
    told: dict[str, list[str]] = {}
    shown = 0
    for who, asked in ((admin, [*known, *more]), (rep, [*more, *(one for one in known if one.startswith("/deals/"))])):
        client.force_login(who)
        for address in asked:
            answer = read(client, address)
            assert answer.status_code < 500, address
            if answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming:
                page = answer.content.decode()
                shown += "&lt;x-evil" in page
                if found := Running(page).found:
                    told[address] = found
    assert told == {}
    assert shown > 20, "the texts stand on pages at all"
