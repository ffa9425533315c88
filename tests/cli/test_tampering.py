"""Whoever changes, deletes, adds or swaps rows of the log is named by `verify-log`, in words and in JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from dealrail.cli import main
from dealrail.crm.models import Deal
from dealrail.events import rules
from dealrail.events.models import ChainHead, Event, Receipt
from tests.cast import MakeDeal, walk_on

pytestmark = pytest.mark.django_db
Capture = pytest.CaptureFixture[str]
WORDS = {
    "changed": "was changed",
    "missing": "is missing",
    "missing before": "follows a row that is missing",
    "inserted": "was inserted",
}


class Chain:
    """The rows that the log has of one deal, and ways to tamper with them behind the program's back."""

    def __init__(self, deal: Deal) -> None:
        self.subject = f"deal:{deal.pk}"
        self.rows = Event.objects.filter(subject_kind="deal", subject_id=deal.pk)
        self.heads = ChainHead.objects.filter(subject_kind="deal", subject_id=deal.pk)
        self.length = self.rows.count()

    def change(self, place: int, /, **values: Any) -> None:
        """Overwrite columns of one row."""
        self.rows.filter(seq=place).update(**values)

    def delete(self, *seqs: int) -> None:
        """Take rows out, and what subscribers wrote down about them."""
        Receipt.objects.filter(event__in=self.rows.filter(seq__in=seqs)).delete()
        self.rows.filter(seq__in=seqs).delete()

    def insert(self, seq: int, *, after: int) -> None:
        """Add a forged row with the hash that fits behind another."""
        forged, before = self.rows.get(seq=self.length), self.rows.get(seq=after)
        forged.pk, forged.seq, forged.actor_name = None, seq, "somebody else"
        forged.hash = rules.chain_hash(before.hash, forged.content())
        Event.objects.bulk_create([forged])

    def make_room(self, seq: int) -> None:
        """Move the rows from this place on back by one."""
        for row in self.rows.filter(seq__gte=seq).order_by("-seq"):
            self.change(row.seq, seq=row.seq + 1)
        self.heads.update(seq=self.length + 1)

    def swap(self, one: int, other: int) -> None:
        """Let two rows change places."""
        for old, new in ((one, 999), (other, one), (999, other)):
            self.change(old, seq=new)

    def insert_in_the_middle(self) -> None:
        """Add a forged second row and number the others anew."""
        self.make_room(2)
        self.insert(2, after=1)

    def delete_and_close_the_gap(self) -> None:
        """Take the second row out and number the others anew, the head too."""
        self.delete(2)
        for seq in range(3, self.length + 1):
            self.change(seq, seq=seq - 1)
        self.heads.update(seq=self.length - 1)


# What is done to a chain → the row that is named, counted from 1 or, if negative, from the end, and why.
TAMPERINGS: dict[str, tuple[Callable[[Chain], Any], int, str]] = {
    "first changed": (lambda chain: chain.change(1, actor_name="somebody else"), 1, "changed"),
    "middle changed": (lambda chain: chain.change(2, payload={"deal_id": 0}), 2, "changed"),
    "last changed": (lambda chain: chain.change(chain.length, kind="deal.lost"), -1, "changed"),
    "first deleted": (lambda chain: chain.delete(1), 2, "missing before"),
    "middle deleted": (lambda chain: chain.delete(2), 3, "missing before"),
    "last deleted": (lambda chain: chain.delete(chain.length), -1, "missing"),
    "all deleted": (lambda chain: chain.delete(*range(chain.length + 1)), 1, "missing"),
    "deleted and numbered anew": (Chain.delete_and_close_the_gap, 2, "changed"),
    "inserted at the end": (lambda chain: chain.insert(chain.length + 1, after=chain.length), 0, "inserted"),
    # The forged row fits; the one behind it doesn't any more.
    "inserted in the middle": (Chain.insert_in_the_middle, 3, "changed"),
    "swapped": (lambda chain: chain.swap(2, 3), 2, "changed"),
    "head deleted": (lambda chain: chain.heads.delete(), -1, "inserted"),
    "head changed": (lambda chain: chain.heads.update(hash="0" * 64), -1, "changed"),
    "head set back": (lambda chain: chain.heads.update(seq=chain.length - 1), -1, "inserted"),
}


@pytest.fixture
def chain(make_deal: MakeDeal) -> Chain:
    """What the log has of a deal that moved, between deals that nobody touches."""
    make_deal()
    moved = walk_on(make_deal())
    make_deal()
    return Chain(moved)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that speaks English."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def _as_json(capsys: Capture, status: int) -> Any:
    capsys.readouterr()
    assert main(["verify-log", "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_an_untouched_log_is_whole(chain: Chain, capsys: Capture) -> None:
    told = _as_json(capsys, 0)
    assert (told["faults"], told["events"]) == ([], Event.objects.count())
    assert main(["verify-log"]) == 0
    assert f"is whole: {told['events']} events" in capsys.readouterr().out


@pytest.mark.parametrize("name", TAMPERINGS)
def test_the_row_that_was_tampered_with_is_named(chain: Chain, capsys: Capture, name: str) -> None:
    tamper, place, problem = TAMPERINGS[name]
    tamper(chain)
    seq = place if place > 0 else chain.length + 1 + place
    row = chain.rows.filter(seq=seq).values_list("pk", flat=True).first()
    fault = {"subject": chain.subject, "seq": seq, "event_id": row, "problem": problem}
    assert _as_json(capsys, 1)["faults"] == [fault]
    assert main(["verify-log"]) == 1
    said = f"{chain.subject}: row {seq} of its chain (event {row or '—'}) {WORDS[problem]}.\n"
    assert capsys.readouterr().out == said


def test_a_chain_that_is_gone_with_its_head_changes_the_digest_and_is_missed_by_the_doctor(
    chain: Chain, capsys: Capture
) -> None:
    before = _as_json(capsys, 0)["digest"]
    chain.delete(*range(chain.length + 1))
    chain.heads.delete()
    assert _as_json(capsys, 0)["digest"] != before
    assert main(["doctor"]) == 1
    assert "1 deals have no event in the log." in capsys.readouterr().out
