"""Customers and contacts: fields, duplicates, hands they pass through."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dealrail.accounts.errors import NotAllowed, NotFound, UnknownPerson
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import (
    change_contact,
    change_customer,
    create_contact,
    create_customer,
    transfer_customer,
)
from dealrail.crm.actions.pools import release_customer
from dealrail.crm.actions.recycling import delete_contact
from dealrail.crm.errors import DuplicateCustomer, FieldRefused, UnknownField
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.events.models import Event
from tests.cast import (
    Company,
    MakeCustomer,
    actor_of,
    event_kinds,
    last_event_id,
    new_customer,
    new_deal,
    refuses,
)

CREDIT_CODE = "91310000775785552L"


def test_a_customer_is_created_with_all_its_fields(make_customer: MakeCustomer, rep: User) -> None:
    parent = make_customer()
    customer = make_customer(
        name=" 上海云帆科技有限公司 ",
        code="K-1",
        credit_code=CREDIT_CODE.lower(),
        phone="+86 138-0000-1111",
        grade="A",
        region="华东",
        source="展会",
        parent=parent.pk,
    )
    assert (customer.name, customer.phone, customer.phone_key) == ("上海云帆科技有限公司", "13800001111", "13800001111")
    assert (customer.credit_code, customer.grade, customer.parent, customer.owner) == (CREDIT_CODE, "A", parent, rep)
    fact = Event.objects.latest("pk")
    assert (fact.kind, fact.payload["fields"]["region"]) == ("customer.created", "华东")


WRONG: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"name": ""}, FieldRefused),
    ({"credit_code": "91310000775785552X"}, FieldRefused),
    ({"credit_code": "123"}, FieldRefused),
    ({"phone": "12345"}, FieldRefused),
    ({"grade": "D"}, FieldRefused),
    ({"region": "月球"}, FieldRefused),
    ({"parent": 0}, FieldRefused),
    ({"owner": 1}, UnknownField),
    ({"pool": 1}, UnknownField),
]


@pytest.mark.parametrize(("fields", "refusal"), WRONG)
def test_refuses_a_field_that_makes_no_sense(
    fields: dict[str, Any], refusal: type[Refusal], make_customer: MakeCustomer, rep: User
) -> None:
    customer = make_customer()
    with refuses(refusal):
        create_customer(actor=actor_of(rep), fields={"name": "又一家", **fields})
    with refuses(refusal):
        change_customer(actor=actor_of(rep), customer_id=customer.pk, fields=fields)


def test_refuses_a_company_as_its_own_parent(make_customer: MakeCustomer, rep: User) -> None:
    customer = make_customer()
    with refuses(FieldRefused):
        change_customer(actor=actor_of(rep), customer_id=customer.pk, fields={"parent": customer.pk})


SAME: list[tuple[str, str, str]] = [
    ("name", "上海云帆科技有限公司", "上海云帆科技 有限公司"),
    ("name", "ABC Co., Ltd.", "ａｂｃ CO LTD"),
    ("code", "K-1", "K-1"),
    ("credit_code", CREDIT_CODE, f" {CREDIT_CODE.lower()} "),
    ("phone", "138 0000 1111", "+86-13800001111"),
    ("phone", "010-12345678", "(010) 1234-5678"),
]


@pytest.mark.parametrize(("field", "first", "second"), SAME)
def test_refuses_a_duplicate_however_it_is_written(
    field: str, first: str, second: str, make_customer: MakeCustomer, rep: User
) -> None:
    there = make_customer(**{field: first})
    with refuses(DuplicateCustomer) as caught:
        create_customer(actor=actor_of(rep), fields={"name": "另一家", field: second})
    assert (caught.value.params["field"], caught.value.params["customer_id"]) == (field, there.pk)
    other = make_customer()
    with refuses(DuplicateCustomer):
        change_customer(actor=actor_of(rep), customer_id=other.pk, fields={field: second})


def test_a_duplicate_out_of_sight_is_named_with_its_owner_but_not_opened(rep: User, stranger: User) -> None:
    new_customer(stranger, name="云帆")
    with refuses(DuplicateCustomer) as caught:
        new_customer(rep, name="云帆")
    assert (caught.value.params["owner"], caught.value.params["customer_id"]) == (stranger.name, None)


@pytest.mark.parametrize(
    ("field", "allowed"), [("name", True), ("phone", True), ("code", False), ("credit_code", False)]
)
def test_a_duplicate_name_or_phone_may_be_allowed_but_no_code(
    field: str, allowed: bool, make_customer: MakeCustomer, rep: User
) -> None:
    value = {"name": "云帆", "phone": "13800001111", "code": "K-1", "credit_code": CREDIT_CODE}[field]
    make_customer(**{field: value})
    fields = {"name": "另一家", field: value}
    if allowed:
        assert create_customer(actor=actor_of(rep), fields=fields, allow_duplicate=True).pk
        return
    with refuses(DuplicateCustomer):
        create_customer(actor=actor_of(rep), fields=fields, allow_duplicate=True)


def test_changing_something_else_of_a_duplicate_is_no_duplicate(make_customer: MakeCustomer, rep: User) -> None:
    make_customer(name="云帆")
    twin = create_customer(actor=actor_of(rep), fields={"name": "云帆"}, allow_duplicate=True)
    change_customer(actor=actor_of(rep), customer_id=twin.pk, fields={"industry": "软件", "name": "云帆"})
    assert Event.objects.latest("pk").payload["changes"] == {"industry": [None, "软件"]}


def test_a_change_that_changes_nothing_leaves_no_trace(make_customer: MakeCustomer, rep: User) -> None:
    customer, before = make_customer(industry="软件"), last_event_id()
    change_customer(actor=actor_of(rep), customer_id=customer.pk, fields={"industry": " 软件 "})
    assert event_kinds(before) == []


@pytest.mark.parametrize("field", ["code", "credit_code"])
def test_the_database_refuses_a_code_twice(field: str, make_customer: MakeCustomer) -> None:
    make_customer(**{field: CREDIT_CODE})
    with pytest.raises(IntegrityError, match=f"{field}"), transaction.atomic():
        Customer.objects.filter(pk=make_customer().pk).update(**{field: CREDIT_CODE})


def test_the_database_refuses_a_customer_both_owned_and_in_a_pool(company: Company, rep: User) -> None:
    customer = new_customer(rep)
    with pytest.raises(IntegrityError, match="customer_owned_or_in_pool"), transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(pool=company.pool)


def test_a_customer_is_handed_over_and_its_deals_stay(make_customer: MakeCustomer, rep: User, colleague: User) -> None:
    customer = make_customer()
    deal = new_deal(rep, customer=customer.pk)
    transfer_customer(actor=actor_of(rep), customer_id=customer.pk, owner_id=colleague.pk, note="请接手")
    deal.refresh_from_db()
    assert (Customer.objects.get(pk=customer.pk).owner, deal.owner) == (colleague, rep)
    assert Event.objects.latest("pk").payload["to_owner_id"] == colleague.pk
    assert crm.customer(actor_of(rep), customer.pk) == customer


def test_refuses_to_hand_over_to_nobody(make_customer: MakeCustomer, rep: User) -> None:
    customer = make_customer()
    with refuses(UnknownPerson):
        transfer_customer(actor=actor_of(rep), customer_id=customer.pk, owner_id=0)


def test_refuses_to_create_without_the_permission(legal: User) -> None:
    with refuses(NotAllowed):
        create_customer(actor=actor_of(legal), fields={"name": "云帆"})


# Contacts


@pytest.fixture
def contact(make_customer: MakeCustomer, rep: User) -> Contact:
    """A person at a customer of the rep."""
    fields = {"name": "张经理", "role": "decision_maker", "phone": "13900002222", "email": "zhang@example.com"}
    return create_contact(actor=actor_of(rep), customer_id=make_customer().pk, fields=fields)


def test_a_contact_is_added_changed_and_removed(contact: Contact, rep: User) -> None:
    before = last_event_id()
    change_contact(actor=actor_of(rep), contact_id=contact.pk, fields={"phone": "010-1234 5678", "role": ""})
    contact.refresh_from_db()
    assert (contact.phone, contact.phone_key, contact.role) == ("010-12345678", "01012345678", "")
    delete_contact(actor=actor_of(rep), contact_id=contact.pk, reason="离职")
    assert not crm.contacts(actor_of(rep)).exists()
    assert event_kinds(before) == ["contact.changed", "contact.deleted"]
    assert Event.objects.latest("pk").payload["contact_name"] == "张经理"


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"role": "king"}, {"phone": "x"}, {"email": "x@"}, {"wechat": "w" * 61}]
)
def test_refuses_a_contact_that_makes_no_sense(fields: dict[str, str], contact: Contact, rep: User) -> None:
    with refuses(FieldRefused):
        change_contact(actor=actor_of(rep), contact_id=contact.pk, fields=fields)
    with refuses(FieldRefused):
        create_contact(actor=actor_of(rep), customer_id=contact.customer_id, fields={"name": "李", **fields})


def test_hides_contacts_of_customers_out_of_sight(contact: Contact, stranger: User) -> None:
    with refuses(NotFound):
        change_contact(actor=actor_of(stranger), contact_id=contact.pk, fields={"name": "李"})
    with refuses(NotFound):
        delete_contact(actor=actor_of(stranger), contact_id=contact.pk)
    assert not crm.contacts(actor_of(stranger)).exists()


def test_refuses_to_delete_the_contact_of_a_customer_that_is_only_seen(contact: Contact, company: Company) -> None:
    with refuses(NotAllowed):
        delete_contact(actor=actor_of(company.people["finance"]), contact_id=contact.pk)


# What is seen


def test_the_customer_of_a_deal_one_sees_is_seen_but_not_changed(rep: User, colleague: User) -> None:
    customer = new_customer(rep)
    assert customer not in crm.customers(actor_of(colleague))
    deal = new_deal(rep, customer=customer.pk)
    type(deal).objects.filter(pk=deal.pk).update(owner=colleague)
    assert customer in crm.customers(actor_of(colleague))
    with refuses(NotAllowed):
        change_customer(actor=actor_of(colleague), customer_id=customer.pk, fields={"name": "新名"})


def test_phones_in_a_pool_are_masked_except_for_who_manages_pools(
    make_customer: MakeCustomer, rep: User, manager: User
) -> None:
    customer = make_customer(phone="13800001111")
    assert policy.sees_phone(actor_of(rep), customer)
    released = release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    assert not policy.sees_phone(actor_of(rep), released)
    assert policy.sees_phone(actor_of(manager), released)
    assert not crm.search_customers(actor_of(rep), crm.customers(actor_of(rep)), "0000 1111").exists()
    assert crm.search_customers(actor_of(manager), crm.customers(actor_of(manager)), "0000 1111").exists()


def test_a_masked_phone_cannot_be_found_out_by_typing_it(rep: User, stranger: User, admin: User) -> None:
    pooled = new_customer(rep, name="江北精密", phone="13800007719")
    release_customer(actor=actor_of(rep), customer_id=pooled.pk, reason="联系不上")
    assert crm.duplicates(actor_of(stranger), name="别的公司", phone="13800007719") == []
    assert "phone" not in crm.duplicates(actor_of(stranger), name="江北精密", phone="13800007719")[0].same
    assert crm.duplicates(actor_of(admin), phone="13800007719")[0].same == ("phone",)
    assert new_customer(stranger, name="别的公司", phone="13800007719").pk


def test_who_has_a_deal_with_a_customer_may_add_contacts_but_not_change_it(
    make_customer: MakeCustomer, rep: User, stranger: User, colleague: User
) -> None:
    customer = make_customer(owner=stranger)
    with refuses(NotFound):
        create_contact(actor=actor_of(colleague), customer_id=customer.pk, fields={"name": "王工"})
    deal = new_deal(rep)
    Deal.objects.filter(pk=deal.pk).update(customer=customer)
    assert create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王工"}).customer == customer
    with refuses(NotAllowed):
        change_customer(actor=actor_of(rep), customer_id=customer.pk, fields={"grade": "A"})
