"""Public pools and the catalogue on screen: what lies there, claiming, limits, and who may set what."""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.models import User
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.pools import release_customer, release_deal, save_pool
from dealrail.crm.models import Customer, Deal, Pool, Product, Region, Source
from tests.cast import Company, MakeCustomer, MakeDeal, actor_of, event_kinds, fresh, last_event_id, new_customer
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

LIMITS = {"claim_limit": "3", "claim_days": "7", "capacity": "50", "cooldown_days": "2", "daily_views": "30"}


@pytest.fixture
def customer(make_customer: MakeCustomer, rep: User) -> Customer:
    """A customer that the rep has put into the pool."""
    made = make_customer(name="江北精密", phone="13800001111")
    return release_customer(actor=actor_of(rep), customer_id=made.pk, reason="三个月没回音")


@pytest.fixture
def deal(make_deal: MakeDeal, rep: User) -> Deal:
    """A deal that the rep has put into the pool."""
    return release_deal(actor=actor_of(rep), deal_id=make_deal(name="新厂看板").pk, reason="联系不上")


def _page(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


# What lies there, and claiming it


def test_lists_the_pools_with_what_lies_in_each(
    log_in: LogIn, colleague: User, company: Company, customer: Customer
) -> None:
    page = _page(log_in(colleague), "/pools/")
    assert "公海" in page
    shown = re.findall(rf'href="/pools/{company.pool.pk}/\?kind=(\w+)">.*?<span class="tabular">(\d+)</span>', page)
    assert shown == [("customers", "1"), ("deals", "0")]


def test_shows_what_lies_in_a_pool_with_phones_masked(
    log_in: LogIn, colleague: User, company: Company, customer: Customer, deal: Deal
) -> None:
    client = log_in(colleague)
    page = _page(client, f"/pools/{company.pool.pk}/")
    assert "江北精密" in page
    assert "138****1111" in page
    assert "13800001111" not in page
    assert "新厂看板" in _page(client, f"/pools/{company.pool.pk}/?kind=deals")


def test_tells_who_released_it_and_how_many_one_may_still_claim(
    log_in: LogIn, admin: User, colleague: User, company: Company, customer: Customer, deal: Deal
) -> None:
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", claim_limit=2, claim_days=7)
    client, address = log_in(colleague), f"/pools/{company.pool.pk}/"
    page = _page(client, address)
    assert "released by 小销" in page
    assert "You may claim 2 of 2 more in these 7 days" in page
    assert re.search(r'<span class="whole">released by 小销 <time', page)
    client.post(f"{address}claim/", {"kind": "customers", "record": str(customer.pk)})
    assert "<dt>Open amount</dt><dd>—" in _page(client, f"/customers/{customer.pk}/")
    page = _page(client, address)
    assert "You may claim 1 of 2 more in these 7 days" in page
    assert "新厂看板" in page  # there are only deals left, so they are shown


def test_searches_a_pool_and_masked_phones_are_not_found(
    log_in: LogIn, colleague: User, company: Company, customer: Customer
) -> None:
    client, address = log_in(colleague), f"/pools/{company.pool.pk}/"
    assert "江北精密" in _page(client, f"{address}?kind=customers&q=江北")
    assert "江北精密" not in _page(client, f"{address}?kind=customers&q=江南")
    assert "江北精密" not in _page(client, f"{address}?kind=customers&q=00001111")


def test_many_rows_of_a_pool_take_as_many_queries_as_few(
    log_in: LogIn, rep: User, colleague: User, company: Company, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    client = log_in(colleague)

    def asked() -> list[int]:
        counts = []
        for kind in ("customers", "deals"):
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/pools/{company.pool.pk}/?kind={kind}")
            counts.append(len(queries))
        return counts

    def fill(number: int) -> None:
        for _ in range(number):
            release_customer(actor=actor_of(rep), customer_id=make_customer().pk, reason="没回音")
            release_deal(actor=actor_of(rep), deal_id=make_deal().pk, reason="没回音")

    fill(5)
    asked()
    few = asked()
    fill(20)
    assert asked() == few


def test_claims_a_customer(log_in: LogIn, colleague: User, company: Company, customer: Customer) -> None:
    typed = {"kind": "customers", "record": str(customer.pk)}
    answer = log_in(colleague).post(f"/pools/{company.pool.pk}/claim/", typed)
    assert answer.headers["Location"] == f"/customers/{customer.pk}/"
    customer.refresh_from_db()
    assert (customer.owner, customer.pool) == (colleague, None)


def test_claims_a_deal(log_in: LogIn, colleague: User, company: Company, deal: Deal) -> None:
    answer = log_in(colleague).post(f"/pools/{company.pool.pk}/claim/", {"kind": "deals", "record": str(deal.pk)})
    assert answer.headers["Location"] == f"/deals/{deal.pk}/"
    assert fresh(deal).owner == colleague


def test_a_claim_over_the_limit_is_refused_in_a_sentence_on_the_page(
    log_in: LogIn, admin: User, colleague: User, company: Company, customer: Customer, deal: Deal
) -> None:
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", claim_limit=1, claim_days=7)
    client = log_in(colleague)
    client.post(f"/pools/{company.pool.pk}/claim/", {"kind": "deals", "record": str(deal.pk)})
    typed = {"kind": "customers", "record": str(customer.pk)}
    answer = client.post(f"/pools/{company.pool.pk}/claim/", typed)
    assert answer["Location"] == f"/pools/{company.pool.pk}/?kind=customers"
    page = _page(client, answer["Location"])
    assert "which is the limit of the pool" in page
    assert "The limit is reached; you can claim again from" in page
    assert f'action="/pools/{company.pool.pk}/claim/"' not in page
    assert "disabled" in page
    customer.refresh_from_db()
    assert customer.owner is None


@pytest.mark.parametrize("typed", [{"kind": "users", "record": "1"}, {"kind": "deals", "record": "x"}, {}])
def test_what_is_nothing_to_claim_is_not_there(
    log_in: LogIn, colleague: User, company: Company, typed: dict[str, str]
) -> None:
    assert log_in(colleague).post(f"/pools/{company.pool.pk}/claim/", typed).status_code == 404


def test_who_belongs_to_no_pool_finds_none(
    log_in: LogIn, admin: User, stranger: User, company: Company, customer: Customer
) -> None:
    units = [company.units["华东组"].pk]
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", units=units)
    client = log_in(stranger)
    assert f'href="/pools/{company.pool.pk}/' not in _page(client, "/pools/")
    assert client.get(f"/pools/{company.pool.pk}/").status_code == 404
    typed = {"kind": "customers", "record": str(customer.pk)}
    assert client.post(f"/pools/{company.pool.pk}/claim/", typed).status_code == 404
    customer.refresh_from_db()
    assert customer.owner is None


# Setting pools up


def test_creates_a_pool(log_in: LogIn, admin: User, company: Company) -> None:
    units, admins = str(company.units["华东组"].pk), str(company.people["manager"].pk)
    answer = log_in(admin).post("/pools/new/", {"name": "华东公海", **LIMITS, "units": units, "admins": admins})
    made = Pool.objects.get(name="华东公海")
    assert answer.headers["Location"] == f"/pools/{made.pk}/"
    assert (made.claim_limit, made.claim_days, made.capacity, made.cooldown_days) == (3, 7, 50, 2)
    assert made.daily_views == 30
    assert [row.name for row in made.units.all()] == ["华东组"]
    assert [row.login for row in made.admins.all()] == ["manager"]


def test_changes_a_pool_and_shows_what_is_set(log_in: LogIn, admin: User, company: Company) -> None:
    client, address = log_in(admin), f"/pools/{company.pool.pk}/settings/"
    client.post(address, {"name": "全国公海", **LIMITS})
    page = _page(client, address)
    assert 'value="全国公海"' in page
    assert 'value="50"' in page


@pytest.mark.parametrize("limit", ["-1", "2.5", "zwei", "²", "9" * 5000])
def test_a_limit_that_is_no_number_is_refused_at_its_field_and_not_taken_for_none(
    log_in: LogIn, admin: User, company: Company, limit: str
) -> None:
    seen = last_event_id()
    answer = log_in(admin).post(f"/pools/{company.pool.pk}/settings/", {"name": "公海", **LIMITS, "capacity": limit})
    assert answer.status_code == 422
    assert 'id="f-capacity-error"' in answer.content.decode()
    assert event_kinds(seen) == []


@pytest.mark.parametrize("more", [{"units": "9" * 5000}, {"admins": "²"}, {"units": "x", "claim_limit": ""}])
def test_odd_members_are_no_fault_of_ours(log_in: LogIn, admin: User, company: Company, more: dict[str, str]) -> None:
    answer = log_in(admin).post(f"/pools/{company.pool.pk}/settings/", {"name": "公海", **LIMITS, **more})
    assert answer.status_code in {302, 422}


@pytest.mark.parametrize("name", ["", " ", "长" * 81])
def test_a_pool_without_a_usable_name_is_refused_and_keeps_what_was_typed(
    log_in: LogIn, admin: User, company: Company, name: str
) -> None:
    answer = log_in(admin).post("/pools/new/", {"name": name, **LIMITS, "units": str(company.units["华东组"].pk)})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="50"' in page
    assert f'name="units" value="{company.units["华东组"].pk}" checked' in page
    assert Pool.objects.count() == 1


def test_a_second_pool_of_one_name_is_refused(log_in: LogIn, admin: User, company: Company) -> None:
    assert log_in(admin).post("/pools/new/", {"name": "公海", **LIMITS}).status_code == 422
    assert Pool.objects.count() == 1


def test_only_who_manages_pools_sets_them_up(log_in: LogIn, rep: User, company: Company) -> None:
    client, seen = log_in(rep), last_event_id()
    for address in ("/pools/new/", f"/pools/{company.pool.pk}/settings/"):
        assert client.get(address).status_code == 403
        assert client.post(address, {"name": "我的公海", **LIMITS}).status_code == 403
    assert event_kinds(seen) == []
    assert f"/pools/{company.pool.pk}/settings/" not in _page(client, "/pools/")


# Products, regions and sources


def test_shows_products_regions_and_sources(log_in: LogIn, admin: User) -> None:
    page = _page(log_in(admin), "/catalog/")
    for said in ("协同平台", "¥98,000.00", "华东", "展会"):
        assert said in page


def test_adds_and_changes_a_product(log_in: LogIn, admin: User, company: Company) -> None:
    client = log_in(admin)
    client.post("/catalog/products/new/", {"name": "私有云版", "price": "268000", "is_active": "1"})
    made = Product.objects.get(name="私有云版")
    assert (str(made.price), made.is_active) == ("268000.00", True)
    client.post(f"/catalog/products/{made.pk}/", {"name": "私有云版", "code": made.code, "price": "258000"})
    made.refresh_from_db()
    assert (str(made.price), made.is_active) == ("258000.00", False)
    assert "Off the list" in _page(client, "/catalog/")


@pytest.mark.parametrize(
    ("typed", "field"), [({"price": "-1"}, "price"), ({"price": "viel"}, "price"), ({"name": ""}, "name")]
)
def test_a_refused_product_says_why_at_its_field(
    log_in: LogIn, admin: User, company: Company, typed: dict[str, str], field: str
) -> None:
    answer = log_in(admin).post("/catalog/products/new/", {"name": "私有云版", "series": "云", **typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in page
    assert 'value="云"' in page
    assert Product.objects.count() == 2


def test_a_product_of_the_same_name_is_refused(log_in: LogIn, admin: User, company: Company) -> None:
    assert log_in(admin).post("/catalog/products/new/", {"name": "协同平台"}).status_code == 422


def test_adds_regions_and_sources(log_in: LogIn, admin: User, company: Company) -> None:
    client = log_in(admin)
    client.post("/catalog/", {"kind": "region", "name": "西南"})
    client.post("/catalog/", {"kind": "source", "name": "转介绍"})
    assert Region.objects.filter(name="西南").exists()
    assert Source.objects.filter(name="转介绍").exists()


def test_what_is_off_the_list_stays_where_it_is_and_is_offered_no_more(
    log_in: LogIn, admin: User, company: Company, make_customer: MakeCustomer
) -> None:
    client, region = log_in(admin), Region.objects.get(name="华东")
    having = make_customer(region="华东")
    option = f'<option value="{region.pk}">华东'
    client.post("/catalog/", {"kind": "region", "row": str(region.pk), "active": "0"})
    region.refresh_from_db()
    assert (region.is_active, region.name) == (False, "华东")
    assert option not in client.get("/customers/new/").content.decode()
    assert f'value="{region.pk}" selected>华东' in client.get(f"/customers/{having.pk}/change/").content.decode()
    assert option in client.get("/customers/").content.decode()
    client.post("/catalog/", {"kind": "region", "row": str(region.pk), "active": "1"})
    assert option in client.get("/customers/new/").content.decode()


@pytest.mark.parametrize("typed", [{"kind": "region", "name": ""}, {"kind": "source", "name": "长" * 81}])
def test_a_refused_name_is_said_and_not_added(
    log_in: LogIn, admin: User, company: Company, typed: dict[str, str]
) -> None:
    answer = log_in(admin).post("/catalog/", typed, follow=True)
    assert "notice-error" in answer.content.decode()
    assert (Region.objects.count(), Source.objects.count()) == (2, 2)


def test_only_who_maintains_products_changes_them(log_in: LogIn, rep: User, company: Company) -> None:
    client, product, seen = log_in(rep), Product.objects.earliest("pk"), last_event_id()
    for address in ("/catalog/products/new/", f"/catalog/products/{product.pk}/"):
        assert client.get(address).status_code == 403
        assert client.post(address, {"name": "我的产品"}).status_code == 403
    assert event_kinds(seen) == []


def test_a_product_that_is_not_there_says_so(log_in: LogIn, admin: User) -> None:
    assert log_in(admin).get("/catalog/products/999999/").status_code == 404


# What is left to take, and to look at


def test_the_pool_says_what_may_still_be_claimed_and_opened(
    log_in: LogIn, admin: User, colleague: User, company: Company, customer: Customer
) -> None:
    limits: dict[str, Any] = {"claim_limit": 5, "claim_days": 1, "capacity": 50, "daily_views": 3}
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", **limits)
    page = _page(log_in(colleague), f"/pools/{company.pool.pk}/")
    for words in ("You may claim 5 of 5 more today", "capacity 0/50", "3 of 3 may still be opened today"):
        assert words in page
    log_in(colleague).get(f"/customers/{customer.pk}/")
    assert "2 of 3 may still be opened today" in _page(log_in(colleague), f"/customers/{customer.pk}/")


def test_who_released_something_sees_when_it_may_be_theirs_again(
    log_in: LogIn, admin: User, rep: User, company: Company, customer: Customer
) -> None:
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", cooldown_days=7)
    page = _page(log_in(rep), f"/pools/{company.pool.pk}/?kind=customers")
    assert "yours again from" in page
    assert 'aria-label="Claim 江北精密"' not in page


def test_beyond_the_daily_limit_a_polite_page_takes_the_place_of_the_record(
    log_in: LogIn, admin: User, colleague: User, company: Company, customer: Customer, deal: Deal
) -> None:
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", daily_views=1)
    client = log_in(colleague)
    assert client.get(f"/customers/{customer.pk}/").status_code == 200
    answer = client.get(f"/deals/{deal.pk}/")
    assert answer.status_code == 403
    assert "which is its limit" in html.unescape(answer.content.decode())
    assert client.get(f"/customers/{customer.pk}/").status_code == 200
    assert log_in(admin).get(f"/deals/{deal.pk}/").status_code == 200


CUSTOMER_DOORS = ("", "follow-up/", "people/")
DEAL_DOORS = ("", "timeline/", "checklist/", "facts/amount/", "gate/", "moves/", "follow-up/", "people/")


def test_beyond_the_daily_limit_no_other_door_shows_the_record(
    log_in: LogIn, admin: User, manager: User, colleague: User, company: Company, customer: Customer, deal: Deal
) -> None:
    contact = create_contact(actor=actor_of(admin), customer_id=customer.pk, fields={"name": "王总"})
    other = new_customer(manager)
    release_customer(actor=actor_of(manager), customer_id=other.pk, reason="没空")
    save_pool(actor=actor_of(admin), pool_id=company.pool.pk, name="公海", daily_views=1)
    client = log_in(colleague)
    assert client.get(f"/customers/{other.pk}/").status_code == 200
    doors = [f"/customers/{customer.pk}/{door}" for door in CUSTOMER_DOORS]
    for address in [*doors, *(f"/deals/{deal.pk}/{door}" for door in DEAL_DOORS)]:
        assert client.get(address).status_code == 403, address
    for step in ("delete", "release", "transfer"):
        answer = client.post(f"/customers/{customer.pk}/{step}/", {"reason": "x", "owner": str(colleague.pk)})
        assert answer.status_code == 403, step
        assert contact.name not in answer.content.decode(), step


# Assigning


def test_who_looks_after_the_pool_gives_records_to_people(
    log_in: LogIn, manager: User, colleague: User, company: Company, customer: Customer
) -> None:
    address = f"/pools/{company.pool.pk}/"
    client = log_in(manager)
    assert f'action="{address}assign/"' in _page(client, f"{address}?kind=customers")
    form = {"kind": "customers", "record": [str(customer.pk)], "owner": str(colleague.pk)}
    said = html.unescape(client.post(f"{address}assign/", form, follow=True).content.decode())
    assert "1 record assigned." in said
    customer.refresh_from_db()
    assert customer.owner == colleague


def test_assigning_needs_somebody_and_the_right_to(
    log_in: LogIn, manager: User, colleague: User, company: Company, customer: Customer
) -> None:
    address = f"/pools/{company.pool.pk}/assign/"
    form = {"kind": "customers", "record": [str(customer.pk)], "owner": ""}
    asked = log_in(manager).post(address, form)
    said = html.unescape(asked.content.decode())
    assert asked.status_code == 422
    assert "Choose who takes them over." in said
    assert f'name="record" value="{customer.pk}" form="assign" checked' in said
    refused = log_in(colleague).post(address, {**form, "owner": str(colleague.pk)}, follow=True)
    assert "You are not allowed to do this." in html.unescape(refused.content.decode())
    assert log_in(manager).post(address, {"kind": "customers"}).status_code == 422
    assert log_in(manager).get(address)["Location"] == f"/pools/{company.pool.pk}/"
    customer.refresh_from_db()
    assert customer.owner is None
