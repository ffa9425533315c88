"""Customers that are there twice, over the API."""

from dealrail.accounts.models import User
from dealrail.crm.models import CustomerMerge
from tests.api.client import Api
from tests.cast import MakeCustomer, last_event_id


def test_merges_two_and_makes_two_again(as_rep: Api, make_customer: MakeCustomer) -> None:
    kept, gone = make_customer(name="云帆科技"), make_customer(name="云帆", grade="A")
    found = as_rep.get("customer-duplicates", name="云帆科技有限公司", but=kept.pk).body["items"]
    assert found == []
    made = as_rep.post(f"customers/{kept.pk}/merge", gone=gone.pk, take=["grade"])
    assert (made.status, made.body["kept"]["id"], made.body["gone"]["id"]) == (200, kept.pk, gone.pk)
    assert as_rep.get(f"customers/{kept.pk}").body["grade"] == "A"
    assert as_rep.get(f"customers/{gone.pk}").status == 404
    undone = as_rep.post(f"merges/{made.body['id']}/undo")
    assert undone.body["undone_at"]
    assert as_rep.get(f"customers/{gone.pk}").body["name"] == "云帆"
    assert as_rep.post(f"merges/{made.body['id']}/undo").code == "merge_undone"


def test_refusals_write_nothing(as_rep: Api, as_stranger: Api, stranger: User, make_customer: MakeCustomer) -> None:
    kept, gone, theirs = make_customer(), make_customer(), make_customer(owner=stranger)
    before = last_event_id()
    path = f"customers/{kept.pk}/merge"
    assert as_rep.post(path, gone=kept.pk).code == "merge_with_itself"
    assert as_rep.post(path, gone=gone.pk, take=["colour"]).code == "unknown_field"
    assert as_rep.post(path, gone=theirs.pk).status == 404
    assert as_stranger.post(path, gone=gone.pk).status == 404
    assert (last_event_id(), CustomerMerge.objects.count()) == (before, 0)


def test_a_duplicate_out_of_reach_tells_only_whose_it_is(
    as_rep: Api, as_stranger: Api, make_customer: MakeCustomer
) -> None:
    customer = make_customer(name="云帆科技有限公司", phone="13800001111")
    (seen,) = as_rep.get("customer-duplicates", name="云帆科技").body["items"]
    assert seen == {"id": customer.pk, "name": customer.name, "owner": "小销", "same": ["similar"]}
    (hidden,) = as_stranger.get("customer-duplicates", phone="138 0000 1111").body["items"]
    assert hidden == {"id": None, "name": "", "owner": "小销", "same": ["phone"]}
