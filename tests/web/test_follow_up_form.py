"""The follow-up form: saved once, refused with what was typed, about a deal or a customer, with files and plans."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.actions.texts import save_text_template
from dealrail.activities.models import Activity, Attachment, Task
from dealrail.core import clock
from dealrail.crm.models import Deal
from dealrail.web.templatetags.dealrail import weekday
from tests.cast import MakeCustomer, MakeDeal, actor_of
from tests.web.conftest import LogIn

JSON = {"Accept": "application/json"}
TYPED: dict[str, Any] = {"kind": "call", "text": "聊了预算", "key": "k1"}


@pytest.fixture
def deal(make_deal: MakeDeal, make_customer: MakeCustomer) -> Deal:
    """A deal of the rep with a customer."""
    return make_deal(customer=make_customer().pk)


def address(deal: Deal) -> str:
    return f"/deals/{deal.pk}/follow-up/"


def test_the_same_form_sent_twice_is_saved_once(log_in: LogIn, rep: User, deal: Deal) -> None:
    client = log_in(rep)
    answers = [client.post(address(deal), TYPED, headers=JSON) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert (
        answers[0].json()
        == answers[1].json()
        == {"activity": Activity.objects.get().pk, "address": f"/deals/{deal.pk}/"}
    )


def test_other_words_under_the_same_key_are_refused(log_in: LogIn, rep: User, deal: Deal) -> None:
    client = log_in(rep)
    client.post(address(deal), TYPED)
    answer = client.post(address(deal), {**TYPED, "text": "别的"}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "saved_already")
    assert Activity.objects.count() == 1


def test_a_refusal_names_its_field_to_scripts_and_keeps_the_words_on_the_page(
    log_in: LogIn, rep: User, deal: Deal
) -> None:
    client, typed = log_in(rep), {**TYPED, "text": "", "place": "园区", "kind": "visit"}
    answer = client.post(address(deal), typed, headers=JSON)
    assert (answer.status_code, answer.json()["field"]) == (422, "text")
    page = client.post(address(deal), typed)
    assert page.status_code == 422
    assert 'value="园区"' in page.content.decode()
    assert 'value="visit" checked' in page.content.decode()
    assert not Activity.objects.exists()


def test_files_come_along_or_nothing_does(log_in: LogIn, rep: User, deal: Deal) -> None:
    client = log_in(rep)
    photos = [SimpleUploadedFile("现场.jpg", b"\xff\xd8"), SimpleUploadedFile("报价.pdf", b"%PDF")]
    client.post(address(deal), {**TYPED, "files": photos})
    assert sorted(Attachment.objects.values_list("name", flat=True)) == ["报价.pdf", "现场.jpg"]
    bad = {**TYPED, "key": "k2", "files": [SimpleUploadedFile("virus.exe", b"MZ")]}
    answer = client.post(address(deal), bad, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "file_refused")
    assert Activity.objects.count() == 1


def test_plans_that_are_due_are_offered_ticked_and_completed(log_in: LogIn, rep: User, deal: Deal) -> None:
    client, actor = log_in(rep), actor_of(rep)
    due = create_task(actor=actor, kind="plan", title="回访", due_at=timezone.now(), deal_id=deal.pk)
    later = timezone.now() + timedelta(days=9)
    create_task(actor=actor, kind="plan", title="报价", due_at=later, deal_id=deal.pk)
    plans = client.get(address(deal)).context["follow_up"].plans
    assert [(plan.task.title, plan.is_ticked) for plan in plans] == [("回访", True), ("报价", False)]
    client.post(address(deal), {**TYPED, "finishes": [due.pk]})
    assert list(Task.objects.filter(done_at__isnull=True).values_list("title", flat=True)) == ["报价"]


def test_a_quick_pick_plans_without_scripts(log_in: LogIn, rep: User, deal: Deal) -> None:
    log_in(rep).post(address(deal), {**TYPED, "pick": "tomorrow"})
    made = Activity.objects.get()
    assert made.next_step == "Follow up again"
    assert timezone.localtime(made.next_step_at).hour == 10


@pytest.mark.parametrize("wrong", [{"latitude": "north", "longitude": "1"}, {"latitude": "31"}, {"accuracy": "1e99"}])
def test_a_place_that_is_none_is_refused_by_its_field(
    log_in: LogIn, rep: User, deal: Deal, wrong: dict[str, str]
) -> None:
    typed = {**TYPED, "kind": "visit", "check_in": "1", **wrong}
    answer = log_in(rep).post(address(deal), typed, headers=JSON)
    assert (answer.status_code, answer.json()["field"]) == (422, "place")
    assert not Activity.objects.exists()


def test_a_check_in_left_over_from_another_kind_does_not_count(log_in: LogIn, rep: User, deal: Deal) -> None:
    log_in(rep).post(address(deal), {**TYPED, "check_in": "1", "place": "园区"})
    assert Activity.objects.get().checked_in_at is None


def test_a_customer_is_followed_without_a_deal(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    client, customer = log_in(rep), make_customer()
    answer = client.post(f"/customers/{customer.pk}/follow-up/", TYPED)
    assert answer["Location"] == f"/customers/{customer.pk}/"
    assert Activity.objects.get().customer == customer


def test_what_one_may_not_see_is_not_found(log_in: LogIn, stranger: User, deal: Deal) -> None:
    client = log_in(stranger)
    assert client.get(address(deal)).status_code == 404
    assert client.post(address(deal), TYPED, headers=JSON).status_code == 404
    assert not Activity.objects.exists()


def test_the_pass_says_who_is_logged_in(log_in: LogIn, rep: User, client: Any) -> None:
    answer = log_in(rep).get("/follow-ups/pass/").json()
    assert (answer["user"], bool(answer["token"])) == (rep.pk, True)
    assert (client.get("/follow-ups/pass/").status_code, client.get("/follow-ups/pass/").json()) == (
        401,
        {"user": None},
    )


def test_a_text_of_ones_own_starts_the_form(log_in: LogIn, rep: User, colleague: User, deal: Deal) -> None:
    mine = save_text_template(actor=actor_of(rep), name="未接", text="电话未接通")
    theirs = save_text_template(actor=actor_of(colleague), name="别人的", text="不该看到")
    client = log_in(rep)
    assert client.get(address(deal), {"text": mine.pk}).context["follow_up"].fields["text"].text == "电话未接通"
    assert "不该看到" not in client.get(address(deal), {"text": theirs.pk}).content.decode()


def test_texts_are_kept_on_a_page_of_ones_own_and_one_of_all(log_in: LogIn, rep: User, manager: User) -> None:
    client, typed = log_in(rep), {"name": "未接", "text": "电话未接通"}
    client.post("/me/texts/", typed)
    page = client.get("/me/texts/").content.decode()
    assert "未接" in page
    assert client.post("/me/texts/", typed).status_code == 422
    [mine] = client.get("/me/texts/").context["rows"]
    client.post(f"/me/texts/{mine.pk}/", {**typed, "text": "没人接"})
    assert "没人接" in client.get(f"/me/texts/{mine.pk}/").content.decode()
    client.post(f"/me/texts/{mine.pk}/", {"how": "remove"})
    assert client.get(f"/me/texts/{mine.pk}/").status_code == 404
    assert client.get("/settings/texts/").status_code == 403
    assert log_in(manager).post("/settings/texts/", typed).status_code == 302


def test_the_form_for_any_deal_offers_mine_and_saves_on_the_chosen_one(
    log_in: LogIn, rep: User, colleague: User, deal: Deal, make_deal: MakeDeal
) -> None:
    make_deal(owner=colleague, name="别人的项目")
    client = log_in(rep)
    page = client.get("/follow-up/any/").content.decode()
    assert deal.name in page
    assert "别人的项目" not in page
    refused = client.post("/follow-up/any/", TYPED)
    assert refused.status_code == 422
    assert TYPED["text"] in refused.content.decode()
    assert not Activity.objects.exists()
    client.post("/follow-up/any/", {**TYPED, "deal": deal.pk})
    assert Activity.objects.get().deal == deal


@pytest.mark.parametrize(
    ("today", "words"),
    [(date(2026, 11, 26), ["Tomorrow Fri", "In three days Mon"]), (date(2026, 11, 27), ["Next working day Mon"])],
)
def test_quick_days_say_their_weekday_and_are_working_days(
    log_in: LogIn, rep: User, deal: Deal, today: date, words: list[str]
) -> None:
    with clock.at(timezone.make_aware(datetime.combine(today, time(9)))):
        page = log_in(rep).get(address(deal)).content.decode()
    said = re.sub(r"<[^>]+>", "", page).replace("&nbsp;", " ")
    assert all(word in said for word in words)


def test_a_visit_is_told_with_its_photo_and_a_link_to_a_map(log_in: LogIn, rep: User, deal: Deal) -> None:
    client = log_in(rep)
    place = {"kind": "visit", "check_in": "1", "latitude": "31.3", "longitude": "120.6", "accuracy": "20"}
    client.post(address(deal), {**TYPED, **place, "files": [SimpleUploadedFile("现场.jpg", b"\xff\xd8")]})
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    assert 'href="https://www.openstreetmap.org/?mlat=31.300000&amp;mlon=120.600000' in page
    assert 'rel="noopener noreferrer"' in page
    assert "31.300000, 120.600000" not in page
    assert 'data-preview="现场.jpg"' in page.split('id="timeline"')[1].split('id="about"')[0]
    assert "Attached “现场.jpg”" not in page
    with translation.override("zh-hans"):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
        assert (
            "https://uri.amap.com/marker?position=120.600000,31.300000"
            in client.get(f"/deals/{deal.pk}/").content.decode()
        )


def test_a_visit_without_degrees_leads_to_no_map(log_in: LogIn, rep: User, deal: Deal) -> None:
    client = log_in(rep)
    client.post(address(deal), {**TYPED, "kind": "visit", "check_in": "1", "place": "园区"})
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    assert "园区" in page
    assert "openstreetmap" not in page


def test_the_customer_shows_the_files_of_its_deals(log_in: LogIn, rep: User, deal: Deal) -> None:
    client = log_in(rep)
    client.post(address(deal), {**TYPED, "files": [SimpleUploadedFile("报价.pdf", b"%PDF")]})
    page = client.get(f"/customers/{deal.customer_id}/").content.decode()
    files = page.split('id="files"')[1].split("</section>")[0]
    assert "报价.pdf" in files
    assert f'href="/deals/{deal.pk}/"' in files
    assert "Nothing is attached yet" not in files


def test_the_form_leads_to_ones_own_texts(log_in: LogIn, rep: User, deal: Deal) -> None:
    assert 'href="/me/texts/"' in log_in(rep).get(address(deal)).content.decode()


def test_weekdays_are_short_in_either_language() -> None:
    for language, said in (("en", "Fri"), ("zh-hans", "周五")):
        with translation.override(language):
            assert weekday(date(2026, 11, 27)) == said
