"""The handbook of a process says in words what its gates demand, and of which deals."""

from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.models import User
from tests.cast import publish, trial

WHEN: dict[str, Any] = {
    "all": [
        {"field": "amount", "op": "gt", "value": 500000},
        {"any": [{"field": "region", "op": "in", "value": ["华东", "华南"]}, {"field": "seats", "op": "is_empty"}]},
        {"not": {"field": "customer_grade", "op": "eq", "value": "A"}},
    ]
}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-hans", "仅当金额 高于 500000 且 (地区 属于 华东、华南 或 人数 为空) 且 非（客户等级 是 A）"),
        ("en", "only if Amount is more than 500000 and (Region is one of 华东, 华南 or 人数 is empty) and not (Grade"),
    ],
)
def test_a_condition_says_for_which_deals_it_holds(client: Client, admin: User, language: str, said: str) -> None:
    condition = {"key": "needs", "kind": "fields.filled", "fields": ["need"], "when": WHEN}
    stages = [{"key": "only", "name": "唯一", "kind": "lead", "conditions": [condition]}]
    publish(trial(process="probe", stages=[*stages, {"key": "rest", "name": "其余", "kind": "lead"}]))
    client.force_login(admin)
    page = client.get("/processes/probe/", headers={"accept-language": language}).content.decode()
    assert said in page
