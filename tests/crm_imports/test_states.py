"""A column that tells how a deal stands: open, won, lost or parked, in English or Chinese words."""

import pytest

from dealrail.crm.models import Deal
from tests.crm_imports.bringing import Bring, counts, sentence, sentences

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("line", "stands"),
    [
        ("老单,洽谈,输单", ("talk", "lost")),
        ("老单,洽谈,Lost", ("talk", "lost")),
        ("老单,洽谈,搁置", ("talk", "parked")),
        ("老单,洽谈,进行中", ("talk", "open")),
        ("老单,洽谈,", ("talk", "open")),
        ("老单,交付,赢单", ("work", "won")),
        ("老单,交付,进行中", ("work", "won")),
        ("老单,交付,输单", ("work", "lost")),
        ("老单,,赢单", ("work", "won")),
        ("老单,,输单", ("lead", "lost")),
    ],
)
def test_a_past_deal_stands_as_its_state_says(bring: Bring, line: str, stands: tuple[str, str]) -> None:
    job = bring.history(f"商机,阶段,状态\n{line}\n")
    assert counts(job) == (1, 0, 0), sentences(job)
    run = Deal.objects.get().run
    assert (run.stage.key, run.state) == stands


@pytest.mark.parametrize(
    ("line", "named"),
    [("老单,洽谈,谈崩了", "谈崩了"), ("老单,洽谈,赢单", "洽谈")],
)
def test_a_state_that_cannot_be_is_refused(bring: Bring, line: str, named: str) -> None:
    job = bring.history(f"商机,阶段,状态\n{line}\n")
    assert named in sentence(job)
    assert not Deal.objects.exists()


def test_words_of_ones_own_get_an_alias(bring: Bring) -> None:
    state = {"column": "状态", "aliases": {"谈崩了": "lost"}}
    bring.history("商机,阶段,状态\n老单,洽谈,谈崩了\n", mapping={"name": "商机", "stage": "阶段", "state": state})
    assert Deal.objects.get().run.state == "lost"


def test_a_lost_deal_is_not_new(bring: Bring) -> None:
    assert counts(bring("商机,阶段,状态\n老单,线索,输单\n")) == (0, 0, 1)
    assert not Deal.objects.exists()
