"""Contacts on screen: adding, changing, deleting; nobody in a pool is reached past a claim, not even by a form."""

import html

import pytest
from django.test import Client

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.models import User
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.pools import release_customer
from dealrail.crm.models import Contact, Customer
from dealrail.crm.permissions import CUSTOMERS_CHANGE, CUSTOMERS_READ
from dealrail.web.templatetags.dealrail import dialled
from tests.cast import MakeCustomer, MakeDeal, actor_of, event_kinds, last_event_id
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

WAYS = {"phone": "13900002222", "email": "zhou@example.com", "wechat": "zhoumin88"}
PERSON = {"name": "周敏", "title": "采购经理", **WAYS}


@pytest.fixture
def customer(make_customer: MakeCustomer) -> Customer:
    """A customer of the rep."""
    return make_customer(name="江北精密", phone="13800001111")


@pytest.fixture
def contact(customer: Customer, rep: User) -> Contact:
    """Somebody there, with every way to reach them."""
    return create_contact(actor=actor_of(rep), customer_id=customer.pk, fields=PERSON)


@pytest.fixture
def keeper(legal: User, admin: User) -> User:
    """Keeps all customers tidy, but doesn't manage pools."""
    actor = actor_of(admin)
    save_role(actor=actor, key="data", name="资料员", permissions=[CUSTOMERS_READ, CUSTOMERS_CHANGE], scope="all")
    change_user(actor=actor, user_id=legal.pk, roles=["data"])
    return legal


def _page(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def _release(customer: Customer, rep: User) -> None:
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="三个月没回音")


def test_adds_a_contact(log_in: LogIn, rep: User, customer: Customer) -> None:
    answer = log_in(rep).post(f"/customers/{customer.pk}/contacts/new/", {**PERSON, "role": "buyer"})
    assert answer.headers["Location"] == f"/customers/{customer.pk}/"
    made = Contact.objects.get()
    assert (made.name, made.role, made.phone) == ("周敏", "buyer", "13900002222")


def test_the_role_that_a_gate_asks_for_is_chosen_already(log_in: LogIn, rep: User, customer: Customer) -> None:
    page = _page(log_in(rep), f"/customers/{customer.pk}/contacts/new/?role=buyer")
    assert '<option value="buyer" selected>' in page


@pytest.mark.parametrize(
    ("typed", "field"), [({"name": ""}, "name"), ({"phone": "12"}, "phone"), ({"email": "nonsense"}, "email")]
)
def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(
    log_in: LogIn, rep: User, customer: Customer, typed: dict[str, str], field: str
) -> None:
    answer = log_in(rep).post(f"/customers/{customer.pk}/contacts/new/", {**PERSON, **typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in page
    assert 'value="采购经理"' in page
    assert not Contact.objects.exists()


def test_changes_a_contact(log_in: LogIn, rep: User, contact: Contact) -> None:
    client = log_in(rep)
    assert all(f'value="{way}"' in _page(client, f"/contacts/{contact.pk}/change/") for way in WAYS.values())
    client.post(f"/contacts/{contact.pk}/change/", {**PERSON, "title": "厂长"})
    contact.refresh_from_db()
    assert (contact.title, contact.phone) == ("厂长", WAYS["phone"])


def test_the_form_shows_nobody_in_a_pool_to_who_may_not_see_them(
    log_in: LogIn, rep: User, keeper: User, customer: Customer, contact: Contact
) -> None:
    _release(customer, rep)
    page = _page(log_in(keeper), f"/contacts/{contact.pk}/change/")
    assert [way for way in WAYS.values() if way in page] == []
    assert 'value="139****2222"' in page


def test_what_stands_masked_in_the_form_is_not_saved(
    log_in: LogIn, rep: User, keeper: User, customer: Customer, contact: Contact
) -> None:
    _release(customer, rep)
    masked = {"phone": "139****2222", "email": "•••", "wechat": "•••"}
    client, seen = log_in(keeper), last_event_id()
    answer = client.post(f"/contacts/{contact.pk}/change/", {**PERSON, **masked, "title": "厂长"})
    assert answer.status_code == 302
    contact.refresh_from_db()
    assert contact.title == "厂长"
    assert {name: getattr(contact, name) for name in WAYS} == WAYS
    assert event_kinds(seen) == ["contact.changed"]


def test_a_refused_form_keeps_what_stands_masked(
    log_in: LogIn, rep: User, keeper: User, customer: Customer, contact: Contact
) -> None:
    _release(customer, rep)
    masked = {"phone": "139****2222", "email": "•••", "wechat": "•••"}
    answer = log_in(keeper).post(f"/contacts/{contact.pk}/change/", {**PERSON, **masked, "name": ""})
    assert answer.status_code == 422
    assert 'value="139****2222"' in answer.content.decode()


def test_a_new_number_may_be_written_over_a_masked_one(
    log_in: LogIn, rep: User, keeper: User, customer: Customer, contact: Contact
) -> None:
    _release(customer, rep)
    typed = {**PERSON, "phone": "13700003333", "email": "•••", "wechat": "•••"}
    log_in(keeper).post(f"/contacts/{contact.pk}/change/", typed)
    contact.refresh_from_db()
    assert (contact.phone, contact.email) == ("13700003333", WAYS["email"])


def test_deletes_a_contact_with_a_way_back_and_the_log_keeps_why(log_in: LogIn, rep: User, contact: Contact) -> None:
    seen, client = last_event_id(), log_in(rep)
    page = client.post(f"/contacts/{contact.pk}/delete/", {"reason": "已离职"}, follow=True).content.decode()
    assert f'name="record" value="contact:{contact.pk}"' in page
    assert event_kinds(seen) == ["contact.deleted"]
    answer = client.post("/settings/recycle-bin/restore/", {"record": f"contact:{contact.pk}", "open": "1"})
    assert answer.headers["Location"] == f"/customers/{contact.customer_id}/"
    assert Contact.objects.get().deleted_at is None


def test_a_stranger_finds_no_contact(log_in: LogIn, stranger: User, customer: Customer, contact: Contact) -> None:
    client, seen = log_in(stranger), last_event_id()
    for address in (f"/contacts/{contact.pk}/change/", f"/customers/{customer.pk}/contacts/new/"):
        assert client.get(address).status_code == 404
        assert client.post(address, PERSON).status_code == 404
    assert client.post(f"/contacts/{contact.pk}/delete/", {"reason": "x"}).status_code == 404
    assert event_kinds(seen) == []


def test_who_may_see_a_customer_but_not_change_it_gets_no_form(
    log_in: LogIn, rep: User, colleague: User, customer: Customer, contact: Contact, make_deal: MakeDeal
) -> None:
    _release(customer, rep)
    client = log_in(colleague)
    for address in (f"/contacts/{contact.pk}/change/", f"/customers/{customer.pk}/contacts/new/"):
        assert client.get(address).status_code == 403
        assert client.post(address, PERSON).status_code == 403
    assert client.post(f"/contacts/{contact.pk}/delete/", {"reason": "x"}).status_code == 403
    assert Contact.objects.get().name == "周敏"


def test_who_has_a_deal_with_a_customer_may_add_a_contact(
    log_in: LogIn, rep: User, manager: User, colleague: User, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    customer = make_customer(owner=manager)
    client = log_in(colleague)
    assert client.get(f"/customers/{customer.pk}/contacts/new/").status_code == 404
    make_deal(owner=manager, customer=customer.pk)
    deal = make_deal(owner=manager, customer=customer.pk)
    log_in(manager).post(f"/deals/{deal.pk}/transfer/", {"owner": str(colleague.pk), "seen": deal.run.revision})
    assert "contacts/new/" in _page(client, f"/customers/{customer.pk}/")
    assert client.post(f"/customers/{customer.pk}/contacts/new/", PERSON).status_code == 302
    assert Contact.objects.get().customer == customer


def test_a_contact_is_removed_by_a_form_not_by_a_link(log_in: LogIn, rep: User, contact: Contact) -> None:
    assert log_in(rep).get(f"/contacts/{contact.pk}/delete/").status_code == 302
    assert Contact.objects.filter(pk=contact.pk, deleted_at__isnull=True).exists()


def test_a_phone_number_is_called_by_a_tap_unless_it_is_masked(
    log_in: LogIn, rep: User, colleague: User, customer: Customer, contact: Contact
) -> None:
    mine = log_in(rep)
    for address in (f"/customers/{customer.pk}/", "/contacts/"):
        assert 'href="tel:13900002222"' in _page(mine, address)
    assert 'href="tel:13800001111"' in _page(mine, "/customers/")
    _release(customer, rep)
    for address in (f"/customers/{customer.pk}/", "/contacts/", "/customers/"):
        assert "tel:" not in _page(log_in(colleague), address)


def test_an_extension_is_dialled_after_a_pause() -> None:
    assert dialled("0512-6688 7766转802") == "051266887766,802"
    assert dialled("+86 138 0000 1111") == "+8613800001111"


SAME = [
    ({"name": "周敏"}, True),
    ({"name": " 周敏 ", "phone": "13700000000"}, True),
    ({"name": "别人", "phone": "+86 139-0000-2222"}, True),
    ({"name": "别人", "phone": "13700000000"}, False),
]


@pytest.mark.parametrize(("typed", "is_there"), SAME)
def test_a_contact_that_is_there_is_told_while_typing_and_asked_about_on_saving(
    log_in: LogIn, rep: User, customer: Customer, contact: Contact, typed: dict[str, str], is_there: bool
) -> None:
    client, address = log_in(rep), f"/customers/{customer.pk}/contacts/new/"
    hint = client.get("/contacts/duplicates/", {**typed, "at": str(customer.pk)}).content.decode()
    assert ("data-cause" in hint) is is_there
    answer = client.post(address, typed)
    assert (answer.status_code, Contact.objects.count()) == ((422, 1) if is_there else (302, 2))
    if is_there:
        assert "This is another person" in answer.content.decode()
        assert client.post(address, {**typed, "allow_duplicate": "1"}).status_code == 302
        assert Contact.objects.count() == 2


def test_a_landline_and_the_name_of_somebody_elsewhere_are_no_duplicates(
    log_in: LogIn, rep: User, contact: Contact, make_customer: MakeCustomer
) -> None:
    other = make_customer(name="江南精密")
    Contact.objects.update(phone="010-12345678", phone_key="01012345678")
    typed = {"name": "周敏", "phone": "010-12345678"}
    assert log_in(rep).post(f"/customers/{other.pk}/contacts/new/", typed).status_code == 302


def test_contacts_out_of_sight_or_masked_are_not_told(
    log_in: LogIn, rep: User, stranger: User, manager: User, customer: Customer, contact: Contact
) -> None:
    asked = {"phone": contact.phone}
    assert "data-cause" in log_in(manager).get("/contacts/duplicates/", asked).content.decode()
    assert "data-cause" not in log_in(stranger).get("/contacts/duplicates/", asked).content.decode()
    _release(customer, rep)
    assert "data-cause" not in log_in(rep).get("/contacts/duplicates/", asked).content.decode()


def test_changing_a_contact_into_another_asks_and_itself_does_not(
    log_in: LogIn, rep: User, customer: Customer, contact: Contact
) -> None:
    other = create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王总"})
    client, address = log_in(rep), f"/contacts/{other.pk}/change/"
    assert f'data-but="{other.pk}"' in client.get(address).content.decode()
    assert client.post(address, {"name": "周敏"}).status_code == 422
    assert client.post(address, {"name": "王总", "title": "总经理"}).status_code == 302


def test_a_quick_contact_that_is_there_is_asked_about(log_in: LogIn, rep: User, contact: Contact) -> None:
    typed = {"customer": "江北精密", "name": "周敏"}
    answer = log_in(rep).post("/new/contact/", typed)
    assert answer.status_code == 422
    assert "This is another person" in answer.content.decode()
    assert log_in(rep).post("/new/contact/", {**typed, "allow_duplicate": "1"}).status_code == 302
