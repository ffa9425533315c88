"""Finding over the API: all kinds at once, and in each list."""

from dealrail.accounts.models import User
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.pools import release_customer
from tests.api.client import Api
from tests.cast import MakeCustomer, MakeDeal, actor_of


def test_finds_the_nearest_of_each_kind(
    as_rep: Api, rep: User, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    customer = make_customer(name="云帆科技", phone="13800001234")
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王云帆"})
    make_deal(name="二期", customer=customer.pk)
    body = as_rep.get("search", q="yunfan").body
    assert [row["name"] for kind in ("customers", "contacts", "deals") for row in body[kind]] == [
        "云帆科技",
        "王云帆",
        "二期",
    ]
    assert as_rep.get("search", q="1234").body["customers"][0]["id"] == customer.pk
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="联系不上")
    assert as_rep.get("search", q="1234").body == {"customers": [], "contacts": [], "deals": [], "more": []}


def test_lists_are_narrowed_by_what_is_typed(
    as_rep: Api, as_stranger: Api, rep: User, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    customer = make_customer(name="云帆科技")
    make_customer(name="别的")
    create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "曾总"})
    make_deal(name="二期", customer=customer.pk)
    make_deal(name="别的")
    assert as_rep.get("customers", q="yfkj").names == ["云帆科技"]
    assert as_rep.get("contacts", q="zeng").names == ["曾总"]
    assert as_rep.get("deals", q="云帆").names == ["二期"]
    assert as_stranger.get("customers", q="云帆").names == []


def test_a_limit_out_of_range_is_refused(as_rep: Api) -> None:
    assert as_rep.get("search", q="x", limit=0).code == "invalid_input"
