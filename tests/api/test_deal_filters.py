"""Deals filtered and sorted by loss reason and by the fields of their processes, alike on both databases."""

import json
from typing import Any

import pytest

from dealrail.accounts.models import User
from dealrail.crm.actions.deals import lose_deal
from tests.api.client import Api
from tests.api.test_lists import walked
from tests.cast import MakeDeal, actor_of, last_event_id, new_deal, publish, trial

OTHER = {
    "process": "other",
    "name": "另一流程",
    "fields": [
        {"key": "seats", "name": "座位", "type": "text"},
        {"key": "urgency", "name": "急", "type": "choice", "choices": ["高", "中"]},
    ],
}


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def names(api: Api, wanted: dict[str, Any], **asked: str) -> set[str]:
    """The names of the deals that a filter keeps."""
    found = api.get("deals", filter=json.dumps(wanted), **asked)
    assert found.status == 200, found.text
    return set(found.names)


@pytest.fixture
def deals(make_deal: MakeDeal) -> None:
    """Deals whose own fields hold small and large, early and late, and nothing."""
    make_deal(name="甲", seats="9", budget="9.5", signed_on="2026-03-02", urgency="高", need="报表")
    make_deal(name="乙", seats="10", budget="10万", signed_on="2026-03-10", urgency="低", need="报表和看板")
    make_deal(name="丙", seats="100", budget="0", signed_on="2025-12-31", urgency="高")
    make_deal(name="空", seats="", budget="", signed_on="", urgency="", need="")
    make_deal(name="无")


@pytest.mark.usefixtures("deals")
@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (leaf("seats", "lt", 10), "甲"),
        (leaf("seats", "gte", "10"), "乙丙"),
        (leaf("seats", "between", [9, 10]), "甲乙"),
        (leaf("seats", "ne", 9), "乙丙空无"),
        (leaf("seats", "is_empty"), "空无"),
        (leaf("budget", "gt", "9.50"), "乙"),
        (leaf("budget", "eq", "0"), "丙"),
        (leaf("signed_on", "lt", "2026-03-10"), "甲丙"),
        (leaf("signed_on", "is_not_empty"), "甲乙丙"),
        (leaf("urgency", "eq", "高"), "甲丙"),
        (leaf("urgency", "not_in", ["高"]), "乙空无"),
        (leaf("need", "contains", "看板"), "乙"),
        (leaf("need", "is_empty"), "丙空无"),
        ({"all": [leaf("seats", "gt", 9), leaf("urgency", "eq", "高")]}, "丙"),
        ({"not": leaf("seats", "gt", 9)}, "甲空无"),
    ],
)
def test_a_field_of_the_process_is_compared_in_its_type(as_rep: Api, condition: dict[str, Any], kept: str) -> None:
    assert names(as_rep, condition) == set(kept)


@pytest.mark.usefixtures("deals")
def test_deals_are_sorted_by_a_field_of_the_process_page_by_page(as_rep: Api) -> None:
    for sort, order in (("seats", "甲乙丙"), ("-seats", "丙乙甲"), ("-signed_on", "乙甲丙")):
        assert "".join(as_rep.get("deals", sort=sort).names[:3]) == order
        whole = walked(as_rep, "deals", 200, sort=sort)
        assert walked(as_rep, "deals", 1, sort=sort) == walked(as_rep, "deals", 2, sort=sort) == whole


@pytest.mark.usefixtures("deals")
def test_numbers_of_any_length_are_paged_through(as_rep: Api, make_deal: MakeDeal) -> None:
    for seats in ("12345678901234567890", "12345678901234567891.5", "0.1", "1e29", "1e-30", "0.30000000000000004"):
        make_deal(seats=seats)
    for sort in ("seats", "-seats"):
        whole = walked(as_rep, "deals", 200, sort=sort)
        assert len(set(whole)) == len(whole) == 11
        assert walked(as_rep, "deals", 1, sort=sort) == whole


def test_lost_deals_are_found_by_their_reason(as_rep: Api, rep: User, make_deal: MakeDeal) -> None:
    for name, reason in (("贵", "price"), ("静", "silent"), ("开", "")):
        deal = make_deal(name=name)
        if reason:
            lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason=reason)
    assert names(as_rep, leaf("loss_reason", "eq", "price")) == {"贵"}
    assert names(as_rep, leaf("loss_reason", "is_empty")) == {"开"}
    assert names(as_rep, leaf("loss_reason", "ne", "price")) == {"静", "开"}
    assert as_rep.get("deals", sort="-loss_reason").names[:2] == ["静", "贵"]


@pytest.fixture
def two_kinds(deals: None, rep: User) -> None:
    """A second process, whose field of the same key holds another type."""
    publish(trial(**OTHER, stages=[{"key": "lead", "name": "线索", "kind": "lead", "probability": 10}]))
    new_deal(rep, "other", name="丁", seats="十", urgency="中")
    new_deal(rep, "other", name="戊", seats="9")


@pytest.mark.usefixtures("two_kinds")
def test_a_field_of_one_kind_in_two_processes_is_one_field(as_rep: Api) -> None:
    assert names(as_rep, leaf("urgency", "in", ["高", "中"])) == {"甲", "丙", "丁"}


@pytest.mark.usefixtures("two_kinds")
def test_a_field_of_two_kinds_is_refused_until_the_process_is_named(as_rep: Api) -> None:
    before = last_event_id()
    for asked in ({"filter": json.dumps(leaf("seats", "gt", 9))}, {"sort": "seats"}):
        refused = as_rep.get("deals", **asked)
        assert (refused.status, refused.code) == (422, "unclear_filter_field")
        assert "process" in refused.body["detail"]
        assert set(refused.body["known"].split(", ")) == {"trial", "other"}
    assert last_event_id() == before
    assert names(as_rep, leaf("seats", "gt", 9), process="trial") == {"乙", "丙"}
    assert names(as_rep, leaf("seats", "eq", "9"), process="other") == {"戊"}
    beside = {"all": [leaf("process", "eq", "trial"), leaf("seats", "lte", 9)]}
    assert names(as_rep, beside) == {"甲"}
    assert as_rep.get("deals", process="trial", sort="-seats").names[0] == "丙"
    assert set(as_rep.get("deals", process="other").names) == {"丁", "戊"}


@pytest.mark.usefixtures("deals")
def test_refuses_an_unknown_process_and_values_of_another_type(as_rep: Api) -> None:
    assert as_rep.get("deals", process="nothing").code == "no_such_process"
    assert as_rep.get("deals", filter=json.dumps(leaf("seats", "gt", "many"))).code == "wrong_filter_value"
    assert as_rep.get("deals", filter=json.dumps(leaf("urgency", "gt", "高"))).code == "unknown_operator"


@pytest.mark.usefixtures("deals")
def test_exports_know_the_same_fields(as_rep: Api, as_stranger: Api) -> None:
    wanted = json.dumps(leaf("seats", "gt", 9))
    rows = as_rep.get("exports/deals", filter=wanted, sort="-seats").text.splitlines()
    assert [row.split(",")[2] for row in rows[1:]] == ["丙", "乙"]
    assert len(as_stranger.get("exports/deals", filter=wanted).text.splitlines()) == 1


@pytest.mark.usefixtures("deals")
def test_a_stranger_finds_nothing_by_any_field(as_stranger: Api) -> None:
    assert names(as_stranger, leaf("seats", "is_not_empty")) == set()
    assert as_stranger.get("deals", sort="seats").body["items"] == []
