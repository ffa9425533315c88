"""Products, regions and sources."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NameMissing, NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.crm import queries as crm
from dealrail.crm.actions.catalog import change_product, create_product, ensure_region, ensure_source
from dealrail.crm.errors import DuplicateCode, FieldRefused, UnknownField
from dealrail.crm.models import Product
from dealrail.events.models import Event
from tests.cast import actor_of, event_kinds, last_event_id, refuses


def test_a_product_without_code_is_coded_by_its_name(admin: User) -> None:
    product = create_product(actor=actor_of(admin), fields={"name": " 旗舰版 ", "price": "1.5万", "is_active": True})
    assert (product.code, product.name, product.price) == ("旗舰版", "旗舰版", Decimal("15000.00"))
    assert Event.objects.latest("pk").payload["price"] == "15000.00"


def test_a_product_is_changed_and_taken_out_of_use(admin: User) -> None:
    product = crm.products().get(code="P1")
    changed = change_product(actor=actor_of(admin), product_id=product.pk, fields={"price": "", "is_active": "false"})
    assert (changed.price, changed.is_active, changed.name) == (None, False, product.name)


def test_refuses_a_product_that_makes_no_sense(admin: User) -> None:
    actor = actor_of(admin)
    for fields, refusal in (
        ({"name": ""}, FieldRefused),
        ({"name": "x", "price": "-1"}, FieldRefused),
        ({"name": "x", "colour": "red"}, UnknownField),
        ({"name": "协同平台", "code": "P9"}, DuplicateCode),
        ({"name": "别的", "code": "P1"}, DuplicateCode),
    ):
        with refuses(refusal):
            create_product(actor=actor, fields=fields)
    with refuses(NotFound):
        change_product(actor=actor, product_id=0, fields={"name": "x"})


def test_refuses_to_change_products_without_the_permission(manager: User) -> None:
    with refuses(NotAllowed):
        create_product(actor=actor_of(manager), fields={"name": "x"})
    with refuses(NotAllowed):
        change_product(actor=actor_of(manager), product_id=crm.products()[0].pk, fields={"name": "x"})


ENSURES = [(ensure_region, "region"), (ensure_source, "source")]


@pytest.mark.parametrize(("ensure", "kind"), ENSURES)
def test_a_region_or_source_is_made_once_and_on_record(
    ensure: Callable[..., Any], kind: str, rep: User, legal: User
) -> None:
    before = last_event_id()
    first, was_new = ensure(actor=actor_of(rep), name=" 西南 ")
    again, is_new = ensure(actor=actor_of(rep), name="西南")
    assert (first, was_new, is_new) == (again, True, False)
    assert event_kinds(before) == [f"{kind}.saved"]
    fact = Event.objects.latest("pk")
    assert (fact.subject_kind, fact.subject_id, fact.payload["name"]) == (kind, first.pk, "西南")
    with refuses(NameMissing):
        ensure(actor=actor_of(rep), name=" ")
    with refuses(NotAllowed):
        ensure(actor=actor_of(legal), name="西北")


@pytest.mark.parametrize(("ensure", "kind"), ENSURES)
def test_who_maintains_products_needs_no_import_to_add_one(
    ensure: Callable[..., Any], kind: str, admin: User, rep: User
) -> None:
    save_role(actor=actor_of(admin), key="catalog", name="目录", permissions=["products.change"], scope="own")
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["catalog"])
    assert ensure(actor=actor_of(rep), name="西南")[1]
    save_role(actor=actor_of(admin), key="catalog", name="目录", permissions=["deals.read"], scope="own")
    with refuses(NotAllowed):
        ensure(actor=actor_of(rep), name="西北")


def test_the_database_refuses_a_negative_price(admin: User) -> None:
    with pytest.raises(IntegrityError, match="product_price_not_negative"), transaction.atomic():
        Product.objects.filter(code="P1").update(price=-1)
