"""Check-ins, texts, the calendar and its link over the API."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from dealrail.accounts.models import User
from dealrail.activities.models import Activity, CalendarFeed, TextTemplate
from tests.api.client import Api
from tests.cast import MakeDeal
from tests.core.test_calendars import read


def test_a_visit_is_recorded_with_its_check_in(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = make_deal().pk
    where = {"place": "园区", "latitude": "31.2983", "longitude": "120.5853", "accuracy": 20}
    made = as_rep.post("activities", kind="visit", text="看了现场", deal=deal, check_in=where)
    assert made.status == 201, made.text
    assert {name: made.body["check_in"][name] for name in where} == {
        **where, "latitude": "31.298300", "longitude": "120.585300",
    }  # fmt: skip
    assert as_rep.post("activities", kind="call", text="x", deal=deal, check_in=where).code == "check_in_not_visit"
    beyond = {"latitude": "99", "longitude": "0"}
    assert as_rep.post("activities", kind="visit", text="x", deal=deal, check_in=beyond).code == "bad_place"
    assert Activity.objects.count() == 1


def test_a_follow_up_completes_plans(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = make_deal().pk
    due = timezone.now().isoformat()
    plan = as_rep.post("tasks", kind="plan", title="回访", deal=deal, due_at=due).body["id"]
    as_rep.post("activities", kind="call", text="聊了", deal=deal, finishes=[plan])
    assert as_rep.get(f"tasks/{plan}").body["done_at"]


def test_a_follow_up_names_its_files(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = make_deal().pk
    made = as_rep.post("activities", kind="call", text="聊了", deal=deal).body["id"]
    photo = SimpleUploadedFile("现场.jpg", b"\xff\xd8")
    assert as_rep.upload("attachments", deal=deal, activity=made, file=photo).status == 201
    assert [row["name"] for row in as_rep.get(f"activities/{made}").body["files"]] == ["现场.jpg"]
    assert [row["name"] for row in as_rep.get("activities").body["items"][0]["files"]] == ["现场.jpg"]


def test_texts_are_kept_changed_and_removed(as_rep: Api, as_manager: Api, as_stranger: Api) -> None:
    made = as_rep.post("text-templates", name="未接", text="电话未接通")
    assert (made.status, made.body["is_shared"]) == (201, False)
    path = f"text-templates/{made.body['id']}"
    assert as_rep.patch(path, text="没人接").body["text"] == "没人接"
    assert as_stranger.patch(path, text="改了").status == 404
    assert as_rep.post("text-templates", name="共享", text="x", is_shared=True).code == "not_allowed"
    as_manager.post("text-templates", name="共享", text="大家用", is_shared=True)
    assert sorted(as_rep.get("text-templates").names) == ["共享", "未接"]
    assert as_rep.delete(path).status == 204
    assert TextTemplate.objects.count() == 1


def test_the_calendar_shows_these_days_in_order(as_rep: Api, as_manager: Api, as_stranger: Api) -> None:
    now = timezone.now()
    for title, days in (("后天", 2), ("明天", 1), ("下月", 40)):
        as_rep.post("tasks", kind="plan", title=title, due_at=(now + timedelta(days=days)).isoformat())
    shown = [row["title"] for row in as_rep.get("calendar").body["items"]]
    assert shown == ["明天", "后天"]
    assert len(as_manager.get("calendar", owner="rep").body["items"]) == 2
    assert as_stranger.get("calendar", owner="rep").body["items"] == []


def test_the_link_is_shown_once_and_killed(as_rep: Api, rep: User, client: Client) -> None:
    made = as_rep.post("me/calendar-feed", key="k")
    path = made.body["address"].removeprefix("http://testserver")
    assert read(client.get(path).content.decode()) == []
    assert as_rep.post("me/calendar-feed", key="k").body == {"address": None}
    assert as_rep.delete("me/calendar-feed").status == 204
    assert (client.get(path).status_code, CalendarFeed.objects.count()) == (404, 0)
