"""What stands where a number belongs: too long, of another script, or none at all; never a fault of ours."""

import pytest

from dealrail.accounts.models import User
from dealrail.web.inputs import whole
from tests.cast import Company, MakeCustomer, MakeDeal
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

ODD = {"too long": "9" * 5000, "beyond any id": "9" * 18, "raised": "²", "negative": "-1", "words": "zwei", "empty": ""}
ADDRESSES = [
    "/deals/?unit={odd}",
    "/deals/?owner={odd}",
    "/deals/?product={odd}",
    "/deals/?customer={odd}",
    "/deals/?sort=name&cursor={odd}",
    "/deals/?figure=reached&process=trial&unit={odd}",
    "/deals/export/?unit={odd}&as=csv",
    "/deals/new/?customer={odd}",
    "/customers/?unit={odd}",
    "/customers/?pool={odd}",
    "/customers/export/?unit={odd}&as=csv",
    "/customers/{customer}/?before={odd}",
    "/deals/{deal}/?before={odd}",
    "/pools/{pool}/?kind=deals&cursor={odd}",
    "/board/?process=trial&unit={odd}",
    "/insights/funnel/?process=trial&unit={odd}",
]


@pytest.mark.parametrize("odd", ODD)
def test_an_address_with_an_odd_number_is_answered(
    log_in: LogIn, manager: User, company: Company, make_deal: MakeDeal, make_customer: MakeCustomer, odd: str
) -> None:
    places = {"customer": make_customer().pk, "deal": make_deal().pk, "pool": company.pool.pk}
    client = log_in(manager)
    for address in ADDRESSES:
        assert client.get(address.format(odd=ODD[odd], **places)).status_code < 500, address


@pytest.mark.parametrize("odd", ODD)
def test_a_form_with_an_odd_number_is_refused(
    log_in: LogIn, admin: User, company: Company, make_deal: MakeDeal, make_customer: MakeCustomer, odd: str
) -> None:
    deal, customer, value = make_deal(), make_customer(), ODD[odd]
    client = log_in(admin)
    bulk = {"deal": f"{deal.pk}:{deal.run.revision}", "step": "transfer"}
    forms = [
        (f"/pools/{company.pool.pk}/claim/", {"kind": "customers", "record": value}),
        (f"/pools/{company.pool.pk}/claim/", {"kind": "deals", "record": value}),
        (f"/customers/{customer.pk}/transfer/", {"owner": value}),
        ("/deals/bulk/", {**bulk, "owner": value}),
        ("/deals/bulk/", {"deal": value, "step": "lose"}),
        (f"/deals/{deal.pk}/transfer/", {"owner": value, "seen": str(deal.run.revision)}),
    ]
    for address, typed in forms:
        assert client.post(address, typed).status_code < 500, address
    customer.refresh_from_db()
    deal.refresh_from_db()
    assert (customer.owner, deal.owner) == (company.people["rep"], company.people["rep"])


@pytest.mark.parametrize("odd", ["too long", "beyond any id"])
def test_a_version_nobody_saw_moves_nothing_by_itself(log_in: LogIn, rep: User, make_deal: MakeDeal, odd: str) -> None:
    deal = make_deal()
    answer = log_in(rep).post("/deals/bulk/", {"deal": f"{deal.pk}:{ODD[odd]}", "step": "lose", "reason": ""})
    assert answer.status_code < 500


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("０７", 7), ("9" * 18, int("9" * 18))])
def test_a_whole_number_is_read(text: str, number: int) -> None:
    assert whole(text) == number


@pytest.mark.parametrize("text", [None, "", " ", "²", "①", "-1", "+1", "1.0", "1e3", "1_000", "9" * 19, "9" * 5000])
def test_what_is_no_whole_number_is_none(text: str | None) -> None:
    assert whole(text) is None
