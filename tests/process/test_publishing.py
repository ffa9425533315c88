"""Publishing definitions: checked as a whole, versioned, never changed."""

import copy
from typing import Any

import pytest
import yaml
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.crm.actions.deals import advance_deal
from dealrail.crm.actions.trials import start_dry_run
from dealrail.events.models import Event
from dealrail.process import checks, rules, texts
from dealrail.process import queries as processes
from dealrail.process.actions.definitions import publish_process
from dealrail.process.errors import BadDefinition, GateBlocked, NoSuchProcess, UnreadableDefinition, describe
from dealrail.process.models import DefinitionVersion, Stage
from tests.cast import MakeDeal, actor_of, at_once, event_kinds, last_event_id, publish, refuses, stage_of, trial


def changed(name: str = "新名字") -> dict[str, Any]:
    return trial(name=name)


def test_a_changed_definition_becomes_the_next_version(admin: User) -> None:
    version, is_new = publish_process(actor=actor_of(admin), content=changed(), note=" 改名 ")
    assert (version.number, is_new, version.note, version.published_by) == (2, True, "改名", admin)
    assert processes.current_version("trial") == version
    assert [row.key for row in processes.stages_of(version.pk)] == ["lead", "talk", "work"]
    assert Event.objects.latest("pk").payload["version"] == 2


def test_publishing_what_is_in_force_changes_nothing(admin: User) -> None:
    before = last_event_id()
    version, is_new = publish_process(actor=actor_of(admin), content=trial())
    assert (version.number, is_new, event_kinds(before)) == (1, False, [])


def test_refuses_to_publish_without_the_permission(manager: User) -> None:
    with refuses(NotAllowed):
        publish_process(actor=actor_of(manager), content=changed())


def test_a_running_deal_keeps_its_version(make_deal: MakeDeal, rep: User) -> None:
    deal = make_deal(need="有")
    content = changed()
    content["stages"][0]["conditions"] = []
    publish(content)
    with pytest.raises(GateBlocked):
        advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert stage_of(deal) == "lead"
    assert make_deal().run.version.number == 2


@pytest.mark.usefixtures("company")
@pytest.mark.django_db(transaction=True)
def test_publishing_at_once_makes_one_version() -> None:
    results = at_once(*[lambda: publish_process(actor=Actor.system(), content=changed())] * 5)
    assert sorted(is_new for _, is_new in results) == [False] * 4 + [True]
    assert DefinitionVersion.objects.filter(definition__key="trial").count() == 2


@pytest.mark.usefixtures("company")
@pytest.mark.django_db(transaction=True)
def test_publishing_a_new_process_at_once_makes_one() -> None:
    results = at_once(*[lambda: publish_process(actor=Actor.system(), content=trial(process="fresh"))] * 5)
    assert sum(is_new for _, is_new in results) == 1
    assert Stage.objects.filter(version__definition__key="fresh").count() == 3


def test_refuses_bounds_that_leave_nothing(admin: User) -> None:
    content = trial()
    content["fields"][2] |= {"min": 5, "max": 1}
    with refuses(BadDefinition) as caught:
        publish_process(actor=actor_of(admin), content=content)
    assert [problem.code for problem in caught.value.problems] == ["bounds_crossed"]


def test_refuses_with_every_problem_at_once(admin: User) -> None:
    content = trial(colour="red")
    content["stages"][0]["probability"] = 101
    content["actions"][0]["key"] = "Big Key"
    with refuses(BadDefinition) as caught:
        publish_process(actor=actor_of(admin), content=content)
    assert [problem.code for problem in caught.value.problems] == ["unknown_key", "bad_key", "bad_number"]


STAGE = "stages"
BREAKS: list[tuple[list[Any], Any, str]] = [
    (["process"], "Ünknown", "bad_key"),
    (["process"], "k" * 41, "bad_key"),
    (["name"], "", "bad_text"),
    (["name"], "a\x00b", "not_plain"),
    (["description"], 5, "bad_text"),
    ([STAGE], [], "stage_count"),
    ([STAGE], "lead", "not_a_list"),
    ([STAGE, 0], "lead", "not_a_mapping"),
    ([STAGE, 0, "key"], "end", "reserved_key"),
    ([STAGE, 0, "key"], ["lead"], "bad_key"),
    ([STAGE, 1, "key"], "lead", "twice"),
    ([STAGE, 0, "kind"], "lost", "not_one_of"),
    ([STAGE, 0, "probability"], True, "bad_number"),
    ([STAGE, 0, "probability"], None, "bad_number"),
    ([STAGE, 1, "hand_over"], {"task": "打电话", "due_days": None}, "bad_number"),
    ([STAGE, 0, "time_limit_days"], 0, "bad_number"),
    ([STAGE, 0, "roles"], "sales", "not_a_list"),
    ([STAGE, 0, "roles"], ["king"], "no_such_role"),
    ([STAGE, 0, "next"], ["moon"], "no_such_stage"),
    ([STAGE, 0, "next"], [], "no_way_forward"),
    ([STAGE, 0, "next"], ["work"], "unreachable"),
    ([STAGE, 0, "back"], ["moon"], "no_such_stage"),
    ([STAGE, 0, "back"], ["talk"], "not_back"),
    ([STAGE, 1, "back"], ["talk"], "not_back"),
    ([STAGE, 1, "back"], ["end"], "not_back"),
    ([STAGE, 0, "actions"], ["dance"], "no_such_action"),
    ([STAGE, 0, "conditions"], {}, "not_a_list"),
    (
        [STAGE, 0, "conditions"],
        [{"key": f"c{n}", "kind": "process.cooling", "days": 1} for n in range(51)],
        "too_many_conditions",
    ),
    ([STAGE, 0, "conditions", 0, "key"], {}, "bad_key"),
    ([STAGE, 0, "conditions", 0, "to"], ["moon"], "no_such_stage"),
    ([STAGE, 0, "conditions", 0, "kind"], "magic", "no_such_kind"),
    (["fields", 0, "key"], "amount", "reserved_key"),
    (["fields", 0, "type"], "colour", "not_one_of"),
    (["fields", 0, "help"], 5, "bad_text"),
    (["fields", 0, "max"], 5, "bounds_of_numbers"),
    (["fields", 0, "format"], "shape", "not_one_of"),
    (["fields", 0, "pattern"], "ABC", "bad_pattern"),
    (["fields", 0, "pattern"], 7, "bad_pattern"),
    (["fields", 4, "pattern"], "##", "format_of_texts"),
    (["fields", 2, "min"], "0", "bad_bound"),
    (["fields", 2, "max"], True, "bad_bound"),
    (["fields", 4, "choices"], [], "no_choices"),
    (["fields", 4, "choices"], [1], "not_a_list"),
    (["actions", 0, "evidence"], "blood", "not_one_of"),
    (["actions", 0, "expected_minutes"], 0, "bad_number"),
    (["loss_reasons", 0, "name"], None, "bad_text"),
]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("path", "value", "code"), BREAKS)
def test_names_what_is_wrong_with_a_definition(path: list[Any], value: Any, code: str) -> None:
    content = trial()
    inner: Any = content
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    found = checks.problems(content)
    assert code in [problem.code for problem in found]
    assert all(describe(problem) for problem in found)


@pytest.mark.usefixtures("company")
def test_what_may_be_left_blank_is_and_a_version_of_before_that_left_more_blank_is_read() -> None:
    content = trial()
    content["actions"][0]["expected_minutes"] = None
    content["stages"][1] |= {"time_limit_days": None, "follow_up_days": None}
    assert checks.problems(content) == []
    content["stages"][1] |= {"probability": None, "hand_over": {"task": "打电话", "due_days": None}}
    read = rules.parse(content).stages[1]
    assert (read.probability, read.hand_over.due_days, read.time_limit_days) == (0, 1, None)


def unstorable(name: str) -> dict[str, Any]:
    content = trial(name="换个名字")
    if name == "half a character":
        content["description"] = "\ud800"
    elif name == "an endless number":
        content["fields"][2]["min"] = 10**400
    elif name == "a number nobody can write":
        content["stages"][0]["probability"] = 10**5000
    else:
        content["loss_reasons"] = [{"key": f"r{number}", "name": "贵"} for number in range(6000)]
    return content


@pytest.mark.parametrize(
    "name", ["half a character", "an endless number", "a number nobody can write", "too much for a draft"]
)
def test_what_no_draft_may_hold_is_neither_published_nor_tried(name: str, admin: User, make_deal: MakeDeal) -> None:
    make_deal()
    with refuses(BadDefinition):
        publish_process(actor=actor_of(admin), content=unstorable(name))
    with refuses(BadDefinition):
        start_dry_run(actor=actor_of(admin), process="trial", content=unstorable(name))


@pytest.mark.parametrize("content", [None, [], "text", 5, {}, {"stages": None}])
def test_anything_but_a_definition_is_named_as_such(content: Any) -> None:
    assert rules.problems(content)


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.dates()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner))
PLACES = [path for path, _, _ in BREAKS]


@given(path=st.sampled_from(PLACES), value=VALUES)
def test_no_nonsense_anywhere_makes_the_check_fail(path: list[Any], value: Any) -> None:
    content = copy.deepcopy(trial())
    inner: Any = content
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    if not rules.problems(content):
        rules.digest(content)
        rules.parse(content)


def test_a_definition_survives_being_written_and_read() -> None:
    assert texts.read_yaml(texts.write_yaml(trial())) == trial()


@pytest.mark.parametrize(
    "text", ["a: [", "\x00", "!!python/object:os.system {}", "a: &a [*a", "- " * 100_000, "[" * 20_000, "#" * 1_000_001]
)
def test_refuses_what_is_not_readable(text: str) -> None:
    with pytest.raises(UnreadableDefinition) as caught:
        texts.read_yaml(text)
    assert str(caught.value)


UNREADABLE = {
    "线索: '一": "从第",
    "a: b: c": "第 1 行从第 5 个字符起无法读取：请检查缩进、冒号和引号。",
    "a: 1\n\tb: 2": "第 2 行从第 1 个字符起无法读取",
    "a: *nobody": "第 1 行从第 4 个字符起无法读取",
    "a: !!python/object/apply:os.system [id]": "object/apply:os.system”不能使用，请删去。",
    "a: !mine 1": "第 1 行的标签“!mine”不能使用，请删去。",
    "a: \x00": "第 4 个字符是控制字符，请删去。",
}


@pytest.mark.parametrize("text", UNREADABLE)
def test_says_in_the_reader_s_language_where_a_text_can_t_be_read(text: str) -> None:
    with translation.override("zh-hans"), pytest.raises(UnreadableDefinition) as caught:
        texts.read_yaml(text)
    assert UNREADABLE[text] in str(caught.value)
    assert "unicode string" not in str(caught.value)


def test_many_levels_of_aliases_are_answered_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(UnreadableDefinition):
        texts.read_yaml("\n".join([*lines, "process: *a11"]))


def test_refuses_an_unknown_process(admin: User) -> None:
    with refuses(NoSuchProcess):
        processes.current_version("nonsense")
    with refuses(NoSuchProcess):
        processes.version("trial", 99)


def test_yaml_of_a_template_has_no_anchors() -> None:
    assert "&id" not in yaml.safe_dump(texts.template("general"))
