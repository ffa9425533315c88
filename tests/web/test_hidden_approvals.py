"""What an approval is about is told to nobody who may not see it by now: on pages, in notifications, over the API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.crm.actions.deals import advance_deal
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.migrations import start_migration
from dealrail.crm.actions.pools import release_deal
from dealrail.crm.clocks import step_migrations
from dealrail.crm.models import CustomField
from dealrail.events.clocks import drain
from dealrail.process.models import ApprovalRequest
from tests.api.client import Api
from tests.cast import actor_of, new_customer, new_deal, publish, trial

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()
NAME, VALUE = "Grade of credit", "AAA-minus"


@dataclass(frozen=True)
class Asked:
    """Somebody who was asked for an approval; `spare` is a person whom they may ask to agree too."""

    deal_id: int
    request_id: int
    client: Client
    api: Api
    spare: str = "finance"

    @property
    def here(self) -> str:
        return f"deals/{self.deal_id}/approvals/{self.request_id}"

    def page(self, address: str) -> str:
        return self.client.get(f"/{address}").content.decode()


Way = Callable[[Asked], str]
WAYS: Mapping[str, Way] = {
    "page of the deal": lambda a: a.page(f"deals/{a.deal_id}/"),
    "form of the decision": lambda a: a.page(f"{a.here}/"),
    "what one was told": lambda a: a.page("notifications/"),
    "bell": lambda a: a.page("notifications/panel/"),
    "api approvals": lambda a: a.api.get("approvals").text,
    "api of one more approver": lambda a: a.api.post(f"{a.here}/approvers", person=a.spare).text,
    "api of what one was told": lambda a: a.api.get("notifications").text,
}
ELSEWHERE: Mapping[str, Way] = {
    "my day": lambda a: a.page(""),
    "timeline": lambda a: a.page(f"deals/{a.deal_id}/timeline/"),
    "api deal": lambda a: a.api.get(f"deals/{a.deal_id}").text,
    "api timeline": lambda a: a.api.get(f"deals/{a.deal_id}/timeline").text,
}


def ask(rep: User, legal: User, client: Client, value: str, **fields: Any) -> tuple[CustomField, Asked]:
    """An approval asked for while the gate demanded the field; the version in force demands it no more."""
    field = create_field(actor=SYSTEM, kind="deal", fields={"name": NAME, "key": "rating", **fields})
    content = trial()
    approval = {"key": "agreed0", "kind": "process.approval", "by": {"role": "legal"}}
    content["stages"][0]["conditions"] = [
        {"key": "rated", "kind": "fields.filled", "fields": ["custom.rating"]},
        approval,
    ]
    publish(content)
    deal = new_deal(rep, customer=new_customer(rep).pk, **{"custom.rating": value})
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    content["stages"][0]["conditions"] = [approval]
    publish(content)
    start_migration(actor=SYSTEM, note="新打法", process="trial")
    while step_migrations():
        pass
    drain()
    request = ApprovalRequest.objects.get()
    assert (request.status, request.about["custom.rating"]) == ("pending", value)
    client.force_login(legal)
    return field, Asked(deal.pk, request.pk, client, Api(legal))


def test_a_field_that_is_hidden_by_now_is_told_nowhere(rep: User, legal: User, client: Client) -> None:
    field, asked = ask(rep, legal, client, VALUE)
    met = {name: way(asked) for name, way in WAYS.items()}
    assert [name for name, text in met.items() if VALUE not in text] == []
    assert NAME in met["page of the deal"]
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"legal": "hidden"}})
    later = Asked(**{**vars(asked), "spare": "delivery"})
    found = {name: way(later) for name, way in {**WAYS, **ELSEWHERE}.items()}
    assert [name for name, text in found.items() if VALUE in text or NAME in text] == []
    assert '"id"' in found["api of one more approver"]


def test_a_way_to_reach_somebody_is_masked_while_the_deal_lies_in_a_pool(
    rep: User, legal: User, manager: User, client: Client
) -> None:
    _field, asked = ask(rep, legal, client, "13812345678", format="phone")
    assert [name for name, way in WAYS.items() if "13812345678" not in way(asked)] == []
    release_deal(actor=actor_of(manager), deal_id=asked.deal_id, reason="没人跟进")
    later = Asked(**{**vars(asked), "spare": "delivery"})
    found = {name: way(later) for name, way in {**WAYS, **ELSEWHERE}.items()}
    assert [name for name, text in found.items() if "13812345678" in text] == []
    assert [name for name in WAYS if "138****5678" not in found[name]] == []


@pytest.mark.parametrize(
    ("fields", "value", "shown"),
    [({"type": "yes_no"}, "true", "Yes"), ({"type": "money"}, "12000.00", "12,000.00"), ({}, VALUE, VALUE)],
)
def test_it_is_told_by_its_name_and_in_words(
    rep: User, legal: User, client: Client, fields: dict[str, Any], value: str, shown: str
) -> None:
    _field, asked = ask(rep, legal, client, value, **fields)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    page = asked.page(f"{asked.here}/")
    assert shown in page[page.index(NAME) :][:200]
    assert "custom.rating" not in page
