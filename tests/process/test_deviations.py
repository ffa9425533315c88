"""Group templates: what a line may change of one, which of its changes are refused, and that both are told in words."""

import copy
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.process import checks, rules
from dealrail.process import queries as processes
from dealrail.process.actions.definitions import publish_process
from dealrail.process.actions.drafts import (
    discard_draft,
    publish_draft,
    save_draft,
    start_draft,
    take_over_template,
    undo_draft,
)
from dealrail.process.actions.templates import set_template, start_from_template
from dealrail.process.errors import (
    BadDefinition,
    DraftUnreadable,
    FollowsTemplate,
    NoSuchProcess,
    NoSuchTemplate,
    NothingNew,
    ProcessThere,
    StaleDraft,
    TemplateFollowed,
    UnknownPart,
    describe,
)
from dealrail.process.models import Draft
from dealrail.process.queries.templates import deviations_of, followed, followers, template_or_none, use_of
from dealrail.process.rules.deviations import Part, deviations, forbidden
from tests.cast import actor_of, at_once, event_kinds, last_event_id, publish, refuses, trial

SYSTEM = Actor.system()
Content = dict[str, Any]
Edit = Callable[[Content], None]


def stage(content: Content, key: str) -> Content:
    found: Content = next(row for row in content["stages"] if row["key"] == key)
    return found


def condition(content: Content, key: str) -> Content:
    rows = [row for one in content["stages"] for row in one.get("conditions", [])]
    found: Content = next(row for row in rows if row["key"] == key)
    return found


def add_stage(content: Content) -> None:
    content["stages"].insert(2, {"key": "trial-run", "name": "试用"})


def remove_stage(content: Content) -> None:
    content["stages"] = [row for row in content["stages"] if row["key"] != "talk"]


def drop(key: str) -> Edit:
    def edit(content: Content) -> None:
        talk = stage(content, "talk")
        talk["conditions"] = [row for row in talk["conditions"] if row["key"] != key]

    return edit


def put(key: str, **values: Any) -> Edit:
    return lambda content: stage(content, key).update(values)


def put_condition(key: str, **values: Any) -> Edit:
    return lambda content: condition(content, key).update(values)


NEW = {"key": "cool", "kind": "process.cooling", "days": 2}
# An edit of the trial process, and the part that it belongs to.
EDITS: list[tuple[Edit, Part]] = [
    (add_stage, Part.STAGES_ADDED),
    (remove_stage, Part.STAGES_REMOVED),
    (put("talk", name="深谈"), Part.STAGES_REMOVED),
    (put("talk", time_limit_days=9), Part.LIMITS),
    (put("lead", follow_up_days=2), Part.LIMITS),
    (put("talk", probability=60), Part.PROBABILITY),
    (put("talk", goal="谈妥", sop="先问预算"), Part.TEXTS),
    (put("talk", scripts=[{"name": "开场", "text": "您好"}]), Part.TEXTS),
    (lambda content: content.update(description="本线的卖法"), Part.TEXTS),
    (lambda content: content["actions"][0].update(script="您好"), Part.TEXTS),
    (lambda content: stage(content, "lead")["conditions"].append(NEW), Part.CONDITIONS_ADDED),
    (put_condition("followed", at_least=3), Part.CONDITIONS_ADDED),
    (put_condition("facts", fields=["budget", "amount", "need"]), Part.CONDITIONS_ADDED),
    (put_condition("known", waivable=False), Part.CONDITIONS_ADDED),
    (drop("followed"), Part.CONDITIONS_LOOSENED),
    (put_condition("followed", at_least=1), Part.CONDITIONS_LOOSENED),
    (put_condition("facts", fields=["budget"]), Part.CONDITIONS_LOOSENED),
    (put_condition("followed", of=["call", "visit", "email"]), Part.CONDITIONS_LOOSENED),
    (put_condition("known", when={"field": "amount", "op": "gt", "value": "5"}), Part.CONDITIONS_LOOSENED),
    (put_condition("done", actions=["call"]), Part.ACTIONS),
    (drop("done"), Part.ACTIONS),
    (put("talk", actions=["call", "proposal", "visit"]), Part.ACTIONS),
    (lambda content: content["actions"].append({"key": "gift", "name": "送礼"}), Part.ACTIONS),
    (lambda content: content["loss_reasons"].append({"key": "late", "name": "太晚"}), Part.LOSS_REASONS),
    (lambda content: content["loss_reasons"][0].update(name="贵"), Part.LOSS_REASONS),
    (lambda content: content["fields"].append({"key": "extra", "name": "其他", "type": "text"}), Part.FIELDS),
    (put_condition("agreed", by={"role": "legal"}), Part.APPROVERS),
    (put("talk", back=[]), Part.ORDER),
    (put("talk", roles=["sales"]), Part.OWNERS),
    (lambda content: content.update(waiver_reasons=[{"key": "urgent", "name": "急单"}]), Part.LOSS_REASONS),
]


def edited(*edits: Edit) -> Content:
    content: Content = copy.deepcopy(trial(process="own", name="本线流程"))
    for edit in edits:
        edit(content)
    return content


# The rule


@pytest.mark.parametrize(("edit", "part"), EDITS)
def test_each_edit_belongs_to_its_part(edit: Edit, part: Part) -> None:
    found = deviations(rules.parse(trial()), rules.parse(edited(edit)))
    assert found
    assert {row.part for row in found} == {part}


EXAMPLE = {"key": "e", "name": "例", "stage": "lead", "expect": "passes"}


def test_a_name_and_examples_of_its_own_are_no_deviation() -> None:
    assert deviations(rules.parse(trial()), rules.parse(edited())) == []
    assert deviations(rules.parse(trial()), rules.parse(edited(put_all(examples=[EXAMPLE])))) == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda content: stage(content, "talk")["conditions"].reverse(),
        lambda content: content["fields"].reverse(),
        lambda content: content["loss_reasons"].reverse(),
        put_condition("facts", fields=["amount", "budget"]),
        put("talk", actions=["proposal", "call"]),
    ],
)
def test_the_same_in_another_order_is_no_deviation(edit: Edit) -> None:
    assert deviations(rules.parse(trial()), rules.parse(edited(edit))) == []


def put_all(**values: Any) -> Edit:
    return lambda content: content.update(values)


@settings(max_examples=150, deadline=None)
@given(chosen=st.sets(st.integers(0, len(EDITS) - 1), max_size=6), allowed=st.sets(st.sampled_from(list(Part))))
def test_what_lies_outside_the_allowed_parts_is_refused_and_what_lies_inside_passes(
    chosen: set[int], allowed: set[Part]
) -> None:
    # what is taken out can't be edited any more, so edits of the same thing are tried one at a time
    apart = {part: number for number in sorted(chosen) for part in [EDITS[number][1]]}
    content = edited()
    for number in sorted(apart.values(), reverse=True):
        try:
            EDITS[number][0](content)
        except StopIteration:
            return
    refused = forbidden(rules.parse(trial()), rules.parse(content), allowed)
    made = {row.part for row in deviations(rules.parse(trial()), rules.parse(content))}
    assert {row.part for row in refused} == made - allowed
    assert (refused == []) == (made <= allowed)


def test_every_random_change_of_a_stage_belongs_to_some_part() -> None:
    chance = random.Random(7)
    for _ in range(50):
        content = edited(*(edit for edit, _part in chance.sample(EDITS[2:10], 3)))
        for row in deviations(rules.parse(trial()), rules.parse(content)):
            assert row.part in Part


# Templates


@pytest.fixture
def own(company: Any) -> Content:
    """A line's process that follows the trial process, which lets lines change texts and time limits."""
    set_template(actor=SYSTEM, key="trial", allowed=["limits", "texts"])
    start_from_template(actor=SYSTEM, of="trial", key="own", name="本线流程")
    publish_draft(actor=SYSTEM, key="own", seen=1, note="第一版")
    return edited()


@pytest.mark.django_db
def test_what_the_template_allows_is_published_and_listed(own: Content) -> None:
    put("talk", time_limit_days=9)(own)
    publish(own)
    beside = deviations_of("own")
    assert beside is not None
    assert (beside.parts, beside.forbidden) == ([Part.LIMITS], [])
    assert [row.key for row in followers(processes.current_version("trial").definition_id)] == ["own"]


@pytest.mark.django_db
@pytest.mark.parametrize(("edit", "part"), EDITS)
def test_what_it_does_not_allow_is_refused_on_the_way_into_force(own: Content, edit: Edit, part: Part) -> None:
    edit(own)
    found = [row for row in checks.problems(own) if row.code == "deviates"]
    assert bool(found) == (part not in {Part.LIMITS, Part.TEXTS})
    if found:
        with refuses(BadDefinition):
            publish_process(actor=SYSTEM, content=own)


@pytest.mark.django_db
def test_every_forbidden_deviation_is_named_in_plain_words(own: Content) -> None:
    drop("followed")(own)
    put("talk", probability=60)(own)
    own["loss_reasons"].append({"key": "late", "name": "太晚"})
    with translation.override("en"):
        said = [describe(row) for row in checks.problems(own)]
    assert len(said) == 3
    assert "conditions taken out or loosened" in "".join(said)
    assert "probabilities" in "".join(said)
    assert "loss reasons and waiver reasons · 太晚" in "".join(said)
    assert all("试用三阶段" in line for line in said)


@pytest.mark.django_db
def test_a_draft_may_deviate_while_it_is_worked_on(own: Content) -> None:
    draft = start_draft(actor=SYSTEM, key="own")
    drop("followed")(own)
    save_draft(actor=SYSTEM, key="own", seen=draft.revision, content=own)
    with refuses(BadDefinition):
        publish_draft(actor=SYSTEM, key="own", seen=draft.revision + 1, note="放松")


@pytest.mark.django_db
def test_what_is_allowed_later_can_be_published_then(own: Content) -> None:
    drop("followed")(own)
    set_template(actor=SYSTEM, key="trial", allowed=["conditions_loosened"])
    assert publish(own).number == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
def test_the_log_tells_of_a_template_and_saying_it_again_leaves_no_trace() -> None:
    before = last_event_id()
    set_template(actor=SYSTEM, key="trial", allowed=["texts", "limits"])
    set_template(actor=SYSTEM, key="trial", allowed=["limits", "texts"])
    assert event_kinds(before) == ["process.template_set"]
    assert set_template(actor=SYSTEM, key="trial", allowed=None) is None


@pytest.mark.django_db
def test_a_template_that_is_followed_stays_one_and_followers_are_none(own: Content) -> None:
    with refuses(TemplateFollowed):
        set_template(actor=SYSTEM, key="trial", allowed=None)
    with refuses(FollowsTemplate):
        set_template(actor=SYSTEM, key="own", allowed=[])


@pytest.mark.django_db
def test_what_makes_no_template_is_refused(company: Any, rep: User) -> None:
    with refuses(NotAllowed):
        set_template(actor=actor_of(rep), key="trial", allowed=[])
    with refuses(UnknownPart):
        set_template(actor=SYSTEM, key="trial", allowed=["prices"])
    with refuses(NoSuchProcess):
        set_template(actor=SYSTEM, key="none", allowed=[])
    with refuses(NoSuchTemplate):
        start_from_template(actor=SYSTEM, of="general", key="own", name="本线")


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("key", ["general", "trial"])
def test_what_is_published_already_does_not_come_to_follow_a_template(key: str) -> None:
    set_template(actor=SYSTEM, key="trial", allowed=[])
    before = last_event_id()
    with refuses(ProcessThere) as caught:
        start_from_template(actor=SYSTEM, of="trial", key=key, name="本线")
    assert caught.value.params == {"field": "key"}
    assert (use_of(key), Draft.objects.exists(), event_kinds(before)) == (None, False, [])


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
def test_a_draft_that_is_thrown_away_follows_nothing() -> None:
    set_template(actor=SYSTEM, key="trial", allowed=[])
    start_from_template(actor=SYSTEM, of="trial", key="own", name="本线")
    assert use_of("own") is not None
    discard_draft(actor=SYSTEM, key="own", seen=1)
    assert use_of("own") is None


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
def test_a_draft_thrown_away_takes_nothing_from_what_was_published_beside_it() -> None:
    set_template(actor=SYSTEM, key="trial", allowed=[])
    start_from_template(actor=SYSTEM, of="trial", key="own", name="本线流程")
    publish(edited())
    discard_draft(actor=SYSTEM, key="own", seen=1)
    assert use_of("own") is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("company")
def test_nobody_follows_what_is_taken_back_at_the_same_moment() -> None:
    set_template(actor=SYSTEM, key="trial", allowed=[])
    at_once(
        partial(set_template, actor=SYSTEM, key="trial", allowed=None),
        partial(start_from_template, actor=SYSTEM, of="trial", key="own", name="本线"),
    )
    assert (use_of("own") is None) == (template_or_none("trial") is None)


@pytest.mark.django_db
def test_a_new_version_of_the_template_takes_nothing_from_its_followers(own: Content) -> None:
    newer = trial()
    stage(newer, "talk")["probability"] = 55
    publish(newer)
    beside = deviations_of("own")
    assert beside is not None
    assert (beside.version.number, beside.found) == (1, [])


# Taking over


def publish_newer(*edits: Edit) -> None:
    newer = trial()
    for edit in edits:
        edit(newer)
    publish(newer)


@pytest.mark.django_db
def test_what_the_group_changed_is_taken_over_into_the_draft_and_then_gone_by(own: Content) -> None:
    put("talk", time_limit_days=9)(own)
    publish(own)
    publish_newer(put("talk", probability=55), drop("followed"))
    draft = start_draft(actor=SYSTEM, key="own")
    draft, conflicts = take_over_template(actor=SYSTEM, key="own", seen=draft.revision)
    talk = stage(draft.content, "talk")
    assert (talk["probability"], talk["time_limit_days"], conflicts) == (55, 9, ())
    before = deviations_of("own")
    assert before is not None
    assert before.version.number == 1  # until it is published
    publish_draft(actor=SYSTEM, key="own", seen=draft.revision, note="跟上集团")
    after = deviations_of("own")
    assert after is not None
    assert (after.version.number, after.parts) == (2, [Part.LIMITS])


@pytest.mark.django_db
def test_what_both_changed_is_named_and_undoing_goes_back_to_the_version_before(own: Content) -> None:
    put("talk", time_limit_days=9)(own)
    publish(own)
    publish_newer(put("talk", time_limit_days=5))
    draft = start_draft(actor=SYSTEM, key="own")
    draft, conflicts = take_over_template(actor=SYSTEM, key="own", seen=draft.revision)
    assert [row.where for row in conflicts] == ["stages.talk.time_limit_days"]
    assert stage(draft.content, "talk")["time_limit_days"] == 9
    assert followed("own", draft.content) == processes.current_version("trial")
    draft = undo_draft(actor=SYSTEM, key="own", seen=draft.revision)
    goes_by = followed("own", draft.content)
    assert goes_by is not None
    assert goes_by.number == 1


@pytest.mark.django_db
def test_what_is_published_beside_a_draft_goes_by_the_version_in_force(own: Content) -> None:
    publish_newer(put("talk", probability=55))
    draft = start_draft(actor=SYSTEM, key="own")
    draft, _conflicts = take_over_template(actor=SYSTEM, key="own", seen=draft.revision)
    put("talk", time_limit_days=9)(own)
    number = publish(own).number
    beside = deviations_of("own")
    assert beside is not None
    assert (beside.version.number, beside.parts) == (1, [Part.LIMITS])
    assert checks.problems(draft.content) == []
    publish_draft(actor=SYSTEM, key="own", seen=draft.revision, note="跟上集团", over=number)
    beside = deviations_of("own")
    assert beside is not None
    assert (beside.version.number, beside.parts) == (2, [])


@pytest.mark.django_db
def test_taking_over_what_the_line_said_already_goes_by_the_new_version_too(own: Content) -> None:
    put("talk", time_limit_days=9)(own)
    publish(own)
    publish_newer(put("talk", time_limit_days=9))
    draft = start_draft(actor=SYSTEM, key="own")
    draft, _conflicts = take_over_template(actor=SYSTEM, key="own", seen=draft.revision)
    _version, is_new = publish_draft(actor=SYSTEM, key="own", seen=draft.revision, note="跟上集团")
    beside = deviations_of("own")
    assert beside is not None
    assert (is_new, beside.version.number, beside.found) == (False, 2, [])


@pytest.mark.django_db
def test_where_there_is_nothing_to_take_over_it_is_refused(own: Content, rep: User) -> None:
    draft = start_draft(actor=SYSTEM, key="own")
    with refuses(NothingNew):
        take_over_template(actor=SYSTEM, key="own", seen=draft.revision)
    publish_newer(put("talk", probability=55))
    with refuses(NotAllowed):
        take_over_template(actor=actor_of(rep), key="own", seen=draft.revision)
    with refuses(StaleDraft):
        take_over_template(actor=SYSTEM, key="own", seen=draft.revision + 1)
    wrong = save_draft(actor=SYSTEM, key="own", seen=draft.revision, content={"process": "own", "stages": 5})
    with refuses(DraftUnreadable):
        take_over_template(actor=SYSTEM, key="own", seen=wrong.revision)
