"""Customers and their contacts: who sees what, and forms that keep what was typed."""

import html
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.crm.models import Contact, Customer
from dealrail.crm.permissions import CUSTOMERS_CHANGE, CUSTOMERS_READ
from tests.cast import Company, MakeCustomer, MakeDeal, actor_of, last_event_id
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def _text(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def _with_contact(client: Client, customer: Customer, **fields: str) -> Contact:
    client.post(f"/customers/{customer.pk}/contacts/new/", {"name": "周敏", **fields})
    return Contact.objects.get(customer=customer)


def test_lists_the_customers_of_the_reader(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    make_customer(name="江北精密", phone="13800001111")
    page = _text(log_in(rep), "/customers/")
    assert "江北精密" in page
    assert "13800001111" in page


def test_a_stranger_sees_no_name_in_the_list(log_in: LogIn, stranger: User, make_customer: MakeCustomer) -> None:
    make_customer(name="江北精密")
    assert "江北精密" not in _text(log_in(stranger), "/customers/")


def test_many_rows_take_as_many_queries_as_few(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    client = log_in(rep)
    for number in range(10):
        make_customer(name=f"客户 {number}")
    _queries(client, "/customers/")
    few = _queries(client, "/customers/")
    for number in range(10, 100):
        make_customer(name=f"客户 {number}")
    assert few == _queries(client, "/customers/")


def test_the_page_tells_everything_in_one_place(
    log_in: LogIn, rep: User, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    customer, client = make_customer(name="江北精密", phone="13800001111"), log_in(rep)
    deal = make_deal(name="新厂看板", customer=customer.pk, amount="120000")
    _with_contact(client, customer, phone="13900002222", role="decision_maker")
    client.post(f"/deals/{deal.pk}/follow-up/", {"kind": "call", "text": "约了周三"})
    page = _text(client, f"/customers/{customer.pk}/")
    for said in ("江北精密", "13800001111", "新厂看板", "周敏", "Decision maker", "约了周三", "Created the deal"):
        assert said in page


def test_the_next_step_is_a_planned_follow_up_and_no_task(
    log_in: LogIn, rep: User, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    customer, client, due = make_customer(), log_in(rep), timezone.now() + timedelta(days=5)
    deal = make_deal(customer=customer.pk)
    address, actor = f"/customers/{customer.pk}/", actor_of(rep)
    create_task(actor=actor, title="寄资料", due_at=due, deal_id=deal.pk)
    assert client.get(address).context["next_step"] is None
    create_task(actor=actor, kind="plan", title="回访", due_at=due, customer_id=customer.pk)
    assert client.get(address).context["next_step"] == due
    create_task(actor=actor, kind="plan", title="报价", due_at=due - timedelta(days=1), deal_id=deal.pk)
    assert client.get(address).context["next_step"] == due - timedelta(days=1)


@pytest.mark.parametrize("way", ["", "change/", "contacts/new/"])
def test_a_customer_is_not_there_for_who_may_not_see_it(
    log_in: LogIn, stranger: User, make_customer: MakeCustomer, way: str
) -> None:
    assert log_in(stranger).get(f"/customers/{make_customer().pk}/{way}").status_code == 404


@pytest.mark.parametrize("step", ["change", "claim", "release", "transfer"])
def test_a_stranger_changes_nothing(log_in: LogIn, stranger: User, make_customer: MakeCustomer, step: str) -> None:
    customer = make_customer(name="江北精密")
    answer = log_in(stranger).post(f"/customers/{customer.pk}/{step}/", {"name": "x", "reason": "x", "owner": "1"})
    assert answer.status_code == 404
    assert "江北精密" not in answer.content.decode()


def test_adds_a_customer(log_in: LogIn, rep: User) -> None:
    answer = log_in(rep).post("/customers/new/", {"name": "江北精密", "phone": "13800001111"})
    made = Customer.objects.get(name="江北精密")
    assert answer.headers["Location"] == f"/customers/{made.pk}/"
    assert made.owner == rep


def test_a_duplicate_is_refused_and_keeps_what_was_typed(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    make_customer(name="江北精密")
    answer = log_in(rep).post("/customers/new/", {"name": "江北精密", "industry": "机加工", "notes": "展会认识"})
    page = answer.content.decode()
    assert answer.status_code >= 400
    assert "exists already" in page
    assert 'value="机加工"' in page
    assert "展会认识</textarea>" in page
    assert Customer.objects.filter(name="江北精密").count() == 1


def test_a_duplicate_is_saved_when_asked_again(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    make_customer(name="江北精密")
    client = log_in(rep)
    assert 'name="allow_duplicate"' in client.post("/customers/new/", {"name": "江北精密"}).content.decode()
    client.post("/customers/new/", {"name": "江北精密", "allow_duplicate": "1"})
    assert Customer.objects.filter(name="江北精密").count() == 2


def test_a_wrong_phone_is_said_at_its_field(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer = make_customer(name="江北精密")
    answer = log_in(rep).post(f"/customers/{customer.pk}/change/", {"name": "江北精密", "phone": "12"})
    assert answer.status_code == 422
    assert 'id="f-phone-error"' in answer.content.decode()


def test_changes_a_customer(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer, client = make_customer(name="江北精密"), log_in(rep)
    assert 'value="江北精密"' in _text(client, f"/customers/{customer.pk}/change/")
    client.post(f"/customers/{customer.pk}/change/", {"name": "江北精密", "industry": "机加工", "grade": "A"})
    customer.refresh_from_db()
    assert (customer.industry, customer.grade) == ("机加工", "A")


def test_in_a_pool_nobody_can_be_reached_past_a_claim(
    log_in: LogIn, rep: User, colleague: User, make_customer: MakeCustomer, company: Company
) -> None:
    customer, owner = make_customer(name="江北精密", phone="13800001111"), log_in(rep)
    _with_contact(owner, customer, phone="13900002222", email="zhou@example.com", wechat="zhoumin88")
    owner.post(f"/customers/{customer.pk}/release/", {"pool": str(company.pool.pk), "reason": "三个月没回音"})
    client = log_in(colleague)
    page = _text(client, f"/customers/{customer.pk}/")
    assert not [way for way in ("13800001111", "13900002222", "zhou@example.com", "zhoumin88") if way in page]
    assert "13800001111" not in _text(client, "/customers/")
    client.post(f"/customers/{customer.pk}/claim/")
    assert "13900002222" in _text(client, f"/customers/{customer.pk}/")


def test_releasing_needs_a_reason(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer = make_customer(name="江北精密")
    answer = log_in(rep).post(f"/customers/{customer.pk}/release/", {"reason": ""})
    assert answer.status_code >= 400
    assert 'role="alert"' in answer.content.decode()


def test_hands_a_customer_over(log_in: LogIn, manager: User, colleague: User, make_customer: MakeCustomer) -> None:
    customer = make_customer(name="江北精密")
    log_in(manager).post(f"/customers/{customer.pk}/transfer/", {"owner": str(colleague.pk), "note": "换区"})
    customer.refresh_from_db()
    assert customer.owner == colleague


def test_likely_heirs_of_a_customer_stand_first_after_a_warning(
    log_in: LogIn, rep: User, admin: User, make_customer: MakeCustomer
) -> None:
    address = f"/customers/{make_customer().pk}/"
    page = _text(log_in(rep), address)
    assert "What you hand over is no longer yours" in page
    assert page.index('label="My department"') < page.index('label="Others"')
    assert "take it back" not in _text(log_in(admin), address)


def test_handing_over_to_nobody_keeps_the_note(log_in: LogIn, manager: User, make_customer: MakeCustomer) -> None:
    answer = log_in(manager).post(f"/customers/{make_customer().pk}/transfer/", {"owner": "", "note": "换区"})
    assert answer.status_code >= 400
    assert 'value="换区"' in answer.content.decode()


def test_a_refused_contact_keeps_what_was_typed(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    address = f"/customers/{make_customer().pk}/contacts/new/"
    answer = log_in(rep).post(address, {"name": "周敏", "phone": "12", "title": "采购经理"})
    assert answer.status_code == 422
    assert 'value="采购经理"' in answer.content.decode()


def test_changes_and_deletes_a_contact(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    client = log_in(rep)
    contact = _with_contact(client, make_customer())
    assert 'value="周敏"' in _text(client, f"/contacts/{contact.pk}/change/")
    client.post(f"/contacts/{contact.pk}/change/", {"name": "周敏", "title": "厂长"})
    contact.refresh_from_db()
    assert contact.title == "厂长"
    client.post(f"/contacts/{contact.pk}/delete/", {"reason": "已离职"})
    assert not Contact.objects.filter(deleted_at__isnull=True).exists()


def test_a_contact_is_not_there_for_who_may_not_see_it(
    log_in: LogIn, rep: User, stranger: User, make_customer: MakeCustomer
) -> None:
    contact = _with_contact(log_in(rep), make_customer())
    assert log_in(stranger).get(f"/contacts/{contact.pk}/change/").status_code == 404
    assert log_in(stranger).post(f"/contacts/{contact.pk}/remove/", {"reason": "x"}).status_code == 404


def test_a_refused_change_keeps_the_masked_phone_and_never_saves_it(
    log_in: LogIn, rep: User, legal: User, admin: User, make_customer: MakeCustomer
) -> None:
    customer = make_customer(name="江北精密", phone="13800001111")
    log_in(rep).post(f"/customers/{customer.pk}/release/", {"reason": "三个月没回音"})
    may = [CUSTOMERS_READ, CUSTOMERS_CHANGE]
    save_role(actor=actor_of(admin), key="data", name="资料员", permissions=may, scope="all")
    change_user(actor=actor_of(admin), user_id=legal.pk, roles=["data"])
    client, typed = log_in(legal), {"name": "", "phone": "138****1111", "industry": "机加工"}
    assert 'value="138****1111"' in client.post(f"/customers/{customer.pk}/change/", typed).content.decode()
    assert client.post(f"/customers/{customer.pk}/change/", {**typed, "name": "江北精密"}).status_code == 302
    customer.refresh_from_db()
    assert (customer.phone, customer.industry) == ("13800001111", "机加工")


def test_who_may_not_change_a_customer_gets_no_form(
    log_in: LogIn, rep: User, colleague: User, make_customer: MakeCustomer
) -> None:
    customer = make_customer(name="江北精密")
    log_in(rep).post(f"/customers/{customer.pk}/release/", {"reason": "三个月没回音"})
    client = log_in(colleague)
    assert client.get(f"/customers/{customer.pk}/change/").status_code == 403
    assert client.post(f"/customers/{customer.pk}/change/", {"name": "改名"}).status_code == 403
    assert Customer.objects.get(pk=customer.pk).name == "江北精密"


def test_who_may_not_create_customers_gets_no_form(log_in: LogIn, company: Company) -> None:
    client = log_in(company.people["finance"])
    assert client.get("/customers/new/").status_code == 403
    assert client.post("/customers/new/", {"name": "江北精密"}).status_code == 403
    assert not Customer.objects.exists()


@pytest.mark.parametrize("step", ["claim", "release", "transfer"])
def test_a_step_is_taken_by_a_form_and_its_address_leads_to_the_page(
    log_in: LogIn, rep: User, make_customer: MakeCustomer, step: str
) -> None:
    customer, before = make_customer(), last_event_id()
    answer = log_in(rep).get(f"/customers/{customer.pk}/{step}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/customers/{customer.pk}/")
    assert last_event_id() == before


def test_the_page_tells_why_a_grade_was_given_or_asks_for_it(
    log_in: LogIn, rep: User, make_customer: MakeCustomer
) -> None:
    customer, client = make_customer(grade="A"), log_in(rep)
    assert "Say why" in _text(client, f"/customers/{customer.pk}/")
    client.post(f"/customers/{customer.pk}/change/", {"grade_reason": "每年三单"})
    page = _text(client, f"/customers/{customer.pk}/")
    assert "每年三单" in page
    assert "Say why" not in page
