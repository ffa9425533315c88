"""Every refusal has a code for programs and a sentence for people, in both languages."""

from collections.abc import Iterator

import polib

from dealrail.core.errors import Refusal
from tests.architecture import guards
from tests.architecture.source import ROOT, load_everything

CATALOGUE = ROOT / "dealrail" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def refusals(root: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """The refusals of the project, wherever they are defined."""
    for child in root.__subclasses__():
        if child.__module__.startswith("dealrail."):
            yield child
        yield from refusals(child)


def test_every_refusal_has_a_code_of_its_own_and_a_sentence_in_both_languages() -> None:
    load_everything()
    translated = {entry.msgid for entry in polib.pofile(str(CATALOGUE)) if entry.translated()}
    assert guards.unclear_refusals([Refusal, *refusals()], translated) == []


class TooTall(Refusal):
    code = "too_tall"
    sentence = "Mind your head."


class TooLong(Refusal):
    code = "too_tall"
    sentence = "Mind your feet."


def test_a_code_used_twice_and_a_missing_sentence_are_seen() -> None:
    found = guards.unclear_refusals([TooTall, TooLong], {"Mind your head."})
    assert [fault.split(" ", 1)[1].split(" of ")[0] for fault in found] == [
        "has the code too_tall",
        "has no Chinese sentence",
    ]
