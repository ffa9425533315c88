"""What was agreed to is shown to whoever answers and kept in sight afterwards; a material change asks again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.models import User
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.fields import create_field
from dealrail.crm.models import Customer, Deal
from dealrail.events.clocks import drain
from dealrail.process.models import ApprovalRequest
from tests.api.client import Api
from tests.cast import Company, actor_of, new_customer, stage_of
from tests.process.test_several_approvers import again, ask, deal_under
from tests.web.opened import opened
from tests.web.test_hidden_fields import readable

pytestmark = pytest.mark.django_db
Status = ApprovalRequest.Status


def as_read(user: User, deal: Deal, request: ApprovalRequest) -> dict[str, str]:
    """Wherever whoever is asked reads what they are asked for."""
    client, api = Client(headers={"accept-language": "zh-hans"}), Api(user, language="zh-hans")
    client.force_login(user)
    pages = {
        "first page": "/?mine=1",
        "deal": f"/deals/{deal.pk}/",
        "deciding": f"/deals/{deal.pk}/approvals/{request.pk}/",
        "notifications": "/notifications/",
    }
    told = {name: client.get(address).content.decode() for name, address in pages.items()}
    return {
        **told,
        "api": readable(api.get("approvals").text).replace('"900.00"', "¥900.00").replace('"100.00"', "¥100.00"),
    }


@pytest.fixture
def asked(rep: User) -> tuple[Deal, ApprovalRequest]:
    """A deal of ¥100 that legal is asked about."""
    deal = deal_under(rep, {"person": "legal"})
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "100"})
    request = ask(deal)
    drain()
    return deal, request


def test_what_is_agreed_to_is_shown_and_a_material_change_asks_again(
    asked: tuple[Deal, ApprovalRequest], rep: User, legal: User
) -> None:
    deal, first = asked
    assert [name for name, text in as_read(legal, deal, first).items() if "¥100.00" not in text] == []
    approver, seller = Client(), Client()
    approver.force_login(legal)
    seller.force_login(rep)
    address = f"/deals/{deal.pk}/approvals/{first.pk}/"
    form = opened(approver, address)  # opened before the change, sent after it
    assert seller.post(f"/deals/{deal.pk}/facts/amount/", {"amount": "900"}).status_code == 302
    assert again(first).status == Status.WITHDRAWN
    approver.post(address, {**form, "decision": "grant", "next": "/"})
    assert (again(first).status, stage_of(deal)) == (Status.WITHDRAWN, "lead")
    assert Api(legal).post(f"deals/{deal.pk}/approvals/{first.pk}/decide", granted=True).code == "not_found"
    drain()
    assert seller.post(f"/deals/{deal.pk}/advance/", {"to": "talk"}).status_code == 302
    second = ApprovalRequest.objects.get(run=deal.run_id, status=Status.PENDING)
    drain()
    read = as_read(legal, deal, second)
    assert [name for name, text in read.items() if "¥900.00" not in text] == []
    assert [name for name in ("first page", "deciding", "api") if "¥100.00" in read[name]] == []
    address = f"/deals/{deal.pk}/approvals/{second.pk}/"
    assert approver.post(address, {**opened(approver, address), "decision": "grant", "next": "/"}).status_code == 302
    assert (again(second).status, stage_of(deal)) == (Status.SPENT, "talk")


def test_what_was_agreed_to_stands_in_the_timeline_whatever_the_deal_holds_by_now(
    asked: tuple[Deal, ApprovalRequest], rep: User, legal: User, client: Client
) -> None:
    deal, request = asked
    Api(legal).post(f"deals/{deal.pk}/approvals/{request.pk}/decide", granted=True)
    assert stage_of(deal) == "talk"
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "1"})
    client.force_login(rep)
    for language, label in (("zh-hans", "金额 ¥100.00"), ("en", "Amount ¥100.00")):
        page = client.get(f"/deals/{deal.pk}/timeline/?show=approvals", headers={"accept-language": language})
        assert label in page.content.decode(), language
    told = [
        row["data"]
        for row in Api(rep).get(f"deals/{deal.pk}/timeline").body["items"]
        if row["kind"] == "approval.asked"
    ]
    assert [row["about"]["amount"] for row in told] == ["100.00"]


def test_an_added_field_among_what_was_agreed_to_is_told_by_its_name(rep: User, legal: User, client: Client) -> None:
    create_field(actor=actor_of(None), kind="deal", fields={"name": "折扣", "key": "discount", "type": "number"})
    when = {"field": "custom.discount", "op": "gt", "value": 10}
    deal = deal_under(rep, {"person": "legal"}, when=when)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"custom.discount": "15"})
    request = ask(deal)
    client.force_login(rep)
    page = client.get(f"/deals/{deal.pk}/timeline/?show=approvals").content.decode()
    assert ("折扣 15" in page, "custom.discount" in page) == (True, False)
    drain()
    assert [name for name, text in as_read(legal, deal, request).items() if "折扣" not in text] == []
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"custom.discount": "20"})
    assert again(request).status == Status.WITHDRAWN


# Everybody who takes over is shown the values that were asked about, not those of the day.
HANDED: dict[str, Any] = {
    "passed on": lambda api, base: api.post(f"{base}/delegate", to="finance"),
    "one more": lambda api, base: api.post(f"{base}/approvers", person="finance"),
    "one more before": lambda api, base: api.post(f"{base}/approvers", person="finance", first=True),
}


@pytest.mark.parametrize("how", HANDED)
def test_who_answers_in_anothers_place_is_shown_the_same(
    how: str, asked: tuple[Deal, ApprovalRequest], legal: User, company: Company
) -> None:
    deal, request = asked
    assert HANDED[how](Api(legal), f"deals/{deal.pk}/approvals/{request.pk}").status == 200
    drain()
    read = as_read(company.people["finance"], deal, request)
    assert [name for name, text in read.items() if "¥100.00" not in text] == []


def test_the_leader_of_an_approver_who_was_stopped_is_shown_the_same(
    asked: tuple[Deal, ApprovalRequest], legal: User
) -> None:
    deal, request = asked
    change_user(actor=actor_of(None), user_id=legal.pk, is_active=False)
    drain()
    [heir] = again(request).waits_for
    assert heir != legal
    assert [name for name, text in as_read(heir, deal, request).items() if "¥100.00" not in text] == []


def test_of_a_linked_record_only_who_may_see_it_is_told_which_and_nobody_its_id(
    rep: User, legal: User, stranger: User
) -> None:
    create_field(
        actor=actor_of(None),
        kind="deal",
        fields={"name": "推荐人", "key": "by", "type": "link", "target": "customer"},
    )
    deal = deal_under(rep, {"person": "legal"}, when={"field": "custom.by", "op": "is_not_empty"})
    secret = new_customer(stranger, name="绝密重工")
    change_deal(actor=actor_of(None), deal_id=deal.pk, fields={"custom.by": secret.pk})
    ask(deal)
    drain()

    def told() -> list[str]:
        api = Api(legal, language="zh-hans")
        [approval] = api.get("approvals").body["items"]
        [value] = [row["value"] for row in approval["about"] if row["key"] == "custom.by"]
        [noted] = [row["data"]["about"] for row in api.get("notifications").body["items"] if "about" in row["data"]]
        return [value, noted["custom.by"]]

    assert told() == ["（无权查看）"] * 2
    Customer.objects.filter(pk=secret.pk).update(owner=legal)
    assert told() == ["绝密重工"] * 2


NAMED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "number": ({"type": "number"}, {"op": "gt", "value": 10}),
    "link": ({"type": "link", "target": "customer"}, {"op": "is_not_empty"}),
}


@pytest.mark.parametrize("holds", NAMED)
def test_many_approvals_that_name_added_fields_take_no_more_statements(holds: str, rep: User, legal: User) -> None:
    field, when = NAMED[holds]
    create_field(actor=actor_of(None), kind="deal", fields={"name": "折扣", "key": "extra", **field})
    client, api = Client(), Api(legal)
    client.force_login(legal)
    ways: list[Callable[[], object]] = [
        lambda: api.get("approvals"),
        lambda: api.get("notifications"),
        lambda: client.get("/?mine=1"),
        lambda: client.get("/notifications/"),
    ]

    def statements() -> list[int]:
        counts = []
        for read in ways:
            read()
            with CaptureQueriesContext(connection) as made:
                read()
            counts.append(len(made))
        return counts

    def one_more() -> None:
        deal = deal_under(rep, {"person": "legal"}, when={"field": "custom.extra", **when})
        held = "15" if holds == "number" else new_customer(rep, name=f"客户{deal.pk}").pk
        Customer.objects.update(owner=legal)
        change_deal(actor=actor_of(None), deal_id=deal.pk, fields={"custom.extra": held})
        ask(deal)
        drain()

    one_more()
    one_more()
    few = statements()
    for _more in range(3):
        one_more()
    assert statements() == few
