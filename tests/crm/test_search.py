"""Finding customers, contacts and deals: within sight only, phones only by who may see them, never what was deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.cli import main
from dealrail.crm import indexing
from dealrail.crm import queries as crm
from dealrail.crm.actions.collaborators import add_collaborator
from dealrail.crm.actions.customers import change_contact, change_customer, create_contact
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.pools import release_customer, release_deal
from dealrail.crm.models import Contact, Customer, CustomerWords, Deal, DealWords
from dealrail.crm.queries import search
from tests.cast import MakeCustomer, MakeDeal, actor_of, new_customer, new_deal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=[search.FEW, 0], ids=["one by one", "way by way"])
def sight(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few that are found are asked for one by one whether they are in sight, many are found by the ways into it."""
    monkeypatch.setattr(search, "FEW", request.param)


def found(user: User, text: str, most: int = 8) -> list[str]:
    """The names of all that this person finds."""
    rows = crm.found(actor_of(user), text, most=most)
    kinds: list[list[Any]] = [rows.customers, rows.contacts, rows.deals]
    return [row.name for kind in kinds for row in kind]


def add_contact(user: User, customer: Customer, **fields: Any) -> Contact:
    return create_contact(actor=actor_of(user), customer_id=customer.pk, fields=fields)


@pytest.mark.parametrize(
    "text", ["新芽", "芽科", "xinya", "szxy", "xykj", "KH-01", "kh01", "13800001234", "1234", "138-0000"]
)
def test_a_customer_is_found_by(rep: User, make_customer: MakeCustomer, text: str) -> None:
    make_customer(name="苏州新芽科技有限公司", code="KH-01", phone="13800001234")
    make_customer(name="别的公司", phone="13911112222")
    assert found(rep, text) == ["苏州新芽科技有限公司"]


def test_contacts_and_deals_are_found_by_their_own_name_and_by_their_customer(
    rep: User, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    customer = make_customer(name="云帆科技有限公司")
    add_contact(rep, customer, name="曾国强", phone="13800005678")
    make_deal(name="二期扩容", customer=customer.pk)
    assert found(rep, "zgq") == ["曾国强"]
    assert found(rep, "5678") == ["曾国强"]
    assert found(rep, "云帆 二期") == ["二期扩容"]
    assert found(rep, "yunfan") == ["云帆科技有限公司", "曾国强", "二期扩容"]
    assert found(rep, "云帆 曾") == ["曾国强"]


def test_nothing_of_others_is_found(stranger: User, manager: User, rep: User, make_customer: MakeCustomer) -> None:
    customer = make_customer(name="云帆科技有限公司")
    add_contact(rep, customer, name="王云帆")
    new_deal(rep, name="云帆二期")
    assert found(stranger, "云帆") == []
    assert len(found(manager, "云帆")) == 3


def test_a_masked_phone_finds_nothing(rep: User, manager: User, make_customer: MakeCustomer) -> None:
    customer = make_customer(name="云帆", phone="13800001234")
    add_contact(rep, customer, name="王总", phone="13900005678")
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    assert [found(rep, text) for text in ("1234", "1380", "5678", "1390")] == [[], [], [], []]
    assert found(rep, "云帆") == ["云帆", "王总"]
    assert [found(manager, text) for text in ("1234", "5678")] == [["云帆"], ["王总"]]


def _won_and_handed_over(rep: User, deal: Deal) -> None:
    Deal.objects.filter(pk=deal.pk).update(won_by=rep)


def _shared(rep: User, deal: Deal) -> None:
    add_collaborator(actor=actor_of(deal.owner), deal_id=deal.pk, user_id=rep.pk)


def _given(rep: User, deal: Deal) -> None:
    Deal.objects.filter(pk=deal.pk).update(owner=rep)


@pytest.mark.parametrize("way", [_won_and_handed_over, _shared, _given])
def test_a_deal_and_its_customer_are_found_by_whom_it_concerns(
    rep: User, stranger: User, way: Callable[[User, Deal], None]
) -> None:
    customer = new_customer(stranger, name="云帆科技")
    add_contact(stranger, customer, name="王云帆")
    deal = new_deal(stranger, name="云帆二期", customer=customer.pk)
    assert found(rep, "云帆") == []
    way(rep, deal)
    assert found(rep, "云帆") == ["云帆科技", "王云帆", "云帆二期"]


def test_what_is_shared_is_not_lost_behind_what_is_owned(
    rep: User, stranger: User, sight: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CANDIDATES", 5)
    for number in range(6):
        new_deal(rep, name=f"云帆第{number}期")
    _shared(rep, new_deal(stranger, name="云帆"))
    assert found(rep, "云帆")[0] == "云帆"


def test_a_pool_is_found_by_who_may_claim_from_it(rep: User, stranger: User) -> None:
    customer, deal = new_customer(rep, name="云帆科技"), new_deal(rep, name="云帆二期")
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="没有时间")
    assert found(stranger, "云帆") == ["云帆科技", "云帆二期"]


def test_what_lies_in_the_recycle_bin_is_not_found(rep: User, make_customer: MakeCustomer, make_deal: MakeDeal) -> None:
    customer, deal = make_customer(name="云帆科技"), make_deal(name="云帆二期")
    contact = add_contact(rep, customer, name="云帆王总")
    for row in (customer, deal, contact):
        type(row)._default_manager.filter(pk=row.pk).update(deleted_at=timezone.now())
    assert found(rep, "云帆") == []


def test_what_is_changed_is_found_by_its_new_name_only(
    rep: User, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    customer, deal = make_customer(name="云帆科技"), make_deal(name="云帆二期")
    contact = add_contact(rep, customer, name="王云帆")
    actor = actor_of(rep)
    change_customer(actor=actor, customer_id=customer.pk, fields={"name": "海川科技"})
    change_contact(actor=actor, contact_id=contact.pk, fields={"name": "王海川"})
    change_deal(actor=actor, deal_id=deal.pk, fields={"name": "海川二期"})
    assert found(rep, "云帆") == []
    assert found(rep, "海川") == ["海川科技", "王海川", "海川二期"]


def test_what_is_gone_leaves_no_words_behind(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal(name="云帆二期")
    Deal.objects.filter(pk=deal.pk).delete()
    assert not DealWords._default_manager.filter(pk=deal.pk).exists()
    assert list(crm.search_deals(Actor.system(), Deal.objects.all(), "云帆")) == []


def test_the_nearest_come_first_and_the_rest_is_told_of(rep: User, make_customer: MakeCustomer) -> None:
    for name in ("苏州云帆科技", "云帆科技", "云帆"):
        make_customer(name=name)
    rows = crm.found(actor_of(rep), "云帆", most=2)
    assert [row.name for row in rows.customers] == ["云帆", "云帆科技"]
    assert rows.more == {"customers"}


@pytest.mark.parametrize(
    "text", ["'", '"', "* AND", "云帆') OR 1=1 --", "\x00", "\ue000138", "NOT 云", "a" * 5000, "᭄", "𰻞𰻞a"]
)
def test_any_text_may_be_asked(rep: User, make_customer: MakeCustomer, text: str) -> None:
    make_customer(phone="13800001234")
    assert found(rep, text) == []


def test_finding_costs_the_same_for_many(rep: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            found(rep, "云帆")
        return len(captured)

    for number in range(3):
        customer = new_customer(rep, name=f"云帆{number}")
        add_contact(rep, customer, name=f"云帆王{number}")
        new_deal(rep, name=f"云帆商机{number}")
    few = cost()
    for number in range(3, 12):
        new_customer(rep, name=f"云帆{number}")
        new_deal(rep, name=f"云帆商机{number}")
    assert cost() == few


def test_the_search_is_mended_where_it_differs(
    rep: User, make_customer: MakeCustomer, capsys: pytest.CaptureFixture[str]
) -> None:
    lost, wrong = make_customer(name="云帆科技"), make_customer(name="海川科技")
    make_customer(name="第三家")
    CustomerWords._default_manager.filter(pk=lost.pk).delete()
    CustomerWords._default_manager.filter(pk=wrong.pk).update(words="nonsense")
    assert (indexing.unindexed(), found(rep, "云帆")) == (1, [])
    assert main(["doctor"]) == 1
    assert "reindex" in capsys.readouterr().out
    assert main(["reindex"]) == 0
    assert "2" in capsys.readouterr().out
    assert (indexing.unindexed(), found(rep, "yunfan"), found(rep, "海川")) == (0, ["云帆科技"], ["海川科技"])
    assert indexing.reindex() == 0
