"""What would trap deals is refused; what is hardly meant is told."""

from typing import Any

import pytest

from dealrail.process import checks, rules, texts
from dealrail.process.errors import UnreadableDefinition, describe
from tests.cast import trial


def stage(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key, "kind": "lead", **more}


def limited(when: dict[str, Any], **more: Any) -> dict[str, Any]:
    condition = {"key": "one", "kind": "fields.filled", "fields": ["need"], "when": when, **more}
    return trial(actions=[], stages=[stage("a", conditions=[condition]), stage("b")])


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, **({} if value is None else {"value": value})}


def both(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"all": [*leaves]}


LOOP = trial(actions=[], stages=[stage("a", next=["b", "end"]), stage("b", next=["c"]), stage("c", next=["b"])])
ROUND = trial(actions=[], stages=[stage("a", next=["b"]), stage("b", next=["a", "end"])])


def test_a_circle_without_a_way_out_is_refused_and_one_with_a_way_out_is_not() -> None:
    assert [(row.where, row.code) for row in rules.traps(rules.parse(LOOP))] == [
        ("stages.b", "no_way_out"),
        ("stages.c", "no_way_out"),
    ]
    assert not [*rules.traps(rules.parse(ROUND))]


NEVER = [
    both(leaf("amount", "gt", 100), leaf("amount", "lt", 100)),
    both(leaf("amount", "gte", "100"), leaf("amount", "between", [1, 99])),
    both(leaf("amount", "eq", 5), leaf("amount", "gt", 5)),
    both(leaf("region", "is_empty"), leaf("region", "eq", "华东")),
    both(leaf("region", "in", ["华东", "华南"]), both(leaf("region", "eq", "华北"))),
    both(leaf("region", "eq", "华东"), leaf("region", "not_in", ["华东"])),
    {
        "any": [
            both(leaf("amount", "gt", 2), leaf("amount", "lt", 1)),
            both(leaf("seats", "gt", 2), leaf("seats", "lt", 1)),
        ]
    },
]
MAY = [
    both(leaf("amount", "gte", 100), leaf("amount", "lte", 100)),
    both(leaf("amount", "gt", 100), leaf("seats", "lt", 100)),
    both(leaf("region", "in", ["华东", "华南"]), leaf("region", "ne", "华南")),
    {"any": [leaf("amount", "gt", 100), leaf("amount", "lt", 1)]},
    {"not": both(leaf("amount", "gt", 100), leaf("amount", "lt", 1))},
    leaf("expected_close", "gt", "-7d"),
]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("content", "codes"), [
    *[(limited(when), ["never_holds"]) for when in NEVER],
    *[(limited(when), []) for when in MAY],
    (limited(leaf("amount", "gt", 1), to=["end"]), ["no_move_there"]),
    (trial(actions=[], stages=[stage("a", sop="先<script>alert(1)</script>")]), ["html_in_text"]),
    (trial(actions=[], stages=[stage("a", sop="金额 < 5 万且 > 1 万")]), []),
    (trial(stages=[stage("a")]), ["action_unused"] * 4),
    (trial(actions=[], stages=[stage("a")], loss_reasons=[]), ["no_loss_reasons"]),
    (LOOP, []),
])  # fmt: skip
def test_what_is_hardly_meant_is_told(content: dict[str, Any], codes: list[str]) -> None:
    found = checks.warnings(content)
    assert [row.code for row in found] == codes
    assert all(describe(row) for row in found)


@pytest.mark.usefixtures("company")
def test_an_approver_whom_nobody_is_is_told() -> None:
    by = {"key": "one", "kind": "process.approval", "by": {"role": "service"}}
    content = trial(actions=[], stages=[stage("a", conditions=[by])])
    assert [row.code for row in checks.warnings(content)] == ["nobody_has_role"]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("name", texts.template_names())
def test_nothing_is_doubtful_in_the_templates(name: str) -> None:
    doubts = [describe(row) for row in checks.warnings(texts.template(name)) if row.code != "nobody_has_role"]
    assert (doubts, checks.problems(texts.template(name))) == ([], [])


def deep(levels: int) -> dict[str, Any]:
    inner = leaf("amount", "gt", 1)
    for _ in range(levels):
        inner = {"not": inner}
    return inner


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("content", "code"), [
    (LOOP, "no_way_out"),
    (trial(stages=[stage(f"s{number}") for number in range(500)]), "stage_count"),
    (limited(deep(10)), "bad_filter"),
    (limited(deep(100)), "too_deep"),
    (limited(deep(5000)), "too_deep"),
    (limited({"any": []}), "empty_filter"),
    (limited({"all": []}), "empty_filter"),
])  # fmt: skip
def test_hostile_definitions_get_a_sentence(content: dict[str, Any], code: str) -> None:
    found = checks.problems(content)
    assert code in [row.code for row in found]
    assert all(describe(row) for row in found)


@pytest.mark.parametrize("when", [{"any": []}, {"all": []}])
def test_a_version_whose_filter_compares_nothing_has_no_doubts_about_it(when: dict[str, Any]) -> None:
    assert "never_holds" not in [row.code for row in rules.doubts(rules.parse(limited(when)))]


def test_a_yaml_bomb_gets_a_sentence() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(UnreadableDefinition) as caught:
        texts.read_yaml("\n".join(lines))
    assert str(caught.value)


@pytest.mark.parametrize("part", ["fields", "actions", "stages", "loss_reasons"])
def test_two_of_one_name_are_pointed_out(part: str) -> None:
    content = trial()
    row = {**content[part][0], "key": "second_one"}
    content[part] = [*content[part], {**row, "name": row["name"].upper()}]
    assert ("named_twice", f"{part}.second_one") in [
        (row.code, row.where) for row in rules.doubts(rules.parse(content))
    ]


def test_a_stage_behind_a_win_leads_back_to_no_win() -> None:
    content = trial()
    content["stages"].append({"key": "later", "name": "复购"})
    spec = rules.parse(content)
    assert spec.stage("later").back == ("lead", "talk")
    assert [row.code for row in rules.problems(content)] == []
    content["stages"][-1]["back"] = ["work"]
    assert [row.code for row in rules.problems(content)] == ["back_to_win"]
