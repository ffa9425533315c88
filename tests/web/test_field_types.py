"""Every type of field that can be added, on every way: one table of types, and what is asked of each."""

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm.actions.fields import change_field
from dealrail.crm.models import CustomField, Deal
from tests.api.client import Api
from tests.cast import Company, actor_of, fresh, new_customer, new_deal, publish, stage_of, trial
from tests.crm_imports.bringing import Bring, counts
from tests.web.conftest import LogIn
from tests.web.opened import fields_in
from tests.web.rated import NAME, set_up
from tests.web.test_hidden_fields import EVERYWHERE, OF_KIND, SAID_ITS_NAME, readable

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Held:
    """A value of a field: as a page sends it, a record keeps it, a sheet has it, a page and the API tell it."""

    sent: str
    kept: Any
    sheet: str
    words: str
    told: Any


Values = Callable[[Company], tuple[Held, Held]]


@dataclass(frozen=True)
class Case:
    """A type: how the field is described, two values in order, a filter that finds the first, and what is wrong."""

    type: str
    values: Values
    op: str = "eq"
    asks: Callable[[Held], Any] = lambda held: held.kept
    wrong: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


def _same(first: str, second: str) -> Values:
    """Values that are the same on every way."""
    return lambda company: (Held(*[first] * 5), Held(*[second] * 5))


def _plain(*values: tuple[str, Any, str]) -> Values:
    """Values as they are sent and stand in a sheet, kept and told as another, and shown in words."""
    first, second = (Held(sent, kept, sent, words, kept) for sent, kept, words in values)
    return lambda company: (first, second)


def _person(company: Company) -> tuple[Held, Held]:
    people = (company.people["colleague"], company.people["manager"])
    rows = sorted(people, key=lambda row: row.name.encode())
    first, second = (Held(f"#{row.pk}", row.pk, row.login, row.name, {"id": row.pk, "name": row.name}) for row in rows)
    return first, second


def _unit(company: Company) -> tuple[Held, Held]:
    rows = sorted(company.units.values(), key=lambda row: row.name.encode())[:2]
    first, second = (Held(f"#{row.pk}", row.pk, row.name, row.name, {"id": row.pk, "name": row.name}) for row in rows)
    return first, second


def _link(company: Company) -> tuple[Held, Held]:
    rows = [new_customer(company.people["rep"], name=name) for name in ("AA重工", "BB物流")]
    first, second = (
        Held(f"{row.name} #{row.pk}", row.pk, row.name, row.name, {"id": row.pk, "name": row.name}) for row in rows
    )
    return first, second


CASES = [
    Case("text", _same("A类", "B类"), "contains", lambda held: "A", "字" * 201),
    Case("long_text", _same("A段", "B段"), "contains", lambda held: "A", "字" * 5001),
    Case("number", _same("7", "12"), "lt", lambda held: 8, "很多"),
    Case("money", _plain(("1000", "1000.00", "1,000"), ("2000", "2000.00", "2,000")), wrong="很多"),
    Case("date", _same("2026-03-01", "2026-04-01"), wrong="3/1/2026"),
    Case("choice", _same("A级", "B级"), wrong="C级", settings={"choices": ["A级", "B级"]}),
    Case(
        "choices",
        _plain(("A级", ["A级"], "A级"), ("B级", ["B级"], "B级")),
        asks=lambda held: held.sent,
        wrong="C级",
        settings={"choices": ["A级", "B级"]},
    ),
    Case("yes_no", _plain(("false", False, "No"), ("true", True, "Yes")), wrong="也许"),
    Case("person", _person, wrong="查无此人"),
    Case("unit", _unit, wrong="查无此部"),
    Case("link", _link, asks=lambda held: held.words, wrong="查无此户", settings={"target": "customer"}),
    Case(
        "place",
        _same("A路1号 (31.200000, 121.400000)", "B路2号"),
        "starts_with",
        lambda held: "A路",
        "极点 (91, 0)",
    ),
]
BY_TYPE = {case.type: case for case in CASES}


def test_the_table_knows_every_type_that_somebody_types() -> None:
    assert set(BY_TYPE) | {"formula", "file"} == set(CustomField.Type.values)


@pytest.mark.parametrize("type_", BY_TYPE)
def test_a_type_works_on_every_way_from_the_moment_it_exists(
    type_: str, company: Company, log_in: LogIn, tmp_path: Path
) -> None:
    case = BY_TYPE[type_]
    rep, admin = company.people["rep"], company.people["admin"]
    name = _made_on_its_page(case, log_in(admin))
    first, second = case.values(company)
    client, api = log_in(rep), Api(rep)
    deal = _set_on_a_page(client, name, first)
    other = _brought_in(Bring(tmp_path, rep), name, second)
    assert [fresh(row).custom for row in (deal, other)] == [{"rating": first.kept}, {"rating": second.kept}]
    page = html.unescape(client.get(f"/deals/{deal.pk}/").content.decode())
    assert (NAME in page, first.words in page) == (True, True)

    _found_and_sorted(client, api, name, case, first)
    sheet = client.get("/deals/export/?as=csv").getvalue().decode("utf-8-sig")
    assert (NAME in sheet, _in_sheet(first) in sheet, _in_sheet(second) in sheet) == (True, True, True)

    told = [api.get(f"deals/{row.pk}").body["custom"]["rating"] for row in (deal, other)]
    assert told == [first.told, second.told]
    assert api.patch(f"deals/{other.pk}", custom={"rating": first.kept}).body["custom"]["rating"] == first.told
    assert api.patch(f"deals/{other.pk}", custom={"rating": case.wrong}).status == 422
    assert fresh(other).custom == {"rating": first.kept}
    timeline = html.unescape(client.get(f"/deals/{other.pk}/timeline/").content.decode())
    assert (NAME in timeline, _in_sheet(first) in timeline, _in_sheet(second) in timeline) == (True, True, True)


def _made_on_its_page(case: Case, client: Client) -> str:
    settings = {name: "\n".join(value) if isinstance(value, list) else value for name, value in case.settings.items()}
    sent = {"name": NAME, "key": "rating", "type": case.type, "required": "False", "unique": "False", **settings}
    assert client.post("/settings/fields/new/?kind=deal", sent).status_code == 302
    return "custom.rating"


def _set_on_a_page(client: Client, name: str, held: Held) -> Deal:
    """Made by its form, which offers the field; its form to change it shows what it holds and leaves it so."""
    assert f'name="{name}"' in client.get("/deals/new/?process=trial").content.decode()
    client.post("/deals/new/?process=trial", {"name": "甲商机", "process": "trial", name: held.sent})
    deal = Deal.objects.get(name="甲商机")
    form = fields_in(client.get(f"/deals/{deal.pk}/change/").content.decode())
    assert client.post(f"/deals/{deal.pk}/change/", form).status_code == 302
    assert fresh(deal).custom == {"rating": held.kept}
    return deal


def _brought_in(bring: Bring, name: str, held: Held) -> Deal:
    job = bring(f'商机名称,{NAME}\n乙商机,"{held.sheet}"\n', "deals")
    assert counts(job) == (1, 0, 0)
    return Deal.objects.get(name="乙商机")


def _found_and_sorted(client: Client, api: Api, name: str, case: Case, held: Held) -> None:
    wanted = json.dumps({"field": name, "op": case.op, "value": case.asks(held)})
    listed = client.get(f"/deals/?cols={name}&filter={wanted}&all=1").content.decode()
    assert [word in listed for word in ("甲商机", "乙商机")] == [True, False]
    assert api.get("deals", filter=wanted).names == ["甲商机"]
    for op, names in (("is_not_empty", {"甲商机", "乙商机"}), ("is_empty", set())):
        assert set(api.get("deals", filter=json.dumps({"field": name, "op": op})).names) == names
    assert api.get("deals", sort=name).names == ["甲商机", "乙商机"]
    assert api.get("deals", sort=f"-{name}").names == ["乙商机", "甲商机"]
    assert client.get(f"/deals/?sort={name}&cols={name}&all=1").status_code == 200


def _in_sheet(held: Held) -> str:
    return str(held.told) if isinstance(held.told, str) else held.words


@pytest.mark.parametrize("type_", BY_TYPE)
def test_a_gate_demands_a_field_of_each_type(type_: str, company: Company, log_in: LogIn) -> None:
    case = BY_TYPE[type_]
    rep = company.people["rep"]
    name = _made_on_its_page(case, log_in(company.people["admin"]))
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "basics", "kind": "fields.filled", "fields": [name]}]
    publish(content)
    deal, client = new_deal(rep, customer=new_customer(rep).pk), log_in(rep)
    held, _other = case.values(company)
    assert Api(rep).post(f"deals/{deal.pk}/advance", to="talk").status == 422
    address = f"/deals/{deal.pk}/advance/?to=talk"
    assert f'name="field.{name}"' in client.get(address).content.decode()
    client.post(address, {f"field.{name}": case.wrong})
    assert (stage_of(deal), fresh(deal).custom) == ("lead", {})
    client.post(address, {f"field.{name}": held.sent})
    assert (stage_of(deal), fresh(deal).custom) == ("talk", {"rating": held.kept})


@pytest.mark.parametrize("type_", ["person", "unit", "link", "place"])
@pytest.mark.parametrize("kind", ["customer", "contact", "deal"])
def test_a_hidden_field_of_each_type_is_nowhere(
    type_: str, kind: str, company: Company, rep: User, client: Client
) -> None:
    case = BY_TYPE[type_]
    values = case.values(company)
    settings = {"type": type_, **case.settings}
    setting = set_up(rep, client, kind, settings=settings, values=(values[0].kept, values[1].kept))
    ways = {**EVERYWHERE, **OF_KIND[kind]}
    met = {way: readable(ways[way](setting)) for way in ("sheet", "page", "timeline", "api") if way in ways}
    assert [way for way, text in met.items() if values[1].words not in text] == []
    change_field(actor=actor_of(None), field_id=setting.field.pk, fields={"access": {"sales": "hidden"}})
    found = {way: readable(ask(setting)) for way, ask in ways.items()}
    secret = [NAME, *([values[1].words] if type_ == "place" else [])]
    assert {way: word for way, text in found.items() for word in secret if word in text} == {}
    assert [way for way, text in found.items() if "rating" in text and way not in SAID_ITS_NAME] == []
