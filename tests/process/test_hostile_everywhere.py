"""Hostile definitions get the same sentence on every way in, in both languages; nothing is published."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import translation

from dealrail.accounts.models import User
from dealrail.cli import main
from dealrail.crm.models import Trial
from dealrail.process import checks, texts
from dealrail.process.actions.drafts import start_draft
from dealrail.process.errors import UnreadableDefinition, describe
from dealrail.process.models import DefinitionVersion, Draft
from tests.api.client import Api
from tests.cast import MakeDeal, actor_of, walk_to
from tests.process.test_hostile_texts import bomb

LOCALES = {"zh-hans": "zh_CN.UTF-8", "en": "en_US.UTF-8"}
CHINESE = re.compile("[一-鿿]")


def stage(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key.upper(), "kind": "lead", **more}


def written(*stages: dict[str, Any]) -> str:
    """A definition in words of no language, so that all that is Chinese or English in an answer is the answer's."""
    return yaml.safe_dump({"process": "trial", "name": "Trial", "stages": [*stages]})


def limited_by(levels: int) -> str:
    when: dict[str, Any] = {"field": "amount", "op": "gt", "value": 1}
    for _level in range(levels):
        when = {"not": when}
    return written(stage("a", conditions=[{"key": "one", "kind": "fields.filled", "fields": ["amount"], "when": when}]))


HOSTILE = {
    "a circle without a way out": written(stage("a", next=["b"]), stage("b", next=["a"])),
    "a circle beside the way out": written(
        stage("a", next=["b", "end"]), stage("b", next=["c"]), stage("c", next=["b"])
    ),
    "five hundred stages": written(*(stage(f"s{number}") for number in range(500))),
    "a filter ten levels deep": limited_by(10),
    "a filter a hundred levels deep": limited_by(100),
    "a bomb of lists": bomb("[{many}]"),
    "a bomb of merges": bomb("{{<<: [{many}]}}"),
}  # fmt: skip


def sentences(text: str, language: str) -> list[str]:
    """What is to be said of a text; the designer names the place of each in words, and other ways by its path."""
    with translation.override(language):
        try:
            return [describe(replace(problem, where="")) for problem in checks.problems(texts.read_yaml(text))]
        except UnreadableDefinition as refusal:
            return [str(refusal)]


@dataclass
class Entrance:
    """Somebody who brings a text in, in their language."""

    admin: User
    language: str
    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def api(self) -> Api:
        return Api(self.admin, language=self.language)

    def page(self, method: str, address: str, form: dict[str, Any] | None = None) -> Any:
        """What a page answers; its status and its words."""
        client = Client(headers={"accept-language": self.language})
        client.force_login(self.admin)
        answer = getattr(client, method)(address, form)
        return answer.status_code, html.unescape(answer.content.decode())


Way = Callable[[Entrance, str], str]


def command(verb: str) -> Way:
    def way(entrance: Entrance, text: str) -> str:
        path = entrance.folder / "process.yaml"
        path.write_text(text, "utf-8")
        assert main(["process", verb, str(path)]) == 1
        return entrance.capture.readouterr().err

    return way


def asked_of_api(path: str) -> Way:
    """The text sent to an endpoint that takes one."""

    def way(entrance: Entrance, text: str) -> str:
        answer = entrance.api.post(path, yaml=text)
        assert answer.status == 422
        return str(answer.body["detail"])

    return way


def validated(entrance: Entrance, text: str) -> str:
    """Kept as a draft over the API and checked there; what can't even be kept is refused at once."""
    kept = entrance.api.put("processes/trial/draft", seen=Draft.objects.get().revision, yaml=text)
    if kept.status != 200:
        return str(kept.body["detail"])
    return "\n".join(row["message"] for row in entrance.api.post("processes/trial/draft/validate").body["problems"])


def _kept(entrance: Entrance, text: str) -> str:
    """Type a text into the draft; what the page says of one that can't be kept."""
    form = {"seen": Draft.objects.get().revision, "text": text}
    status, said = entrance.page("post", "/processes/trial/draft/text/", form)
    return str(said) if status == 422 else ""


def typed(entrance: Entrance, text: str) -> str:
    """What is wrong with a draft is told where it is published."""
    return _kept(entrance, text) or str(entrance.page("get", "/processes/trial/draft/publish/")[1])


def pressed(entrance: Entrance, text: str) -> str:
    """Published from its draft all the same."""
    if said := _kept(entrance, text):
        return said
    form = {"seen": Draft.objects.get().revision, "note": "so"}
    status, refused = entrance.page("post", "/processes/trial/draft/publish/", form)
    return str(refused) if status == 422 else ""


def published(entrance: Entrance, text: str) -> str:
    status, said = entrance.page("post", "/processes/publish/", {"text": text, "note": "so"})
    return str(said) if status == 422 else ""


def tried(entrance: Entrance, text: str) -> str:
    """Tried on running deals on the page, from the draft."""
    if said := _kept(entrance, text):
        return said
    status, refused = entrance.page("post", "/processes/trial/running/", {"text": "draft", "step": "try"})
    return str(refused) if status == 422 else ""


WAYS: dict[str, Way] = {
    "dealrail process import": command("import"),
    "dealrail process test": command("test"),
    "POST /processes": asked_of_api("processes"),
    "PUT draft, validate": validated,
    "POST dry-run": asked_of_api("processes/trial/draft/dry-run"),
    "POST replay": asked_of_api("processes/trial/draft/replay"),
    "page of the text": typed,
    "page of publishing a draft": pressed,
    "page of publishing a text": published,
    "page of running deals": tried,
}


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("way", WAYS)
def test_every_way_says_the_same_sentence_and_publishes_nothing(
    way: str,
    language: str,
    admin: User,
    make_deal: MakeDeal,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", LOCALES[language])
    walk_to(make_deal(), "talk")
    entrance, unsaid = Entrance(admin, language, tmp_path, capsys), {}
    for name, text in HOSTILE.items():
        Draft.objects.all().delete()
        start_draft(actor=actor_of(admin), key="trial")
        said = WAYS[way](entrance, text)
        unsaid[name] = [sentence for sentence in sentences(text, language) if sentence not in said]
    assert {name: missing for name, missing in unsaid.items() if missing} == {}
    assert DefinitionVersion.objects.filter(definition__key="trial").count() == 1
    assert not Trial.objects.exists()


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_said_is_said_in_both_languages(name: str) -> None:
    english, chinese = (sentences(HOSTILE[name], language) for language in ("en", "zh-hans"))
    assert english
    assert len(english) == len(chinese)
    assert [sentence for sentence in english if CHINESE.search(sentence)] == []
    assert [sentence for sentence in chinese if not CHINESE.search(sentence)] == []


MARKUP = written(stage("a", sop="<script>alert(1)</script>", goal="<img src=x onerror=alert(2)>"))


@pytest.mark.parametrize("language", LOCALES)
def test_markup_in_a_text_is_told_as_doubtful_on_every_way(
    language: str,
    admin: User,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", LOCALES[language])
    with translation.override(language):
        doubts = [
            describe(replace(row, where=""))
            for row in checks.warnings(texts.read_yaml(MARKUP))
            if row.code == "html_in_text"
        ]
    assert len(doubts) == 2
    path = tmp_path / "process.yaml"
    path.write_text(MARKUP, "utf-8")
    start_draft(actor=actor_of(admin), key="trial", content=texts.read_yaml(MARKUP))
    entrance = Entrance(admin, language, tmp_path, capsys)
    assert main(["process", "test", str(path)]) == 0
    told = {
        "command": capsys.readouterr().out,
        "api": json.dumps(entrance.api.post("processes/trial/draft/validate").body, ensure_ascii=False),
        "page": entrance.page("get", "/processes/trial/draft/publish/")[1],
    }
    assert {way: [doubt for doubt in doubts if doubt not in said] for way, said in told.items()} == {
        key: [] for key in told
    }


# A filter reaches the program on many other ways than in a definition.


def deep(levels: int, leaf: dict[str, Any]) -> dict[str, Any]:
    for _level in range(levels):
        leaf = {"all": [leaf]}
    return leaf


AMOUNT = {"field": "amount", "op": "gt", "value": 1}
ASKING: dict[str, Callable[[Entrance, dict[str, Any]], str]] = {
    "list": lambda e, wanted: str(e.page("get", f"/deals/?filter={json.dumps(wanted)}")[1]),
    "board": lambda e, wanted: str(e.page("get", f"/board/?process=trial&filter={json.dumps(wanted)}")[1]),
    "api list": lambda e, wanted: str(e.api.get("deals", filter=json.dumps(wanted)).body["detail"]),
    "api export": lambda e, wanted: str(e.api.get("exports/deals", filter=json.dumps(wanted)).body["detail"]),
    "api migration": lambda e, wanted: str(
        e.api.post("processes/trial/migrations", filter=wanted, note="新打法").body["detail"]
    ),
    "api dry run": lambda e, wanted: str(e.api.post("processes/trial/draft/dry-run", filter=wanted).body["detail"]),
}


@pytest.mark.parametrize("levels", [7, 100])
@pytest.mark.parametrize("language", LOCALES)
def test_a_filter_of_many_levels_gets_a_sentence_wherever_one_is_asked(
    language: str, levels: int, admin: User, make_deal: MakeDeal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_deal()
    start_draft(actor=actor_of(admin), key="trial")
    entrance = Entrance(admin, language, tmp_path, capsys)
    said = {"zh-hans": "筛选条件太", "en": "The filter is too large"}[language]
    answers = {way: ask(entrance, deep(levels, AMOUNT)) for way, ask in ASKING.items()}
    assert [way for way, answer in answers.items() if said not in answer] == []
