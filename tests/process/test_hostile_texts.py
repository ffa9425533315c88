"""Hostile texts of a process get a sentence on every way in: page, API, command line; nothing is written."""

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from dealrail.accounts.models import User
from dealrail.cli import main
from dealrail.process import texts
from dealrail.process.models import DefinitionVersion, Draft
from tests.api.client import Api
from tests.cast import trial

Capture = pytest.CaptureFixture[str]
LEAD = {"key": "lead", "name": "线索", "kind": "lead"}


def bomb(link: str) -> str:
    """A few lines that stand for billions of values."""
    first = "a0: &a0 {k: [x, x, x, x, x, x, x, x, x, x]}"
    return "\n".join(
        [first, *(f"a{n}: &a{n} {link.format(many=', '.join([f'*a{n - 1}'] * 10))}" for n in range(1, 12))]
    )


def written(**changes: Any) -> str:
    return yaml.safe_dump(trial(**changes), allow_unicode=True)


def in_stage(**more: Any) -> str:
    return written(actions=[], stages=[{**LEAD, **more}])


def limited_by(levels: int) -> str:
    when: dict[str, Any] = {"field": "amount", "op": "gt", "value": 1}
    for _level in range(levels):
        when = {"not": when}
    return in_stage(conditions=[{"key": "one", "kind": "fields.filled", "fields": ["need"], "when": when}])


ROUND = [{**LEAD, "next": ["b", "end"]}, {**LEAD, "key": "b", "next": ["c"]}, {**LEAD, "key": "c", "next": ["b"]}]

# What nobody can even keep as a draft.
UNREADABLE = {
    "no YAML": "a: [",
    "a bomb of lists": bomb("[{many}]"),
    "a bomb of merges": bomb("{{<<: [{many}]}}"),
    "a filter a hundred levels deep": limited_by(100),
    "a filter of thousands of levels": "a: " + "[" * 20_000,
    "an unknown anchor": "process: *nowhere",
    "an anchor that holds itself": "process: trial\nname: &a [*a]",
    "a key twice": written() + "\nname: 又一个\n",
    "a list as key": "? [a]\n: b",
    "a mapping as key": "? {a: 1}\n: b",
    "an object of Python": "process: !!python/object/apply:os.system [id]",
    "a set": "process: trial\nname: !!set {a, b}",
    "a day": "process: trial\nname: 2026-01-01",
    "no number": "process: trial\nname: .nan",
    "a number of nothing": "process: trial\nname: !!int ''",
    "perhaps": "process: trial\nname: !!bool maybe",
    "no moment": "process: trial\nname: !!timestamp x",
    "a text that shall be a mapping": "process: trial\nname: !!map ab",
    "a number without end": "process: trial\nname: " + "9" * 5000,
    "hexadecimals without end": "process: trial\nname: 0x" + "f" * 400_000,
    "half a character": 'process: trial\nname: "\\ud800"',
    "NUL": 'process: trial\nname: "a\\0b"',
    "a list": "- process: trial",
    "a text": "just words",
    "nothing": "",
    "far too long": "process: trial\nname: " + "长" * 1_000_001,
    "too many values": "process: trial\nfields: [" + "a, " * 60_000 + "]",
}
# What may be kept while it is worked on, and is not published.
WRONG = {
    "stages that only lead to each other": written(actions=[], stages=ROUND),
    "five hundred stages": written(actions=[], stages=[{**LEAD, "key": f"s{number}"} for number in range(500)]),
    "a filter ten levels deep": limited_by(10),
    "stages of numbers": written(stages=[1, 2]),
    "stages as text": written(stages="lead"),
    "an unknown key": written(colour="red"),
    "yes where text is meant": in_stage(name=True),
    "a very long text": in_stage(sop="长" * 20_001),
    "an example of nothing": written(examples=[{"key": "e", "name": "e", "stage": "moon", "expect": "passes"}]),
    "an example that fails": written(examples=[{"key": "e", "name": "e", "stage": "lead", "expect": "passes"}]),
}  # fmt: skip
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)> [点我](javascript:alert(3))"


@pytest.fixture
def draft(admin: User) -> Draft:
    assert Api(admin).post("processes/trial/draft").status == 201
    return Draft.objects.get(key="trial")


def page(admin: User, text: str) -> tuple[int, str]:
    client = Client()
    client.force_login(admin)
    answer = client.post("/processes/trial/draft/text/", {"seen": 1, "text": text})
    return answer.status_code, html.unescape(answer.content.decode())


def api(admin: User, text: str) -> tuple[int, str]:
    answer = Api(admin).put("processes/trial/draft", seen=1, yaml=text)
    return answer.status, str(answer.body.get("detail", ""))


@pytest.mark.parametrize("way", [page, api])
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_can_not_be_read_is_not_kept(
    name: str, way: Callable[[User, str], tuple[int, str]], admin: User, draft: Draft
) -> None:
    status, said = way(admin, UNREADABLE[name])
    assert status in {413, 422}
    assert said
    draft.refresh_from_db()
    assert draft.revision == 1


@pytest.mark.parametrize("way", [page, api])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_kept_and_told_and_not_published(
    name: str, way: Callable[[User, str], tuple[int, str]], admin: User, draft: Draft
) -> None:
    assert way(admin, WRONG[name])[0] in {200, 302}
    asked = Api(admin)
    told = asked.post("processes/trial/draft/validate").body["problems"]
    assert told
    assert all(row["message"] for row in told)
    refused = asked.post("processes/trial/draft/publish", seen=2, note="试一试")
    assert (refused.status, refused.body["code"]) == (422, "bad_definition")
    assert DefinitionVersion.objects.filter(definition__key="trial").count() == 1


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("verb", ["import", "test"])
def test_the_command_line_says_what_is_wrong(verb: str, tmp_path: Path, capsys: Capture) -> None:
    for name, text in {**UNREADABLE, **WRONG}.items():
        path = tmp_path / "process.yaml"
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        assert main(["process", verb, str(path), "--json"]) == 1, name
        assert json.loads(capsys.readouterr().out)["detail"], name
    assert DefinitionVersion.objects.filter(definition__key="trial").count() == 1


def test_markup_in_texts_is_shown_as_it_is_written(admin: User, draft: Draft) -> None:
    assert page(admin, in_stage(sop=SCRIPT, goal=SCRIPT, scripts=[{"name": "a", "text": SCRIPT}]))[0] == 302
    assert Api(admin).post("processes/trial/draft/publish", seen=2, note="试一试").status == 201
    client = Client()
    client.force_login(admin)
    answer = client.get("/processes/trial/").content.decode()
    assert "&lt;script&gt;" in answer
    assert not [found for found in ("<script>alert", "<img src=x", 'href="javascript:') if found in answer]


@pytest.mark.parametrize("text", ["10:30", "1:30.5", "1:" * 100_000 + "1"])
def test_what_has_colons_is_no_number_but_text(text: str) -> None:
    assert texts.read_yaml(f"a: {text}") == {"a": text}
    assert texts.read_yaml(texts.write_yaml({"a": text})) == {"a": text}


def test_every_template_is_read_as_it_is_written() -> None:
    assert all(texts.read_yaml(texts.write_yaml(texts.template(name))) for name in texts.template_names())
