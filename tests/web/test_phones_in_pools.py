"""How to reach a customer or contact in a pool can't be found by who may not see it, on whichever way."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm.actions.customers import change_contact, change_customer, create_contact
from dealrail.crm.actions.pools import release_customer
from dealrail.crm.models import Contact, Customer
from tests.api.client import Api
from tests.cast import actor_of, new_customer
from tests.crm_imports.bringing import Bring
from tests.web.test_hidden_fields import readable

pytestmark = pytest.mark.django_db
PHONE, OTHER, MAIL, WECHAT = "13911112222", "13933334444", "boss@yunfan.cn", "yunfan-wx"
SECRETS = (PHONE, OTHER, MAIL, WECHAT)


@dataclass
class Reading:
    """Somebody who reads about 云帆, on screen and over the API."""

    who: User
    customer: Customer
    contact: Contact
    folder: Path

    def page(self, address: str) -> str:
        client = Client()
        client.force_login(self.who)
        answer = client.get(address)
        return (b"".join(answer) if answer.streaming else answer.content).decode("utf-8-sig", "replace")

    @property
    def api(self) -> Api:
        return Api(self.who, language="zh-hans")

    def brought_in(self, sheet: str, kind: str) -> str:
        """What an import says of this row."""
        job = Bring(self.folder, self.who)(sheet, kind)
        return self.page(f"/imports/{job.pk}/") + self.api.get(f"imports/{job.pk}/rows").text


Way = Callable[[Reading], str]
# What tells of the customer and the contact themselves.
TELLING: dict[str, Way] = {
    "customers": lambda r: r.page("/customers/"),
    "contacts": lambda r: r.page("/contacts/"),
    "customer": lambda r: r.page(f"/customers/{r.customer.pk}/"),
    "timeline": lambda r: r.page(f"/customers/{r.customer.pk}/?show=changes"),
    "form": lambda r: r.page(f"/customers/{r.customer.pk}/change/"),
    "form of the contact": lambda r: r.page(f"/contacts/{r.contact.pk}/change/"),
    "follow-up": lambda r: r.page(f"/customers/{r.customer.pk}/follow-up/"),
    "merging": lambda r: r.page(f"/customers/{r.customer.pk}/merge/"),
    "pool": lambda r: r.page(f"/pools/{r.customer.pool_id or 0}/"),
    "search": lambda r: r.page("/search/?q=云帆"),
    "palette": lambda r: r.page("/search/palette/?q=云帆"),
    "sheet of customers": lambda r: r.page("/customers/export/?as=csv"),
    "sheet of contacts": lambda r: r.page("/contacts/export/?as=csv"),
    "duplicates by name": lambda r: r.page("/customers/duplicates/?name=云帆科技"),
    "api customer": lambda r: r.api.get(f"customers/{r.customer.pk}").text,
    "api customers": lambda r: r.api.get("customers").text,
    "api contacts": lambda r: r.api.get("contacts").text,
    "api contact": lambda r: r.api.get(f"contacts/{r.contact.pk}").text,
    "api timeline": lambda r: r.api.get(f"customers/{r.customer.pk}/timeline").text,
    "api events": lambda r: r.api.get("events").text,
    "api search": lambda r: r.api.get("search", q="云帆").text,
    "api export of customers": lambda r: r.api.get("exports/customers").text,
    "api export of contacts": lambda r: r.api.get("exports/contacts").text,
    "api refusal": lambda r: r.api.patch(f"customers/{r.customer.pk}", phone="nonsense").text,
    "sheet that came in": lambda r: r.brought_in("客户名称,手机\n云帆科技,\n", "customers"),
}
# What could tell whether it is the number that was typed.
GUESSING: dict[str, Way] = {
    "list by phone": lambda r: r.page(f"/customers/?q={PHONE}"),
    "list by the end of it": lambda r: r.page(f"/customers/?q={PHONE[-4:]}"),
    "contacts by phone": lambda r: r.page(f"/contacts/?q={OTHER}"),
    "search by phone": lambda r: r.page(f"/search/?q={PHONE}"),
    "search by the contact's": lambda r: r.page(f"/search/?q={OTHER}"),
    "palette by phone": lambda r: r.page(f"/search/palette/?q={PHONE[-4:]}"),
    "duplicates by phone": lambda r: r.page(f"/customers/duplicates/?name=别的&phone={PHONE}"),
    "contacts alike": lambda r: r.page(f"/contacts/duplicates/?name=别人&phone={OTHER}"),
    "api by phone": lambda r: r.api.get("customers", q=PHONE).text,
    "api search by phone": lambda r: r.api.get("search", q=OTHER).text,
    "api of another one": lambda r: r.api.post("customers", name="别的公司", phone=PHONE).text,
    "sheet by phone": lambda r: r.brought_in(f"客户名称,手机\n又一家,{PHONE}\n", "customers"),
}


@pytest.fixture
def yunfan(rep: User, tmp_path: Path) -> Reading:
    """The rep's customer and its contact, each with ways to reach them that were changed once."""
    customer = new_customer(rep, name="云帆科技", phone=PHONE)
    held = {"name": "王总", "phone": OTHER, "email": MAIL, "wechat": WECHAT}
    contact = create_contact(actor=actor_of(rep), customer_id=customer.pk, fields=held)
    change_customer(actor=actor_of(rep), customer_id=customer.pk, fields={"phone": "13955556666"})
    change_customer(actor=actor_of(rep), customer_id=customer.pk, fields={"phone": PHONE})
    change_contact(actor=actor_of(rep), contact_id=contact.pk, fields={"wechat": "another"})
    change_contact(actor=actor_of(rep), contact_id=contact.pk, fields={"wechat": WECHAT})
    return Reading(rep, customer, contact, tmp_path)


def _leaks(read: Reading) -> dict[str, list[str]]:
    told = {name: readable(way(read)) for name, way in TELLING.items()}
    found = {name: [word for word in SECRETS if word in text] for name, text in told.items()}
    guessed = {name: readable(way(read)) for name, way in GUESSING.items()}
    return {name: words for name, words in found.items() if words} | {
        name: ["云帆"] for name, text in guessed.items() if "云帆" in text
    }


def test_their_owner_finds_them_on_these_ways(yunfan: Reading) -> None:
    found = _leaks(yunfan)
    assert {"customer", "contacts", "sheet of customers", "api customer", "api events", "api timeline"} <= set(found)
    assert set(GUESSING) - set(found) == set()


def test_who_may_claim_them_finds_them_on_none(yunfan: Reading, rep: User, colleague: User) -> None:
    release_customer(actor=actor_of(rep), customer_id=yunfan.customer.pk, reason="三个月没回音")
    yunfan.customer.refresh_from_db()
    read = Reading(colleague, yunfan.customer, yunfan.contact, yunfan.folder)
    assert "云帆" in readable(TELLING["customers"](read))
    assert _leaks(read) == {}


def test_who_manages_pools_finds_them(yunfan: Reading, rep: User, manager: User) -> None:
    release_customer(actor=actor_of(rep), customer_id=yunfan.customer.pk, reason="三个月没回音")
    yunfan.customer.refresh_from_db()
    found: dict[str, Any] = _leaks(Reading(manager, yunfan.customer, yunfan.contact, yunfan.folder))
    assert {"customer", "api customer", "sheet of customers", "search by phone"} <= set(found)
