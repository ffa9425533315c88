"""Customers that are there twice: told of while one types, side by side, made one, and two again."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.models import User
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.models import Contact, Customer, CustomerMerge
from tests.cast import MakeCustomer, MakeDeal, actor_of, last_event_id
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def test_what_looks_the_same_is_told_while_one_types(
    log_in: LogIn, rep: User, stranger: User, make_customer: MakeCustomer
) -> None:
    customer = make_customer(name="云帆科技有限公司")
    asked = "/customers/duplicates/?name=苏州云帆科技"
    mine = log_in(rep).get(asked).content.decode()
    assert f'href="/customers/{customer.pk}/"' in mine
    theirs = log_in(stranger).get(asked).content.decode()
    assert "exists, owned by 小销" in theirs
    assert customer.name not in theirs
    assert log_in(rep).get(f"{asked}&but={customer.pk}").content.decode().strip() == ""


def test_the_forms_ask_for_duplicates(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer, client = make_customer(), log_in(rep)
    for path in ("/customers/new/", "/new/customer/", f"/customers/{customer.pk}/change/"):
        assert 'data-duplicates="/customers/duplicates/"' in client.get(path).content.decode()
    assert f'data-but="{customer.pk}"' in client.get(f"/customers/{customer.pk}/change/").content.decode()


def test_the_page_to_choose_from_offers_what_looks_the_same_or_is_searched(
    log_in: LogIn, rep: User, make_customer: MakeCustomer
) -> None:
    kept, same, other = (
        make_customer(name="云帆科技有限公司"),
        make_customer(name="云帆科技"),
        make_customer(name="海川"),
    )
    client, path = log_in(rep), f"/customers/{kept.pk}/merge/"
    assert [row.customer for row in client.get(path).context["found"]] == [same]
    assert [row.customer for row in client.get(f"{path}?q=haichuan").context["found"]] == [other]
    assert client.get(f"{path}?q=没有").context["found"] == []


def test_side_by_side_what_is_empty_is_filled_unless_one_chooses_otherwise(
    log_in: LogIn, rep: User, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    kept = make_customer(name="云帆科技有限公司", grade="B")
    gone = make_customer(name="云帆科技", grade="A", grade_reason="一年三单", industry="软件")
    make_deal(customer=gone.pk)
    page = log_in(rep).get(f"/customers/{kept.pk}/merge/{gone.pk}/")
    lines = {line.name: line for line in page.context["lines"]}
    assert (lines["industry"].take, lines["name"].take, lines["grade"].gone) == (True, False, "A · 一年三单")
    assert not lines["owner"].differs
    assert dict(page.context["belongings"]) == {"Deals": 1}


def test_merges_with_the_choices_and_undoes_it(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    kept, gone = (
        make_customer(name="云帆科技有限公司", industry="软件"),
        make_customer(name="云帆科技", grade="A", industry="硬件"),
    )
    create_contact(actor=actor_of(rep), customer_id=gone.pk, fields={"name": "王总"})
    client = log_in(rep)
    typed = {"grade": "gone", "industry": "kept", "name": "kept"}
    page = client.post(f"/customers/{kept.pk}/merge/{gone.pk}/", typed, follow=True)
    merge = CustomerMerge.objects.get()
    text = page.content.decode()
    assert text.count(f'action="/merges/{merge.pk}/undo/"') == 2
    assert "Merged “云帆科技” into this customer" in text
    kept.refresh_from_db()
    assert (kept.grade, kept.industry, Contact.objects.get().customer) == ("A", "软件", kept)
    assert client.get(f"/customers/{gone.pk}/").headers["Location"] == f"/customers/{kept.pk}/"
    assert client.post(f"/merges/{merge.pk}/undo/").headers["Location"] == f"/customers/{gone.pk}/"
    assert Contact.objects.get().customer == gone
    assert client.get(f"/customers/{gone.pk}/").status_code == 200


def test_who_may_not_change_both_gets_nowhere(
    log_in: LogIn, rep: User, colleague: User, make_customer: MakeCustomer
) -> None:
    mine, theirs = make_customer(), make_customer(owner=colleague)
    before, client = last_event_id(), log_in(rep)
    for path in (f"/customers/{mine.pk}/merge/{theirs.pk}/", f"/customers/{theirs.pk}/merge/"):
        assert client.get(path).status_code == 404
    assert client.post(f"/customers/{mine.pk}/merge/{theirs.pk}/").status_code == 404
    assert client.post(f"/customers/{mine.pk}/merge/{mine.pk}/").status_code == 422
    assert client.post("/merges/999/undo/").status_code == 404
    assert client.get("/merges/1/undo/")["Location"] == "/"
    assert last_event_id() == before


def test_the_customer_page_tells_its_family_and_filters_its_timeline(
    log_in: LogIn, rep: User, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    top = make_customer(name="云帆集团", grade="A", grade_reason="一年三单")
    child = make_customer(name="云帆分公司", parent=top.pk)
    make_deal(customer=top.pk)
    client = log_in(rep)
    text = client.get(f"/customers/{top.pk}/").content.decode()
    assert f'href="/customers/{child.pk}/"' in text
    assert "一年三单" in text
    assert f'href="/customers/{top.pk}/"' in client.get(f"/customers/{child.pk}/").content.decode()
    shown = {show: [row.group for row in _events(client, top, show)] for show in ("deals", "changes", "nonsense")}
    assert shown == {"deals": ["move"], "changes": ["change"], "nonsense": ["move", "change"]}


def _events(client: Client, customer: Customer, show: str) -> list[Any]:
    page = client.get(f"/customers/{customer.pk}/?show={show}")
    return list(page.context["timeline"].events)


def test_a_family_takes_as_many_queries_as_a_pair(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    top, client = make_customer(), log_in(rep)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/customers/{top.pk}/")
        return len(captured)

    make_customer(parent=top.pk)
    cost()  # what processes are kept in memory is read once
    few = cost()
    for _ in range(10):
        make_customer(parent=top.pk)
    assert cost() == few


def test_a_sub_company_that_is_merged_offers_its_parent_not_as_a_parent(
    log_in: LogIn, rep: User, make_customer: MakeCustomer
) -> None:
    kept = make_customer(name="云帆科技有限公司")
    gone = make_customer(name="云帆科技苏州", parent=kept.pk)
    page = log_in(rep).get(f"/customers/{kept.pk}/merge/{gone.pk}/")
    assert "parent" not in [line.name for line in page.context["lines"]]
    page = log_in(rep).get(f"/customers/{gone.pk}/merge/{kept.pk}/")
    assert "parent" not in [line.name for line in page.context["lines"]]
