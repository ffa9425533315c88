"""Parts of a page that are made once: each for its values and language, and for nothing else."""

from django.template import engines
from django.utils import translation

CHIP = '{% load dealrail %}{% kept "components/step_chip.html" kind=kind at=None %}'


def chip(kind: str, **others: str) -> str:
    return engines["django"].from_string(CHIP).render({"kind": kind, **others}).strip()


def test_is_the_same_again_and_another_for_another_value() -> None:
    assert chip("overdue") == chip("overdue") != chip("today")


def test_is_made_anew_in_another_language() -> None:
    with translation.override("en"):
        english = chip("none")
    with translation.override("zh-hans"):
        assert (english == chip("none"), "No next step" in english) == (False, True)


def test_is_handed_nothing_else_of_the_page() -> None:
    assert chip("planned", at="2026-03-01") == chip("planned")
