"""Two people with the same form open: nobody's work is lost, and only what both changed is asked about."""

import html
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.models import Company as CompanyRow
from dealrail.accounts.models import Role, Unit, User
from dealrail.crm.actions.fields import create_field
from dealrail.crm.models import Contact, Customer, Product
from tests.cast import Company, MakeCustomer, actor_of, last_event_id
from tests.web.conftest import LogIn
from tests.web.opened import fields_in, opened

pytestmark = pytest.mark.django_db


def _text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def _two(client: Client, address: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    return opened(client, address), opened(client, address)


def test_a_customer_keeps_what_another_tab_saved(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer, client = make_customer(name="江北精密"), log_in(rep)
    address = f"/customers/{customer.pk}/change/"
    first, second = _two(client, address)
    client.post(address, {**first, "phone": "13800001111", "grade": "A", "grade_reason": "每年三单"})
    assert client.post(address, {**second, "industry": "机械"}).status_code == 302
    kept = Customer.objects.get(pk=customer.pk)
    assert (kept.phone, kept.grade, kept.grade_reason, kept.industry) == ("13800001111", "A", "每年三单", "机械")


def test_a_field_both_changed_is_refused_once_with_what_it_holds_now(
    log_in: LogIn, rep: User, make_customer: MakeCustomer
) -> None:
    customer, client = make_customer(name="江北精密"), log_in(rep)
    address = f"/customers/{customer.pk}/change/"
    first, second = _two(client, address)
    client.post(address, {**first, "industry": "机械", "code": "K1"})
    before = last_event_id()
    answer = client.post(address, {**second, "industry": "汽车"})
    assert answer.status_code == 409
    assert "Now: 机械" in _text(answer)
    assert Customer.objects.get(pk=customer.pk).industry == "机械"
    assert last_event_id() == before
    shown = fields_in(answer.content.decode())
    assert (shown["industry"], shown["was.industry"], shown["code"]) == (["汽车"], ["机械"], ["K1"])
    assert client.post(address, shown).status_code == 302
    kept = Customer.objects.get(pk=customer.pk)
    assert (kept.industry, kept.code) == ("汽车", "K1")


def test_a_contact_keeps_what_another_tab_saved(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer, client = make_customer(), log_in(rep)
    client.post(f"/customers/{customer.pk}/contacts/new/", {"name": "周敏"})
    contact = Contact.objects.get(customer=customer)
    address = f"/contacts/{contact.pk}/change/"
    first, second = _two(client, address)
    client.post(address, {**first, "title": "采购经理"})
    assert client.post(address, {**second, "wechat": "zhoumin"}).status_code == 302
    assert client.post(address, {**second, "title": "厂长"}).status_code == 409
    contact.refresh_from_db()
    assert (contact.title, contact.wechat) == ("采购经理", "zhoumin")


def test_a_person_keeps_roles_and_department_that_somebody_else_gave(
    log_in: LogIn, admin: User, rep: User, company: Company
) -> None:
    client, address = log_in(admin), f"/people/{rep.pk}/"
    first, second = _two(client, address)
    other = next(unit for unit in company.units.values() if unit.pk != rep.unit_id)
    client.post(address, {**first, "unit": str(other.pk), "roles": [*first["roles"], "legal"]})
    assert client.post(address, {**second, "phone": "13800001111"}).status_code == 302
    rep.refresh_from_db()
    assert (rep.unit_id, rep.phone) == (other.pk, "13800001111")
    assert "legal" in rep.roles.values_list("key", flat=True)
    assert client.post(address, {**second, "unit": ""}).status_code == 409


def test_a_department_keeps_its_leader(log_in: LogIn, admin: User, company: Company) -> None:
    unit = next(iter(company.units.values()))
    client, address = log_in(admin), f"/people/units/{unit.pk}/"
    first, second = _two(client, address)
    client.post(address, {**first, "leader": str(admin.pk)})
    assert client.post(address, {**second, "name": "大客户部"}).status_code == 302
    kept = Unit.objects.get(pk=unit.pk)
    assert (kept.name, kept.leader_id) == ("大客户部", admin.pk)


def test_a_pool_keeps_its_limits_and_members(log_in: LogIn, admin: User, rep: User, company: Company) -> None:
    client, address = log_in(admin), f"/pools/{company.pool.pk}/settings/"
    unit = next(iter(company.units.values()))
    first, second = _two(client, address)
    client.post(address, {**first, "claim_limit": "7", "units": [str(unit.pk)]})
    assert client.post(address, {**second, "capacity": "9", "admins": [str(rep.pk)]}).status_code == 302
    company.pool.refresh_from_db()
    assert (company.pool.claim_limit, company.pool.capacity) == (7, 9)
    assert list(company.pool.units.all()) == [unit]
    assert list(company.pool.admins.all()) == [rep]
    assert client.post(address, {**second, "claim_limit": "3"}).status_code == 409


def test_a_product_keeps_its_price(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    client.post("/catalog/products/new/", {"name": "年度运维", "price": "100", "is_active": "1"})
    product = Product.objects.get(name="年度运维")
    address = f"/catalog/products/{product.pk}/"
    first, second = _two(client, address)
    client.post(address, {**first, "price": "200"})
    assert client.post(address, {**second, "series": "服务"}).status_code == 302
    product.refresh_from_db()
    assert (str(product.price), product.series, product.is_active) == ("200.00", "服务", True)
    assert client.post(address, {**second, "price": "300"}).status_code == 409


def test_the_company_keeps_its_name(log_in: LogIn, admin: User) -> None:
    client, address = log_in(admin), "/settings/company/"
    first, second = _two(client, address)
    client.post(address, {**first, "name": "江北集团"})
    assert client.post(address, {**second, "language": "en"}).status_code == 302
    kept = CompanyRow.objects.get()
    assert (kept.name, kept.language) == ("江北集团", "en")
    assert client.post(address, {**second, "name": "江南集团"}).status_code == 409


def test_a_field_stays_hidden_from_whom_it_was_hidden_meanwhile(log_in: LogIn, admin: User) -> None:
    field = create_field(actor=actor_of(admin), kind="customer", fields={"name": "评级"})
    client, address = log_in(admin), f"/settings/fields/{field.pk}/"
    first, second = _two(client, address)
    client.post(address, {**first, "access-sales": "hidden"})
    assert client.post(address, {**second, "help": "例如 A", "access-legal": "read"}).status_code == 302
    field.refresh_from_db()
    assert (field.help, field.access) == ("例如 A", {"sales": "hidden", "legal": "read"})
    answer = client.post(address, {**second, "access-sales": "read"})
    assert answer.status_code == 409
    assert "Now: hidden" in _text(answer)
    shown = fields_in(answer.content.decode())
    cells = ("access-sales", "was.access-sales", "access-legal", "help")
    assert [shown[name] for name in cells] == [["read"], ["hidden"], ["read"], ["例如 A"]]
    assert client.post(address, shown).status_code == 302
    field.refresh_from_db()
    assert field.access == {"sales": "read", "legal": "read"}


def test_the_table_of_roles_changes_only_the_cells_one_changed(log_in: LogIn, admin: User) -> None:
    client, address = log_in(admin), "/people/roles/"
    first, second = _two(client, address)
    one, other = Role.objects.filter(key__in=["legal", "finance"])
    client.post(address, {**first, f"may-{one.key}": [*first.get(f"may-{one.key}", []), "log.read"]})
    answer = client.post(
        address, {**second, f"may-{other.key}": [*second.get(f"may-{other.key}", []), "log.read"]}, follow=True
    )
    assert "1 role changed." in _text(answer)
    one.refresh_from_db()
    other.refresh_from_db()
    assert "log.read" in one.permissions
    assert "log.read" in other.permissions


def test_a_data_scope_both_changed_is_refused_and_no_cell_is_saved(log_in: LogIn, admin: User) -> None:
    client, address = log_in(admin), "/people/roles/"
    first, second = _two(client, address)
    one, other = Role.objects.exclude(key="admin").filter(scope="own").order_by("pk")[:2]
    client.post(address, {**first, f"scope-{one.key}": "all"})
    changed = {f"scope-{one.key}": "unit", f"may-{other.key}": [*second.get(f"may-{other.key}", []), "log.read"]}
    answer = client.post(address, {**second, **changed})
    assert answer.status_code == 409
    assert "Now: Everything" in _text(answer)
    other.refresh_from_db()
    assert "log.read" not in other.permissions
    assert client.post(address, fields_in(answer.content.decode())).status_code == 302
    one.refresh_from_db()
    assert one.scope == "unit"


def test_a_role_keeps_a_permission_given_meanwhile(log_in: LogIn, admin: User) -> None:
    client, address = log_in(admin), "/people/roles/sales/"
    first, second = _two(client, address)
    client.post(address, {**first, "permissions": [*first["permissions"], "log.read"]})
    client.post(address, {**second, "name": "客户经理"})
    kept = Role.objects.get(key="sales")
    assert kept.name == "客户经理"
    assert "log.read" in kept.permissions


def test_a_customer_form_names_everything_that_is_wrong(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer, client = make_customer(name="江北精密"), log_in(rep)
    wrong = {"phone": "99", "credit_code": "91310000MA1FL0000X", "parent": "江北精密", "website": "javascript:alert(1)"}
    answer = client.post(f"/customers/{customer.pk}/change/", {"name": "江北精密", **wrong})
    page = _text(answer)
    assert answer.status_code == 422
    for field in wrong:
        assert f'id="f-{field}-error"' in page
        assert f'href="#f-{field}"' in page
    assert "A company can't belong to itself." in page
    customer.refresh_from_db()
    assert customer.phone == ""


def test_a_website_may_be_written_without_its_scheme(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer = make_customer(name="江北精密")
    log_in(rep).post(f"/customers/{customer.pk}/change/", {"website": "www.example.com"})
    customer.refresh_from_db()
    assert customer.website == "www.example.com"


def test_the_form_for_a_person_names_everything_that_is_wrong(log_in: LogIn, admin: User) -> None:
    wrong = {"login": "李 雷", "name": "", "email": "nirgends", "phone": "99", "password": "1"}
    page = _text(log_in(admin).post("/people/new/", wrong))
    for field in wrong:
        assert f'id="f-{field}-error"' in page
    assert not User.objects.filter(login="李 雷").exists()
