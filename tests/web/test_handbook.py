"""The handbook of a process says in words what its gates demand, and of which deals."""

from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.web.marked import blocks
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


SOP = """# 做什么

1. 先 **打电话**，再[看官网](https://example.com/a)
   - `CRM` 里记下

> 李总您好

---
<b>#panic("x")</b> $x$ ![图](x.png)
第二行
"""


def test_the_handbook_goes_on_paper_with_its_fonts_whatever_its_texts_say(client: Client, rep: User) -> None:
    hostile = trial(process="probe", name='#panic("x") */~`', description=SOP)
    hostile["stages"][1] |= {"sop": SOP, "scripts": [{"name": "$开场$", "text": SOP}], "goal": "#eval(1)"}
    hostile["actions"][0] |= {"how_to": SOP, "script": SOP, "expected_minutes": 5}
    publish(hostile)
    client.force_login(rep)
    for language in ("zh-hans", "en"):
        answer = client.get("/processes/probe/versions/1/pdf/", headers={"accept-language": language})
        assert answer["Content-Type"] == "application/pdf"
        assert "v1.pdf" in answer["Content-Disposition"]
        assert answer.content.startswith(b"%PDF-")
        assert b"+NotoSansSC-Regular" in answer.content
        # cover, contents, three stages (one on two pages), loss reasons
        assert answer.content.count(b"/Type/Page/") == 7
    assert client.get("/processes/probe/versions/2/pdf/").status_code == 404


def test_a_text_is_told_block_by_block_and_html_in_it_stays_text() -> None:
    heading, steps, quote, rule, rest = blocks(SOP)
    assert heading == {"kind": "heading", "spans": [{"text": "做什么"}]}
    assert (steps["ordered"], steps["start"]) == (True, 1)
    first, inner = steps["items"][0]
    assert first["spans"][1:] == [
        {"text": "打电话", "strong": True},
        {"text": "，再"},
        {"text": "看官网", "href": "https://example.com/a"},
    ]
    assert inner["items"][0][0]["spans"][0] == {"text": "CRM", "code": True}
    assert quote == {"kind": "quote", "blocks": [{"kind": "text", "spans": [{"text": "李总您好"}]}]}
    assert rule == {"kind": "rule"}
    assert "".join(span["text"] for span in rest["spans"]).startswith('<b>#panic("x")</b> $x$ ![图](x.png) 第二行')


def test_the_handbook_says_whose_it_is_and_names_every_part(client: Client, rep: User) -> None:
    publish(trial(process="probe", name="探路"))
    client.force_login(rep)
    page = client.get("/processes/probe/", headers={"accept-language": "en"}).content.decode()
    for said in (
        "Published by",
        "System",
        "Contents",
        "#stage-talk",
        "#losses",
        "无回应",
        "Evidence: A note",
        "7 working",
    ):
        assert said in page
