"""The log over the API."""

import pytest

from tests.api.client import Api
from tests.cast import Company, found_company, last_event_id, new_deal, publish, trial


@pytest.fixture
def company(transactional_db: None) -> Company:
    """Committed for real: the feed holds back what a running transaction wrote."""
    return found_company()


def test_follows_everything_with_the_permission(as_admin: Api, company: Company) -> None:
    start = last_event_id()
    deal = new_deal(company.people["rep"])
    publish(trial(name="新名"))
    first = as_admin.get("events", after=start, limit=1).body
    assert [(row["kind"], row["subject"]) for row in first["items"]] == [
        ("deal.created", {"kind": "deal", "id": deal.pk})
    ]
    rest = as_admin.get("events", cursor=first["next"]).body
    assert [row["kind"] for row in rest["items"]] == ["process.published"]
    assert as_admin.get("events", after=rest["items"][-1]["id"]).body == {"items": [], "next": None}


def test_without_it_one_follows_ones_own_records(as_rep: Api, as_stranger: Api, company: Company) -> None:
    start = last_event_id()
    new_deal(company.people["rep"])
    publish(trial(name="新名"))
    assert [row["kind"] for row in as_rep.get("events", after=start).body["items"]] == ["deal.created"]
    assert as_stranger.get("events", after=start).body["items"] == []


def test_a_place_that_cannot_be_is_refused(as_rep: Api) -> None:
    assert as_rep.get("events", after="last").code == "invalid_input"
    assert as_rep.get("events", after=10**30).code == "invalid_input"
