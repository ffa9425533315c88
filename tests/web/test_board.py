"""The board: a bounded number of cards in a fixed number of statements, narrowed by the address."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.models import User
from tests.cast import MakeDeal, walk_to
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def test_shows_count_sum_and_what_is_missing(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal(amount="120000")
    make_deal(amount="80000")
    text = log_in(rep).get("/board/?process=trial").content.decode()
    assert "200.00K" in text
    assert "2/2 missing" in text
    assert "No next step" in text


def test_a_card_tells_the_exact_amount_the_days_and_the_owner_where_one_points(
    log_in: LogIn, rep: User, make_deal: MakeDeal
) -> None:
    make_deal(name="新厂看板", amount="120000")
    text = log_in(rep).get("/board/?process=trial").content.decode()
    assert f'title="新厂看板 · ¥120,000.00 · 0 days in this stage · {rep.name}"' in text


def test_shows_only_what_one_may_see(log_in: LogIn, stranger: User, make_deal: MakeDeal) -> None:
    make_deal(name="别人的商机")
    assert "别人的商机" not in log_in(stranger).get("/board/?process=trial").content.decode()


def test_is_narrowed_by_the_address(log_in: LogIn, manager: User, colleague: User, make_deal: MakeDeal) -> None:
    make_deal(name="甲的商机")
    make_deal(owner=colleague, name="乙的商机")
    text = log_in(manager).get(f"/board/?process=trial&owner={colleague.pk}").content.decode()
    assert "乙的商机" in text
    assert "甲的商机" not in text


def test_searches(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal(name="苏州项目")
    make_deal(name="杭州项目")
    text = log_in(rep).get("/board/?process=trial&q=苏州").content.decode()
    assert "苏州项目" in text
    assert "杭州项目" not in text


def test_lost_and_parked_deals_stand_elsewhere(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(name="输掉的"), log_in(rep)
    client.post(f"/deals/{deal.pk}/lose/", {"reason": "price"})
    assert "输掉的" not in client.get("/board/?process=trial").content.decode()


def test_loads_forty_cards_and_then_the_rest(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    for number in range(43):
        make_deal(name=f"商机{number:02}号")
    client = log_in(rep)
    page = client.get("/board/?process=trial")
    column = page.context["columns"][0]
    assert len(column.cards) == 40
    assert column.head.count == 43
    more = client.get(f"/board/column/?{column.more}", headers={"HX-Request": "true"})
    assert len(more.context["column"].cards) == 3
    assert client.get(f"/board/column/?{column.more}").status_code == 200


def test_takes_as_many_statements_for_thirty_cards_as_for_three(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    client = log_in(rep)
    for _ in range(3):
        walk_to(make_deal(), "talk")
    client.get("/board/?process=trial")
    with CaptureQueriesContext(connection) as few:
        client.get("/board/?process=trial")
    for _ in range(9):
        walk_to(make_deal(), "talk")
    for _ in range(20):
        make_deal()
    client.get("/board/?process=trial")
    with CaptureQueriesContext(connection) as many:
        client.get("/board/?process=trial")
    # a column that was empty before is asked for its cards: one statement more
    assert len(many) <= len(few) + 1


def test_without_a_process_it_says_what_to_do(log_in: LogIn, db: None) -> None:
    person = User.objects.create(login="first", name="第一人")
    assert log_in(person).get("/board/").status_code == 403


def test_without_any_deal_it_says_what_to_do_first(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    client = log_in(rep)
    words = "There are no deals yet that you can see."
    assert words in client.get("/board/").content.decode()
    make_deal()
    assert words not in client.get("/board/").content.decode()
    assert words not in client.get("/board/?q=nothing").content.decode()


def test_a_card_says_which_stage_comes_next(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    walk_to(make_deal(), "work")
    text = log_in(rep).get("/board/?process=trial").content.decode()
    assert 'data-targets="talk" data-next="洽谈"' in text
    assert 'data-next="end"' not in text
