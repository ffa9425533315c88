"""Two people adding the same thing at the same moment: one does, the other gets a sentence."""

from collections.abc import Callable
from typing import Any

import pytest

from dealrail.accounts.actions.units import create_unit
from dealrail.accounts.actions.users import create_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import LoginTaken, UnitNameTaken
from dealrail.core.errors import Refusal
from dealrail.crm.actions import catalog, customers, deals, pools
from dealrail.crm.errors import DuplicateCode, DuplicateCustomer, PoolNameTaken
from tests.cast import Company, at_once

pytestmark = pytest.mark.django_db(transaction=True)
ME = Actor.system()
TWICE: dict[str, tuple[Callable[[], Any], type[Refusal]]] = {
    "deal": (lambda: deals.create_deal(actor=ME, process="trial", fields={"name": "甲"}, code="D1"), DuplicateCode),
    "customer name": (lambda: customers.create_customer(actor=ME, fields={"name": "甲公司"}), DuplicateCustomer),
    "customer code": (
        lambda: customers.create_customer(actor=ME, fields={"name": "甲公司", "code": "K1"}, allow_duplicate=True),
        DuplicateCustomer,
    ),
    "product": (lambda: catalog.create_product(actor=ME, fields={"name": "甲"}), DuplicateCode),
    "pool": (lambda: pools.save_pool(actor=ME, name="甲"), PoolNameTaken),
    "login": (lambda: create_user(actor=ME, login="jia", name="甲"), LoginTaken),
    "department": (lambda: create_unit(actor=ME, name="甲部"), UnitNameTaken),
}


@pytest.mark.parametrize("what", TWICE)
def test_of_four_at_once_one_is_made_and_three_are_refused_in_a_sentence(company: Company, what: str) -> None:
    make, refusal = TWICE[what]
    answers = at_once(*[make] * 4)
    assert [type(answer) for answer in answers].count(refusal) == 3, answers
