"""Deals: listing, creating, reading and changing them."""

from functools import partial
from typing import Any

from django.db.models import QuerySet
from ninja import Query, Router
from pydantic import Field

from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.errors import ProcessMissing
from dealrail.api.paging import Page, Paged, Searched, listed, paged
from dealrail.api.reading import Added, Fields, Id, OpenBody, Reference, Value, Version, person_id
from dealrail.api.shapes.deals import DealOut, GateOut, deal_out, deals_out, gate_out
from dealrail.api.shapes.events import EventOut, events_out
from dealrail.crm import queries as crm
from dealrail.crm.actions import deals, pools, recycling
from dealrail.events import queries as events
from dealrail.process import engine
from dealrail.process.queries.lines import startable

router = Router(tags=["deals"])


class DealFields(OpenBody):
    """Fields of a deal; those of its process stand beside these, or in `fields`."""

    name: str = ""
    customer: Value = Field(None, description="Id or name.")
    product: Value = Field(None, description="Id, name or code.")
    region: Value = Field(None, description="Id or name.")
    source: Value = Field(None, description="Id or name.")
    amount: Value = Field(None, description="In yuan: 12000, “12,000.50”, “1.2万”.")
    expected_close: Value = Field(None, description="A date like 2026-03-01.")
    fields: Fields = {}
    custom: Added = Field({}, description="Fields that were added (see /fields), by key.")


class DealChange(DealFields):
    """What to change; what is left out stays. Fields of the process stand beside these, or in `fields`."""

    seen_version: Version | None = Field(None, description="Refuse with 409 unless the deal still has this version.")


class NewDeal(DealFields):
    """A new deal; with exactly one process, `process` may be left out."""

    name: str
    process: str | None = None
    owner: Reference | None = Field(None, description="Id, login or name; yourself when left out.")
    code: str = ""


class DealListing(Searched):
    """Which deals, and in which order."""

    process: str = Field("", description="Only deals of this process; its own fields may be filtered and sorted by.")


def process_key(given: str | None, offered: QuerySet[Any]) -> str:
    """The process given, or the only one of those offered; refuse with ProcessMissing when there are several."""
    if given:
        return given
    keys = list(offered.values_list("key", flat=True))
    if len(keys) != 1:
        raise ProcessMissing(known=", ".join(keys) or "—")
    return str(keys[0])


def _fields(body: DealFields, *apart: str) -> dict[str, Any]:
    return {name: value for name, value in body.given().items() if name not in apart or name in body.fields}


@router.get("/deals", response=Page[DealOut])
def list_deals(request: ApiRequest, asked: Query[DealListing]) -> Page[DealOut]:
    """The deals one may see."""
    rows, given = crm.search_deals(request.auth, crm.deals(request.auth), asked.q), {}
    if asked.process:
        rows, given = crm.deals_of_process(rows, asked.process), {"process": asked.process}
    return listed(
        rows,
        asked,
        crm.deal_fields(request.auth),
        actor=request.auth,
        show=partial(deals_out, request.auth),
        given=given,
    )


@router.post("/deals", response={201: DealOut})
def create_deal(request: ApiRequest, given: NewDeal) -> DealOut:
    """Start a deal in the first stage of its process."""
    process, owner_id = process_key(given.process, startable(request.auth)), person_id(given.owner)
    fields = {**_fields(given, "process", "owner", "code"), "name": given.name}
    deal = deals.create_deal(actor=request.auth, process=process, fields=fields, owner_id=owner_id, code=given.code)
    return deal_out(request.auth, deal.pk)


@router.get("/deals/{deal_id}", response=DealOut)
def read_deal(request: ApiRequest, deal_id: Id) -> DealOut:
    """One deal; of a pool only so many may be opened a day."""
    deal = pools.open_deal(actor=request.auth, deal_id=deal_id)
    return deals_out(request.auth, [deal])[0]


@router.patch("/deals/{deal_id}", response=DealOut)
def change_deal(request: ApiRequest, deal_id: Id, given: DealChange) -> DealOut:
    """Change fields of a deal."""
    fields = _fields(given, "seen_version")
    deals.change_deal(actor=request.auth, deal_id=deal_id, fields=fields, seen_version=given.seen_version)
    return deal_out(request.auth, deal_id)


@router.delete("/deals/{deal_id}", response={204: None})
def delete_deal(request: ApiRequest, deal_id: Id, seen_version: Version | None = None) -> None:
    """Put a deal into the recycle bin."""
    recycling.delete_deal(actor=request.auth, deal_id=deal_id, seen_version=seen_version)


@router.post("/deals/{deal_id}/restore", response=DealOut)
def restore_deal(request: ApiRequest, deal_id: Id) -> DealOut:
    """Take a deal out of the recycle bin."""
    recycling.restore_deal(actor=request.auth, deal_id=deal_id)
    return deal_out(request.auth, deal_id)


@router.get("/deals/{deal_id}/gate", response=GateOut)
def read_gate(request: ApiRequest, deal_id: Id, to: str = "") -> GateOut:
    """What a move to this stage, or the next one, asks for; nothing is changed."""
    deal = pools.open_deal(actor=request.auth, deal_id=deal_id)
    return gate_out(engine.gate(deal.run, to=to or None, subject=deal))


@router.get("/deals/{deal_id}/timeline", response=Page[EventOut])
def read_deal_timeline(request: ApiRequest, deal_id: Id, asked: Query[Paged]) -> Page[EventOut]:
    """What happened with a deal, the latest first."""
    deal = pools.open_deal(actor=request.auth, deal_id=deal_id)
    return _told(request.auth, events.timeline({"deal": [deal.pk]}), asked)


def _told(actor: Actor, rows: Any, asked: Paged) -> Page[EventOut]:
    return paged(rows, asked, events.NEWEST, show=lambda found: events_out(actor, found))
