"""How far somebody got with what they are to do today and this week."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities


@dataclass(frozen=True)
class Progress:
    """One thing to do so often: how often it was done, and how often it is to be; `href` lists it."""

    label: Any
    done: int
    target: int
    href: str

    @property
    def is_met(self) -> bool:
        """Whether there is a target, and it is reached."""
        return 0 < self.target <= self.done


def progress(actor: Actor, now: datetime) -> list[Progress]:
    """What the reader did, against the targets of their roles."""
    targets, done = people.targets_of(actor.user_id), activities.done_by(actor.user_id, now)
    mine = f"{reverse('activities')}?author=me&occurred_at="
    return [
        Progress(_("First contacts today"), done.first_contacts, targets["first_contacts_a_day"], f"{mine}today"),
        Progress(_("Follow-ups today"), done.today, targets["follow_ups_a_day"], f"{mine}today"),
        Progress(_("Follow-ups this week"), done.week, targets["follow_ups_a_week"], f"{mine}this_week"),
    ]
