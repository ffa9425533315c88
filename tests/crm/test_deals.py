"""Creating and changing deals, and handing them over."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NotAllowed, UnknownPerson
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.crm.actions.deals import change_deal, create_deal, transfer_deal
from dealrail.crm.errors import DuplicateCode, FieldRefused, UnknownField
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from dealrail.process.errors import NoSuchProcess, StaleVersion
from tests.cast import (
    Company,
    MakeDeal,
    actor_of,
    event_kinds,
    fresh,
    last_event_id,
    new_customer,
    new_deal,
    publish,
    refuses,
    trial,
)


def test_a_deal_starts_in_the_first_stage_of_the_version_in_force(make_deal: MakeDeal, rep: User) -> None:
    deal = fresh(make_deal(name=" 大单 ", amount="1.2万", urgency="高", budget="￥8,000"))
    assert (deal.name, deal.owner, deal.run.stage.key, deal.run.state) == ("大单", rep, "lead", "open")
    assert (deal.amount, deal.extra) == (Decimal("12000.00"), {"urgency": "高", "budget": "8000.00"})
    fact = Event.objects.latest("pk")
    assert (fact.kind, fact.payload["amount"], fact.payload["process"]) == ("deal.created", "12000.00", "trial")


WRONG: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"name": " "}, FieldRefused),
    ({"name": "n" * 161}, FieldRefused),
    ({"name": "a\x00b"}, FieldRefused),
    ({"name": "\ud800"}, FieldRefused),
    ({"amount": "-1"}, FieldRefused),
    ({"amount": "viel"}, FieldRefused),
    ({"amount": "1e30"}, FieldRefused),
    ({"amount": "9" * 13}, FieldRefused),
    ({"expected_close": "2026-02-30"}, FieldRefused),
    ({"customer": 0}, FieldRefused),
    ({"customer": "nobody"}, FieldRefused),
    ({"product": "nothing"}, FieldRefused),
    ({"product": True}, FieldRefused),
    ({"product": "\x00"}, FieldRefused),
    ({"region": "9" * 30}, FieldRefused),
    ({"urgency": "中"}, FieldRefused),
    ({"seats": "many"}, FieldRefused),
    ({"seats": "NaN"}, FieldRefused),
    ({"seats": "1e30"}, FieldRefused),
    ({"seats": "1e-31"}, FieldRefused),
    ({"seats": "1e9999999"}, FieldRefused),
    ({"seats": "9" * 31}, FieldRefused),
    ({"seats": "9" * 5000}, FieldRefused),
    ({"signed_on": "gestern"}, FieldRefused),
    ({"signed_on": "1999-12-31"}, FieldRefused),
    ({"expected_close": "1900-01-01"}, FieldRefused),
    ({"expected_close": "2101-01-01"}, FieldRefused),
    ({"need": "x" * 5001}, FieldRefused),
    ({"owner": 1}, UnknownField),
    ({"stage": "work"}, UnknownField),
    ({"state": "won"}, UnknownField),
]


@pytest.mark.parametrize(("fields", "refusal"), WRONG)
def test_refuses_a_field_that_makes_no_sense(
    fields: dict[str, Any], refusal: type[Refusal], make_deal: MakeDeal, rep: User
) -> None:
    deal = make_deal()
    with refuses(refusal):
        create_deal(actor=actor_of(rep), process="trial", fields={"name": "商机", **fields})
    with refuses(refusal) as caught:
        change_deal(actor=actor_of(rep), deal_id=deal.pk, fields=fields)
    assert caught.value.params["field"] in fields


BOUNDS: list[tuple[dict[str, int], list[str], list[str]]] = [
    ({"min": 0, "max": 100}, ["0", "100", "99.5"], ["-5", "300", "100.01"]),
    ({"min": 1}, ["1", "9999"], ["0", "-1"]),
    ({"max": 10}, ["10", "-3"], ["11"]),
]


@pytest.mark.parametrize("type_", ["number", "money"])
@pytest.mark.parametrize(("bounds", "fine", "wrong"), BOUNDS)
def test_numbers_keep_the_bounds_of_their_process(
    bounds: dict[str, int], fine: list[str], wrong: list[str], type_: str, rep: User, company: Company
) -> None:
    content = trial(process="bounded")
    content["fields"].append({"key": "rate", "name": "折扣", "type": type_, **bounds})
    publish(content)
    deal = new_deal(rep, "bounded")
    for value in fine:
        if type_ == "number" or not value.startswith("-"):
            change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"rate": value})
    for value in wrong:
        with refuses(FieldRefused) as caught:
            change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"rate": value})
        assert str(caught.value).startswith("折扣")
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"rate": ""})


def test_the_templates_bound_discounts_margins_and_scores(rep: User, company: Company) -> None:
    wrong = {"b2b-software": {"discount": "-5", "satisfaction": "11"}, "equipment": {"nps": "11", "quantity": "0"}}
    wrong |= {"general": {"discount": "300"}, "complaint-loop": {"satisfaction": "-1"}}
    for process, fields in wrong.items():
        deal = new_deal(rep, process)
        for key, value in fields.items():
            with refuses(FieldRefused) as caught:
                change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={key: value})
            assert caught.value.params["field"] == key


def test_refuses_a_deal_without_name_process_or_permission(rep: User, legal: User) -> None:
    with refuses(FieldRefused):
        create_deal(actor=actor_of(rep), process="trial", fields={})
    with refuses(NoSuchProcess):
        create_deal(actor=actor_of(rep), process="nonsense", fields={"name": "商机"})
    with refuses(NotAllowed):
        create_deal(actor=actor_of(legal), process="trial", fields={"name": "商机"})


def test_a_code_stands_for_one_deal(rep: User) -> None:
    deal = create_deal(actor=actor_of(rep), process="trial", fields={"name": "商机"}, code=" C1 ")
    assert deal.code == "C1"
    with refuses(DuplicateCode):
        create_deal(actor=actor_of(rep), process="trial", fields={"name": "商机"}, code="C1")
    for _ in range(2):
        new_deal(rep)


def test_a_reference_is_found_by_id_name_or_code(rep: User, make_deal: MakeDeal) -> None:
    customer = new_customer(rep, name="上海云帆科技有限公司")
    product = crm.products().get(code="P1")
    for fields in (
        {"customer": customer.pk, "product": product.pk, "region": "华东"},
        {"customer": str(customer.pk), "product": "p1", "region": "华东"},
        {"customer": "上海云帆科技有限公司", "product": "协同平台", "region": "华东"},
    ):
        deal = fresh(make_deal(**fields))
        assert (deal.customer, deal.product, deal.region.name) == (customer, product, "华东")


def test_a_change_tells_old_and_new(make_deal: MakeDeal, rep: User) -> None:
    deal = make_deal(amount="100")
    revision = deal.run.revision
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "200.5", "need": "新需求", "name": deal.name})
    fact = Event.objects.latest("pk")
    assert fact.payload["changes"] == {"amount": ["100.00", "200.50"], "need": [None, "新需求"]}
    assert fresh(deal).run.revision == revision + 1


def test_fields_are_emptied_by_nothing(make_deal: MakeDeal, rep: User) -> None:
    deal = make_deal(amount="100", customer=new_customer(rep).pk)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "", "customer": None})
    assert (fresh(deal).amount, fresh(deal).customer) == (None, None)


def test_a_deal_is_handed_over_with_a_note(make_deal: MakeDeal, rep: User, colleague: User) -> None:
    deal, before = make_deal(), last_event_id()
    transfer_deal(actor=actor_of(rep), deal_id=deal.pk, owner_id=colleague.pk, note=" 请接手\x00 ")
    moved = fresh(deal)
    assert (moved.owner, moved.last_owner) == (colleague, rep)
    assert event_kinds(before) == ["deal.owner_changed"]
    payload = Event.objects.latest("pk").payload
    assert (payload["how"], payload["from_owner_id"], payload["note"]) == ("transferred", rep.pk, "请接手")
    assert deal not in crm.deals(actor_of(rep))


def test_handing_over_to_who_has_it_changes_nothing(make_deal: MakeDeal, rep: User) -> None:
    deal, before = make_deal(), last_event_id()
    transfer_deal(actor=actor_of(rep), deal_id=deal.pk, owner_id=rep.pk)
    assert event_kinds(before) == []


def test_refuses_to_hand_over_to_nobody_or_on_an_old_page(
    make_deal: MakeDeal, rep: User, colleague: User, admin: User
) -> None:
    deal = make_deal()
    with refuses(StaleVersion):
        transfer_deal(actor=actor_of(rep), deal_id=deal.pk, owner_id=colleague.pk, seen_version=0)
    change_user(actor=actor_of(admin), user_id=colleague.pk, is_active=False)
    for owner_id in (0, colleague.pk):
        with refuses(UnknownPerson):
            transfer_deal(actor=actor_of(rep), deal_id=deal.pk, owner_id=owner_id)


def test_a_deal_made_for_another_needs_the_permission_to_hand_over(company: Company, rep: User) -> None:
    deal = create_deal(
        actor=actor_of(rep), process="trial", fields={"name": "商机"}, owner_id=company.people["colleague"].pk
    )
    assert deal.owner == company.people["colleague"]
    with refuses(UnknownPerson):
        create_deal(actor=actor_of(rep), process="trial", fields={"name": "商机"}, owner_id=10**9)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("deal_code_once|code", {"code": "C1"}),
        ("deal_amount_not_negative", {"amount": Decimal(-1)}),
    ],
)
def test_the_database_refuses(name: str, fields: dict[str, Any], rep: User) -> None:
    create_deal(actor=actor_of(rep), process="trial", fields={"name": "商机"}, code="C1")
    deal = new_deal(rep)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Deal.objects.filter(pk=deal.pk).update(**fields)


def test_the_database_refuses_a_deal_both_owned_and_in_a_pool(company: Company, rep: User) -> None:
    deal = new_deal(rep)
    with pytest.raises(IntegrityError, match="deal_owned_or_in_pool"), transaction.atomic():
        Deal.objects.filter(pk=deal.pk).update(pool=company.pool)


def test_a_search_finds_deals_by_name_code_or_customer(rep: User, make_deal: MakeDeal) -> None:
    by_name = make_deal(name="云帆二期")
    by_customer = make_deal(customer=new_customer(rep, name="云帆科技").pk)
    make_deal(name="别的")
    assert set(crm.search_deals(actor_of(rep), crm.deals(actor_of(rep)), " 云帆\x00 ")) == {by_name, by_customer}


def test_a_total_counts_and_sums_what_a_list_holds(rep: User, make_deal: MakeDeal) -> None:
    for amount in ("100.10", "200", ""):
        make_deal(amount=amount)
    total = crm.total_of(crm.deals(actor_of(rep)))
    assert (total.count, total.amount) == (3, Decimal("300.10"))
