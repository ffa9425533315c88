"""What a card of the board shows by the layout of its reader, where there is one."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import ngettext

from dealrail.accounts.actor import Actor
from dealrail.crm import queries as crm
from dealrail.crm.rules import CREATED, DAYS, DEAL_CARD, LAST_FOLLOW_UP, FieldGroup
from dealrail.process.rules import ProcessSpec
from dealrail.web.templatetags.dealrail import NOTHING, day, wan

_TIMES = {LAST_FOLLOW_UP: "last_follow_up_at", CREATED: "created_at", "expected_close": "expected_close"}


@dataclass(frozen=True)
class CardFact:
    """One thing on a card, in words; never a time that would be another in a minute, as cards are kept."""

    label: str
    text: str
    is_late: bool = False


@dataclass(frozen=True)
class CardGroup:
    """Facts that stand together on a card, under a heading if they have one."""

    heading: str
    facts: tuple[CardFact, ...]


@dataclass(frozen=True)
class CardLayout:
    """The groups of somebody's cards, and the added fields that they may see, by what these are called."""

    groups: list[FieldGroup]
    added: Mapping[str, Any]

    @property
    def shown(self) -> list[Any]:
        """The added fields that stand on the card."""
        return [self.added[name] for group in self.groups for name in group.fields if name in self.added]


def card_layout(actor: Actor) -> CardLayout | None:
    """The layout of somebody's cards; none where nobody laid them out."""
    layout = crm.layout_seen(actor, "card")
    if layout is None:
        return None
    return CardLayout(crm.groups_of(layout), {crm.field_name(row): row for row in crm.fields_seen(actor, "deal")})


def card_groups(
    layout: CardLayout, actor: Actor, deal: Any, spec: ProcessSpec, *, days: int, is_late: bool
) -> tuple[CardGroup, ...]:
    """What the layout shows of a deal; fields that its process doesn't have, or that are out of use, drop out."""
    waits = CardFact(str(crm.LAYOUT_LABELS[DAYS]), ngettext("%(n)s day", "%(n)s days", days) % {"n": days}, is_late)
    found = []
    for group in layout.groups:
        told = [waits if name == DAYS else _told(layout, actor, deal, spec, name) for name in group.fields]
        facts = tuple(fact for fact in told if fact is not None)
        found.append(CardGroup(group.heading, facts))
    return tuple(group for group in found if group.facts)


def _told(layout: CardLayout, actor: Actor, deal: Any, spec: ProcessSpec, name: str) -> CardFact | None:
    own = {row.key: row for row in spec.fields}
    if name in layout.added:
        field = layout.added[name]
        return CardFact(field.name, _in_words(field.holds, crm.custom_words(actor, deal, field)))
    if name in own:
        return CardFact(own[name].name, _in_words(own[name].type, deal.extra.get(name)))
    if name in DEAL_CARD:
        kind = "date" if name in _TIMES else "money" if name == "amount" else "text"
        return CardFact(str(crm.LAYOUT_LABELS[name]), _in_words(kind, getattr(deal, _TIMES.get(name, name))))
    return None


def _in_words(kind: str, value: Any) -> str:
    """A value as a card tells it; what an older version kept in another form is told as it is."""
    if value in (None, ""):
        return NOTHING
    try:
        if kind == "money":
            return wan(Decimal(str(value)))
        return day(value) if kind == "date" and not isinstance(value, str) else str(value)
    except ArithmeticError:
        return str(value)
