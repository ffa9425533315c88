"""The bell: how much isn't read, its panel and page, reading, and nothing of records out of sight."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from dealrail.accounts.models import User
from dealrail.activities.actions.comments import add_comment, remove_comment
from dealrail.crm.actions.deals import transfer_deal
from dealrail.events import clocks
from dealrail.notifications import rules
from dealrail.notifications.models import Notification
from dealrail.web.notifications.words import TELLERS, lines
from tests.cast import MakeDeal, actor_of
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def note(user: User, kind: str = "task_given", **fields: Any) -> Notification:
    """Something this person was told."""
    fields = {"params": {"title": "回访", "who": "主管"}, "created_at": timezone.now(), **fields}
    return Notification.objects.create(user=user, kind=kind, **fields)


def test_the_bell_counts_what_is_not_read(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    assert 'id="bell-count" class="bell-count" hidden' in client.get("/").content.decode()
    for _ in range(3):
        note(rep)
    assert ">3<" in client.get("/").content.decode()
    assert ">3<" in client.get("/notifications/count/").content.decode()


def test_who_is_not_in_is_counted_nothing(company: object, client: Client) -> None:
    answer = client.get("/notifications/count/")
    assert (answer.status_code, answer.content) == (204, b"")


def test_opening_reads_and_leads_there(log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal) -> None:
    deal = make_deal(owner=manager, name="移交的")
    transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=rep.pk)
    clocks.drain()
    client, told = log_in(rep), Notification.objects.get(user=rep)
    page = client.get("/notifications/").content.decode()
    assert "handed “移交的” over to you" in page
    answer = client.get(f"/notifications/{told.pk}/")
    assert answer.headers["Location"] == f"/deals/{deal.pk}/"
    told.refresh_from_db()
    assert told.read_at is not None


def test_a_strangers_notification_is_not_found(log_in: LogIn, rep: User, stranger: User) -> None:
    told = note(rep)
    for answer in (
        log_in(stranger).get(f"/notifications/{told.pk}/"),
        log_in(stranger).post(f"/notifications/{told.pk}/read/"),
    ):
        assert answer.status_code == 404
    told.refresh_from_db()
    assert told.read_at is None


def test_a_record_out_of_sight_is_not_named(log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal) -> None:
    deal = make_deal(owner=manager, name="机密项目")
    params = {"name": "机密项目", "who": "主管", "note": "机密", "how": "transferred"}
    note(rep, "deal_given", subject_kind="deal", subject_id=deal.pk, params=params)
    page = log_in(rep).get("/notifications/").content.decode()
    assert "机密" not in page
    assert "no longer yours to see" in page


def test_a_comment_that_was_taken_back_is_quoted_no_more(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    made = add_comment(actor=actor_of(manager), text="秘密 @rep", deal_id=make_deal().pk)
    clocks.drain()
    client = log_in(rep)
    assert "秘密" in client.get("/notifications/").content.decode()
    remove_comment(actor=actor_of(manager), comment_id=made.pk)
    page = client.get("/notifications/").content.decode()
    assert "秘密" not in page
    assert "mentioned you in a comment" in page


def test_who_lost_a_deal_is_told_its_name_without_a_link(
    log_in: LogIn, rep: User, manager: User, colleague: User, make_deal: MakeDeal
) -> None:
    deal = make_deal(name="被转走的")
    transfer_deal(actor=actor_of(manager), deal_id=deal.pk, owner_id=colleague.pk)
    clocks.drain()
    client, told = log_in(rep), Notification.objects.get(user=rep)
    assert "被转走的" in client.get("/notifications/").content.decode()
    assert client.get(f"/notifications/{told.pk}/").headers["Location"] == "/notifications/"


def test_marks_one_or_all_as_read(log_in: LogIn, rep: User) -> None:
    client, first = log_in(rep), note(rep)
    note(rep), note(rep)
    answer = client.post(f"/notifications/{first.pk}/read/", {"next": "/notifications/"})
    assert answer.headers["Location"] == "/notifications/"
    assert len(client.get("/notifications/?show=unread").context["lines"]) == 2
    client.post("/notifications/read/", {"next": "/notifications/"})
    assert "Everything is read." in client.get("/notifications/?show=unread").content.decode()


def test_reading_in_the_panel_answers_with_the_panel_and_the_number(log_in: LogIn, rep: User) -> None:
    told = note(rep)
    note(rep)
    client = log_in(rep)
    assert "回访" in client.get("/notifications/panel/").content.decode()
    answer = client.post(f"/notifications/{told.pk}/read/", headers={"HX-Request": "true"})
    assert 'hx-swap-oob="true"' in answer.content.decode()
    assert ">1<" in answer.content.decode()


def test_pages_through_what_was_told(log_in: LogIn, rep: User) -> None:
    for number in range(60):
        note(rep, params={"title": f"第{number}件", "who": "主管"})
    page = log_in(rep).get("/notifications/")
    assert len(page.context["lines"]) == 50
    rest = log_in(rep).get(f"/notifications/?{page.context['next']}")
    assert [line.sentence[-3:] for line in rest.context["lines"]][-1].endswith("第0件")


def test_asks_the_database_as_often_for_many_as_for_few(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    client, counts = log_in(rep), []
    deals = [make_deal() for _ in range(5)]
    params = {"name": "甲", "who": "主管", "how": "transferred", "note": ""}
    for _ in range(2):
        for number in range(20):
            note(rep, "deal_given", subject_kind="deal", subject_id=deals[number % 5].pk, params=params)
        client.get("/notifications/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/notifications/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_every_kind_of_news_is_told_in_words(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    params = {
        "name": "甲", "who": "主管", "how": "released", "note": "", "condition": "facts", "title": "回访",
        "to_stage": "",
        "created": 1, "changed": 0, "failed": 0, "skipped": 0, "problem": "", "text": "", "total": 1, "refused": 0,
        "succeeded": 1, "of": "deals", "count": 2, "names": ["小销"],
    }  # fmt: skip
    for kind in TELLERS:
        note(rep, kind, subject_kind="deal", subject_id=deal.pk, params=params)
    for language in ("en", "zh-hans"):
        with translation.override(language):
            told = lines(actor_of(rep), Notification.objects.filter(user=rep))
        assert all("%" not in line.sentence and line.sentence for line in told)


def test_what_is_told_can_be_said() -> None:
    kinds = {
        "deal_given", "deal_taken", "customer_given", "customer_taken", "approval_asked", "approval_granted",
        "approval_refused", "task_given", "import_finished", "import_failed",
    }  # fmt: skip
    assert kinds <= set(TELLERS)
    assert set(TELLERS) | {"bulk_finished"} >= (rules.FAREWELLS | rules.OWN)
