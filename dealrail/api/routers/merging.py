"""Customers that are there twice: finding them, making one of two, and two again."""

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema
from pydantic import BaseModel, Field

from dealrail.api.auth import ApiRequest
from dealrail.api.reading import Body, Id
from dealrail.api.shapes.parts import Ref
from dealrail.crm import queries as crm
from dealrail.crm.actions import merging

router = Router(tags=["customers"])


class Typed(Schema):
    """What is known of a customer."""

    name: str = ""
    code: str = ""
    credit_code: str = ""
    phone: str = ""
    but: int | None = Field(None, description="The customer that is being changed.")


class DuplicateOut(BaseModel):
    """A customer that is there already; one out of reach tells only whose it is."""

    id: int | None
    name: str
    owner: str
    same: list[str] = Field(description="Which fields are alike; `similar`: the names come down to the same.")


class DuplicatesOut(BaseModel):
    """The likeliest first."""

    items: list[DuplicateOut]


class Merge(Body):
    """The customer that goes, and whose values stay."""

    gone: Id
    take: list[str] | None = Field(None, description="Fields that come from it; left out, those that are empty here.")


class MergeOut(BaseModel):
    """Two customers made one; `moved` counts the records of each table that came along."""

    id: int
    kept: Ref
    gone: Ref
    moved: dict[str, int]
    merged_at: datetime
    undone_at: datetime | None


def _merge_out(row: Any) -> MergeOut:
    kept, gone = (Ref(id=one.pk, name=one.name) for one in (row.kept, row.gone))
    moved = {table: len(ids) for table, ids in row.moved.items()}
    return MergeOut(id=row.pk, kept=kept, gone=gone, moved=moved, merged_at=row.merged_at, undone_at=row.undone_at)


@router.get("/customer-duplicates", response=DuplicatesOut)
def list_duplicates(request: ApiRequest, asked: Query[Typed]) -> DuplicatesOut:
    """Customers of the same code or phone, or of nearly the same name."""
    known = {"name": asked.name, "code": asked.code, "credit_code": asked.credit_code, "phone": asked.phone}
    found = crm.duplicates(request.auth, **known, but=asked.but)
    items = [DuplicateOut(id=row.customer_id, name=row.name, owner=row.owner, same=list(row.same)) for row in found]
    return DuplicatesOut(items=items)


@router.post("/customers/{customer_id}/merge", response=MergeOut)
def merge_customers(request: ApiRequest, customer_id: Id, given: Merge) -> MergeOut:
    """Make one customer of two: all that belongs to `gone` belongs to this one, which takes its place."""
    merge = merging.merge_customers(actor=request.auth, kept_id=customer_id, gone_id=given.gone, take=given.take)
    return _merge_out(merge)


@router.post("/merges/{merge_id}/undo", response=MergeOut)
def undo_merge(request: ApiRequest, merge_id: Id) -> MergeOut:
    """Make two customers of one again; what came since stays with the one that was kept."""
    return _merge_out(merging.undo_merge(actor=request.auth, merge_id=merge_id))
