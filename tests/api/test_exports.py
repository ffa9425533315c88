"""Exports over the API: what one sees, as a sheet, on record."""

from dealrail.events.models import Event
from tests.api.client import Api
from tests.cast import Company, MakeCustomer, MakeDeal


def test_gives_what_one_sees_and_notes_it(as_rep: Api, as_stranger: Api, make_deal: MakeDeal) -> None:
    make_deal(name="=1+1", amount="5")
    sheet = as_rep.get("exports/deals")
    assert sheet.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "'=1+1" in sheet.text
    assert Event.objects.get(kind="export.taken").payload["rows"] == 1
    assert "1+1" not in as_stranger.get("exports/deals").text


def test_keeps_to_the_filter(as_rep: Api, make_deal: MakeDeal) -> None:
    make_deal(name="小单", amount="5")
    make_deal(name="大单", amount="500")
    wanted = '{"field": "amount", "op": "gt", "value": "100"}'
    text = as_rep.get("exports/deals", filter=wanted, sort="name").text
    assert ("大单" in text, "小单" in text) == (True, False)


def test_masks_phones_in_a_pool(as_rep: Api, make_customer: MakeCustomer) -> None:
    customer = make_customer(phone="13800001111")
    as_rep.post(f"customers/{customer.pk}/release", reason="没空")
    text = as_rep.get("exports/customers").text
    assert ("13800001111" in text, "138****1111" in text) == (False, True)


def test_gives_a_workbook(as_rep: Api, make_deal: MakeDeal) -> None:
    make_deal()
    response = as_rep.client.get("/api/v1/exports/deals?as=xlsx", headers=as_rep.headers)
    assert b"".join(response).startswith(b"PK")
    assert response.headers["Content-Disposition"].endswith('.xlsx"')


def test_what_cannot_be_exported_is_refused(as_rep: Api, company: Company) -> None:
    assert as_rep.get("exports/planets").code == "unknown_export_kind"
    assert as_rep.get("exports/deals", **{"as": "pdf"}).code == "invalid_input"
    assert as_rep.get("exports/deals", sort="colour").code == "bad_sort"
    assert Api(company.people["legal"]).get("exports/deals").code == "not_allowed"
    assert not Event.objects.filter(kind="export.taken").exists()
