"""What was filled in, counted and as a sheet, for each by their own sight."""

import csv
from io import StringIO
from typing import Any

import pytest

from dealrail.accounts.actor import Actor
from dealrail.core.filters import compile_filter
from dealrail.crm import exporting
from dealrail.events.models import Event
from dealrail.forms import queries
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.tallies import tallies
from tests.cast import Company, actor_of, new_deal
from tests.forms.making import make_form, publish_questions
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]

QUESTIONS: list[dict[str, Any]] = [
    {"key": "goal", "name": "目标"},
    {"key": "systems", "name": "在用系统", "type": "choices", "choices": ["ERP", "MES", "WMS"]},
    {"key": "online", "name": "要上云", "type": "yes_no"},
    {"key": "margin", "name": "毛利", "type": "money", "access": {"sales": "hidden"}},
]


def filled(company: Company) -> None:
    """The rep's two records, and one of the manager's."""
    make_form(QUESTIONS)
    rep, manager = company.people["rep"], company.people["manager"]
    answers: list[dict[str, Any]] = [
        {"goal": "=1+1", "systems": "ERP、MES", "online": True},
        {"goal": "快", "systems": "ERP"},
    ]
    for said in answers:
        fill_form(actor=actor_of(rep), key="survey", deal_id=new_deal(rep).pk, answers=said)
    own = new_deal(manager)
    fill_form(actor=actor_of(manager), key="survey", deal_id=own.pk, answers={"margin": "20万", "online": False})


def test_answers_are_counted_within_sight(company: Company) -> None:
    filled(company)
    form = queries.form("survey")
    mine, all_ = (tallies(actor_of(company.people[who]), form) for who in ("rep", "manager"))
    assert [(row.field.key, row.answered, list(row.counts.values())) for row in mine] == [
        ("systems", 2, [2, 1, 0]),
        ("online", 1, [1, 0]),
    ]
    assert [list(row.counts.values()) for row in all_] == [[2, 1, 0], [1, 1], []]
    assert [f"{number:f}" for _label, number in all_[2].figures] == ["200000.00"] * 4


def test_the_sheet_holds_what_one_may_see_and_no_formula(log_in: LogIn, company: Company) -> None:
    filled(company)
    publish_questions("survey", [{"key": "goal", "name": "要达到什么"}])
    again = new_deal(company.people["manager"])
    fill_form(actor=actor_of(company.people["manager"]), key="survey", deal_id=again.pk, answers={"goal": "稳"})
    client = log_in(company.people["manager"])
    text = b"".join(client.get("/forms/survey/export/?as=csv")).decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    assert sorted(row["要达到什么"] for row in rows) == ["", "'=1+1", "快", "稳"]
    assert {row["毛利"] for row in rows} == {"200000.00", ""}
    assert Event.objects.latest("pk").kind == "export.taken"
    page = client.get("/forms/survey/").content.decode()
    assert "export/?as=xlsx" in page


def test_who_may_not_see_a_question_has_no_column_for_it(company: Company) -> None:
    filled(company)
    rep = actor_of(company.people["rep"])
    headers = exporting.of_rows(Actor.system(), "form_records", queries.records(rep)).headers
    assert "毛利" in headers
    columns = exporting.KINDS["form_records"].more_columns(rep, queries.records(rep))
    assert [column.label for column in columns] == ["目标", "在用系统", "要上云"]
    wanted = {"field": "form", "op": "eq", "value": "other"}
    kept = compile_filter(
        wanted, exporting.KINDS["form_records"].fields(rep), now=Event.objects.latest("pk").recorded_at, me=0
    )
    assert not queries.records(rep).filter(kept).exists()


def test_a_role_without_exports_gets_none(log_in: LogIn, company: Company) -> None:
    filled(company)
    barred = [user for user in company.people.values() if not actor_of(user).may("exports.run")]
    assert barred
    assert log_in(barred[0]).get("/forms/survey/export/").status_code == 403
