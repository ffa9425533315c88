"""Finding customers, contacts and deals at once."""

from ninja import Query, Router, Schema
from pydantic import BaseModel, Field

from dealrail.api.auth import ApiRequest
from dealrail.api.shapes.customers import ContactOut, CustomerOut, contacts_out, customers_out
from dealrail.api.shapes.parts import Ref, ref
from dealrail.crm import queries as crm

router = Router(tags=["search"])
MOST = 20


class Searching(Schema):
    """What is typed, and how many of each kind are wanted."""

    q: str = Field("", description="Characters of a name, pinyin, initials, a code, the beginning or end of a phone.")
    limit: int = Field(8, ge=1, le=MOST)


class DealFound(BaseModel):
    """A deal that was found."""

    id: int
    name: str
    code: str
    customer: Ref | None
    owner: Ref | None
    state: str


class FoundOut(BaseModel):
    """The nearest few of each kind; `more` names the kinds of which there are others."""

    customers: list[CustomerOut]
    contacts: list[ContactOut]
    deals: list[DealFound]
    more: list[str]


@router.get("/search", response=FoundOut)
def search(request: ApiRequest, asked: Query[Searching]) -> FoundOut:
    """The nearest customers, contacts and deals that one may see."""
    found = crm.found(request.auth, asked.q, most=asked.limit)
    deals = [
        DealFound(
            id=row.pk,
            name=row.name,
            code=row.code,
            customer=ref(row.customer),
            owner=ref(row.owner),
            state=row.run.state,
        )
        for row in found.deals
    ]
    return FoundOut(
        customers=customers_out(request.auth, found.customers),
        contacts=contacts_out(request.auth, found.contacts),
        deals=deals,
        more=sorted(found.more),
    )
