"""A line's stages beside those of the group's template: which ways forward count as no more than a stage added."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealrail.process import rules
from dealrail.process.rules.deviations import Part, deviations, forbidden
from tests.cast import trial
from tests.process.test_deviations import Content, Edit, edited, put, remove_stage, stage


def ways(place: int = 1, new: str = "x", kind: str = "open", **nexts: list[str]) -> Edit:
    """A stage more at this place, and where stages lead then."""

    def edit(content: Content) -> None:
        content["stages"].insert(place, {"key": new, "name": new, "kind": kind, "back": []})
        for key, following in nexts.items():
            stage(content, key)["next"] = following

    return edit


def without_talk(following: list[str]) -> Edit:
    def edit(content: Content) -> None:
        remove_stage(content)
        stage(content, "lead")["next"] = following

    return edit


def guard(content: Content) -> None:
    """What the first stage demands it demands only on the way to the second."""
    stage(content, "lead")["conditions"][0]["to"] = ["talk"]


ADDED, REMOVED, LOOSENED = Part.STAGES_ADDED, Part.STAGES_REMOVED, Part.CONDITIONS_LOOSENED
# what the template says, what a line makes of it, and the parts that this belongs to
WAYS: list[tuple[list[Edit], list[Edit], set[Part]]] = [
    ([], [ways(lead=["x"], x=["talk"])], {ADDED}),
    ([], [ways(lead=["talk", "x"], x=["talk"])], {ADDED}),
    ([], [ways(lead=["x"], x=["y"]), ways(2, "y", y=["x", "talk"])], {ADDED}),
    ([], [ways(lead=["x"], x=["talk", "work"])], {ADDED, Part.ORDER}),
    ([], [ways(lead=["x", "work"], x=["talk"])], {ADDED, Part.ORDER}),
    ([], [ways(lead=["x"], x=["y"]), ways(2, "y", y=["end", "talk"])], {ADDED, Part.ORDER}),
    ([], [ways(2, talk=["x"], x=["lead", "work"])], {ADDED, Part.ORDER}),
    ([], [ways(0, x=["lead"])], {ADDED}),
    ([], [ways(0, x=["lead", "talk"])], {Part.ORDER}),
    ([], [ways(2, kind="won", talk=["x"], x=["work"])], {ADDED}),
    ([], [ways(1, kind="won", lead=["x"], x=["talk"])], {ADDED, Part.ORDER}),
    ([put("lead", next=["talk", "work"])], [ways(lead=["x", "work"], x=["talk"])], {ADDED}),
    ([put("lead", next=["talk", "work"])], [ways(lead=["x"], x=["work"])], {ADDED, Part.ORDER}),
    ([put("lead", next=["talk", "work"])], [ways(lead=["work", "x"], x=["talk"])], {ADDED, Part.ORDER}),
    ([guard], [guard, ways(lead=["x"], x=["talk"])], {ADDED, LOOSENED}),
    ([], [without_talk(["work"])], {REMOVED}),
    ([], [without_talk(["work", "end"])], {REMOVED, Part.ORDER}),
    ([put("talk", next=["work", "end"])], [without_talk(["work", "end"])], {REMOVED}),
]


@pytest.mark.parametrize(("group", "line", "parts"), WAYS)
def test_no_way_round_the_stages_of_the_group_counts_as_a_stage_more_or_less(
    group: list[Edit], line: list[Edit], parts: set[Part]
) -> None:
    template = trial()
    for edit in group:
        edit(template)
    found = deviations(rules.parse(template), rules.parse(edited(*line)))
    assert {row.part for row in found} == parts


NEXTS = st.lists(st.sampled_from(["a", "b", "c", "end"]), min_size=1, max_size=3, unique=True)


def graph(order: str, nexts: dict[str, list[str]]) -> rules.ProcessSpec:
    rows = [{"key": key, "name": key, "next": nexts[key], "back": []} for key in order]
    return rules.parse({"process": "graph", "name": "图", "stages": rows})


def walks(spec: rules.ProcessSpec, most: int) -> set[tuple[str, ...]]:
    """Every way that a deal may go, with the stages of the group on it, at most so many steps."""
    found: set[tuple[str, ...]] = set()
    ends: set[tuple[tuple[str, ...], str]] = {((), spec.stages[0].key)}
    for _ in range(most):
        ends = {(way if key in "xy" else (*way, key), key) for way, key in ends}
        found |= {way for way, _key in ends if way}
        ends = {(way, to) for way, key in ends if key != rules.END for to in spec.stage(key).next}
    return found


@settings(max_examples=200, deadline=None)
@given(group=st.fixed_dictionaries(dict.fromkeys("abc", NEXTS)), data=st.data())
def test_where_stages_may_be_added_deals_pass_those_of_the_group_as_it_says(
    group: dict[str, list[str]], data: st.DataObject
) -> None:
    template = graph("abc", group)
    drawn = {
        key: data.draw(st.lists(st.sampled_from([*group[key], "x", "y"]), min_size=1, max_size=3, unique=True))
        for key in "abc"
    }
    new = {
        key: data.draw(st.lists(st.sampled_from(["a", "b", "c", "end", "y"]), min_size=1, max_size=2)) for key in "xy"
    }
    own = graph(data.draw(st.sampled_from(["abcxy", "xaybc", "axbyc"])), {**drawn, **new})
    if forbidden(template, own, {Part.STAGES_ADDED}) == []:
        assert walks(own, 5) <= walks(template, 5)
