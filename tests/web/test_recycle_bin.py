"""The recycle bin on screen."""

import html

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.models import User
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.deals import create_deal
from dealrail.crm.actions.recycling import delete_contact, delete_customer, delete_deal
from tests.cast import actor_of, event_kinds, last_event_id, new_customer, new_deal
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

BIN = "/settings/recycle-bin/"


def _page(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def test_a_deal_is_deleted_from_its_page_and_brought_back_by_the_message(
    log_in: LogIn, manager: User, rep: User
) -> None:
    deal, client = new_deal(rep, name="误建的商机"), log_in(manager)
    assert f"/deals/{deal.pk}/delete/" in _page(client, f"/deals/{deal.pk}/")
    said = html.unescape(client.post(f"/deals/{deal.pk}/delete/", follow=True).content.decode())
    assert "“误建的商机” is in the recycle bin." in said
    assert client.get(f"/deals/{deal.pk}/").status_code == 404
    answer = client.post(f"{BIN}restore/", {"record": f"deal:{deal.pk}", "open": "1"})
    assert answer.headers["Location"] == f"/deals/{deal.pk}/"
    assert client.get(f"/deals/{deal.pk}/").status_code == 200


def test_who_may_not_delete_gets_no_button_and_is_refused(log_in: LogIn, rep: User) -> None:
    deal, customer, client = new_deal(rep), new_customer(rep), log_in(rep)
    seen = last_event_id()
    for address in (f"/deals/{deal.pk}/", f"/customers/{customer.pk}/"):
        assert f"{address}delete/" not in _page(client, address)
        assert client.post(f"{address}delete/").status_code == 403
    assert event_kinds(seen) == []


def test_a_customer_with_open_deals_is_refused_on_its_page(log_in: LogIn, manager: User, rep: User) -> None:
    customer = new_customer(rep, name="华东精工")
    new_deal(rep, customer=customer.pk)
    answer = log_in(manager).post(f"/customers/{customer.pk}/delete/")
    assert answer.status_code == 422
    assert "“华东精工” still has 1 open deal." in html.unescape(answer.content.decode())


def test_the_bin_lists_who_deleted_what_and_restores_several_at_once(log_in: LogIn, admin: User, rep: User) -> None:
    customer = new_customer(rep, name="华东精工")
    deal = new_deal(rep, name="年度框架", customer=customer.pk)
    delete_deal(actor=actor_of(admin), deal_id=deal.pk)
    delete_customer(actor=actor_of(admin), customer_id=customer.pk)
    client = log_in(admin)
    page = _page(client, BIN)
    assert all(text in page for text in ("年度框架", "华东精工", admin.name))
    keys = [f"deal:{deal.pk}", f"customer:{customer.pk}"]
    said = html.unescape(client.post(f"{BIN}restore/", {"record": keys}, follow=True).content.decode())
    assert "2 records are back." in said
    assert crm.deals(actor_of(rep)).filter(pk=deal.pk).exists()


def test_what_cannot_be_restored_is_said_and_the_rest_is(log_in: LogIn, admin: User, rep: User) -> None:
    actor = actor_of(admin)
    coded = create_deal(actor=actor_of(rep), process="trial", fields={"name": "甲"}, code="D1")
    other = new_deal(rep, name="乙")
    for deal in (coded, other):
        delete_deal(actor=actor, deal_id=deal.pk)
    create_deal(actor=actor_of(rep), process="trial", fields={"name": "丙"}, code="D1")
    keys = {"record": [f"deal:{coded.pk}", f"deal:{other.pk}"]}
    said = html.unescape(log_in(admin).post(f"{BIN}restore/", keys, follow=True).content.decode())
    assert "The code “D1” is in use already." in said
    assert "“乙” is back." in said


def test_the_bin_is_shut_for_who_may_delete_nothing(log_in: LogIn, legal: User) -> None:
    assert log_in(legal).get(BIN).status_code == 403


@pytest.mark.parametrize("record", ["", "deal:x", "user:1", "deal:0"])
def test_nonsense_restores_nothing(log_in: LogIn, admin: User, record: str) -> None:
    seen = last_event_id()
    assert log_in(admin).post(f"{BIN}restore/", {"record": record}).status_code in {302, 404}
    assert log_in(admin).get(f"{BIN}?before=gestern").status_code == 200
    assert event_kinds(seen) == []


def test_the_bin_asks_as_often_for_many_as_for_few(log_in: LogIn, admin: User, rep: User) -> None:

    client, counts = log_in(admin), []
    for _round in range(2):
        for _number in range(5):
            delete_deal(actor=actor_of(admin), deal_id=new_deal(rep).pk)
        with CaptureQueriesContext(connection) as asked:
            client.get(BIN)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_who_may_see_everything_finds_what_others_deleted(log_in: LogIn, admin: User, manager: User, rep: User) -> None:
    deal, customer = new_deal(rep, name="误删的商机"), new_customer(rep, name="误删的客户")
    contact = create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "误删的人"})
    delete_contact(actor=actor_of(rep), contact_id=contact.pk)
    delete_deal(actor=actor_of(manager), deal_id=deal.pk)
    page = _page(log_in(admin), BIN)
    assert all(name in page for name in ("误删的商机", "误删的人"))
    log_in(admin).post(f"{BIN}restore/", {"record": f"deal:{deal.pk}"})
    assert crm.deals(actor_of(rep)).filter(pk=deal.pk).exists()
