"""Somebody who reads, a field that was added, and a record of theirs that holds it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import change_contact, change_customer, create_contact
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.fields import create_field
from dealrail.crm.models import CustomField
from tests.api.client import Api
from tests.cast import actor_of, new_customer, new_deal

NAME, VALUE, BEFORE = "信用评级", "三星级", "两星级"


@dataclass
class Setting:
    """Somebody who reads, a field that was added, and a record of theirs that holds it."""

    who: User
    client: Client
    api: Api
    field: CustomField
    record: Any

    @property
    def name(self) -> str:
        return crm.field_name(self.field)

    def page(self, address: str) -> str:
        """What a page or file says; what it refuses is said too."""
        answer = self.client.get(address)
        whole = b"".join(answer) if answer.streaming else answer.content
        if whole.startswith(b"PK"):
            book = ZipFile(BytesIO(whole))
            return "".join(book.read(name).decode() for name in book.namelist())
        return whole.decode("utf-8-sig", "replace")

    def filter_of(self, value: str) -> str:
        return json.dumps({"all": [{"field": self.name, "op": "eq", "value": value}]})


def set_up(
    rep: User,
    client: Client,
    kind: str,
    *,
    settings: Mapping[str, Any] | None = None,
    values: tuple[Any, Any] = (BEFORE, VALUE),
) -> Setting:
    """A rated record of the rep's, rated in two steps that the log tells of; they are logged in."""
    wanted = {"name": NAME, "key": "rating", **({"searchable": True} if settings is None else settings)}
    field = create_field(actor=actor_of(None), kind=kind, fields=wanted)
    client.force_login(rep)
    return Setting(rep, client, Api(rep, language="zh-hans"), field, _RATED[kind](rep, *values))


def _customer(rep: User, before: Any, value: Any) -> Any:
    customer = new_customer(rep, name="云帆科技", **{"custom.rating": before})
    change_customer(actor=actor_of(None), customer_id=customer.pk, fields={"custom.rating": value})
    return customer


def _deal(rep: User, before: Any, value: Any) -> Any:
    deal = new_deal(rep, name="云帆二期", **{"custom.rating": before})
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"custom.rating": value})
    return deal


def _contact(rep: User, before: Any, value: Any) -> Any:
    held = {"name": "云帆", "custom.rating": before}
    contact = create_contact(actor=actor_of(rep), customer_id=new_customer(rep).pk, fields=held)
    change_contact(actor=actor_of(rep), contact_id=contact.pk, fields={"custom.rating": value})
    return contact


_RATED = {"customer": _customer, "contact": _contact, "deal": _deal}
