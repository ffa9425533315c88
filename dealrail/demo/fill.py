"""Fills an empty home with the demo company."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import Random

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.crm.actions import pools
from dealrail.crm.models import Customer
from dealrail.demo import company, ledger, lines, words
from dealrail.demo.story import Story, without_garbage_collection
from dealrail.events import clocks
from dealrail.notifications.actions import read_all_notifications

SEED = 20_260_901
SHARES = {"b2b-software": 44, "general": 16, lines.CARE: 14}
OLD_DEALS = 540
LET_GO = 14
LOGINS = {"rep": "liwei", "manager": "chenjing", "administrator": "admin"}
Progress = Callable[[int, int], None]


class HomeInUse(Refusal):
    """Demo data never mixes with a company's own."""

    code = "home_in_use"
    sentence = _("This home holds data of its own. Set DEALRAIL_HOME to an empty folder for the demo.")


LATELY = timedelta(days=2)


def is_filled() -> bool:
    """Whether this home holds the demo company. Refuses with HomeInUse when it holds something else."""
    if people.is_empty():
        return False
    if people.user_by_login("moxiao") is None or people.user_by_login("liwei") is None:
        raise HomeInUse()
    return True


def _told(progress: Progress, before: int, total: int, number: int) -> None:
    progress(before + number, total)


def _let_go(founded: company.Company, story: Story) -> None:
    """Put some customers into the public pool that nobody sells to any more."""
    idle = Customer.objects.filter(owner__isnull=False).exclude(phone="").exclude(deals__run__state="open")
    leaving = list(idle.select_related("owner").order_by("-pk")[:LET_GO])
    moments = sorted(story.working_hour(story.now - timedelta(days=1 + number)) for number in range(len(leaving)))
    for customer, moment in zip(leaving, moments, strict=True):
        with clock.pretending(moment):
            actor, reason = founded.actors[customer.owner.login], story.random.choice(words.RELEASES)
            pools.release_customer(actor=actor, customer_id=customer.pk, reason=reason)


def fill(progress: Progress) -> None:
    """Create company and deals in one transaction, then let every subscriber react; seeded, so only dates differ."""
    with without_garbage_collection(), transaction.atomic():
        founded = company.found(by=Actor.system("demo"))
        lines.draw(founded, by=Actor.system("demo"))
        story = Story(founded, Random(SEED), timezone.now())
        ledger.bring_in(founded, story.random, story.now, OLD_DEALS, by=founded.actors["admin"])
        story.go_on()
        done, total = 0, sum(SHARES.values())
        for process, count in SHARES.items():
            teller = lines.of_care(story) if process == lines.CARE else story
            teller.tell(process, count, partial(_told, progress, done, total))
            done += count
        _let_go(founded, story)
    with transaction.atomic():
        clocks.drain()
        story.put_off()
        clocks.drain()
        for actor in founded.actors.values():  # they have looked in lately
            read_all_notifications(actor=actor, before=story.now - LATELY)
