"""What happened on a board since somebody looked: changed cards and the heads; one statement when nothing did."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from dealrail.accounts.actor import Actor
from dealrail.events import queries as events
from dealrail.process.rules import ProcessSpec
from dealrail.web.board.cards import Card, cards
from dealrail.web.board.columns import Head, as_cards, heads, on_board
from dealrail.web.inputs import whole

MOST_EVENTS = 500


@dataclass(frozen=True)
class News:
    """Up to which event this tells, the cards that changed, those that are gone, and all heads."""

    stamp: int
    cards: list[Card]
    gone: list[int]
    heads: list[Head]

    @property
    def is_empty(self) -> bool:
        """Whether nothing on this board has changed."""
        return not self.cards and not self.gone


def news(actor: Actor, spec: ProcessSpec, params: QueryDict) -> News:
    """What changed after the event that the address names."""
    since = whole(params.get("since")) or 0
    told = list(events.feed(after=since).values_list("pk", "subject_kind", "subject_id")[:MOST_EVENTS])
    stamp = told[-1][0] if told else since
    changed = sorted({subject_id for _pk, kind, subject_id in told if kind == "deal"})
    if not changed:
        return News(stamp, [], [], [])
    return _changed(actor, spec, params, changed, stamp)


def _changed(actor: Actor, spec: ProcessSpec, params: QueryDict, changed: list[int], stamp: int) -> News:
    """Of deals out of sight, or on another board, nothing is told but that no card of theirs stands here."""
    rows: Any = on_board(actor, spec, params)
    found = cards(actor, as_cards(actor, rows.filter(pk__in=changed)))
    shown = {card.pk for card in found}
    return News(stamp, found, [pk for pk in changed if pk not in shown], heads(rows, spec))
