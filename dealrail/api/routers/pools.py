"""Public pools, regions and sources."""

from typing import Annotated, Any

from ninja import Query, Router, Status
from pydantic import Field

from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, Id, Reference, needed_person_id, needed_unit_id
from dealrail.api.shapes.pools import CatalogRow, PoolOut, catalog_rows, pool_out, pools_out
from dealrail.crm import queries as crm
from dealrail.crm.actions import catalog, pools

router = Router(tags=["pools"])
Limit = Annotated[int, Field(ge=0, le=pools.HIGHEST_LIMIT)]
Days = Annotated[int, Field(ge=1, le=pools.HIGHEST_LIMIT)]


class PoolChange(Body):
    """What to change; what is left out stays. Limits of 0 mean none."""

    name: str = ""
    units: list[Reference] = Field([], description="Ids or names of the member departments; none: everybody.")
    admins: list[Reference] = Field([], description="Ids, logins or names of who may assign from it.")
    claim_limit: Limit = Field(0, description="How many a person may claim in `claim_days`.")
    claim_days: Days = 1
    capacity: Limit = Field(0, description="Who owns this many can't claim.")
    cooldown_days: Limit = Field(0, description="Days before the last owner may claim something again.")
    daily_views: Limit = Field(0, description="How many of the pool a person may open on a day.")


class NewPool(PoolChange):
    """A new pool; the first one is where releases go by default."""

    name: str


class Name(Body):
    """Nothing but a name."""

    name: str


class CatalogChange(Body):
    """What to change; what is left out stays."""

    name: str | None = None
    is_active: bool | None = Field(None, description="Whether new records may choose it.")


def _fields(given: PoolChange) -> dict[str, Any]:
    sent = given.given()
    members = {"units": needed_unit_id, "admins": needed_person_id}
    return {**sent, **{name: [read(row) for row in sent[name]] for name, read in members.items() if name in sent}}


def _kept(pool: Any) -> dict[str, Any]:
    """A pool's fields as the action takes them."""
    shown = pool_out(pool)
    active = set(pool.admins.filter(is_active=True).values_list("pk", flat=True))
    members = {"units": [row.id for row in shown.units], "admins": [row.id for row in shown.admins if row.id in active]}
    return {**shown.model_dump(exclude={"id", "is_default"}), **members}


@router.get("/pools", response=Page[PoolOut])
def list_pools(request: ApiRequest, asked: Query[Paged]) -> Page[PoolOut]:
    """The public pools one may claim from or look after."""
    return paged(crm.pools_with_members(request.auth), asked, show=pools_out)


@router.post("/pools", response={201: PoolOut})
def create_pool(request: ApiRequest, given: NewPool) -> PoolOut:
    """Add a public pool."""
    return pool_out(pools.save_pool(actor=request.auth, **_fields(given)))


@router.get("/pools/{pool_id}", response=PoolOut)
def read_pool(request: ApiRequest, pool_id: Id) -> PoolOut:
    """One public pool."""
    return pool_out(crm.pool(request.auth, pool_id))


@router.patch("/pools/{pool_id}", response=PoolOut)
def change_pool(request: ApiRequest, pool_id: Id, given: PoolChange) -> PoolOut:
    """Change a public pool's name, limits, members or administrators."""
    kept = _kept(crm.pool(request.auth, pool_id))
    return pool_out(pools.save_pool(actor=request.auth, pool_id=pool_id, **{**kept, **_fields(given)}))


@router.get("/regions", response=Page[CatalogRow])
def list_regions(request: ApiRequest, asked: Query[Paged]) -> Page[CatalogRow]:
    """The sales regions."""
    return paged(crm.regions(), asked, show=catalog_rows)


@router.post("/regions", response={200: CatalogRow, 201: CatalogRow})
def create_region(request: ApiRequest, given: Name) -> Status[CatalogRow]:
    """Add a sales region; 200 when there is one of this name already."""
    region, is_new = catalog.ensure_region(actor=request.auth, name=given.name)
    return Status(201 if is_new else 200, catalog_rows([region])[0])


@router.patch("/regions/{region_id}", response=CatalogRow)
def change_region(request: ApiRequest, region_id: Id, given: CatalogChange) -> CatalogRow:
    """Call a sales region something else, everywhere, or take it off the list that new records choose from."""
    return catalog_rows([catalog.change_region(actor=request.auth, region_id=region_id, **given.given())])[0]


@router.get("/sources", response=Page[CatalogRow])
def list_sources(request: ApiRequest, asked: Query[Paged]) -> Page[CatalogRow]:
    """Where customers and deals come from."""
    return paged(crm.sources(), asked, show=catalog_rows)


@router.post("/sources", response={200: CatalogRow, 201: CatalogRow})
def create_source(request: ApiRequest, given: Name) -> Status[CatalogRow]:
    """Add a source; 200 when there is one of this name already."""
    source, is_new = catalog.ensure_source(actor=request.auth, name=given.name)
    return Status(201 if is_new else 200, catalog_rows([source])[0])


@router.patch("/sources/{source_id}", response=CatalogRow)
def change_source(request: ApiRequest, source_id: Id, given: CatalogChange) -> CatalogRow:
    """Call a source something else, everywhere, or take it off the list that new records choose from."""
    return catalog_rows([catalog.change_source(actor=request.auth, source_id=source_id, **given.given())])[0]
