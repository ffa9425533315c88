"""Customers, contacts and products over the API."""

import pytest

from dealrail.accounts.models import User
from dealrail.crm.models import Contact, Customer
from tests.api.client import Api
from tests.cast import Company, MakeCustomer, MakeDeal, last_event_id


def test_creates_reads_and_changes_a_customer(as_rep: Api, company: Company) -> None:
    made = as_rep.post("customers", name="甲公司", phone="138-0000-1111", grade="A", region="华东")
    assert made.status == 201, made.text
    assert (made.body["phone"], made.body["region"]["name"], made.body["owner"]["name"]) == (
        "13800001111",
        "华东",
        "小销",
    )
    path = f"customers/{made.body['id']}"
    assert as_rep.patch(path, grade="B", notes=None).body["grade"] == "B"
    assert as_rep.get(path).body["phone"] == "13800001111"
    assert as_rep.get("customers").names == ["甲公司"]


def test_a_duplicate_is_refused_unless_allowed(as_rep: Api, make_customer: MakeCustomer) -> None:
    make_customer(name="甲公司")
    assert as_rep.post("customers", name="甲公司").code == "duplicate_customer"
    assert as_rep.post("customers", name="甲公司", allow_duplicate=True).status == 201
    assert Customer.objects.count() == 2


def test_an_unknown_field_or_wrong_code_is_refused(as_rep: Api, company: Company) -> None:
    assert as_rep.post("customers", name="甲", colour="red").code == "invalid_input"
    refused = as_rep.post("customers", name="甲", credit_code="91110000000000000X")
    assert (refused.code, refused.body["field"]) == ("field_refused", "credit_code")
    assert not Customer.objects.exists()


def test_phones_are_masked_in_a_pool_until_claimed(as_rep: Api, as_colleague: Api, make_customer: MakeCustomer) -> None:
    customer = make_customer(phone="13800001111")
    path = f"customers/{customer.pk}"
    contact = as_rep.post("contacts", customer=customer.pk, name="王", phone="13900002222", wechat="wang88").body["id"]
    as_rep.patch(path, phone="13800003333")
    as_rep.patch(f"contacts/{contact}", phone="13900004444")
    as_rep.post(f"{path}/release", reason="没空")
    for asked in (path, "customers", f"contacts/{contact}", "contacts", f"{path}/timeline", "events"):
        told = as_colleague.get(asked)
        assert told.status == 200
        assert not any(secret in told.text for secret in ("13800001111", "13800003333", "139000", "wang88"))
    assert as_colleague.get(path).body["masked"] is True
    claimed = as_colleague.post(f"{path}/claim").body
    assert (claimed["phone"], claimed["masked"]) == ("13800003333", False)
    assert as_colleague.get(f"contacts/{contact}").body["wechat"] == "wang88"


def test_hands_a_customer_over(as_rep: Api, colleague: User, make_customer: MakeCustomer) -> None:
    path = f"customers/{make_customer().pk}"
    assert as_rep.post(f"{path}/transfer", owner="colleague").body["owner"]["id"] == colleague.pk
    assert as_rep.post(f"{path}/transfer", owner="colleague").status == 404


def test_the_timeline_of_a_customer_tells_of_its_deals(
    as_rep: Api, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    customer = make_customer()
    make_deal(customer=customer.pk)
    told = as_rep.get(f"customers/{customer.pk}/timeline").body["items"]
    assert [row["kind"] for row in told] == ["deal.created", "customer.created"]


def test_contacts_are_added_changed_and_removed(as_rep: Api, make_customer: MakeCustomer) -> None:
    customer = make_customer()
    made = as_rep.post("contacts", customer=customer.pk, name="王总", role="decision_maker")
    assert (made.status, made.body["customer"]["id"]) == (201, customer.pk)
    path = f"contacts/{made.body['id']}"
    assert as_rep.patch(path, title="总经理").body["title"] == "总经理"
    assert as_rep.patch(path, role="king").code == "field_refused"
    assert as_rep.get("contacts").names == ["王总"]
    assert (as_rep.delete(path).status, Contact.objects.filter(deleted_at=None).count()) == (204, 0)
    assert as_rep.get(path).status == 404


@pytest.mark.parametrize("path", ["customers", "contacts"])
def test_an_unnamed_one_is_refused(as_rep: Api, make_customer: MakeCustomer, path: str) -> None:
    body = {"name": ""} | ({"customer": make_customer().pk} if path == "contacts" else {})
    before = last_event_id()
    assert as_rep.post(path, body).code == "field_refused"
    assert last_event_id() == before


def test_products_are_read_by_all_and_changed_by_few(as_rep: Api, as_admin: Api) -> None:
    assert set(as_rep.get("products").names) == {"协同平台", "移动版"}
    assert as_rep.post("products", name="新品").code == "not_allowed"
    made = as_admin.post("products", name="新品", price="9.9").body
    assert (made["code"], made["price"], made["is_active"]) == ("新品", "9.90", True)
    path = f"products/{made['id']}"
    assert as_admin.patch(path, is_active=False).body["is_active"] is False
    assert as_rep.get(path).body["name"] == "新品"
    assert as_admin.patch(path, price="-1").code == "field_refused"
