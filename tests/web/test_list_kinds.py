"""Every list: who sees what, columns chosen and ordered, the filter builder, and as many statements for many rows."""

import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.models import Task
from dealrail.core.errors import Refusal
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.deals import lose_deal
from dealrail.crm.actions.pools import release_customer
from dealrail.web.lists.kinds import MOST_COLUMNS, kind_of
from dealrail.web.lists.urls import PATHS
from tests.cast import MakeCustomer, MakeDeal, actor_of, follow_up, new_customer, new_deal
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def _deal(owner: User, name: str) -> None:
    new_deal(owner, name=name, amount="100")


def _customer(owner: User, name: str) -> None:
    new_customer(owner, name=name)


def _contact(owner: User, name: str) -> None:
    create_contact(actor=actor_of(owner), customer_id=new_customer(owner).pk, fields={"name": name})


def _task(owner: User, name: str) -> None:
    create_task(actor=actor_of(owner), title=name, deal_id=new_deal(owner).pk)


def _activity(owner: User, name: str) -> None:
    follow_up(new_deal(owner, name=name), actor=actor_of(owner))


MAKERS: dict[str, Callable[[User, str], None]] = {
    "/deals/": _deal,
    "/customers/": _customer,
    "/contacts/": _contact,
    "/tasks/": _task,
    "/follow-ups/": _activity,
}
EVERY = pytest.mark.parametrize(("address", "make"), MAKERS.items())


def _text(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@EVERY
def test_a_list_shows_its_records_to_who_may_see_them(
    log_in: LogIn, rep: User, stranger: User, address: str, make: Callable[[User, str], None]
) -> None:
    make(rep, "新厂看板")
    assert "新厂看板" in _text(log_in(rep), address)
    assert "新厂看板" not in _text(log_in(stranger), address)


@EVERY
def test_many_rows_take_as_many_statements_as_few(
    log_in: LogIn, rep: User, address: str, make: Callable[[User, str], None]
) -> None:
    client = log_in(rep)
    for number in range(3):
        make(rep, f"少 {number}")
    _queries(client, address)
    few = _queries(client, address)
    for number in range(27):
        make(rep, f"多 {number}")
    assert few == _queries(client, address)


@EVERY
def test_every_column_of_a_list_can_be_shown_and_sorted_by(
    log_in: LogIn, rep: User, address: str, make: Callable[[User, str], None]
) -> None:
    make(rep, "新厂看板")
    client = log_in(rep)
    keys = [choice.column.key for choice in client.get(f"{address}columns/").context["choices"]][: MOST_COLUMNS - 1]
    shown = client.get(address, {"cols": ",".join(keys), "all": "1"}).context
    assert [column.key for column in shown["columns"]][1:] == keys
    for head in shown["heads"]:
        if head["href"]:
            assert client.get(address + head["href"]).status_code == 200


def _chosen(client: Client, address: str, sent: dict[str, Any]) -> dict[str, list[str]]:
    """The address of the list that a form about it leads to."""
    answer = client.post(address, sent)
    assert answer.status_code == 302, answer.content.decode()
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def test_columns_stand_in_the_order_they_were_sent_in(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    client = log_in(rep)
    query = _chosen(client, "/deals/columns/?state=open&cursor=x", {"col": ["amount", "owner"]})
    assert query == {"state": ["open"], "cols": ["amount,owner"]}
    columns = client.get("/deals/?cols=amount,owner,nonsense,amount").context["columns"]
    assert [column.key for column in columns] == ["name", "amount", "owner"]


def test_a_column_moves_by_a_button_without_scripts(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    sent = {"order": ["customer", "stage", "owner"], "col": ["owner"], "up": "owner"}
    choices = client.post("/deals/columns/", sent).context["choices"]
    assert [choice.column.key for choice in choices[:3]] == ["customer", "owner", "stage"]
    assert [choice.shown for choice in choices[:3]] == [False, True, False]


def test_columns_go_back_to_what_they_were(log_in: LogIn, rep: User) -> None:
    assert _chosen(log_in(rep), "/deals/columns/?cols=amount&state=open", {"reset": "1"}) == {"state": ["open"]}


def test_a_number_column_has_its_sum_at_the_foot(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal(amount="1200")
    make_deal(amount="300")
    assert '<td class="num">¥1,500.00</td>' in _text(log_in(rep), "/deals/")
    assert "<tfoot>" not in _text(log_in(rep), "/deals/?cols=owner")


BUILT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "/deals/",
        {"row": "0", "field-0": "amount", "op-0": "between", "value-0": ["100", "200"]},
        {"all": [{"field": "amount", "op": "between", "value": ["100", "200"]}]},
    ),
    (
        "/deals/",
        {"row": ["0", "1"], "join": "any", "field-0": "stage", "op-0": "in", "value-0": ["lead", "talk"]}
        | {"field-1": "created_at", "op-1": "gte", "value-1": "-7d", "day-1": ""},
        {
            "any": [
                {"field": "stage", "op": "in", "value": ["lead", "talk"]},
                {"field": "created_at", "op": "gte", "value": "-7d"},
            ]
        },
    ),
    (
        "/customers/",
        {"row": "0", "field-0": "industry", "op-0": "is_empty"},
        {"all": [{"field": "industry", "op": "is_empty"}]},
    ),
    (
        "/tasks/",
        {"row": "0", "field-0": "due_at", "op-0": "lt", "value-0": "", "day-0": "2026-03-01"},
        {"all": [{"field": "due_at", "op": "lt", "value": "2026-03-01"}]},
    ),
]


@pytest.mark.parametrize(("address", "sent", "wanted"), BUILT)
def test_a_filter_is_built_shown_as_chips_and_opened_again(
    log_in: LogIn, rep: User, address: str, sent: dict[str, Any], wanted: dict[str, Any]
) -> None:
    client = log_in(rep)
    query = _chosen(client, f"{address}filter/", {**sent, "apply": "1"})
    assert json.loads(query["filter"][0]) == wanted
    page = client.get(address, {"filter": query["filter"][0]})
    assert page.status_code == 200
    leaves = next(iter(wanted.values()))
    assert len(page.context["chips"]) == len(leaves)
    builder = client.get(f"{address}filter/", {"filter": query["filter"][0]}).context["builder"]
    assert [(row.field, row.op) for row in builder.rows] == [(leaf["field"], leaf["op"]) for leaf in leaves]


def test_a_chip_takes_its_condition_out_of_the_filter(log_in: LogIn, rep: User) -> None:
    leaves = [{"field": "amount", "op": "gte", "value": "100"}, {"field": "state", "op": "eq", "value": "open"}]
    chips = log_in(rep).get("/deals/", {"filter": json.dumps({"all": leaves})}).context["chips"]
    left = [json.loads(parse_qs(urlsplit(chip["href"]).query)["filter"][0])["all"] for chip in chips]
    assert left == [leaves[1:], leaves[:1]]
    assert [str(chip["label"]) for chip in chips] == ["Amount is at least 100", "State is Open"]


@pytest.mark.parametrize("operator", ["gte", "between"])
def test_a_value_that_does_not_fit_is_said_and_kept(log_in: LogIn, rep: User, operator: str) -> None:
    sent = {"row": "0", "field-0": "amount", "op-0": operator, "value-0": ["viel", "mehr"], "apply": "1"}
    answer = log_in(rep).post("/deals/filter/", sent)
    assert answer.status_code == 422
    text = html.unescape(answer.content.decode())
    assert 'value="viel"' in text
    assert 'role="alert"' in text


def test_a_row_comes_and_goes_without_scripts(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    first = {"row": ["0", "new"], "field-0": "amount", "op-0": "gte", "value-0": "5", "field-new": "owner"}
    rows = client.post("/deals/filter/", {**first, "look": "1"}).context["builder"].rows
    assert [(row.field, row.control) for row in rows] == [("amount", "number"), ("owner", "choice")]
    rows = client.post("/deals/filter/", {**first, "drop": "0"}).context["builder"].rows
    assert [row.field for row in rows] == ["owner"]


def test_a_filter_with_groups_inside_groups_can_be_cleared(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    nested = json.dumps({"all": [{"any": [{"field": "state", "op": "eq", "value": "open"}]}]})
    client = log_in(rep)
    assert client.get("/deals/filter/", {"filter": nested}).context["builder"].is_complex
    assert len(client.get("/deals/", {"filter": nested}).context["chips"]) == 1
    assert _chosen(client, f"/deals/filter/?filter={nested}", {"clear": "1"}) == {}


def test_a_field_of_a_process_can_be_filtered_by_and_shown(log_in: LogIn, rep: User) -> None:
    new_deal(rep, name="大客户", seats="120")
    new_deal(rep, name="小客户", seats="3")
    client = log_in(rep)
    sent = {"row": "0", "field-0": "seats", "op-0": "gt", "value-0": "100", "apply": "1"}
    query = _chosen(client, "/deals/filter/?process=trial", sent)
    text = _text(client, f"/deals/?process=trial&cols=seats&filter={query['filter'][0]}")
    assert "大客户" in text
    assert ">120</td>" in text.replace("\n", "")
    assert "小客户" not in text


def test_htmx_gets_the_forms_as_dialogs(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    for form in ("columns", "filter"):
        text = client.get(f"/deals/{form}/", headers={"HX-Request": "true"}).content.decode()
        assert '<div id="slot" hx-swap-oob="true">' in text
    answer = client.post("/deals/columns/", {"col": "owner"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/deals/?state=open&cols=owner"


def test_tasks_open_with_those_to_be_done(log_in: LogIn, rep: User) -> None:
    task = create_task(actor=actor_of(rep), title="打电话")
    client = log_in(rep)
    client.post(f"/tasks/{task.pk}/finish/")
    assert "打电话" not in _text(client, "/tasks/")
    assert "打电话" in _text(client, "/tasks/?all=1")


def test_a_task_is_ticked_off_in_its_row_and_taken_back(log_in: LogIn, rep: User) -> None:
    task = create_task(actor=actor_of(rep), title="打电话")
    client = log_in(rep)
    page = _text(client, "/tasks/?owner=me")
    assert f'action="/tasks/{task.pk}/finish/"' in page
    assert 'name="next" value="/tasks/?owner=me"' in page
    said = client.post(f"/tasks/{task.pk}/finish/", {"next": "/tasks/"}, follow=True)
    assert said.redirect_chain == [("/tasks/", 302)]
    assert f'action="/tasks/{task.pk}/reopen/"' in said.content.decode()
    assert f'action="/tasks/{task.pk}/finish/"' not in _text(client, "/tasks/?all=1")


def test_a_task_of_the_process_is_done_with_its_proof(log_in: LogIn, rep: User) -> None:
    deal = new_deal(rep)
    Task.objects.create(kind="action", action="call", title="打电话", deal=deal, owner=rep, created_at=timezone.now())
    action = "call"
    page = _text(log_in(rep), "/tasks/")
    assert f'href="/deals/{deal.pk}/actions/{action}/?next=/tasks/"' in page
    assert 'class="btn btn-sm task-tick"' not in page


@pytest.mark.parametrize(
    ("address", "way"),
    [
        ("/tasks/", "/new/task/?next=/tasks/"),
        ("/contacts/", "/new/contact/?next=/contacts/"),
        ("/follow-ups/", "/follow-up/"),
        ("/deals/", "/deals/new/"),
        ("/customers/", "/customers/new/"),
    ],
)
def test_a_list_leads_to_a_new_record(log_in: LogIn, rep: User, address: str, way: str) -> None:
    assert f'class="btn btn-primary" href="{way}"' in _text(log_in(rep), address)


def test_a_list_without_any_record_says_what_to_do_first(log_in: LogIn, rep: User, admin: User, legal: User) -> None:
    page = _text(log_in(admin), "/deals/")
    assert "There are no deals yet that you can see." in page
    assert 'class="btn" href="/imports/">Import a sheet' in page
    assert "Import a sheet" not in _text(log_in(legal), "/deals/")
    lose_deal(actor=actor_of(rep), deal_id=new_deal(rep).pk, reason="price")
    assert "Nothing fits these filters." in _text(log_in(rep), "/deals/")


def test_ways_to_reach_somebody_stay_hidden_in_a_pool(
    log_in: LogIn, rep: User, make_customer: MakeCustomer, company: Any
) -> None:
    customer = make_customer()
    fields = {"name": "王经理", "phone": "13800001111", "email": "wang@example.com"}
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields=fields)
    client = log_in(rep)
    assert "13800001111" in _text(client, "/contacts/")
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="没有预算")
    text = _text(client, "/contacts/")
    assert "王经理" in text
    assert "13800001111" not in text
    assert "wang@example.com" not in text


@pytest.mark.parametrize("kind", PATHS)
def test_nothing_but_known_kinds_is_listed(kind: str) -> None:
    assert kind_of(kind).key == kind
    with pytest.raises(Refusal):
        kind_of(f"{kind}x")


def test_the_builder_takes_amounts_as_people_type_them(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal(name="大单", amount="300000")
    make_deal(name="小单", amount="100000")
    client = log_in(rep)
    sent = {"row": ["0"], "field-0": "amount", "op-0": "gt", "value-0": "20万", "join": "all", "apply": "1"}
    page = _text(client, client.post("/deals/filter/", sent)["Location"])
    assert "大单" in page
    assert "小单" not in page
    assert "20万" in page


def test_the_builder_says_what_is_wrong_at_each_row_in_words(log_in: LogIn, rep: User) -> None:
    sent = {"row": ["0", "1"], "field-0": "amount", "op-0": "gt", "value-0": "viel", "join": "all", "apply": "1"}
    sent |= {"field-1": "last_follow_up_at", "op-1": "gte", "value-1": "", "day-1": ""}
    answer = log_in(rep).post("/deals/filter/", sent)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "Amount: “viel” is not an amount. Write for example 200,000 or 20万." in page
    assert "Last follow-up: Write a value, or take this condition away." in page
    assert page.count('class="field-error"') == 2
    for code in ("filter.all", "last_follow_up_at”", "“amount”"):
        assert code not in page
