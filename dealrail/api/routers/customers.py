"""Customers, their contacts, and products."""

from typing import Any

from ninja import Query, Router
from pydantic import Field

from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Listing, Page, Paged, Searched, listed, paged
from dealrail.api.reading import Added, Body, Id, Reference, Value, needed_person_id, person_id, row_id
from dealrail.api.routers.moves import Release
from dealrail.api.shapes.customers import (
    ContactOut,
    CustomerOut,
    ProductOut,
    contacts_out,
    customers_out,
    product_out,
)
from dealrail.api.shapes.events import EventOut, events_out
from dealrail.crm import queries as crm
from dealrail.crm.actions import catalog, customers, pools, recycling
from dealrail.events import queries as events

router = Router(tags=["customers"])


class CustomerChange(Body):
    """What to change; what is left out stays."""

    name: str = ""
    code: str | None = None
    credit_code: str | None = Field(None, description="统一社会信用代码, with a right check digit.")
    phone: str | None = None
    grade: str | None = Field(None, description="A, B or C.")
    grade_reason: str | None = None
    industry: str | None = None
    address: str | None = None
    website: str | None = None
    notes: str | None = None
    region: Value = Field(None, description="Id or name.")
    source: Value = Field(None, description="Id or name.")
    parent: Value = Field(None, description="Id or name.")
    custom: Added = Field({}, description="Fields that were added (see /fields), by key.")
    allow_duplicate: bool = Field(False, description="Keep it although name or phone exist already.")


class NewCustomer(CustomerChange):
    """A new customer, owned by oneself or by whom one names."""

    name: str
    owner: Reference | None = Field(None, description="Id, login or name; yourself when left out.")


class Handover(Body):
    """To whom: id, login or name."""

    owner: Reference
    note: str = ""


class ContactChange(Body):
    """What to change; what is left out stays."""

    custom: Added = Field({}, description="Fields that were added (see /fields), by key.")
    name: str = ""
    title: str | None = None
    role: str | None = Field(None, description="decision_maker, influencer, user, buyer or technical.")
    phone: str | None = None
    email: str | None = None
    wechat: str | None = None
    notes: str | None = None


class NewContact(ContactChange):
    """A new person at a customer."""

    name: str
    customer: Id


class ProductChange(Body):
    """What to change; what is left out stays."""

    name: str = ""
    code: str | None = None
    series: str | None = None
    unit: str | None = None
    price: Value = None
    is_active: bool = True


class NewProduct(ProductChange):
    """A new product; without a code its name is its code."""

    name: str


def _fields(body: Body) -> dict[str, Any]:
    apart = {"owner", "customer", "allow_duplicate"}
    return {name: value for name, value in body.given().items() if name not in apart}


def _customer(actor: Actor, customer_id: int) -> CustomerOut:
    return customers_out(actor, [crm.customer_with_parts(customer_id)])[0]


@router.get("/customers", response=Page[CustomerOut])
def list_customers(request: ApiRequest, asked: Query[Searched]) -> Page[CustomerOut]:
    """The customers one may see."""
    actor = request.auth

    def show(rows: list[Any]) -> list[CustomerOut]:
        return customers_out(actor, rows)

    rows = crm.search_customers(actor, crm.customers(actor), asked.q)
    return listed(rows, asked, crm.customer_fields(actor), actor=actor, show=show)


@router.post("/customers", response={201: CustomerOut})
def create_customer(request: ApiRequest, given: NewCustomer) -> CustomerOut:
    """Add a customer; one of the same name, code or phone is refused."""
    customer = customers.create_customer(
        actor=request.auth,
        fields=_fields(given),
        owner_id=person_id(given.owner),
        allow_duplicate=given.allow_duplicate,
    )
    return _customer(request.auth, customer.pk)


@router.get("/customers/{customer_id}", response=CustomerOut)
def read_customer(request: ApiRequest, customer_id: Id) -> CustomerOut:
    """One customer; of a pool only so many may be opened a day."""
    customer = pools.open_customer(actor=request.auth, customer_id=customer_id)
    return customers_out(request.auth, [customer], is_opened=True)[0]


@router.patch("/customers/{customer_id}", response=CustomerOut)
def change_customer(request: ApiRequest, customer_id: Id, given: CustomerChange) -> CustomerOut:
    """Change fields of a customer."""
    customers.change_customer(
        actor=request.auth,
        customer_id=customer_id,
        fields=_fields(given),
        allow_duplicate=given.allow_duplicate,
    )
    return _customer(request.auth, customer_id)


@router.delete("/customers/{customer_id}", response={204: None})
def delete_customer(request: ApiRequest, customer_id: Id) -> None:
    """Put a customer without open deals into the recycle bin."""
    recycling.delete_customer(actor=request.auth, customer_id=customer_id)


@router.post("/customers/{customer_id}/restore", response=CustomerOut)
def restore_customer(request: ApiRequest, customer_id: Id) -> CustomerOut:
    """Take a customer out of the recycle bin."""
    recycling.restore_customer(actor=request.auth, customer_id=customer_id)
    return _customer(request.auth, customer_id)


@router.post("/customers/{customer_id}/claim", response=CustomerOut)
def claim_customer(request: ApiRequest, customer_id: Id) -> CustomerOut:
    """Take a customer out of a public pool for oneself."""
    pools.claim_customer(actor=request.auth, customer_id=customer_id)
    return _customer(request.auth, customer_id)


@router.post("/customers/{customer_id}/release", response=CustomerOut)
def release_customer(request: ApiRequest, customer_id: Id, given: Release) -> CustomerOut:
    """Put a customer into a public pool; its deals stay with their owners."""
    crm.customer(request.auth, customer_id)
    pool_id = row_id(crm.release_pools(), given.pool, field="pool")
    pools.release_customer(actor=request.auth, customer_id=customer_id, reason=given.reason, pool_id=pool_id)
    return _customer(request.auth, customer_id)


@router.post("/customers/{customer_id}/transfer", response=CustomerOut)
def transfer_customer(request: ApiRequest, customer_id: Id, given: Handover) -> CustomerOut:
    """Hand a customer to another active person; its deals stay with their owners."""
    crm.customer(request.auth, customer_id)
    owner_id = needed_person_id(given.owner)
    customers.transfer_customer(actor=request.auth, customer_id=customer_id, owner_id=owner_id, note=given.note)
    return _customer(request.auth, customer_id)


@router.get("/customers/{customer_id}/timeline", response=Page[EventOut])
def read_customer_timeline(request: ApiRequest, customer_id: Id, asked: Query[Paged]) -> Page[EventOut]:
    """What happened with a customer, those merged into it and those of its deals one may see, the latest first."""
    actor, customer = request.auth, pools.open_customer(actor=request.auth, customer_id=customer_id)
    deal_ids = list(crm.deals_of_customer(actor, customer.pk).order_by().values_list("pk", flat=True))
    customer_ids = [customer.pk, *crm.merged_into(customer.pk)]
    rows = events.timeline({"customer": customer_ids, "deal": deal_ids})
    return paged(rows, asked, events.NEWEST, show=lambda found: events_out(actor, found))


@router.get("/contacts", response=Page[ContactOut])
def list_contacts(request: ApiRequest, asked: Query[Searched]) -> Page[ContactOut]:
    """The people at the customers one may see."""
    actor = request.auth

    def show(rows: list[Any]) -> list[ContactOut]:
        return contacts_out(actor, rows)

    rows = crm.search_contacts(actor, crm.contacts(actor), asked.q)
    return listed(rows, asked, crm.contact_fields(actor), actor=actor, show=show)


@router.post("/contacts", response={201: ContactOut})
def create_contact(request: ApiRequest, given: NewContact) -> ContactOut:
    """Add a person at a customer."""
    contact = customers.create_contact(actor=request.auth, customer_id=given.customer, fields=_fields(given))
    return contacts_out(request.auth, [contact])[0]


@router.get("/contacts/{contact_id}", response=ContactOut)
def read_contact(request: ApiRequest, contact_id: Id) -> ContactOut:
    """One person at a customer."""
    return contacts_out(request.auth, [pools.open_contact(actor=request.auth, contact_id=contact_id)])[0]


@router.patch("/contacts/{contact_id}", response=ContactOut)
def change_contact(request: ApiRequest, contact_id: Id, given: ContactChange) -> ContactOut:
    """Change fields of a contact."""
    contact = customers.change_contact(actor=request.auth, contact_id=contact_id, fields=_fields(given))
    return contacts_out(request.auth, [contact])[0]


@router.delete("/contacts/{contact_id}", response={204: None})
def delete_contact(request: ApiRequest, contact_id: Id) -> None:
    """Put a contact into the recycle bin."""
    recycling.delete_contact(actor=request.auth, contact_id=contact_id)


@router.post("/contacts/{contact_id}/restore", response=ContactOut)
def restore_contact(request: ApiRequest, contact_id: Id) -> ContactOut:
    """Take a contact out of the recycle bin."""
    return contacts_out(request.auth, [recycling.restore_contact(actor=request.auth, contact_id=contact_id)])[0]


@router.get("/products", response=Page[ProductOut])
def list_products(request: ApiRequest, asked: Query[Listing]) -> Page[ProductOut]:
    """What we sell."""

    def show(rows: list[Any]) -> list[ProductOut]:
        return [product_out(row) for row in rows]

    return listed(crm.products(), asked, crm.product_fields(request.auth), actor=request.auth, show=show)


@router.post("/products", response={201: ProductOut})
def create_product(request: ApiRequest, given: NewProduct) -> ProductOut:
    """Add a product."""
    return product_out(catalog.create_product(actor=request.auth, fields=_fields(given)))


@router.get("/products/{product_id}", response=ProductOut)
def read_product(request: ApiRequest, product_id: Id) -> ProductOut:
    """One product."""
    return product_out(crm.product(product_id))


@router.patch("/products/{product_id}", response=ProductOut)
def change_product(request: ApiRequest, product_id: Id, given: ProductChange) -> ProductOut:
    """Change fields of a product."""
    return product_out(catalog.change_product(actor=request.auth, product_id=product_id, fields=_fields(given)))
