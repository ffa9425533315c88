"""How the columns and words of sheets map to ours, kept for the next import; seen by everybody who imports."""

from functools import partial
from typing import Any

from django.db.models import F
from ninja import Query, Router
from pydantic import BaseModel, Field

from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, Id, storable
from dealrail.api.shapes.parts import Ref, plain, ref
from dealrail.core.reading import reading
from dealrail.crm import importing
from dealrail.crm import queries as crm
from dealrail.crm.actions import mappings

router = Router(tags=["imports"])


class MappingOut(BaseModel):
    """A kept mapping: `kind` is what the rows of such a sheet are."""

    id: int
    kind: str
    name: str
    mapping: dict[str, Any]
    created_by: Ref | None


class NewMapping(Body):
    """A mapping as an import takes it; one of the same kind and name is replaced if it is one's own."""

    kind: str = Field(description="customers, contacts, deals, products, people …")
    name: str
    mapping: dict[str, Any] = Field(description="{field: column}, or {fields: …, process: …}, see docs/api.md.")


class MappingQuery(Paged):
    """Of which kind of sheet; all when left out."""

    kind: str = ""


def _shown(actor: Actor, rows: list[Any]) -> list[MappingOut]:
    return [
        MappingOut(
            id=row.pk,
            **plain(row, "kind", "name"),
            mapping=importing.mapping_seen(actor, row.kind, row.mapping),
            created_by=ref(row.created_by),
        )
        for row in rows
    ]


@router.get("/mappings", response=Page[MappingOut])
def list_mappings(request: ApiRequest, asked: Query[MappingQuery]) -> Page[MappingOut]:
    """The kept mappings, by name; fields that are hidden from oneself are in none."""
    rows = crm.saved_mappings(request.auth, storable(asked.kind))
    with reading():
        return paged(rows, asked, [F("name").asc()], show=partial(_shown, request.auth))


@router.post("/mappings", response={201: MappingOut})
def save_mapping(request: ApiRequest, given: NewMapping) -> MappingOut:
    """Keep a mapping under a name; where one is replaced, added fields that one doesn't fill keep their columns."""
    return _shown(request.auth, [mappings.save_mapping(actor=request.auth, **given.model_dump())])[0]


@router.delete("/mappings/{mapping_id}", response={204: None})
def delete_mapping(request: ApiRequest, mapping_id: Id) -> None:
    """Forget a kept mapping: one's own, or anybody's for who imports history."""
    kept = crm.saved_mapping(request.auth, mapping_id)
    mappings.delete_mapping(actor=request.auth, mapping_id=kept.pk)
