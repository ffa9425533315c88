"""Creating a deal, customer, contact or task from wherever one is."""

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.activities.models import Task
from dealrail.crm.models import Contact, Customer, Deal
from tests.cast import MakeCustomer, last_event_id
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


def test_every_page_offers_what_one_may_create(log_in: LogIn, rep: User, legal: User) -> None:
    def offered(user: User) -> list[bool]:
        text = log_in(user).get("/").content.decode()
        return [f'href="/new/{what}/?next=/"' in text for what in ("deal", "customer", "contact", "task")]

    assert offered(rep) == [True, True, True, True]
    assert offered(legal) == [False, False, False, True]


@pytest.mark.parametrize("what", ["deal", "customer", "contact", "task"])
def test_each_form_opens_as_a_page_and_as_a_dialog(log_in: LogIn, rep: User, what: str) -> None:
    client = log_in(rep)
    assert "<html" in client.get(f"/new/{what}/").content.decode()
    assert "<dialog" in client.get(f"/new/{what}/", headers=PART).content.decode()


def test_a_deal_with_a_new_customer_is_created_and_one_is_where_one_was(log_in: LogIn, rep: User) -> None:
    typed = {"name": "二期", "process": "trial", "customer": "云帆科技", "new_customer": "1", "next": "/board/"}
    answer = log_in(rep).post("/new/deal/", typed)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/board/")
    assert Deal.objects.get().customer.name == "云帆科技"


def test_a_contact_belongs_to_the_customer_that_is_named(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer = make_customer(name="云帆科技")
    answer = log_in(rep).post("/new/contact/", {"name": "王总", "customer": "云帆科技", "next": "/"}, headers=PART)
    assert answer.headers["HX-Redirect"] == "/"
    assert Contact.objects.get().customer == customer


def test_a_task_may_be_about_a_customer_or_nothing(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer, client = make_customer(name="云帆科技"), log_in(rep)
    client.post("/new/task/", {"title": "回访", "kind": "plan", "due_at": "2030-01-02T09:00", "customer": "云帆科技"})
    client.post("/new/task/", {"title": "写周报", "kind": "task"})
    assert list(Task.objects.order_by("pk").values_list("title", "customer")) == [
        ("回访", customer.pk),
        ("写周报", None),
    ]


@pytest.mark.parametrize(
    ("what", "typed", "said"),
    [
        ("deal", {"name": "", "process": "trial"}, "Write something here."),
        ("customer", {"name": ""}, "Write something here."),
        ("contact", {"name": "王总"}, "Write something here."),
        ("contact", {"name": "王总", "customer": "没有这家"}, "没有这家"),
        ("task", {"title": "", "kind": "task"}, "task"),
        ("task", {"title": "回访", "kind": "task", "due_at": "soon"}, "soon"),
    ],
)
def test_what_is_refused_keeps_what_was_typed_and_writes_nothing(
    log_in: LogIn, rep: User, what: str, typed: dict[str, str], said: str
) -> None:
    before = last_event_id()
    answer = log_in(rep).post(f"/new/{what}/", typed)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert all(f'value="{value}"' in text for name, value in typed.items() if value and name not in {"kind", "process"})
    assert last_event_id() == before


def test_a_duplicate_is_saved_only_when_it_is_ticked(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    make_customer(name="云帆科技")
    client = log_in(rep)
    assert 'name="allow_duplicate"' in client.post("/new/customer/", {"name": "云帆科技"}).content.decode()
    client.post("/new/customer/", {"name": "云帆科技", "allow_duplicate": "1"})
    assert Customer.objects.count() == 2


def test_who_may_not_create_it_gets_no_form(log_in: LogIn, legal: User, client: Client) -> None:
    assert log_in(legal).get("/new/deal/").status_code == 403
    assert log_in(legal).post("/new/customer/", {"name": "云帆"}).status_code == 403
    assert log_in(legal).get("/new/nonsense/").status_code == 404
    assert client.get("/new/deal/").status_code == 302
    assert not Customer.objects.exists()


def test_the_message_leads_to_what_was_created(log_in: LogIn, rep: User) -> None:
    page = log_in(rep).post("/new/customer/", {"name": "云帆科技", "next": "/"}, follow=True).content.decode()
    assert f'href="/customers/{Customer.objects.get().pk}/"' in page
