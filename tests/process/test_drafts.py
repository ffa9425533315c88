"""Drafts of processes: kept step by step, by several editors, and published once."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.process import checks, texts
from dealrail.process import queries as processes
from dealrail.process.actions import drafts
from dealrail.process.errors import (
    BadDefinition,
    DraftThere,
    NoStepAfter,
    NoStepBefore,
    NoSuchDraft,
    NoSuchProcess,
    NoteMissing,
    OtherProcess,
    PublishedMeanwhile,
    StaleDraft,
    UnkeepableDraft,
    describe,
)
from dealrail.process.models import Draft, DraftStep
from dealrail.process.queries.drafts import draft as the_draft
from tests.cast import actor_of, at_once, event_kinds, last_event_id, publish, refuses, trial

SYSTEM = Actor.system()
KEY = "trial"


def start(**given: Any) -> Draft:
    return drafts.start_draft(actor=SYSTEM, key=KEY, **given)


def save(seen: int, **fields: Any) -> Draft:
    return drafts.save_draft(actor=SYSTEM, key=KEY, seen=seen, content=trial(**fields))


def test_a_draft_is_begun_changed_and_published(admin: User) -> None:
    actor, before = actor_of(admin), last_event_id()
    begun = drafts.start_draft(actor=actor, key=KEY)
    assert (begun.content, begun.base, begun.origin) == (trial(), *[processes.current_version(KEY)] * 2)
    saved = drafts.save_draft(actor=actor, key=KEY, seen=1, content=trial(name="新名字"))
    assert (saved.name, saved.revision, saved.edited_by_id) == ("新名字", 2, admin.pk)
    same = drafts.save_draft(actor=actor, key=KEY, seen=2, content=trial(name="新名字"))
    assert same.revision == 2
    version, is_new = drafts.publish_draft(actor=actor, key=KEY, seen=2, note=" 改名，因为旧名含糊 ")
    assert (version.number, is_new, version.note, version.published_by) == (2, True, "改名，因为旧名含糊", admin)
    assert event_kinds(before) == ["draft.started", "draft.changed", "process.published", "draft.published"]
    assert not Draft.objects.exists()
    assert not DraftStep.objects.exists()


@pytest.mark.usefixtures("company")
def test_an_older_version_comes_back_by_way_of_a_draft() -> None:
    publish(trial(name="第二版"))
    rolled = start(version=1)
    assert (rolled.content["name"], rolled.origin.number, rolled.base.number) == (trial()["name"], 1, 2)
    version, _new = drafts.publish_draft(actor=SYSTEM, key=KEY, seen=1, note="退回第一版")
    assert (version.number, version.content) == (3, trial())


@pytest.mark.usefixtures("company")
def test_a_new_process_begins_from_a_template_or_from_nothing_and_may_be_wrong_for_a_while() -> None:
    made = drafts.start_draft(actor=SYSTEM, key="fresh", content=texts.blank("fresh", "全新"))
    assert (made.name, made.base, made.content["stages"]) == ("全新", None, [])
    with refuses(BadDefinition):
        drafts.publish_draft(actor=SYSTEM, key="fresh", seen=1, note="第一版")
    copied = {**texts.template("equipment"), "process": "fresh", "name": "自家的"}
    drafts.save_draft(actor=SYSTEM, key="fresh", seen=1, content=copied)
    version, _new = drafts.publish_draft(actor=SYSTEM, key="fresh", seen=2, note="第一版")
    assert (version.definition.key, version.number) == ("fresh", 1)


@pytest.mark.usefixtures("company")
def test_steps_are_undone_and_redone_until_something_else_is_saved() -> None:
    start()
    for number, name in enumerate(["一", "二", "三"], 1):
        save(number, name=name)
    back = drafts.undo_draft(actor=SYSTEM, key=KEY, seen=4)
    back = drafts.undo_draft(actor=SYSTEM, key=KEY, seen=5)
    assert (back.content["name"], back.name, back.can_undo, back.can_redo) == ("一", "一", True, True)
    assert drafts.redo_draft(actor=SYSTEM, key=KEY, seen=6).content["name"] == "二"
    other = save(7, name="另一个")
    assert (other.can_redo, other.revision) == (False, 8)
    with refuses(NoStepAfter):
        drafts.redo_draft(actor=SYSTEM, key=KEY, seen=8)
    for seen in (8, 9, 10):
        drafts.undo_draft(actor=SYSTEM, key=KEY, seen=seen)
    with refuses(NoStepBefore):
        drafts.undo_draft(actor=SYSTEM, key=KEY, seen=11)


@pytest.mark.usefixtures("company")
def test_only_the_last_steps_are_kept() -> None:
    draft = start()
    Draft.objects.update(position=drafts.MOST_STEPS + 1, latest=drafts.MOST_STEPS + 1)
    DraftStep.objects.bulk_create(
        DraftStep(draft=draft, number=number, content={}) for number in range(2, drafts.MOST_STEPS + 2)
    )
    kept = save(1, name="又一步")
    assert (kept.oldest, kept.latest, kept.steps.count()) == (2, drafts.MOST_STEPS + 2, drafts.MOST_STEPS + 1)


CHANGES: list[tuple[str, Callable[..., Any]]] = [
    ("save", lambda **given: drafts.save_draft(content=trial(name="乙"), **given)),
    ("undo", drafts.undo_draft),
    ("redo", drafts.redo_draft),
    ("discard", drafts.discard_draft),
    ("publish", lambda **given: drafts.publish_draft(note="说明", **given)),
]


@pytest.mark.parametrize("change", [change for _, change in CHANGES], ids=[name for name, _ in CHANGES])
def test_nobody_changes_a_draft_unseen_unknown_or_without_the_permission(
    change: Callable[..., Any], admin: User, manager: User
) -> None:
    with refuses(NoSuchDraft):
        change(actor=SYSTEM, key=KEY, seen=1)
    start()
    drafts.save_draft(actor=actor_of(admin), key=KEY, seen=1, content=trial(name="甲"))
    with refuses(StaleDraft) as caught:
        change(actor=SYSTEM, key=KEY, seen=1)
    assert admin.name in str(caught.value)
    assert caught.value.params["revision"] == 2
    with refuses(NotAllowed):
        change(actor=actor_of(manager), key=KEY, seen=2)


def test_only_who_designs_or_publishes_sees_drafts(admin: User, manager: User) -> None:
    start()
    assert the_draft(actor_of(admin), KEY).content == trial()
    with refuses(NotAllowed):
        the_draft(actor_of(manager), KEY)
    with refuses(NotAllowed):
        drafts.start_draft(actor=actor_of(manager), key=KEY)


@pytest.mark.usefixtures("company")
def test_refuses_a_second_draft_and_one_of_nothing() -> None:
    with refuses(NoSuchProcess):
        drafts.start_draft(actor=SYSTEM, key="none")
    with refuses(NoSuchProcess):
        start(version=7)
    start()
    with refuses(DraftThere):
        start()


@pytest.mark.usefixtures("company")
def test_what_somebody_else_published_meanwhile_is_replaced_only_when_named() -> None:
    start()
    save(1, name="草稿")
    publish(trial(name="别人的"))
    with refuses(PublishedMeanwhile) as caught:
        drafts.publish_draft(actor=SYSTEM, key=KEY, seen=2, note="我的")
    assert caught.value.params["number"] == 2
    version, _new = drafts.publish_draft(actor=SYSTEM, key=KEY, seen=2, note="我的", over=2)
    assert version.number == 3


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("note", ["", " x ", "长" * 501])
def test_refuses_to_publish_without_saying_why(note: str) -> None:
    start()
    with refuses(NoteMissing):
        drafts.publish_draft(actor=SYSTEM, key=KEY, seen=1, note=note)


def deep(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    for _ in range(levels):
        inner = {"not": inner}
    return inner


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ({"when": deep(100)}, UnkeepableDraft),
        ({"when": deep(100_000)}, UnkeepableDraft),
        ({"stages": [{}] * 30_000}, UnkeepableDraft),
        ({"sop": "长" * 500_001}, UnkeepableDraft),
        ({"sop": "a\x00b"}, UnkeepableDraft),
        ({"a\ud800": 1}, UnkeepableDraft),
        ({5: 1}, UnkeepableDraft),
        ({"probability": float("nan")}, UnkeepableDraft),
        ({"probability": 10**5000}, UnkeepableDraft),
        ({"name": {1, 2}}, UnkeepableDraft),
        ([], UnkeepableDraft),
        ({"process": "other"}, OtherProcess),
    ],
)
def test_refuses_to_keep_what_is_hostile(content: Any, refusal: type[Exception]) -> None:
    start()
    with refuses(refusal):  # type: ignore[arg-type]
        drafts.save_draft(actor=SYSTEM, key=KEY, seen=1, content=content)


@pytest.mark.usefixtures("company")
def test_refuses_a_key_that_is_none() -> None:
    with refuses(UnkeepableDraft):
        drafts.start_draft(actor=SYSTEM, key="A b", content={})


@pytest.mark.usefixtures("company")
@pytest.mark.django_db(transaction=True)
def test_of_editors_at_once_one_is_kept_and_the_others_are_told() -> None:
    begun = at_once(*[start] * 4)
    assert sorted(type(row).__name__ for row in begun) == ["Draft"] + ["DraftThere"] * 3
    saved = at_once(*[lambda: save(1, name="同时")] * 4)
    assert sorted(type(row).__name__ for row in saved) == ["Draft"] + ["StaleDraft"] * 3
    published = at_once(*[lambda: drafts.publish_draft(actor=SYSTEM, key=KEY, seen=2, note="同时发布")] * 4)
    assert sorted(type(row).__name__ for row in published) == ["NoSuchDraft"] * 3 + ["tuple"]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3),
)


@settings(max_examples=60)
@given(content=PLAIN)
def test_whatever_is_offered_is_kept_or_refused_with_a_sentence(content: Any) -> None:
    problem = checks.unkeepable(KEY, content)
    assert problem is None or describe(problem)
