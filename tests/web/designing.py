"""What tests of the designer share: the draft of the trial process, what it says, and what a browser would send."""

import html
import re
from typing import Any

from django.test import Client

from dealrail.process.models import Draft

DRAFT = "/processes/trial/draft/"
CONDITION = f"{DRAFT}stages/talk/condition/"


def text(answer: Any) -> str:
    """What a page says."""
    return html.unescape(answer.content.decode())


def content() -> Any:
    """What the draft says."""
    return Draft.objects.get(key="trial").content


def stage(key: str) -> Any:
    """What it says of one stage."""
    return next(row for row in content()["stages"] if row["key"] == key)


def form_of(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send from the form of a stage or condition if nothing was typed."""
    return sent_by(client.get(address))


def sent_by(answer: Any) -> dict[str, Any]:
    """The same of the form in this answer."""
    form = re.search(r'<form class="card[^>]*id="(?:stage|condition)".*?</form>', answer.content.decode(), re.DOTALL)
    assert form
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        found = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if (
            "name" in found
            and " disabled" not in tag
            and (found.get("type") not in {"checkbox", "radio"} or " checked" in tag)
        ):
            sent.setdefault(found["name"], []).append(found.get("value", ""))
    for name, inner in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form[0], re.DOTALL):
        sent.setdefault(name, []).append(html.unescape(inner))
    for name, inner in re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', form[0], re.DOTALL):
        sent[name] = re.findall(r'value="([^"]*)" selected', inner)
    return sent


def conditions() -> dict[str, Any]:
    """The conditions of the stage that most tests are about, by key and in order."""
    return {row["key"]: row for row in stage("talk")["conditions"]}
