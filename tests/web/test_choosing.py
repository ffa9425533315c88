"""Choosing people and customers: in the order of reading, told apart, and found while one types."""

import pytest
from django.utils import translation

from dealrail.accounts import queries as people
from dealrail.accounts.actions.users import create_user
from dealrail.accounts.models import User
from dealrail.web.people.choosing import in_order, named_people
from dealrail.web.people.heirs import heirs
from tests.cast import Company, MakeCustomer, MakeDeal, actor_of
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def hire(admin: User, login: str, name: str, unit: str, company: Company) -> User:
    """One more person."""
    unit_id = company.units[unit].pk
    return create_user(actor=actor_of(admin), login=login, name=name, unit_id=unit_id, roles=["sales"])


def test_people_stand_in_the_order_their_names_are_read(admin: User, company: Company) -> None:
    for number, name in enumerate(("曾国庆", "周浩", "单晓云", "安娜", "Bob")):
        hire(admin, f"person{number}", name, "华东组", company)
    order = [person.name for person in in_order(people.active_people().filter(login__startswith="person"))]
    assert order == ["安娜", "Bob", "单晓云", "曾国庆", "周浩"]


def test_two_of_one_name_are_told_apart(admin: User, company: Company) -> None:
    hire(admin, "w1", "王伟", "华东组", company)
    hire(admin, "w2", "王伟", "华北组", company)
    hire(admin, "l1", "李娜", "华东组", company)
    hire(admin, "l2", "李娜", "华东组", company)
    rows = people.active_people().filter(login__in=["w1", "w2", "l1", "l2", "rep"])
    assert {words for _pk, words in named_people(rows)} == {
        "王伟 · 华东组", "王伟 · 华北组", "李娜 · 华东组 · l1", "李娜 · 华东组 · l2", "小销",
    }  # fmt: skip
    assert "小销 · 华东组" in [words for _pk, words in named_people(rows, whole=True)]


def test_whoever_takes_over_is_offered_with_the_department(log_in: LogIn, manager: User, make_deal: MakeDeal) -> None:
    page = log_in(manager).get(f"/deals/{make_deal().pk}/transfer/").content.decode()
    assert "小同 · 华东组" in page


def test_likely_heirs_stand_first_and_who_takes_it_out_of_sight_is_marked(
    log_in: LogIn, rep: User, manager: User, admin: User, make_deal: MakeDeal
) -> None:
    deal = make_deal()
    (owner, _note) = log_in(rep).get(f"/deals/{deal.pk}/transfer/").context["inputs"]
    groups = {str(heading): [words for _pk, words in options] for heading, options in owner.groups}
    assert next(iter(groups)) == "My department"
    assert "小同 · 华东组" in groups["My department"]
    assert not any("out of your sight" in words for rows in groups.values() for words in rows)  # it would be everybody
    (owner, _note) = log_in(manager).get(f"/deals/{deal.pk}/transfer/").context["inputs"]
    offered = {words for _heading, options in owner.groups for _pk, words in options}
    assert "小同 · 华东组" in offered
    assert any(words.endswith("out of your sight") for words in offered)
    (owner, _note) = log_in(admin).get(f"/deals/{deal.pk}/transfer/").context["inputs"]
    assert "out of your sight" not in str(owner.groups)
    assert str(rep.pk) not in {pk for _heading, options in owner.groups for pk, _words in options}


def test_holders_of_the_roles_of_the_stage_stand_before_others(company: Company, admin: User) -> None:
    with translation.override("en"):
        groups = {str(heading): options for heading, options in heirs(actor_of(admin), roles=["sales"])}
    sellers = set(people.active_people().filter(roles__key="sales").values_list("pk", flat=True))
    fitting = {int(pk) for pk, _words in groups["Their role fits this stage"]}
    assert fitting
    assert fitting <= sellers
    assert not sellers & {int(pk) for pk, _words in groups["Others"]}


@pytest.mark.parametrize("text", ["瑞丰", "ruifeng", "hfrf"])
def test_a_customer_is_found_while_its_name_is_typed(
    log_in: LogIn, rep: User, stranger: User, make_customer: MakeCustomer, text: str
) -> None:
    make_customer(name="合肥瑞丰包装有限公司")
    found = log_in(rep).get("/search/customers/", {"q": text}).json()
    assert found == {"customers": [{"name": "合肥瑞丰包装有限公司", "about": "小销"}]}
    assert log_in(stranger).get("/search/customers/", {"q": text}).json() == {"customers": []}


def test_one_letter_finds_nobody(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    make_customer(name="合肥瑞丰包装有限公司")
    assert log_in(rep).get("/search/customers/", {"q": "r"}).json() == {"customers": []}


ASKING = ["/deals/new/?process=trial", "/new/deal/", "/new/contact/", "/deals/%s/gate/", "/customers/new/"]


@pytest.mark.parametrize("path", ASKING)
def test_every_form_that_asks_for_a_customer_offers_them(
    path: str, log_in: LogIn, rep: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    address = path.replace("%s", str(make_deal(process="b2b-software").pk))
    customer = make_customer(name="不在页面里的公司")
    page = log_in(rep).get(address).content.decode()
    assert 'data-suggest="/search/customers/"' in page
    assert customer.name not in page
