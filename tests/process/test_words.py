"""Refusals of the kernel are said in the reader's words, without keys of ours."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.process import history
from dealrail.process import queries as processes
from dealrail.process.errors import DatesOutOfOrder, NotOpen, UnknownLossReason
from dealrail.process.history import Placement
from dealrail.process.rules import State
from tests.cast import Company


@pytest.mark.parametrize(("language", "word"), [("en", "lost"), ("zh-hans", "输单")])
def test_a_state_is_named_by_its_word(language: str, word: str) -> None:
    with translation.override(language):
        assert word in str(NotOpen(state="lost"))


@pytest.mark.parametrize(("language", "name"), [("en", "Waive conditions"), ("zh-hans", "放行")])
def test_a_permission_is_called_by_its_name(language: str, name: str) -> None:
    refusal = NotAllowed(permission="process.waive")
    with translation.override(language):
        assert name in str(refusal)
        assert "process.waive" not in str(refusal)
    assert refusal.params == {"permission": "process.waive"}


def test_a_permission_nobody_registered_keeps_its_key() -> None:
    assert "who.knows" in str(NotAllowed(permission="who.knows"))


@pytest.mark.parametrize(("language", "end"), [("en", "today"), ("zh-hans", "今天")])
def test_dates_out_of_order_are_said_with_the_names_of_stages(company: Company, language: str, end: str) -> None:
    now, later = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    placement = Placement("talk", State.OPEN, {"talk": later})
    with translation.override(language), pytest.raises(DatesOutOfOrder) as caught:
        history.plan(processes.current_version("trial"), placement, by=Actor.system(), now=now)
    assert f"{end} (2026-06-01)" in str(caught.value)
    assert "洽谈 (2026-07-01)" in str(caught.value)


def test_lists_have_the_comma_of_the_language(company: Company) -> None:
    spec = processes.spec_of(processes.current_version("trial").pk)
    with translation.override("zh-hans"), pytest.raises(UnknownLossReason) as caught:
        processes.loss_reason(spec, "没有的原因")
    assert "价格、无回应" in str(caught.value)
