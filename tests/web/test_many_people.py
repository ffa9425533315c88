"""Choosing a person among many: found while one types, the page stays small; among few a plain select."""

import html
import re

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm.actions.fields import create_field
from dealrail.crm.models import Customer, CustomField
from dealrail.web.people.choosing import MOST_IN_A_SELECT
from tests.cast import actor_of, fresh, new_customer, new_deal
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

BYTES = 100_000
FOUND = "/search/linked/person/"


@pytest.fixture
def guide(company: object) -> CustomField:
    return create_field(
        actor=actor_of(None), kind="customer", fields={"name": "对接人", "key": "guide", "type": "person"}
    )


@pytest.fixture
def many(company: object) -> list[User]:
    """A thousand colleagues."""
    rows = [User(login=f"p{number}", name=f"同事{number}", is_active=True) for number in range(1000)]
    return User.objects.bulk_create(rows)


def found(client: Client, text: str) -> list[str]:
    return [row["name"] for row in client.get(FOUND, {"q": text}).json()["customers"]]


def held_by(customer: Customer) -> object:
    return Customer.objects.get(pk=customer.pk).custom


def control(client: Client, address: str) -> str:
    page = html.unescape(client.get(address).content.decode())
    return str(re.findall(r'<(?:select|input)[^>]*name="custom\.guide"[^>]*>', page)[0])


def test_among_few_there_is_a_plain_select(log_in: LogIn, rep: User, guide: CustomField) -> None:
    assert control(log_in(rep), "/customers/new/").startswith("<select")


def test_a_thousand_people_are_not_sent_with_a_form(
    log_in: LogIn, rep: User, guide: CustomField, many: list[User]
) -> None:
    client = log_in(rep)
    for number in range(3):
        fields = {"name": f"第{number}位", "key": f"more{number}", "type": "person"}
        create_field(actor=actor_of(None), kind="customer", fields=fields)
    assert f'data-suggest="{FOUND}"' in control(client, "/customers/new/")
    assert len(client.get("/customers/new/").content) < BYTES


@pytest.mark.parametrize("typed", ["{name} #{pk}", "#{pk}", "{login}", "{name}"])
def test_what_is_typed_or_chosen_is_kept_and_shown_again(
    log_in: LogIn, rep: User, guide: CustomField, many: list[User], typed: str
) -> None:
    client, who = log_in(rep), many[7]
    customer = new_customer(rep)
    address = f"/customers/{customer.pk}/change/"
    text = typed.format(name=who.name, pk=who.pk, login=who.login)
    client.post(address, {"name": customer.name, "custom.guide": text})
    assert held_by(customer) == {"guide": who.pk}
    assert f'value="{who.name} #{who.pk}"' in control(client, address)
    client.post(address, {"name": customer.name, "custom.guide": "无此人"})
    assert held_by(customer) == {"guide": who.pk}


def test_whom_a_record_holds_and_is_gone_stays_when_the_rest_is_changed(
    log_in: LogIn, rep: User, guide: CustomField, many: list[User]
) -> None:
    client, who = log_in(rep), many[7]
    customer = new_customer(rep, **{"custom.guide": who.pk})
    User.objects.filter(pk=who.pk).update(is_active=False)
    address = f"/customers/{customer.pk}/change/"
    held = f"{who.name} #{who.pk}"
    assert f'value="{held}"' in control(client, address)
    typed = {"name": "新名字", "custom.guide": held, "was.name": customer.name, "was.custom.guide": held}
    client.post(address, typed)
    assert (Customer.objects.get().name, held_by(customer)) == ("新名字", {"guide": who.pk})


def test_a_field_of_a_deal_is_filled_in_place(log_in: LogIn, rep: User, many: list[User]) -> None:
    create_field(actor=actor_of(None), kind="deal", fields={"name": "对接人", "key": "guide", "type": "person"})
    deal = new_deal(rep, **{"custom.guide": many[3].login})
    shown = control(log_in(rep), f"/deals/{deal.pk}/facts/custom.guide/")
    assert f'value="{many[3].name} #{many[3].pk}"' in shown
    assert f'value="{many[3].name} #{many[3].pk}"' in control(log_in(rep), f"/deals/{deal.pk}/change/")


@pytest.mark.parametrize("address", ["/deals/", "/customers/", "/tasks/"])
def test_a_list_with_steps_for_many_rows_stays_small(
    log_in: LogIn, admin: User, many: list[User], address: str
) -> None:
    page = log_in(admin).get(address).content
    assert len(page) < BYTES


@pytest.mark.parametrize("typed", ["{name} #{pk}", "#{pk}", "{pk}", "{login}", "{name}"])
def test_many_records_are_handed_to_whom_was_typed(
    log_in: LogIn, admin: User, rep: User, many: list[User], typed: str
) -> None:
    deal, who = new_deal(rep), many[7]
    client = log_in(admin)
    text = typed.format(name=who.name, pk=who.pk, login=who.login)
    sent = {"record": [str(deal.pk)], "step": "transfer", "transfer.owner": text}
    client.post("/deals/bulk/", sent)
    assert fresh(deal).owner == who


@pytest.mark.parametrize("typed", ["", "无此人", "别人 #{pk}", "#{gone}", "#" + "9" * 30])
def test_whom_nobody_is_called_gets_nothing_and_what_was_typed_stays(
    log_in: LogIn, admin: User, rep: User, many: list[User], typed: str
) -> None:
    User.objects.filter(pk=many[3].pk).update(is_active=False)
    deal, text = new_deal(rep), typed.format(pk=many[7].pk, gone=many[3].pk)
    sent = {"record": [str(deal.pk)], "step": "transfer", "transfer.owner": text}
    answer = log_in(admin).post("/deals/bulk/", sent)
    assert answer.status_code in {404, 422}
    assert text in html.unescape(answer.content.decode())
    assert fresh(deal).owner == rep


@pytest.mark.parametrize("text", ["王小明", "小明", "王", "wangxiaoming", "wxm", "WXM", "xiaoming", "xm88"])
def test_people_are_found_by_name_pinyin_initials_and_login(log_in: LogIn, rep: User, text: str) -> None:
    who = User.objects.create(login="xm88", name="王小明", is_active=True)
    User.objects.create(login="gone", name="王小明", is_active=False)
    assert found(log_in(rep), text) == [f"王小明 #{who.pk}"]


def test_what_is_found_is_bounded_and_the_nearest_first(log_in: LogIn, rep: User, many: list[User]) -> None:
    client = log_in(rep)
    assert len(found(client, "同事")) == 20
    assert found(client, "同事1")[0] == f"同事1 #{many[1].pk}"
    assert found(client, "") == found(client, "谁也不是") == []
    assert found(client, "%" * 5000) == []


def test_who_is_not_logged_in_finds_nobody(company: object) -> None:
    assert Client().get(FOUND, {"q": "王"}).status_code == 302


def test_the_bound_is_what_a_select_still_carries(log_in: LogIn, rep: User, guide: CustomField) -> None:
    there = User.objects.filter(is_active=True).count()
    rows = [User(login=f"q{number}", name=f"同事{number}") for number in range(MOST_IN_A_SELECT - there)]
    User.objects.bulk_create(rows)
    client = log_in(rep)
    assert control(client, "/customers/new/").startswith("<select")
    User.objects.create(login="last", name="最后一位")
    assert control(client, "/customers/new/").startswith("<input")
