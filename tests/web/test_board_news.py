"""Two people on one board: what one changed is told to the other, in one statement when nothing was."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.crm.actions.deals import change_deal, lose_deal
from dealrail.process.models import Run
from tests.cast import MakeDeal, actor_of, fulfil, walk_on, walk_to
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db
# PostgreSQL tells of nothing that isn’t committed yet, not even to who wrote it.
COMMITTED = pytest.mark.django_db(transaction=True)


def _stamp(client: Client, query: str = "process=trial") -> str:
    found = re.search(r'data-stamp="(\d+)"', client.get(f"/board/?{query}").content.decode())
    assert found
    return found[1]


def test_nothing_new_costs_one_statement_beyond_who_asks(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    client = log_in(rep)
    stamp = _stamp(client)
    client.get("/board/news/")
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(f"/board/news/?process=trial&since={stamp}")
    assert (answer.status_code, answer.headers["X-Board-Stamp"]) == (204, stamp)
    about_the_board = [row["sql"] for row in asked if "crm_deal" in row["sql"] or "events_event" in row["sql"]]
    assert len(about_the_board) == 1


@COMMITTED
def test_a_moved_card_comes_with_the_heads(log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal) -> None:
    deal, still = make_deal(name="动了"), make_deal(name="没动")
    client = log_in(manager)
    stamp = _stamp(client)
    walk_on(deal)
    answer = client.get(f"/board/news/?process=trial&since={stamp}")
    text = html.unescape(answer.content.decode())
    assert f'id="deal-{deal.pk}"' in text
    assert 'data-in="talk"' in text
    assert f'id="deal-{still.pk}"' not in text
    assert 'id="head-lead"' in text
    later = answer.headers["X-Board-Stamp"]
    assert client.get(f"/board/news/?process=trial&since={later}").status_code == 204


@COMMITTED
def test_what_left_the_board_or_fits_the_filter_no_more_is_gone(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    lost, small = make_deal(amount="900"), make_deal(amount="900")
    client = log_in(manager)
    narrowed = 'process=trial&filter={"all":[{"field":"amount","op":"gte","value":"500"}]}'
    stamp = _stamp(client, narrowed)
    lose_deal(actor=actor_of(rep), deal_id=lost.pk, reason="price")
    change_deal(actor=actor_of(rep), deal_id=small.pk, fields={"amount": "1"})
    text = client.get(f"/board/news/?{narrowed}&since={stamp}").content.decode()
    assert f'data-gone="{lost.pk} {small.pk} "' in text
    assert "deal-card" not in text


def test_nothing_is_told_of_deals_out_of_sight(log_in: LogIn, rep: User, stranger: User, make_deal: MakeDeal) -> None:
    deal = make_deal(name="新厂看板")
    client = log_in(stranger)
    stamp = _stamp(client)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "1"})
    assert "新厂看板" not in client.get(f"/board/news/?process=trial&since={stamp}").content.decode()


@COMMITTED
def test_other_news_moves_the_stamp_on(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    stamp = _stamp(client)
    create_task(actor=actor_of(rep), title="打电话")
    answer = client.get(f"/board/news/?process=trial&since={stamp}")
    assert answer.status_code == 204
    assert int(answer.headers["X-Board-Stamp"]) > int(stamp)


@COMMITTED
def test_many_changes_cost_as_many_statements_as_few(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    client = log_in(rep)
    stamp = _stamp(client)
    counts = []
    for number in (2, 2, 12):
        for _ in range(number):
            make_deal(amount="5")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/board/news/?process=trial&since={stamp}").status_code == 200
        counts.append(len(asked))
    assert counts[1] == counts[2]


def test_a_head_has_the_weighted_sum_and_the_median(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deals = [walk_to(make_deal(amount="100000"), "talk") for _ in range(3)]
    for deal, days in zip(deals, (1, 5, 40), strict=True):
        run = Run.objects.get(pk=deal.run_id)
        Run.objects.filter(pk=run.pk).update(stage_entered_at=run.stage_entered_at - _days(days))
    head = next(
        column.head
        for column in log_in(rep).get("/board/?process=trial").context["columns"]
        if column.head.key == "talk"
    )
    assert (head.count, head.median_days) == (3, 5)
    assert head.weighted == head.amount * Run.objects.get(pk=deals[0].run_id).stage.probability / 100


def _days(number: int) -> timedelta:
    return timedelta(days=number)


def test_a_stale_drag_brings_the_card_where_it_is(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    seen = deal.run.revision
    fulfil(deal)
    walk_on(deal)
    sent = {"to": "talk", "seen": str(seen), "from": "board"}
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", sent, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert 'data-in="talk"' in answer.content.decode()
    lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", sent, headers={"HX-Request": "true"})
    assert f'<div id="deal-{deal.pk}" hx-swap-oob="delete">' in answer.content.decode()


def test_the_filter_builder_of_the_board_leads_back_to_it(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal(name="大单", amount="900")
    make_deal(name="小单", amount="1")
    client = log_in(rep)
    sent = {"row": "0", "field-0": "amount", "op-0": "gte", "value-0": "500", "apply": "1"}
    answer = client.post("/board/filter/?process=trial", sent)
    assert answer.headers["Location"].startswith("/board/?process=trial&filter=")
    text = html.unescape(client.get(answer.headers["Location"]).content.decode())
    assert "大单" in text
    assert "小单" not in text
    assert "Amount is at least 500" in text


def test_a_board_is_kept_as_a_view(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    client = log_in(rep)
    answer = client.post("/views/board/new/?process=trial&owner=me", {"name": "我的看板", "is_pinned": "1"})
    page = client.get(answer.headers["Location"])
    assert page.context["views"].current.name == "我的看板"
    assert not page.context["views"].is_changed
