"""A deal repeats where its run stands: written by the database itself with every step, and found by its indexes."""

from typing import Any

import pytest
from django.utils import timezone

from dealrail.accounts.models import User
from dealrail.crm import queries
from dealrail.crm.actions.deals import lose_deal, park_deal, reopen_deal
from dealrail.crm.models import Deal
from dealrail.process.models import Run
from tests.cast import MakeDeal, actor_of, fresh, walk_on

pytestmark = pytest.mark.django_db


def told(deal: Deal) -> tuple[Any, ...]:
    deal = Deal.objects.get(pk=deal.pk)
    return deal.state, deal.stage_now and deal.stage_now.key, deal.stage_since


def lived(deal: Deal) -> tuple[Any, ...]:
    run = Run.objects.select_related("stage").get(pk=deal.run_id)
    is_under_way = run.state in {"open", "won"} and run.finished_at is None
    return run.state, run.stage.key if is_under_way else None, run.stage_entered_at


def test_a_new_deal_stands_where_its_run_does(make_deal: MakeDeal) -> None:
    deal = make_deal()
    assert told(deal) == lived(deal)
    assert told(deal)[1] is not None


def test_it_follows_every_step(rep: User, make_deal: MakeDeal) -> None:
    deal, actor = make_deal(), actor_of(rep)
    walk_on(deal)
    assert told(deal) == lived(deal)
    park_deal(actor=actor, deal_id=deal.pk)
    assert told(deal)[:2] == ("parked", None)
    reopen_deal(actor=actor, deal_id=deal.pk)
    assert told(deal) == lived(deal)
    lose_deal(actor=actor, deal_id=deal.pk, reason="price")
    assert told(deal)[:2] == ("lost", None)
    assert queries.deals_out_of_step() == 0


def test_what_is_won_stands_in_its_stage_until_it_is_finished(make_deal: MakeDeal) -> None:
    deal = make_deal()
    stood = [told(deal)[:2]]
    while fresh(deal).run.finished_at is None:
        walk_on(deal)
        assert told(deal) == lived(deal)
        stood.append(told(deal)[:2])
    assert stood[-1] == ("won", None)
    assert all(stage for _state, stage in stood[:-1])


def test_it_follows_whoever_writes_the_run(make_deal: MakeDeal) -> None:
    deal, moment = make_deal(), timezone.now()
    Run.objects.filter(pk=deal.run_id).update(stage_entered_at=moment)
    assert told(deal)[2] == moment


def test_a_deal_out_of_step_is_counted(make_deal: MakeDeal) -> None:
    deal = make_deal()
    make_deal()
    Deal.objects.filter(pk=deal.pk).update(stage_now=None)
    assert queries.deals_out_of_step() == 1
