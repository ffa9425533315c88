"""What is known of a record, in the groups that its reader's layout makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.crm.queries import groups_seen


@dataclass(frozen=True)
class FactGroup:
    """Facts that stand together, under a heading if they have one."""

    heading: Any
    facts: list[Any]


def grouped(
    actor: Actor, place: str, facts: Mapping[str, Any], *, apart: Callable[[Any], bool]
) -> tuple[list[FactGroup], list[Any]]:
    """These facts, by what they are called, as the layout has them; and those of no group that are to stand apart."""
    shown: list[FactGroup] = []
    aside: list[Any] = []
    for group in groups_seen(actor, place, facts):
        own = [facts[name] for name in group.fields]
        if group.is_rest:
            aside = [fact for fact in own if apart(fact)]
            own = [fact for fact in own if not apart(fact)]
        shown.append(FactGroup(_("Others") if group.is_rest and shown else group.heading, own))
    return [group for group in shown if group.facts], aside
