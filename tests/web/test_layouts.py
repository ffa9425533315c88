"""Laying pages and cards out on screen and over the API, and what those see whom it is for."""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.models import User
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.layouts import save_layout
from dealrail.crm.models import Customer, Deal, Layout, Product
from dealrail.crm.rules import FieldGroup
from dealrail.web.settings.arranging import REST, Arrangement, begun, done, focus_after
from tests.api.client import Api
from tests.cast import actor_of, event_kinds, fresh, fulfil, last_event_id, new_customer, new_deal, stage_of
from tests.web.conftest import LogIn
from tests.web.opened import fields_in, opened

OFFERED = ["a", "b", "c", "d", "e"]
STEPS = ["up", "down", "show", "hide", "group-up", "group-down", "group-out", "new", "look", "nonsense"]


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def terms(page: str) -> list[str]:
    """What is told of a record, in order: headings of groups, and the names of facts."""
    facts = page.partition('id="facts-heading"')[2].partition("</section>")[0]
    return [html.unescape(found) for found in re.findall(r"<(?:h3|dt)[^>]*>([^<]*)</(?:h3|dt)>", facts)]


@pytest.mark.django_db
def test_saving_and_putting_back_keep_the_place_of_a_field_out_of_use(log_in: LogIn, admin: User) -> None:
    field = create_field(actor=actor_of(admin), kind="deal", fields={"name": "信用评级", "key": "rating"})
    groups = [FieldGroup("钱", ("amount", "custom.rating"))]
    save_layout(actor=actor_of(admin), place="deal", groups=groups, with_rest=True)
    change_field(actor=actor_of(admin), field_id=field.pk, fields={"is_active": False})
    client = log_in(admin)
    page = text(client.get("/settings/layouts/deal/"))
    assert "custom.rating" not in re.findall(r'name="row" value="([^"]*)"', page)
    client.post("/settings/layouts/deal/", {"row": ["group:0", "region", "amount", "rest"], "heading-0": "钱"})
    kept = [{"heading": "钱", "fields": ["region", "amount", "custom.rating"]}]
    assert Layout.objects.get().groups == kept
    page = text(client.post("/settings/layouts/deal/remove/", follow=True))
    [note] = re.findall(r'name="layout" value="([^"]*)"', page)
    client.post("/settings/layouts/restore/", {"layout": note})
    assert Layout.objects.get().groups == kept


# The steps of the form, without a database


def arrangement(*groups: tuple[str, str]) -> Arrangement:
    return begun([FieldGroup(heading, tuple(fields)) for heading, fields in groups], OFFERED)


def rows(made: Arrangement) -> str:
    """Groups and their fields in one text: 甲:ab 乙:c | de."""
    groups = " ".join(f"{group.heading}:{''.join(group.fields)}" for group in made.groups)
    return f"{groups} | {''.join(made.rest)}"


@pytest.mark.parametrize(
    ("step", "then"),
    [
        ("up:b", "甲:ba 乙:c | de"),
        ("up:a", "甲:ab 乙:c | de"),
        ("down:a", "甲:ba 乙:c | de"),
        ("down:b", "甲:a 乙:bc | de"),
        ("up:c", "甲:abc 乙: | de"),
        ("down:c", "甲:ab 乙: | cde"),
        ("hide:a", "甲:b 乙:c | ade"),
        ("show:e", "甲:ab 乙:ce | d"),
        ("group-up:1", "乙:c 甲:ab | de"),
        ("group-down:0", "乙:c 甲:ab | de"),
        ("group-up:0", "甲:ab 乙:c | de"),
        ("group-down:1", "甲:ab 乙:c | de"),
        ("group-out:0", "乙:c | abde"),
        ("new", "甲:ab 乙:c : | de"),
        ("group-up:9", "甲:ab 乙:c | de"),
        ("up:z", "甲:ab 乙:c | de"),
        ("look", "甲:ab 乙:c | de"),
    ],
)
def test_each_button_does_what_it_says(step: str, then: str) -> None:
    changed = done(arrangement(("甲", "ab"), ("乙", "c")), step)
    assert rows(begun(changed.groups, OFFERED)) == then


PRESSED = [*OFFERED, "0", "1", "7", "9" * 5000, ""]


@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(PRESSED)), max_size=30))
def test_whatever_is_pressed_every_field_is_there_once(steps: list[tuple[str, str]]) -> None:
    made = arrangement(("甲", "ab"), ("乙", "c"))
    for verb, what in steps:
        step = f"{verb}:{what}" if what else verb
        made = begun(done(made, step).groups, OFFERED)
        focus_after(made, step)
        assert sorted(row for row in made.rows if row in OFFERED) == OFFERED
        assert (made.rows[0], made.rows.count(REST)) == ("group:0", 1)


# Laying out on screen


@pytest.mark.django_db
def test_a_deal_page_is_laid_out_by_buttons_and_saved(log_in: LogIn, admin: User, rep: User, deal: Deal) -> None:
    client, address, before = log_in(admin), "/settings/layouts/deal/", last_event_id()
    form = opened(client, address)
    form |= {"row": ["group:0", "budget", "amount", "rest", "customer"], "heading-0": ["钱"]}
    shown = client.post(address, {**form, "do": "up:amount"})
    assert shown.status_code == 200
    assert event_kinds(before) == []
    assert '预算 <span class="caption hint">试用三阶段' in text(shown)
    moved = fields_in(shown.content.decode())
    assert moved["row"][:4] == ["group:0", "amount", "budget", "rest"]
    assert "“Amount” is number 1 of “钱”." in text(shown)
    assert client.post(address, {**moved, "with_rest": "False"}).status_code == 302
    assert event_kinds(before) == ["layout.saved"]
    assert terms(text(log_in(rep).get(f"/deals/{deal.pk}/"))) == ["钱", "Amount", "预算"]
    assert "laid out" in text(client.get("/settings/layouts/"))


@pytest.fixture
def deal(rep: User) -> Deal:
    return new_deal(rep, amount="120000", budget="90000", need="两条产线")


STANDARD = ["Customer", "Product", "Region", "Source", "Amount", "Expected close", "需求", "预算"]
TOLD = ["Next step", "Last follow-up", "Created"]


@pytest.mark.django_db
def test_without_a_layout_pages_look_as_ever(log_in: LogIn, rep: User, deal: Deal, customer: Customer) -> None:
    client = log_in(rep)
    page = text(client.get(f"/deals/{deal.pk}/"))
    assert terms(page) == [*STANDARD, *TOLD, "人数", "签约日期", "紧急程度"]
    assert "3 fields are empty" in page
    page = text(client.get(f"/customers/{customer.pk}/"))
    assert terms(page)[-2:] == ["Owner", "Created"]
    assert '<h3 class="facts-heading">' not in page
    assert '<div class="customer-notes"><p>老客户介绍</p></div>' in page


@pytest.fixture
def customer(rep: User) -> Customer:
    return new_customer(rep, name="云帆科技", notes="老客户介绍", industry="制造业", phone="13800138000")


def lay_out(place: str, *groups: tuple[str, list[str]], with_rest: bool = False, role: str = "") -> Layout:
    made = [FieldGroup(heading, tuple(fields)) for heading, fields in groups]
    return save_layout(actor=actor_of(None), place=place, groups=made, with_rest=with_rest, role=role)


@pytest.mark.django_db
def test_fields_in_no_group_stand_behind_with_empty_ones_folded(log_in: LogIn, rep: User, deal: Deal) -> None:
    lay_out("deal", ("钱", ["amount", "seats"]), with_rest=True)
    page = text(log_in(rep).get(f"/deals/{deal.pk}/"))
    others = [name for name in [*STANDARD, *TOLD] if name != "Amount"]
    assert terms(page) == ["钱", "Amount", "人数", "Others", *others, "签约日期", "紧急程度"]
    assert "2 fields are empty" in page


@pytest.mark.django_db
def test_a_customer_page_shows_what_its_layout_has(log_in: LogIn, rep: User, legal: User, customer: Customer) -> None:
    lay_out("customer", ("", ["industry"]), ("怎么联系", ["phone", "notes"]))
    page = text(log_in(rep).get(f"/customers/{customer.pk}/"))
    assert terms(page) == ["Industry", "怎么联系", "Phone", "Notes"]
    assert "customer-notes" not in page
    assert "老客户介绍" in page
    lay_out("customer", ("", ["industry"]), with_rest=True, role="sales")
    assert "customer-notes" in text(log_in(rep).get(f"/customers/{customer.pk}/"))


@pytest.mark.django_db
def test_a_card_shows_what_its_layout_has(log_in: LogIn, rep: User, deal: Deal) -> None:
    field = create_field(actor=actor_of(None), kind="deal", fields={"name": "信用评级", "key": "rating"})
    product = Product.objects.first()
    other = new_deal(rep, name="又一个", product=product.pk if product else None, **{"custom.rating": "三星级"})
    lay_out("card", ("", ["amount", "budget", "seats"]), ("其他", ["custom.rating", "product", "deal.days"]))
    client = log_in(rep)
    cards = {card.pk: card for card in client.get("/board/?process=trial").context["columns"][0].cards}
    told = [(group.heading, [(fact.label, fact.text) for fact in group.facts]) for group in cards[deal.pk].groups]
    assert told == [
        ("", [("Amount", "120.00K"), ("预算", "90.00K"), ("人数", "—")]),
        ("其他", [("信用评级", "—"), ("Product", "—"), ("Time in the stage", "0 days")]),
    ]
    page = text(client.get("/board/?process=trial"))
    assert "三星级" in page
    assert str(product) in page
    assert "2/2 missing" in page or "1/1 missing" in page or "Move on" in page
    change_field(actor=actor_of(None), field_id=field.pk, fields={"access": {"sales": "hidden"}})
    page = text(client.get("/board/?process=trial"))
    assert ("信用评级" in page, "三星级" in page) == (False, False)
    assert other.pk in {card.pk for card in client.get("/board/?process=trial").context["columns"][0].cards}


@pytest.mark.django_db
def test_a_card_moved_on_is_answered_as_it_is_laid_out(log_in: LogIn, rep: User, deal: Deal) -> None:
    lay_out("card", ("花费", ["budget"]))
    fulfil(deal, to="talk")
    sent = {"to": "talk", "from": "board"}
    answer = log_in(rep).post(f"/deals/{deal.pk}/advance/", sent, headers={"HX-Request": "true"})
    assert stage_of(deal) == "talk"
    assert "花费" in text(answer)


@pytest.mark.django_db
def test_a_hidden_field_stays_hidden_and_a_retired_one_drops_out(
    log_in: LogIn, rep: User, legal: User, deal: Deal
) -> None:
    field = create_field(actor=actor_of(None), kind="deal", fields={"name": "信用评级", "key": "rating"})
    lay_out("deal", ("评级", ["custom.rating"]), ("", ["amount"]))
    client, address = log_in(rep), f"/deals/{deal.pk}/"
    assert terms(text(client.get(address))) == ["评级", "信用评级", "Amount"]
    change_field(actor=actor_of(None), field_id=field.pk, fields={"access": {"sales": "hidden"}})
    assert terms(text(client.get(address))) == ["Amount"]
    change_field(actor=actor_of(None), field_id=field.pk, fields={"access": {"sales": "edit"}, "is_active": False})
    assert terms(text(client.get(address))) == ["Amount"]


@pytest.mark.django_db
def test_what_a_gate_demands_is_reached_though_the_layout_leaves_it_out(log_in: LogIn, rep: User) -> None:
    lay_out("deal", ("", ["amount"]))
    deal, client = new_deal(rep), log_in(rep)
    page = text(client.get(f"/deals/{deal.pk}/"))
    assert terms(page) == ["Amount"]
    assert 'name="field.need"' in page
    assert 'name="need"' in text(client.get(f"/deals/{deal.pk}/change/"))
    client.post(f"/deals/{deal.pk}/advance/", {"to": "talk", "then": "stay", "field.need": "一条产线"})
    assert fresh(deal).extra["need"] == "一条产线"


@pytest.mark.django_db
def test_who_sees_as_a_role_sees_its_layout(log_in: LogIn, admin: User, deal: Deal) -> None:
    lay_out("deal", ("流程", ["amount"]), role="process_owner")
    client, address = log_in(admin), f"/deals/{deal.pk}/"
    assert "流程" not in terms(text(client.get(address)))
    client.post("/people/see-as/", {"role": "process_owner"})
    assert terms(text(client.get(address))) == ["流程", "Amount"]


# Back to the standard, and two at once


@pytest.mark.django_db
def test_a_layout_that_was_changed_meanwhile_is_not_taken_back_unseen(log_in: LogIn, admin: User) -> None:
    lay_out("deal", ("钱", ["amount"]))
    client, remove = log_in(admin), "/settings/layouts/deal/remove/"
    form = opened(client, "/settings/layouts/deal/")
    lay_out("deal", ("地", ["region"]))
    before = last_event_id()
    refused = client.post(remove, {name: form[name][-1:] for name in ("was.groups", "was.with_rest")})
    assert (refused.status_code, event_kinds(before)) == (409, [])
    assert "Take it back once more if you still mean to." in text(refused)
    now = fields_in(refused.content.decode())
    assert (now["heading-0"], now["was.groups"][-1]) == (["地"], "地: region")
    assert client.post(remove, {name: now[name][-1:] for name in ("was.groups", "was.with_rest")}).status_code == 302
    assert not Layout.objects.exists()


@pytest.mark.django_db
def test_a_layout_is_taken_back_and_put_back(log_in: LogIn, admin: User) -> None:
    lay_out("deal", ("钱", ["amount"]), role="sales")
    client = log_in(admin)
    assert "Back to what everybody sees" in text(client.get("/settings/layouts/deal/?role=sales"))
    page = text(client.post("/settings/layouts/deal/remove/?role=sales", follow=True))
    assert "back to what everybody sees." in page
    assert not Layout.objects.exists()
    [signed] = re.findall(r'name="layout" value="([^"]+)"', page)
    client.post("/settings/layouts/restore/", {"layout": signed})
    row = Layout.objects.get()
    assert (row.role and row.role.key, row.groups) == ("sales", [{"heading": "钱", "fields": ["amount"]}])
    lay_out("deal", ("别的", ["region"]), role="sales")
    assert client.post("/settings/layouts/restore/", {"layout": signed}).status_code == 409
    assert client.post("/settings/layouts/restore/", {"layout": "made up"}).status_code == 404
    assert client.post("/settings/layouts/card/remove/").status_code == 404


@pytest.mark.django_db
def test_of_two_who_lay_out_at_once_the_second_is_told_and_keeps_what_they_arranged(log_in: LogIn, admin: User) -> None:
    client, address = log_in(admin), "/settings/layouts/deal/"
    form = {**opened(client, address), "row": ["group:0", "region", "rest"]}
    lay_out("deal", ("钱", ["amount"]), with_rest=True)
    refused = client.post(address, form)
    assert refused.status_code == 409
    again = fields_in(refused.content.decode())
    assert again["row"][:2] == ["group:0", "region"]
    assert client.post(address, again).status_code == 302
    assert Layout.objects.get().groups == [{"heading": "", "fields": ["region"]}]


@pytest.mark.django_db
def test_a_refused_layout_keeps_what_was_arranged(log_in: LogIn, admin: User) -> None:
    client, address = log_in(admin), "/settings/layouts/card/"
    form = opened(client, address)
    offered = [row for row in form["row"] if row != REST and not row.startswith("group:")]
    answer = client.post(address, {**form, "row": ["group:0", *offered[:9], "rest"], "heading-0": "满"})
    assert answer.status_code == 422
    assert "A card has room for 8 fields." in text(answer)
    assert fields_in(answer.content.decode())["row"][1:10] == offered[:9]


@pytest.mark.django_db
def test_a_role_begins_with_what_everybody_sees(log_in: LogIn, admin: User) -> None:
    lay_out("deal", ("钱", ["amount"]), with_rest=True)
    form = opened(log_in(admin), "/settings/layouts/deal/?role=sales")
    assert (form["row"][:3], form["heading-0"], form["was.groups"]) == (["group:0", "amount", "rest"], ["钱"], [""])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/settings/layouts/page/", "/settings/layouts/deal/?role=king", "/settings/layouts/page/remove/"]
)
def test_places_and_roles_that_are_not_there_have_no_page(log_in: LogIn, admin: User, address: str) -> None:
    assert log_in(admin).post(address).status_code == 404


@pytest.mark.django_db
def test_layouts_are_for_who_puts_processes_in_force(log_in: LogIn, rep: User) -> None:
    client, before = log_in(rep), last_event_id()
    for address in ("/settings/layouts/", "/settings/layouts/deal/"):
        assert client.get(address).status_code == 403
    assert client.post("/settings/layouts/deal/", {"row": ["group:0", "amount", "rest"]}).status_code == 403
    assert client.post("/settings/layouts/deal/remove/").status_code == 403
    assert event_kinds(before) == []
    assert "/settings/layouts/" not in text(client.get("/settings/"))


@pytest.mark.django_db
def test_the_log_tells_a_layout_in_words(log_in: LogIn, admin: User) -> None:
    lay_out("deal", ("钱", ["amount", "budget"]), role="sales")
    page = text(log_in(admin).get("/settings/log/?subject=layout"))
    assert "Layout saved" in page
    assert "Page of a deal · Sales rep" in page
    assert "Groups: — → 钱: Amount, 预算" in page
    save_role(actor=actor_of(admin), key="probe", name="试用", permissions=[], scope="own")
    for kind, name in (("customer", "门店数"), ("deal", "底价")):
        create_field(actor=actor_of(admin), kind=kind, fields={"name": name, "key": "own"})
    lay_out("customer", ("店", ["custom.own"]), role="probe")
    lay_out("deal", ("钱", ["custom.own"]))
    page = text(log_in(admin).get("/settings/log/?subject=layout"))
    assert "Page of a customer · 试用" in page
    assert ("Groups: — → 店: 门店数" in page, "Groups: — → 钱: 底价" in page) == (True, True)


# Over the API


@pytest.mark.django_db
def test_layouts_are_read_saved_and_taken_back_over_the_api(admin: User, rep: User) -> None:
    api, mine = Api(admin), Api(rep)
    groups = [{"heading": "钱", "fields": ["amount", "budget"]}]
    made = api.put("layouts/deal", groups=groups, role="sales", with_rest=False)
    assert made.body == {"place": "deal", "role": "sales", "groups": groups, "with_rest": False}
    places = {row["place"]: row for row in api.get("layouts").body}
    assert places["deal"]["layouts"] == [made.body]
    assert places["deal"]["fields"]["budget"] == "预算"
    seen = {row["place"]: row for row in mine.get("layouts/mine").body}
    assert seen["deal"] == {
        "place": "deal",
        "is_standard": False,
        "fields": {"amount": "Amount", "budget": "预算"},
        "groups": groups,
    }
    assert seen["card"]["groups"] == [{"heading": "", "fields": ["customer", "amount", "deal.days"]}]
    assert api.delete("layouts/deal?role=sales").status == 204
    assert api.delete("layouts/deal?role=sales").status == 404
    assert all(row["is_standard"] for row in mine.get("layouts/mine").body)


@pytest.mark.django_db
def test_the_api_refuses_by_name(admin: User) -> None:
    api = Api(admin)
    assert api.put("layouts/deal", groups=[{"fields": ["shoes"]}]).body["field"] == "groups"
    assert api.put("layouts/page", groups=[]).status == 422
    assert api.put("layouts/card", groups=[{"fields": ["amount"]}]).status == 200


# It costs one statement


@pytest.mark.django_db
def test_a_button_costs_no_more_than_opening_the_form(log_in: LogIn, admin: User) -> None:
    client, address = log_in(admin), "/settings/layouts/deal/"
    form = opened(client, address)
    with CaptureQueriesContext(connection) as looked:
        client.get(address)
    with CaptureQueriesContext(connection) as pressed:
        assert client.post(address, {**form, "do": "down:amount"}).status_code == 200
    assert len(pressed) <= len(looked)


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/deals/{deal}/", "/customers/{customer}/", "/board/?process=trial"])
def test_a_layout_costs_no_statement_more_than_none(
    log_in: LogIn, rep: User, deal: Deal, customer: Customer, page: str
) -> None:
    create_field(actor=actor_of(None), kind="deal", fields={"name": "信用评级", "key": "rating"})
    client, address = log_in(rep), page.format(deal=deal.pk, customer=customer.pk)
    client.get(address)
    with CaptureQueriesContext(connection) as without:
        client.get(address)
    lay_out("deal", ("钱", ["amount", "custom.rating"]), with_rest=True, role="sales")
    lay_out("customer", ("钱", ["industry"]), with_rest=True)
    lay_out("card", ("", ["product", "region", "source", "custom.rating", "budget"]))
    with CaptureQueriesContext(connection) as laid_out:
        client.get(address)
    assert len(laid_out) <= len(without)
