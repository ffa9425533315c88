"""What can't be read is refused like everywhere else: filters and bodies of any bytes, and what a view may keep."""

import json
from typing import Any

import pytest

from dealrail.accounts.models import User
from dealrail.crm.actions.recycling import delete_deal
from dealrail.crm.models import SavedView
from tests.api.client import Api
from tests.cast import MakeDeal, actor_of

pytestmark = pytest.mark.django_db
HALF = "\ud800"
LISTS = ("deals", "customers", "contacts", "products", "activities", "tasks", "exports/deals", "exports/customers")
BODIES = ("{", "NaN", '{"answers": ' + "9" * 5000 + "}", "[" * 100_000, b"\xff", "plain")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "leaf",
    [
        {"field": "name", "op": "eq", "value": HALF},
        {"field": "owner", "op": "in", "value": [HALF]},
        {"field": HALF, "op": "eq", "value": "1"},
        {"field": "name", "op": HALF, "value": "1"},
    ],
    ids=["value", "one of several", "field", "comparison"],
)
def test_half_a_character_in_a_filter_is_refused(path: str, leaf: dict[str, Any], as_admin: Api) -> None:
    assert as_admin.get(path, filter=json.dumps({"all": [leaf]})).code == "bad_filter"


@pytest.mark.parametrize("body", BODIES, ids=["open", "nan", "digits", "deep", "bytes", "plain"])
@pytest.mark.parametrize("path", ["forms/none/records", "deals/{deal}/actions/call/complete", "deals"])
def test_a_body_that_is_no_json_is_refused(
    path: str, body: str | bytes, as_rep: Api, rep: User, make_deal: MakeDeal
) -> None:
    answer = as_rep.send("post", path.format(deal=make_deal().pk), body)
    assert answer.status in {400, 422}
    assert answer.code


def test_a_part_nested_too_deep_is_refused(as_rep: Api, make_deal: MakeDeal) -> None:
    answer = as_rep.upload(f"deals/{make_deal().pk}/actions/call/complete", form="[" * 100_000, note="x")
    assert answer.status in {400, 422}


@pytest.mark.parametrize("query", ["filter=xx", 'filter={"field":"owner","op":"in","value":["\\ud800"]}', "filter=[]"])
def test_a_view_keeps_no_filter_that_opens_for_nobody(query: str, as_manager: Api) -> None:
    answer = as_manager.post("views", list="deals", name="坏视图", query=query)
    assert answer.code == "bad_filter"
    assert not SavedView.objects.filter(name="坏视图").exists()


def test_the_recycle_bin_tells_what_lies_in_it(as_admin: Api, admin: User, make_deal: MakeDeal) -> None:
    deal = make_deal(name="误建的商机")
    delete_deal(actor=actor_of(admin), deal_id=deal.pk)
    (found,) = as_admin.get("recycle-bin").body
    assert (found["kind"], found["id"], found["name"]) == ("deal", deal.pk, "误建的商机")
