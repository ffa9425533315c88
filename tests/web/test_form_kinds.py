"""Questions of every kind that fields have: what is read by each way in, and what is told by each way out."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import Unit, User
from dealrail.core.errors import Refusal
from dealrail.core.problems import problems_of
from dealrail.crm.actions.merging import merge_customers, undo_merge
from dealrail.crm.actions.recycling import delete_customer
from dealrail.crm.errors import UnknownField
from dealrail.crm.models import Customer, Deal
from dealrail.crm.queries.pointing import HIDDEN
from dealrail.forms import queries
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.actions.links import fill_by_link, make_form_link
from dealrail.forms.models import FormRecord
from dealrail.forms.tallies import tallies
from tests.api.client import Api
from tests.cast import Company, actor_of, new_customer, new_deal, refuses
from tests.forms.making import make_form, publish_questions
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()
VISITOR = Actor.system("form")
EVERY: list[dict[str, Any]] = [
    {"key": "count", "name": "数量", "type": "number"},
    {"key": "price", "name": "单价", "type": "money"},
    {"key": "who", "name": "勘察人", "type": "person"},
    {"key": "team", "name": "施工部门", "type": "unit"},
    {"key": "rival", "name": "上家", "type": "link", "target": "customer"},
    {"key": "site", "name": "现场", "type": "place"},
    {"key": "total", "name": "总价", "type": "formula", "formula": "{数量} * {单价}"},
    {"key": "ratio", "name": "占比", "type": "formula", "formula": "{price} / {总价}"},
]
PLACE = "虹桥路1号 (31.200000, 121.400000)"
INSIDE = {"who", "team", "rival"}


@dataclass
class World:
    """Whom and what the answers point at."""

    rep: User
    colleague: User
    unit: Unit
    own: Customer
    foreign: Customer
    deal: Deal


@pytest.fixture
def world(company: Company) -> World:
    rep, colleague = company.people["rep"], company.people["colleague"]
    unit = Unit.objects.order_by("pk")[0]
    own, foreign = new_customer(rep, name="云帆科技"), new_customer(colleague, name="别家公司")
    make_form(EVERY)
    return World(rep, colleague, unit, own, foreign, new_deal(rep))


def fill(world: World, by: User | None = None, **answers: Any) -> FormRecord:
    return fill_form(actor=actor_of(by or world.rep), key="survey", deal_id=world.deal.pk, answers=answers)


# the question, what is typed, what is kept, as words and as programs are told it
Made = Callable[[World], Any]
KINDS: list[tuple[str, Made, Made, Made, Made]] = [
    ("who", lambda w: w.colleague.login, lambda w: w.colleague.pk, lambda w: w.colleague.name,
     lambda w: {"id": w.colleague.pk, "name": w.colleague.name}),
    ("who", lambda w: "me", lambda w: w.rep.pk, lambda w: w.rep.name, lambda w: {"id": w.rep.pk, "name": w.rep.name}),
    ("team", lambda w: f"#{w.unit.pk}", lambda w: w.unit.pk, lambda w: w.unit.name,
     lambda w: {"id": w.unit.pk, "name": w.unit.name}),
    ("rival", lambda w: "云帆科技", lambda w: w.own.pk, lambda w: "云帆科技",
     lambda w: {"id": w.own.pk, "name": "云帆科技"}),
    ("site", lambda w: "虹桥路1号 (31.2, 121.4)", lambda w: PLACE,
     lambda w: PLACE, lambda w: PLACE),
    ("price", lambda w: "2万", lambda w: "20000.00", lambda w: "20000.00", lambda w: "20000.00"),
]  # fmt: skip


def by_action(world: World, log_in: LogIn, key: str, typed: Any) -> None:
    fill(world, **{key: typed})


def by_screen(world: World, log_in: LogIn, key: str, typed: Any) -> None:
    page = log_in(world.rep).post(f"/forms/for/deal/{world.deal.pk}/survey/", {f"answers.{key}": typed})
    assert page.status_code == 302


def by_api(world: World, log_in: LogIn, key: str, typed: Any) -> None:
    body = {"deal": world.deal.pk, "answers": {key: typed}}
    assert Api(world.rep).send("post", "forms/survey/records", body).status == 201


@pytest.mark.parametrize("way", [by_action, by_screen, by_api])
@pytest.mark.parametrize(("key", "typed", "kept", "words", "told"), KINDS)
def test_each_kind_is_read_by_every_way_in_and_told_by_every_way_out(
    world: World, log_in: LogIn, way: Any, key: str, typed: Made, kept: Made, words: Made, told: Made
) -> None:
    way(world, log_in, key, typed(world))
    made = FormRecord.objects.get()
    assert made.custom == {key: kept(world)}
    by_key = {field.key: said for field, said in queries.answers(actor_of(world.rep), made)}
    assert by_key[key] == words(world)
    page = log_in(world.rep).get(f"/forms/records/{made.pk}/").content.decode()
    shown = "¥20,000.00" if key == "price" else words(world)
    assert shown in page
    assert Api(world.rep).get(f"form-records/{made.pk}").body["answers"] == {key: told(world)}
    (row,) = sheet(log_in, world)
    name = next(one["name"] for one in EVERY if one["key"] == key)
    assert row[name] == words(world)


def sheet(log_in: LogIn, world: World) -> list[dict[str, str]]:
    """What the manager's sheet of the form says."""
    manager = User.objects.get(login="manager")
    text = b"".join(log_in(manager).get("/forms/survey/export/?as=csv")).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


WRONG: list[tuple[str, Made]] = [
    ("who", lambda w: "没有这个人"),
    ("team", lambda w: "没有这个部门"),
    ("rival", lambda w: "别家公司"),
    ("rival", lambda w: w.foreign.pk),
    ("rival", lambda w: f"别家公司 #{w.foreign.pk}"),
    ("site", lambda w: "天上 (91, 0)"),
    ("total", lambda w: "5"),
]


@pytest.mark.parametrize(("key", "typed"), WRONG)
def test_refuses_what_is_not_there_or_not_the_fillers_to_see(
    world: World, log_in: LogIn, key: str, typed: Made
) -> None:
    with refuses(Refusal) as caught:
        fill(world, **{key: typed(world)})
    assert [row["field"] for row in problems_of(caught.value)] == [f"answers.{key}"]
    body = {"deal": world.deal.pk, "answers": {key: typed(world)}}
    assert Api(world.rep).send("post", "forms/survey/records", body).status == 422
    page = log_in(world.rep).post(f"/forms/for/deal/{world.deal.pk}/survey/", {f"answers.{key}": typed(world)})
    assert page.status_code == 422
    assert not FormRecord.objects.exists()


def test_what_a_link_leads_to_is_named_to_nobody_who_may_not_see_it(world: World, log_in: LogIn) -> None:
    made = fill_form(
        actor=SYSTEM, key="survey", deal_id=world.deal.pk, answers={"rival": f"别家公司 #{world.foreign.pk}"}
    )
    assert Api(world.rep).get(f"form-records/{made.pk}").body["answers"]["rival"] == {
        "id": None, "name": "(not yours to see)",
    }  # fmt: skip
    page = log_in(world.rep).get(f"/forms/records/{made.pk}/").content.decode()
    assert ("别家公司" in page, "(not yours to see)" in page) == (False, True)
    assert sheet(log_in, world)[0]["上家"] == "别家公司"


def test_a_visitor_is_asked_for_nothing_that_stands_inside_and_owes_none_of_it(world: World, client: Client) -> None:
    publish_questions("survey", [{**row, **({"required": True} if row["key"] in INSIDE else {})} for row in EVERY])
    token = queries.link_token(make_form_link(actor=actor_of(world.rep), key="survey", deal_id=world.deal.pk))
    page = client.get(f"/f/{token}/").content.decode()
    assert [key for key in (row["key"] for row in EVERY) if f'data-question="answers.{key}"' in page] == [
        "count", "price", "site", "total", "ratio",
    ]  # fmt: skip
    assert world.colleague.name not in page
    for key in INSIDE:
        with refuses(UnknownField):
            fill_by_link(actor=VISITOR, token=token, answers={key: "1"}, visitor={})
    sent = {"answers.count": "3", "answers.price": "100", "answers.site": "虹桥路1号"}
    assert client.post(f"/f/{token}/", {**sent, "look": "1"}).content.decode().count("¥300.00") == 1
    assert client.post(f"/f/{token}/", sent).status_code == 302
    kept = FormRecord.objects.get().custom
    assert kept == {"count": "3", "price": "100.00", "site": "虹桥路1号", "total": "300.00", "ratio": "0.333333"}


def test_who_makes_a_link_is_told_what_it_does_not_ask(world: World, log_in: LogIn, admin: User) -> None:
    page = log_in(admin).get("/forms/survey/links/new/").content.decode()
    assert "勘察人, 施工部门, 上家" in page
    made = log_in(world.rep).post(f"/forms/for/deal/{world.deal.pk}/survey/link/", follow=True).content.decode()
    assert "勘察人, 施工部门, 上家" in made
    publish_questions("survey", EVERY[:2])
    assert "Not asked" not in log_in(admin).get("/forms/survey/links/new/").content.decode()


# what a question begins with, what the rep's page begins with, and what programs of the rep are told of it
BEGUN: list[tuple[str, Made, Made, Made]] = [
    ("who", lambda w: "me", lambda w: f'<option value="#{w.rep.pk}" selected>', lambda w: "me"),
    ("team", lambda w: w.unit.name, lambda w: f'<option value="#{w.unit.pk}" selected>', lambda w: w.unit.name),
    ("rival", lambda w: "云帆科技", lambda w: f'value="云帆科技 #{w.own.pk}"', lambda w: ""),
    (
        "rival",
        lambda w: f"别家公司 #{w.foreign.pk}",
        lambda w: 'name="answers.rival" type="text" value=""',
        lambda w: "",
    ),
    ("site", lambda w: "虹桥路1号", lambda w: 'value="虹桥路1号"', lambda w: "虹桥路1号"),
]


@pytest.mark.parametrize(("key", "default", "shown", "told"), BEGUN)
def test_a_question_begins_with_nothing_that_is_not_the_fillers_to_see(
    world: World, log_in: LogIn, admin: User, key: str, default: Made, shown: Made, told: Made
) -> None:
    publish_questions(
        "survey", [{**row, **({"default": default(world)} if row["key"] == key else {})} for row in EVERY]
    )
    page = log_in(world.rep).get(f"/forms/for/deal/{world.deal.pk}/survey/").content.decode()
    assert (shown(world) in page, "别家公司" in page) == (True, False)
    heard = {by: Api(by).get("forms/survey").body["questions"] for by in (world.rep, admin)}
    said = {by: next(row["default"] for row in rows if row["key"] == key) for by, rows in heard.items()}
    assert (said[world.rep], said[admin]) == (told(world), default(world))


# what is answered, and what the two formulas make of it
RESULTS: list[tuple[dict[str, str], dict[str, str]]] = [
    ({"count": "3", "price": "10.50"}, {"total": "31.50", "ratio": "0.333333"}),
    ({"count": "0", "price": "10"}, {"total": "0.00"}),
    ({"count": "3"}, {}),
    ({}, {}),
]


@pytest.mark.parametrize(("answers", "results"), RESULTS)
def test_formulas_are_computed_and_a_division_by_zero_is_empty(
    world: World, log_in: LogIn, answers: dict[str, str], results: dict[str, str]
) -> None:
    given: dict[str, Any] = dict(answers)
    kept = fill(world, **given).custom
    assert {key: kept[key] for key in ("total", "ratio") if key in kept} == results
    typed = {f"answers.{key}": value for key, value in answers.items()}
    page = log_in(world.rep).post(f"/forms/for/deal/{world.deal.pk}/survey/", {**typed, "look": "1"})
    shown = f"¥{results['total']}" if "total" in results else "—"
    assert f'id="f-answers.total" data-computed>{shown}</output>' in page.content.decode()


def test_a_rule_asks_about_a_result_and_what_is_hidden_counts_for_nothing(world: World) -> None:
    dear = {"field": "total", "op": "gt", "value": 1000}
    publish_questions(
        "survey",
        [
            {"key": "more", "name": "要配件", "type": "yes_no"},
            {
                "key": "parts",
                "name": "配件",
                "type": "number",
                "shown_when": {"field": "more", "op": "eq", "value": True},
            },
            {"key": "base", "name": "主机", "type": "number"},
            {"key": "total", "name": "合计", "type": "formula", "formula": "max({主机}, {主机} + {配件})"},
            {"key": "large", "name": "大单", "type": "formula", "formula": "{合计} > 1000"},
            {"key": "why", "name": "为什么", "type": "text", "shown_when": dear, "required": True},
            {"key": "boss", "name": "谁批", "shown_when": {"field": "large", "op": "eq", "value": True}},
        ],
    )
    few = fill(world, base="900", parts="500", why="贵", boss="我")
    assert few.custom == {"base": "900", "total": "900", "large": False}
    with refuses(Refusal) as caught:
        fill(world, more="是", base="900", parts="500")
    assert [row["field"] for row in problems_of(caught.value)] == ["answers.why"]
    many = fill(world, more="是", base="900", parts="500", why="贵", boss="我")
    assert many.custom["total"] == "1400"
    assert (many.custom["why"], many.custom["boss"], many.custom["large"]) == ("贵", "我", True)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"formula": "{数量} / {总价}"}, "formula", "its own result"),
    ({"formula": "{后面}"}, "formula", "“后面” is none of them"),
    ({"formula": "{没有}"}, "formula", "“没有” is none of them"),
    ({"formula": "{照片} & 1"}, "formula", "of the type “Pictures”"),
    ({"formula": "{谁} & 1"}, "formula", "of the type “Person”"),
    ({"formula": "{电话} & 1"}, "formula", "masked in pools"),
    ({"formula": "{数量} + {说明}"}, "formula", "can't be done with a number and a text"),
    ({"formula": "{数量"}, "formula", ""),
    ({"formula": ""}, "formula", "Write a formula"),
    ({"formula": "{数量}", "required": True}, "required", "nobody fills it"),
    ({"formula": "{数量}", "default": "1"}, "default", "nobody fills it"),
    ({"formula": "{数量}", "required_when": {"field": "count", "op": "is_empty"}}, "required_when", "nobody fills it"),
    ({"formula": "{数量}", "target": "deal"}, "target", "Only a link"),
    ({"type": "number", "formula": "{数量}"}, "formula", "Only a formula"),
    ({"type": "link"}, "target", "which kind of record"),
    ({"type": "link", "target": "product"}, "target", "Write one of"),
    ({"type": "person", "default": "没有这个人"}, "default", "nobody active"),
    ({"type": "text", "shown_when": {"field": "who", "op": "is_empty"}}, "shown_when", ""),
]


@pytest.mark.parametrize(("given", "field", "said"), BAD)
def test_refuses_questions_that_do_not_go_together(given: dict[str, Any], field: str, said: str) -> None:
    before: list[dict[str, Any]] = [
        {"key": "count", "name": "数量", "type": "number"},
        {"key": "text", "name": "说明"},
        {"key": "who", "name": "谁", "type": "person"},
        {"key": "phone", "name": "电话", "format": "phone"},
        {"key": "photo", "name": "照片", "type": "photos"},
    ]
    after = {"key": "later", "name": "后面", "type": "number"}
    with translation.override("en"), refuses(Refusal) as caught:
        make_form([*before, {"type": "formula", "name": "总价", **given}, after])
    (problem,) = problems_of(caught.value)
    with translation.override("en"):
        told = str(problem["problem"])
    assert (problem["field"], said in told) == (f"questions.5.{field}", True)


def test_a_formula_is_kept_by_keys_and_shown_by_names(world: World, log_in: LogIn, admin: User) -> None:
    renamed = [{**EVERY[0], "name": "台数"}, *queries.form("survey").questions[1:]]
    publish_questions("survey", renamed)
    kept = {row["key"]: row for row in queries.form("survey").questions}
    assert (kept["total"]["formula"], kept["total"]["result"]) == ("{custom.count} * {custom.price}", "money")
    page = log_in(admin).get("/forms/survey/questions/total/").content.decode()
    assert ("{台数} * {单价}" in page, "required_when" in page) == (True, False)
    sent = {"name": "合计", "formula": "{台数} * {单价} * 2", "seen": "3"}
    assert log_in(admin).post("/forms/survey/questions/total/", sent).status_code in (302, 409)
    told = {row["key"]: row for row in Api(admin).get("forms/survey").body["questions"]}
    assert told["total"]["formula"] == "{custom.count} * {custom.price}"
    assert (told["rival"]["target"], told["ratio"]["result"]) == ("customer", "number")


def test_a_formula_is_hidden_with_what_it_is_computed_from(company: Company, world: World) -> None:
    hidden = [EVERY[0], {**EVERY[1], "access": {"sales": "hidden"}}, *EVERY[2:]]
    publish_questions("survey", hidden)
    rep, manager = actor_of(world.rep), actor_of(company.people["manager"])
    kept = fill(world, company.people["manager"], count="3", price="100")
    assert kept.custom["total"] == "300.00"
    assert set(queries.answers_told(rep, [kept])[0]) == {"count"}
    assert set(queries.answers_told(manager, [kept])[0]) == {"count", "price", "total", "ratio"}
    assert [row.field.key for row in tallies(rep, kept.form)] == ["count", "who", "team"]


def test_hiding_a_question_hides_what_was_computed_from_it_before(company: Company, world: World) -> None:
    kept = fill(world, count="3", price="100")
    rep = actor_of(world.rep)
    assert "total" in queries.answers_told(rep, [kept])[0]
    publish_questions("survey", [EVERY[0], {**EVERY[1], "access": {"sales": "hidden"}}])
    assert set(queries.answers_told(rep, [kept])[0]) == {"count"}
    assert [field.key for field, _words in queries.answers(rep, kept)] == ["count", "who", "team", "rival", "site"]


def test_answers_are_counted_and_numbers_added_up(world: World, log_in: LogIn) -> None:
    for count, who in (("3", "me"), ("5", world.colleague.login), ("4", "me")):
        fill(world, count=count, price="100", who=who, team=world.unit.name)
    found = {row.field.key: row for row in tallies(actor_of(world.rep), queries.form("survey"))}
    assert found["who"].counts == {world.rep.name: 2, world.colleague.name: 1}
    assert found["team"].counts == {world.unit.name: 3}
    assert [f"{number:f}" for _label, number in found["total"].figures] == ["1200.00", "400.00", "300.00", "500.00"]
    page = log_in(world.rep).get("/forms/survey/").content.decode()
    assert "¥1,200.00" in page


def test_links_in_answers_follow_a_merge_and_its_undoing_and_outlast_a_purge(world: World, admin: User) -> None:
    other = new_customer(world.rep, name="云帆集团")
    first, second = fill(world, rival="云帆科技"), fill(world, rival=f"#{other.pk}")
    merge = merge_customers(actor=actor_of(admin), kept_id=other.pk, gone_id=world.own.pk)
    assert [row.custom["rival"] for row in FormRecord.objects.order_by("pk")] == [other.pk, other.pk]
    undo_merge(actor=actor_of(admin), merge_id=merge.pk)
    assert [row.custom["rival"] for row in FormRecord.objects.order_by("pk")] == [world.own.pk, other.pk]
    delete_customer(actor=SYSTEM, customer_id=other.pk)
    second.refresh_from_db()
    (told,) = queries.answers_told(actor_of(world.rep), [second])
    assert told == {"rival": {"id": None, "name": str(HIDDEN)}}
    Customer.objects.filter(pk=other.pk).delete()
    (told,) = queries.answers_told(SYSTEM, [second])
    assert told["rival"]["id"] is None
    assert first.custom["rival"] == world.own.pk


def test_one_key_may_hold_another_kind_in_another_version(world: World, log_in: LogIn) -> None:
    fill(world, who="me", count="3")
    publish_questions("survey", [{"key": "who", "name": "勘察人"}, {**EVERY[4], "key": "count", "name": "数量"}])
    fill(world, who="外部的人", count="云帆科技")
    rows = sheet(log_in, world)
    assert sorted(row["勘察人"] for row in rows) == sorted([world.rep.name, "外部的人"])
    assert sorted(row["数量"] for row in rows) == ["3", "云帆科技"]
    assert tallies(actor_of(world.rep), queries.form("survey")) == []
