"""The filter language: what it finds, that it means the same everywhere, and what it refuses and where."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, models
from django.utils import timezone
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from dealrail.core.filters import (
    BadFilter,
    BadSort,
    Field,
    FieldType,
    FilterTooLarge,
    UnclearFilterField,
    UnknownFilterField,
    UnknownOperator,
    WrongFilterValue,
    check,
    compile_filter,
    read_filter,
    sort_keys,
)

CHINA = ZoneInfo("Asia/Shanghai")
# Wednesday evening in UTC is Thursday 14 March in China.
NOW = datetime(2024, 3, 13, 20, tzinfo=UTC)
ME = 7
NAMES = {ME: "Ann", 8: "Bob"}


class Person(models.Model):
    """What a thing may belong to."""

    name = models.CharField(max_length=20)

    class Meta:
        app_label = "core_tests"

    def __str__(self) -> str:
        return self.name


class Thing(models.Model):
    """A record with one column of each type, all but the texts may be NULL; and one that holds anything in JSON."""

    title = models.CharField(max_length=20)
    note = models.CharField(max_length=20, default="")
    days = models.IntegerField(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    due = models.DateField(null=True)
    seen_at = models.DateTimeField(null=True)
    is_hot = models.BooleanField(null=True)
    owner = models.ForeignKey(Person, models.CASCADE, null=True)
    own = models.JSONField(default=dict)

    class Meta:
        app_label = "core_tests"

    def __str__(self) -> str:
        return self.title


FIELDS = [
    Field(name="title", path="title", type=FieldType.TEXT, label="title", nullable=False),
    Field(name="note", path="note", type=FieldType.TEXT, label="note", nullable=False),
    Field(name="days", path="days", type=FieldType.NUMBER, label="days"),
    Field(name="amount", path="amount", type=FieldType.MONEY, label="Amount"),
    Field(name="due", path="due", type=FieldType.DATE, label="due"),
    Field(name="seen_at", path="seen_at", type=FieldType.DATETIME, label="seen at"),
    Field(name="is_hot", path="is_hot", type=FieldType.BOOL, label="hot"),
    Field(name="grade", path="note", type=FieldType.CHOICE, label="grade", choices={"A": "best", "B": "good"}),
    Field(name="owner", path="owner", type=FieldType.PERSON, label="owner", sort_path="owner__name"),
    Field(name="owner_name", path="owner__name", type=FieldType.TEXT, label="owner's name"),
    Field(name="owner_id", path="owner", type=FieldType.REF, label="owner"),
    Field(name="seats", path="own", key="seats", type=FieldType.NUMBER, label="seats"),
    Field(name="budget", path="own", key="budget", type=FieldType.MONEY, label="budget"),
    Field(name="signed", path="own", key="signed-on", type=FieldType.DATE, label="signed"),
    Field(name="urgency", path="own", key="urgency", type=FieldType.CHOICE, label="urgency"),
    Field(name="need", path="own", key="need", type=FieldType.TEXT, label="need"),
]


def in_china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


THINGS = [
    {"pk": 1, "title": "blank"},
    {
        "pk": 2,
        "title": "Acme 100%",
        "note": "A",
        "days": 1,
        "amount": Decimal("0.00"),
        "is_hot": False,
        "owner_id": ME,
    },
    {
        "pk": 3,
        "title": "acme",
        "note": "B",
        "days": 2,
        "amount": Decimal("99.50"),
        "is_hot": True,
        "owner_id": 8,
    },
    {"pk": 4, "title": "阿里巴巴", "note": "", "days": -3, "amount": Decimal("100000.00"), "owner_id": 8},
    {"pk": 5, "title": "in February", "due": date(2024, 2, 29), "seen_at": in_china("2024-02-29 23:59")},
    {"pk": 6, "title": "a week ago", "due": date(2024, 3, 7), "seen_at": in_china("2024-03-07 00:00")},
    {"pk": 7, "title": "today", "due": date(2024, 3, 14), "seen_at": in_china("2024-03-14 00:30")},
    {"pk": 8, "title": "tomorrow", "due": date(2024, 3, 15), "seen_at": in_china("2024-03-15 00:00")},
]


@pytest.fixture
def things(db: None) -> Iterator[None]:
    """Tables of their own, gone with the test's transaction, and the day as it is in China."""
    with connection.cursor() as cursor:
        for model in (Person, Thing):
            columns = [f"{field.column} {field.db_type(connection)}" for field in model._meta.local_fields]
            cursor.execute(f"CREATE TABLE {model._meta.db_table} ({', '.join(columns)})")
    Person._default_manager.bulk_create(Person(pk=key, name=name) for key, name in NAMES.items())
    Thing._default_manager.bulk_create(
        [Thing(**values, own=OWN.get(key, {})) for key, values in enumerate(THINGS, start=1)]
    )
    with timezone.override(CHINA):
        yield


def found(wanted: object) -> set[int]:
    """Keys of the things that a filter keeps."""
    query = compile_filter(wanted, FIELDS, now=NOW, me=ME)
    return set(Thing._default_manager.filter(query).values_list("pk", flat=True))


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


# What the things hold in JSON; 6 comes from a time when these fields were texts.
OWN: dict[int, dict[str, Any]] = {
    2: {"seats": "9", "budget": "9.50", "signed-on": "2024-03-07", "urgency": "高", "need": "报表 BI"},
    3: {"seats": "10", "budget": "10.00", "signed-on": "2024-03-14", "urgency": "低", "need": "null"},
    4: {"seats": "100", "budget": "100000.00", "signed-on": "2024-03-15", "urgency": "高", "need": "0%"},
    5: {"seats": None, "budget": None, "signed-on": None, "urgency": "", "need": ""},
    6: {"seats": "many", "budget": "1e9999", "signed-on": "2024-02-30x", "urgency": None, "need": None},
    7: {"seats": "1E+3", "budget": "-1.50", "signed-on": "2023-12-31"},
}

EVERYTHING = {1, 2, 3, 4, 5, 6, 7, 8}


@pytest.mark.parametrize("wanted", [None, {}, {"all": []}, {"any": []}])
def test_an_empty_filter_keeps_everything(things: None, wanted: object) -> None:
    assert found(wanted) == EVERYTHING


@pytest.mark.parametrize(
    ("field", "op", "value", "kept"),
    [
        ("title", "eq", "acme", {3}),
        ("title", "contains", "ACME", {2, 3}),
        ("title", "contains", "0%", {2}),
        ("title", "starts_with", "阿里", {4}),
        ("title", "in", ["acme", "blank"], {1, 3}),
        ("note", "is_empty", None, {1, 4, 5, 6, 7, 8}),
        ("note", "is_not_empty", None, {2, 3}),
        ("days", "lt", 2, {2, 4}),
        ("days", "lt", 1.5, {2, 4}),
        ("days", "eq", "1.5", set()),
        ("days", "between", [-3, 1], {2, 4}),
        ("amount", "gte", "99.50", {3, 4}),
        ("amount", "gt", "99.50", {4}),
        ("amount", "in", ["0", "99.5"], {2, 3}),
        ("is_hot", "eq", False, {2}),
        ("is_hot", "ne", True, EVERYTHING - {3}),
        ("grade", "eq", "A", {2}),
        ("owner", "eq", "me", {2}),
        ("owner", "in", ["me", 8], {2, 3, 4}),
        ("owner_id", "eq", "8", {3, 4}),
        ("owner_name", "eq", "Bob", {3, 4}),
    ],
)
def test_keeps_what_a_condition_describes(things: None, field: str, op: str, value: Any, kept: set[int]) -> None:
    assert found(leaf(field, op, value)) == kept


@pytest.mark.parametrize(
    ("field", "value", "left_out"),
    [
        ("note", "A", {2}),
        ("days", 1, {2}),
        ("amount", "99.50", {3}),
        ("due", "today", {7}),
        ("owner", 8, {3, 4}),
        ("owner_name", "Bob", {3, 4}),
    ],
)
def test_not_equal_keeps_empty_fields(things: None, field: str, value: Any, left_out: set[int]) -> None:
    assert found(leaf(field, "ne", value)) == EVERYTHING - left_out
    assert found(leaf(field, "not_in", [value])) == EVERYTHING - left_out
    assert found({"not": leaf(field, "eq", value)}) == EVERYTHING - left_out
    assert found({"not": leaf(field, "ne", value)}) == left_out


@pytest.mark.parametrize("field", ["due", "seen_at"])
@pytest.mark.parametrize(
    ("op", "value", "kept"),
    [
        ("eq", "today", {7}),
        ("eq", "tomorrow", {8}),
        ("eq", "2024-03-07", {6}),
        ("in", ["2024-02-29", "today"], {5, 7}),
        ("gte", "-7d", {6, 7, 8}),
        ("lt", "-7d", {5}),
        ("lte", "-7d", {5, 6}),
        ("gt", "-1w", {7, 8}),
        ("lte", "+1d", {5, 6, 7, 8}),
        ("gt", "-1m", {5, 6, 7, 8}),
        ("eq", "last_month", {5}),
        ("lte", "last_month", {5}),
        ("eq", "this_month", {6, 7, 8}),
        ("eq", "last_week", {6}),
        ("eq", "this_quarter", {5, 6, 7, 8}),
        ("eq", "next_year", set()),
        ("between", ["last_month", "-7d"], {5, 6}),
        ("between", ["2024-03-07", "2024-03-14"], {6, 7}),
        ("is_not_empty", None, {5, 6, 7, 8}),
    ],
)
def test_dates_are_whole_days_of_the_time_zone(things: None, field: str, op: str, value: Any, kept: set[int]) -> None:
    assert found(leaf(field, op, value)) == kept


def test_a_full_moment_is_compared_to_the_second(things: None) -> None:
    assert found(leaf("seen_at", "gt", "2024-03-14T00:30:00+08:00")) == {8}
    assert found(leaf("seen_at", "gte", "2024-03-13T16:30:00Z")) == {7, 8}
    assert found(leaf("seen_at", "eq", "2024-03-14T00:30:00")) == {7}


def test_groups_combine(things: None) -> None:
    hot_or_mine = {"any": [leaf("is_hot", "eq", True), leaf("owner", "eq", "me")]}
    assert found(hot_or_mine) == {2, 3}
    assert found({"all": [hot_or_mine, leaf("days", "gt", 1)]}) == {3}
    assert found({"not": {"all": [hot_or_mine, leaf("days", "gt", 1)]}}) == EVERYTHING - {3}


@dataclass(frozen=True)
class Judged:
    """A condition and what it says of a thing, in plain Python."""

    condition: dict[str, Any]
    keys: frozenset[int]


def held(thing: dict[str, Any], field: str) -> Any:
    """What a thing holds in a field."""
    owner = thing.get("owner_id")
    return {"owner": owner, "owner_name": NAMES.get(owner or 0)}.get(field, thing.get(field))


def judged(field: str, op: str, value: Any) -> Judged:
    """The answer by hand: an empty field satisfies no comparison but `ne`."""
    wanted = Decimal(value) if field == "amount" else value
    compare: Callable[[Any, Any], bool] = getattr(operator, {"gte": "ge"}.get(op, op))
    keys = {
        key
        for key, stored in enumerate((held(thing, field) for thing in THINGS), start=1)
        if (op == "ne" if stored is None else compare(stored, wanted))
    }
    return Judged(leaf(field, op, value), frozenset(keys))


LEAVES = st.one_of(
    st.builds(judged, st.just("days"), st.sampled_from(["eq", "ne", "lt", "gte"]), st.integers(-4, 4)),
    st.builds(judged, st.just("amount"), st.sampled_from(["eq", "ne", "lt"]), st.sampled_from(["0", "99.5", "1"])),
    st.builds(judged, st.just("owner"), st.sampled_from(["eq", "ne"]), st.sampled_from([ME, 8, 9])),
    st.builds(judged, st.just("owner_name"), st.sampled_from(["eq", "ne"]), st.sampled_from(["Ann", "Bob", "C"])),
)


def grouped(parts: list[Judged], kind: str) -> Judged:
    """All, any or not of some judged conditions."""
    keys = [part.keys for part in parts]
    if kind == "not":
        return Judged({"not": parts[0].condition}, frozenset(EVERYTHING) - keys[0])
    joined = frozenset.intersection(*keys) if kind == "all" else frozenset.union(*keys)
    return Judged({kind: [part.condition for part in parts]}, joined)


TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(grouped, st.lists(inner, min_size=1, max_size=3), st.sampled_from(["all", "any", "not"])),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES)
def test_any_tree_means_what_plain_logic_says(things: None, tree: Judged) -> None:
    try:
        kept = found(tree.condition)
    except FilterTooLarge:
        reject()
    assert kept == tree.keys


# Fields inside a JSON column


@pytest.mark.parametrize(
    ("field", "op", "value", "kept"),
    [
        ("seats", "lt", 10, {2}),
        ("seats", "gt", 9, {3, 4, 7}),
        ("seats", "between", [9, 100], {2, 3, 4}),
        ("seats", "eq", "10", {3}),
        ("seats", "eq", 1000, {7}),
        ("seats", "in", [9, "100.0"], {2, 4}),
        ("seats", "lte", 9.5, {2}),
        ("seats", "is_empty", None, {1, 5, 6, 8}),
        ("seats", "is_not_empty", None, {2, 3, 4, 7}),
        ("budget", "gte", "10", {3, 4}),
        ("budget", "eq", "9.5", {2}),
        ("budget", "lt", "0", {7}),
        ("budget", "is_empty", None, {1, 5, 6, 8}),
        ("signed", "eq", "2024-03-07", {2}),
        ("signed", "gte", "-7d", {2, 3, 4}),
        ("signed", "lt", "today", {2, 7}),
        ("signed", "eq", "this_month", {2, 3, 4}),
        ("signed", "between", ["last_year", "today"], {2, 3, 7}),
        ("signed", "is_empty", None, {1, 5, 6, 8}),
        ("urgency", "eq", "高", {2, 4}),
        ("urgency", "in", ["高", "低"], {2, 3, 4}),
        ("urgency", "is_empty", None, {1, 5, 6, 7, 8}),
        ("need", "contains", "bi", {2}),
        ("need", "contains", "0%", {4}),
        ("need", "starts_with", "报表", {2}),
        ("need", "eq", "null", {3}),
        ("need", "is_empty", None, {1, 5, 6, 7, 8}),
    ],
)
def test_a_field_in_json_is_compared_in_its_type(things: None, field: str, op: str, value: Any, kept: set[int]) -> None:
    assert found(leaf(field, op, value)) == kept
    assert found({"not": leaf(field, op, value)}) == EVERYTHING - kept


@pytest.mark.parametrize(
    ("field", "value", "left_out"),
    [
        ("seats", 10, {3}),
        ("budget", "9.5", {2}),
        ("signed", "today", {3}),
        ("urgency", "高", {2, 4}),
        ("need", "null", {3}),
    ],
)
def test_not_equal_keeps_what_json_does_not_hold(things: None, field: str, value: Any, left_out: set[int]) -> None:
    assert found(leaf(field, "ne", value)) == EVERYTHING - left_out
    assert found(leaf(field, "not_in", [value])) == EVERYTHING - left_out


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("seats", [2, 3, 4, 7, 1, 5, 6, 8]),
        ("-seats", [7, 4, 3, 2, 1, 5, 6, 8]),
        ("budget", [7, 2, 3, 4, 1, 5, 6, 8]),
        ("-signed", [4, 3, 2, 7, 1, 5, 6, 8]),
    ],
)
def test_sorts_by_what_json_holds_in_its_type(things: None, sort: str, order: list[int]) -> None:
    rows = Thing._default_manager.order_by(*sort_keys(sort, FIELDS), "pk")
    assert list(rows.values_list("pk", flat=True)) == order


EITHER = [
    *FIELDS,
    Field(
        name="size",
        path="own",
        type=FieldType.TEXT,
        label="size",
        depends_on="grade",
        variants={
            "A": Field(name="size", path="own", key="seats", type=FieldType.NUMBER, label="size"),
            "B": Field(name="size", path="own", key="seats", type=FieldType.TEXT, label="size"),
        },
    ),
]


def sized(wanted: object) -> set[int]:
    """Keys of the things kept by a filter that may name what depends on the grade."""
    query = compile_filter(wanted, EITHER, now=NOW, me=ME)
    return set(Thing._default_manager.filter(query).values_list("pk", flat=True))


def test_a_name_of_two_meanings_is_understood_beside_what_tells_them_apart(things: None) -> None:
    of_a, of_b = leaf("grade", "eq", "A"), leaf("grade", "eq", "B")
    assert sized({"all": [of_a, leaf("size", "lt", 10)]}) == {2}
    assert sized({"all": [{"not": {"any": [leaf("size", "gt", 9)]}}, of_a]}) == {2}
    assert sized({"all": [of_b, leaf("size", "starts_with", "1")]}) == {3}
    both = {"any": [{"all": [of_a, leaf("size", "eq", 9)]}, {"all": [of_b, leaf("size", "eq", "10")]}]}
    assert sized(both) == {2, 3}
    assert [key.descending for key in sort_keys("-size", EITHER, given={"grade": "A"})] == [True]


@pytest.mark.parametrize(
    "beside",
    [
        [],
        [leaf("grade", "ne", "A")],
        [leaf("grade", "in", ["A"])],
        [{"not": leaf("grade", "eq", "A")}],
        [{"any": [leaf("grade", "eq", "A")]}],
    ],
)
def test_refuses_a_name_of_two_meanings_alone(beside: list[Any]) -> None:
    with pytest.raises(UnclearFilterField) as caught:
        check({"all": [*beside, leaf("size", "lt", 10)]}, EITHER)
    assert caught.value.params["known"] == "A, B"
    assert caught.value.params["place"] == f"filter.all[{len(beside)}].field"
    with pytest.raises(UnclearFilterField, match="grade"):
        sort_keys("size", EITHER)


@pytest.mark.parametrize(
    ("wanted", "refusal", "place"),
    [
        ([], BadFilter, "filter"),
        ("all", BadFilter, "filter"),
        ({"some": []}, BadFilter, "filter"),
        ({"all": {}}, BadFilter, "filter.all"),
        ({"all": [], "any": []}, BadFilter, "filter"),
        ({"all": [{}]}, BadFilter, "filter.all[0]"),
        ({"not": {}}, BadFilter, "filter.not"),
        ({"any": [{"all": []}]}, BadFilter, "filter.any[0].all"),
        ({"field": "days"}, BadFilter, "filter"),
        ({"field": "days", "op": "eq", "value": 1, "sql": "1=1"}, BadFilter, "filter"),
        ({"field": ["days"], "op": "eq"}, BadFilter, "filter"),
        ({"not": leaf("password", "eq", "x")}, UnknownFilterField, "filter.not.field"),
        (leaf("owner__name", "eq", "x"), UnknownFilterField, "filter.field"),
        ({"all": [leaf("days", "eq", 1), leaf("days", "contains", 1)]}, UnknownOperator, "filter.all[1].op"),
        (leaf("is_hot", "lt", True), UnknownOperator, "filter.op"),
        (leaf("days", "regex", "."), UnknownOperator, "filter.op"),
        (leaf("days", "in", [1, "x"]), WrongFilterValue, "filter.value[1]"),
        (leaf("days", "in", []), WrongFilterValue, "filter.value"),
        (leaf("days", "in", list(range(201))), WrongFilterValue, "filter.value"),
        (leaf("days", "between", [1]), WrongFilterValue, "filter.value"),
        (leaf("days", "is_empty", 1), WrongFilterValue, "filter.value"),
    ],
)
def test_refuses_a_broken_filter_and_names_the_place(wanted: object, refusal: type[BadFilter], place: str) -> None:
    with pytest.raises(refusal) as caught:
        check(wanted, FIELDS)
    assert type(caught.value) is refusal
    assert caught.value.params["place"] == place
    assert place in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 5),
        ("title", None),
        ("title", "a\0b"),
        ("title", "x" * 501),
        ("days", True),
        ("days", "1e5"),
        ("days", float("nan")),
        ("days", 10**16),
        ("amount", 1.5),
        ("amount", "1.234"),
        ("amount", "12.5个"),
        ("due", 5),
        ("due", "2024-02-30"),
        ("due", "1024-02-01"),
        ("due", "2024-02-01T10:00:00"),
        ("due", "-9999w"),
        ("due", "this_decade"),
        ("seen_at", "soon"),
        ("seen_at", "9999-12-31T23:59:59-12:00"),
        ("is_hot", "true"),
        ("grade", "C"),
        ("owner", "Bob"),
        ("owner", -1),
        ("owner", 10**20),
        ("owner_id", "me"),
    ],
)
def test_refuses_values_of_the_wrong_type(field: str, value: Any) -> None:
    with pytest.raises(WrongFilterValue, match=r"filter\.value"):
        check(leaf(field, "eq", value), FIELDS)


def test_says_what_was_expected_and_of_which_field() -> None:
    with pytest.raises(WrongFilterValue) as caught:
        check(leaf("amount", "gt", "much"), FIELDS)
    assert {"much", "Amount"} <= set(caught.value.params.values())
    assert "200,000" in str(caught.value)


@pytest.mark.parametrize("typed", ["20万", "200,000", "¥200,000.00", " 200000 "])
def test_reads_amounts_as_people_type_them(typed: str) -> None:
    check(leaf("amount", "gt", typed), FIELDS)


def test_reads_numbers_with_commas() -> None:
    check(leaf("days", "eq", "1,200"), FIELDS)
    with pytest.raises(WrongFilterValue):
        check(leaf("days", "eq", "1,20"), FIELDS)


def test_refuses_filters_that_are_too_deep_or_too_long() -> None:
    deep: dict[str, Any] = leaf("days", "eq", 1)
    for _level in range(5):
        deep = {"not": deep}
    check(deep, FIELDS)
    check({"all": [leaf("days", "eq", 1)] * 60}, FIELDS)
    for wanted in ({"not": deep}, {"all": [leaf("days", "eq", 1)] * 61}):
        with pytest.raises(FilterTooLarge):
            check(wanted, FIELDS)


def test_reads_a_filter_from_json() -> None:
    assert read_filter(' {"all": []} ') == {"all": []}
    assert read_filter("  ") == {}


@pytest.mark.parametrize("text", ["[]", "{", "5", '{"a":' * 5000, "[" * 19_000, " " + "1" * 20_001])
def test_refuses_json_that_is_no_filter(text: str) -> None:
    with pytest.raises(BadFilter):
        read_filter(text)


def test_sorts_with_empty_fields_last_either_way(things: None) -> None:
    def sorted_by(text: str) -> list[int]:
        rows = Thing._default_manager.filter(pk__lte=4).order_by(*sort_keys(text, FIELDS), "pk")
        return list(rows.values_list("pk", flat=True))

    assert sorted_by("amount") == [2, 3, 4, 1]
    assert sorted_by("-amount") == [4, 3, 2, 1]
    assert sorted_by("-owner,days") == [4, 3, 2, 1]
    assert sorted_by("") == [1, 2, 3, 4]


def test_sorts_a_column_without_nulls_plainly() -> None:
    title, days = sort_keys("-title,days", FIELDS)
    assert [title.descending, title.nulls_last] == [True, None]
    assert [days.descending, days.nulls_last] == [False, True]


@pytest.mark.parametrize("text", ["password", "days,-days", "--days", "title,note,days,amount,due", "days;drop"])
def test_refuses_to_sort_by_what_it_does_not_know(text: str) -> None:
    with pytest.raises(BadSort, match="amount"):
        sort_keys(text, FIELDS)


def test_moments_of_a_filter_follow_the_time_zone_of_the_reader(things: None) -> None:
    late_in_february = NOW - timedelta(days=13)
    with timezone.override(UTC):
        assert found(leaf("seen_at", "eq", "today")) == {7}
        assert compile_filter(leaf("due", "eq", "today"), FIELDS, now=late_in_february, me=ME) == compile_filter(
            leaf("due", "eq", "2024-02-29"), FIELDS, now=NOW, me=ME
        )
