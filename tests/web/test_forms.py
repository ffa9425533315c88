"""Forms on screens: made, ordered, given rules, published, filled in, read, and demanded by a gate."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.actions.retiring import retire_role
from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.forms import queries
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.actions.making import create_form, publish_form
from dealrail.forms.models import FormRecord
from tests.api.client import Api
from tests.cast import Company, actor_of, new_customer, new_deal, publish, trial
from tests.forms.making import ANSWERED, make_form, publish_questions
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


def shown(page: str) -> list[str]:
    """The questions that a page asks."""
    return re.findall(r'data-question="answers\.(\w+)"', page)


def test_a_form_is_made_ordered_given_a_rule_and_published(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    made = client.post("/forms/new-form/", {"name": "现场勘察", "about": "customer", "description": "上门填写"})
    key = queries.forms("customer")[0].key
    assert made.headers["Location"] == f"/forms/{key}/"
    for name, type_, choices in (("电源", "choice", "有\n无"), ("面积", "number", ""), ("说明", "text", "")):
        sent = {"name": name, "type": type_, "choices": choices, "required": "False"}
        assert client.post(f"/forms/{key}/questions/new-question/", sent).status_code == 302
    power, area, note = [row["key"] for row in queries.form(key).questions]
    client.post(f"/forms/{key}/questions/{note}/move/", {"place": "1"})
    client.post(f"/forms/{key}/questions/{area}/move/", {"to": "up"})
    assert [row["key"] for row in queries.form(key).questions] == [power, area, note]
    rule = {"row": "0", "field-0": power, "op-0": "eq", "value-0": "无", "join": "all"}
    client.post(f"/forms/{key}/questions/{note}/shown_when/", rule)
    assert queries.form(key).questions[2]["shown_when"] == {"field": power, "op": "eq", "value": "无"}
    assert "电源 is 无" in client.get(f"/forms/{key}/").content.decode()
    seen = queries.form(key).revision
    assert client.post(f"/forms/{key}/publish/", {"seen": seen}).status_code == 302
    client.post(f"/forms/{key}/questions/{area}/", {"name": "厂房面积", "required": "True"})
    client.post(f"/forms/{key}/edit/", {"name": "厂区勘察", "description": "", "is_active": "True"})
    form = queries.form(key)
    assert (form.name, form.questions[1]["name"], form.published) == ("厂区勘察", "厂房面积", 1)
    client.post(f"/forms/{key}/questions/{note}/remove/", {})
    assert len(queries.form(key).questions) == 2


def test_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(log_in: LogIn, admin: User) -> None:
    make_form()
    client = log_in(admin)
    page = client.post("/forms/survey/questions/new-question/", {"name": "等级", "type": "choice", "choices": ""})
    assert page.status_code == 422
    assert 'id="f-choices-error"' in page.content.decode()
    assert 'value="等级"' in page.content.decode()
    taken = client.post("/forms/survey/questions/goal/", {"name": "用户数", "seen": "1"})
    assert (taken.status_code, "用户数" in taken.content.decode()) == (422, True)
    stale = client.post("/forms/survey/questions/goal/", {"name": "新目标", "seen": "99"})
    assert stale.status_code == 409
    for step in ("other/move", "online/remove"):
        moved = client.post(f"/forms/survey/questions/{step}/", {"place": "0"}, follow=True)
        assert moved.redirect_chain == [("/forms/survey/", 302)]
        assert "asked before it" in html.unescape(moved.content.decode())
    rule = {"row": "0", "field-0": "users", "op-0": "gt", "value-0": "很多", "join": "all"}
    assert client.post("/forms/survey/questions/online/required_when/", rule).status_code == 422
    assert client.post("/forms/new-form/", {"name": ""}).status_code == 422
    assert client.get("/forms/survey/questions/nothing/").status_code == 404
    assert client.get("/forms/survey/questions/goal/hidden_when/").status_code == 404


def test_a_form_and_a_question_called_new_are_reached(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    fields = {"name": "新", "about": "deal", "questions": [{"key": "new", "name": "新问题"}]}
    create_form(actor=Actor.system(), fields=fields, key="new")
    assert "新问题" in client.get("/forms/new/").content.decode()
    assert "<code>new</code>" in client.get("/forms/new/questions/new/").content.decode()


def test_a_record_is_listed_without_reading_its_form(log_in: LogIn, rep: User) -> None:
    make_form()
    deal, customer = new_deal(rep), new_customer(rep)
    fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED)
    client = log_in(rep)
    for address in (f"/deals/{deal.pk}/", f"/customers/{customer.pk}/"):
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        read = [row["sql"].partition(" FROM ")[0] for row in captured if "forms_form" in row["sql"]]
        assert read
        assert not any('"questions"' in sql or 'forms_formrecord"."custom"' in sql for sql in read)


def test_a_question_keeps_what_was_said_of_a_role_out_of_use(log_in: LogIn, admin: User) -> None:
    save_role(actor=actor_of(admin), key="probe", name="试用", permissions=[], scope="own")
    make_form([{"key": "goal", "name": "目标", "access": {"probe": "hidden"}}])
    retire_role(actor=actor_of(admin), key="probe")
    client = log_in(admin)
    assert (
        client.post("/forms/survey/edit/", {"name": "调研", "description": "", "is_active": "True"}).status_code == 302
    )
    sent = {"name": "目的", "access-sales": "read", "access-legal": "edit"}
    assert client.post("/forms/survey/questions/goal/", sent).status_code == 302
    [question] = queries.form("survey").questions
    assert (question["name"], question["access"]) == ("目的", {"probe": "hidden", "sales": "read"})


def test_questions_follow_the_answers_and_are_kept_once(log_in: LogIn, rep: User) -> None:
    make_form()
    deal, client = new_deal(rep), log_in(rep)
    address = f"/forms/for/deal/{deal.pk}/survey/"
    page = client.get(address).content.decode()
    assert shown(page) == ["goal", "systems", "users", "online"]
    look = client.post(address, {"answers.online": "true", "answers.systems": ["ERP", "其他"], "look": "1"})
    assert shown(look.content.decode()) == ["goal", "systems", "other", "users", "online", "cloud"]
    assert FormRecord.objects.count() == 0
    refused = client.post(address, {"answers.goal": "", "answers.users": "0", "answers.online": "true"})
    said = refused.content.decode()
    assert (refused.status_code, shown(said)[-1]) == (422, "cloud")
    found = re.search(r'name="key" value="([^"]+)"', page)
    sent = {"answers.goal": "快", "answers.online": "false", "version": "1", "key": found[1] if found else ""}
    for _ in range(2):
        assert client.post(address, sent).headers["Location"] == f"/deals/{deal.pk}/#forms"
    kept = FormRecord.objects.get()
    assert kept.custom == {"goal": "快", "online": False}
    assert "需求调研" in client.get(f"/deals/{deal.pk}/").content.decode()
    record = client.get(f"/forms/records/{kept.pk}/").content.decode()
    assert "快" in record
    assert "<dd>No</dd>" in record


def test_what_was_published_meanwhile_is_shown_with_what_was_typed(log_in: LogIn, rep: User) -> None:
    make_form()
    deal, client = new_deal(rep), log_in(rep)
    publish_questions("survey", [{"key": "goal", "name": "目标"}, {"key": "new", "name": "还有"}])
    page = client.post(f"/forms/for/deal/{deal.pk}/survey/", {"answers.goal": "快", "version": "1"})
    assert (page.status_code, shown(page.content.decode())) == (409, ["goal", "new"])
    assert 'value="快"' in page.content.decode()


def test_a_gate_leads_to_the_form_it_demands(log_in: LogIn, rep: User) -> None:
    make_form()
    make_form_of_customers()
    content = trial()
    content["stages"][0]["conditions"] = [
        {"key": "asked", "kind": "form.filled", "form": "survey", "since": "stage"},
        {"key": "seen", "kind": "form.filled", "form": "site", "within_days": 30},
    ]
    publish(content)
    customer = new_customer(rep)
    deal, client = new_deal(rep), log_in(rep)
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    assert f"/forms/for/deal/{deal.pk}/survey/" in page
    assert "Choose the customer first; the form is filled in for them." in page
    other = new_deal(rep, customer=customer.pk)
    assert f"/forms/for/customer/{customer.pk}/site/" in client.get(f"/deals/{other.pk}/").content.decode()
    book = client.get("/processes/trial/").content.decode()
    assert "Filled in during this stage: the form “需求调研”" in book
    assert "Filled in: the form “现场勘察”, in the last 30 days" in book


def make_form_of_customers() -> None:
    fields = {"name": "现场勘察", "about": "customer", "questions": [{"name": "面积"}]}
    create_form(actor=Actor.system(), fields=fields, key="site")
    publish_form(actor=Actor.system(), key="site")


def test_everybody_sees_their_own_and_nobody_makes_forms_unasked(log_in: LogIn, company: Company) -> None:
    make_form()
    rep, colleague = company.people["rep"], company.people["colleague"]
    deal = new_deal(rep, name="某商机")
    kept = fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED)
    assert "某商机" in log_in(rep).get("/forms/survey/").content.decode()
    other = log_in(colleague)
    assert "某商机" not in other.get("/forms/survey/").content.decode()
    assert other.get(f"/forms/records/{kept.pk}/").status_code == 404
    assert other.get(f"/forms/for/deal/{deal.pk}/survey/").status_code == 404
    assert other.get(f"/forms/for/product/{deal.pk}/survey/").status_code == 404
    for address in ("new-form/", "survey/edit/", "survey/questions/new-question/", "survey/questions/goal/"):
        assert other.get(f"/forms/{address}").status_code == 403
    for address in ("survey/publish/", "survey/questions/goal/move/", "survey/questions/goal/remove/"):
        assert other.post(f"/forms/{address}").status_code == 403
    assert Client().get("/forms/survey/").status_code == 302


def test_a_form_that_was_never_published_is_known_to_who_makes_forms_only(
    log_in: LogIn, rep: User, admin: User
) -> None:
    create_form(actor=Actor.system(), fields={"name": "秘密", "about": "deal"}, key="secret")
    for user, status in ((rep, 404), (admin, 200)):
        assert log_in(user).get("/forms/secret/").status_code == status
        assert Api(user).get("forms/secret").status == status
