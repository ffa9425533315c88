"""Forms of one's own, and what was filled in."""

from typing import Any

from django.db.models import F
from django.http import FileResponse
from ninja import Query, Router, Status
from pydantic import Field

from dealrail.accounts import policy as accounts
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Added, Body, Id, Version, body_or_form, files_for_questions, storable
from dealrail.api.shapes.forms import (
    FILES_OF_QUESTION,
    FormOut,
    LinkOut,
    RecordOut,
    form_out,
    link_out,
    records_out,
)
from dealrail.core.uploads import kept_at
from dealrail.crm.actions.pools import open_subject
from dealrail.forms import queries, rules
from dealrail.forms.actions import filling, links, making
from dealrail.process.permissions import PROCESS_PUBLISH

router = Router(tags=["forms"])


class FormQuery(Paged):
    """Which forms."""

    about: str = Field("", description="deal or customer; all when left out.")


class FormChange(Body):
    """What to change; what is left out stays."""

    name: str | None = None
    description: str | None = None
    questions: list[dict[str, Any]] | None = Field(None, description="All of them, in order, as `draft` has them.")
    is_active: bool | None = None
    seen: Version | None = Field(None, description="The revision that was looked at; refused where it is over.")


class NewForm(Body):
    """A form to make."""

    name: str
    about: str = Field(description="deal or customer")
    key: str = Field("", description="Made from the name when left out; it never changes.")
    description: str = ""
    questions: list[dict[str, Any]] = []


class Seen(Body):
    """What was looked at."""

    seen: Version | None = Field(None, description="The revision that was looked at; refused where it is over.")


class RecordQuery(Paged):
    """About which deal or customer; all that one sees when left out."""

    deal: Id | None = None
    customer: Id | None = None


class NewRecord(Body):
    """Answers to a form, for a deal or a customer; files for questions come as multipart/form-data."""

    deal: Id | None = None
    customer: Id | None = None
    answers: Added = Field(description="{key of the question: answer}")
    version: Version | None = Field(None, description="The version that was looked at; refused where it is over.")


RECORD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": NewRecord.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "deal": {"type": "integer"},
                        "customer": {"type": "integer"},
                        "answers": {"type": "string", "description": "The answers as JSON."},
                        "version": {"type": "integer"},
                        "files.KEY": FILES_OF_QUESTION,
                    },
                }
            },
        },
    }
}


class Withdrawal(Body):
    """Why."""

    reason: str


class NewLink(Body):
    """For a deal or a customer, who `days` are given; or under a name, for whoever becomes a lead by it."""

    deal: Id | None = None
    customer: Id | None = None
    days: int = Field(rules.LINK_DAYS, ge=1, le=rules.MOST_LINK_DAYS)
    name: str = ""
    process: str = Field("", description="Where a form about deals starts one.")
    owner: Id | None = Field(None, description="Who gets what comes of it; it lies in a pool when left out.")
    pool: Id | None = Field(None, description="The default pool when left out.")
    source: str = ""


@router.get("/forms", response=Page[FormOut])
def list_forms(request: ApiRequest, asked: Query[FormQuery]) -> Page[FormOut]:
    """The forms by name; who doesn't make them sees those in use."""
    rows = queries.forms(storable(asked.about))
    if not request.auth.may(PROCESS_PUBLISH):
        rows = rows.filter(is_active=True, published__gt=0)
    return paged(rows, asked, [F("name").asc()], show=lambda found: [form_out(request.auth, row) for row in found])


@router.post("/forms", response={201: FormOut})
def create_form(request: ApiRequest, given: NewForm) -> FormOut:
    """Make a form; it is asked once it is published."""
    fields = given.model_dump(exclude={"key"})
    return form_out(request.auth, making.create_form(actor=request.auth, fields=fields, key=given.key))


@router.get("/forms/{form_key}", response=FormOut)
def read_form(request: ApiRequest, form_key: str) -> FormOut:
    """One form."""
    return form_out(request.auth, queries.form_known(request.auth, storable(form_key)))


@router.patch("/forms/{form_key}", response=FormOut)
def change_form(request: ApiRequest, form_key: str, given: FormChange) -> FormOut:
    """Change what is being worked on, or take a form out of use; what is asked stays until it is published anew."""
    fields = {name: value for name, value in given.given().items() if name != "seen"}
    key = storable(form_key)
    return form_out(
        request.auth, making.change_form(actor=request.auth, key=key, fields=fields, seen_revision=given.seen)
    )


@router.post("/forms/{form_key}/publish", response=FormOut)
def publish_form(request: ApiRequest, form_key: str, given: Seen) -> FormOut:
    """Ask the questions as they stand from now on; what was filled in keeps its version."""
    making.publish_form(actor=request.auth, key=storable(form_key), seen_revision=given.seen)
    return read_form(request, form_key)


@router.get("/forms/{form_key}/records", response=Page[RecordOut])
def list_form_records(request: ApiRequest, form_key: str, asked: Query[RecordQuery]) -> Page[RecordOut]:
    """What was filled in about deals and customers that one sees, the latest first."""
    about = {name: value for name, value in (("deal", asked.deal), ("customer", asked.customer)) if value}
    rows = queries.records(request.auth).filter(form=queries.form(storable(form_key)), **about)
    return paged(rows, asked, [F("filled_at").desc()], show=lambda found: records_out(request.auth, found))


@router.post("/forms/{form_key}/records", response={201: RecordOut}, openapi_extra=RECORD_BODY)
def fill_form(request: ApiRequest, form_key: str) -> Status[RecordOut]:
    """Fill a form in for a deal or a customer."""
    given = body_or_form(request, NewRecord, as_json=["answers"])
    made = filling.fill_form(
        actor=request.auth,
        key=storable(form_key),
        answers=given.answers,
        deal_id=given.deal,
        customer_id=given.customer,
        seen_version=given.version,
        files=files_for_questions(request),
    )
    return Status(201, records_out(request.auth, [made])[0])


@router.post("/form-records/{form_record_id}/withdraw", response=RecordOut)
def withdraw_form_record(request: ApiRequest, form_record_id: Id, given: Withdrawal) -> RecordOut:
    """Let what was filled in count no more: for no gate, no action and no figure."""
    kept = filling.withdraw_record(actor=request.auth, record_id=form_record_id, reason=given.reason)
    return records_out(request.auth, [kept])[0]


@router.get("/form-files/{form_file_id}", response={200: None})
def read_form_file(request: ApiRequest, form_file_id: Id) -> FileResponse:
    """A file that answers a question of a form that was filled in."""
    found = queries.record_file(request.auth, form_file_id)
    open_subject(actor=request.auth, deal_id=found.record.deal_id, customer_id=found.record.customer_id)
    content = kept_at(found.file).open("rb")
    return FileResponse(content, as_attachment=True, filename=found.name, content_type=found.media_type)


@router.get("/form-records/{form_record_id}", response=RecordOut)
def read_form_record(request: ApiRequest, form_record_id: Id) -> RecordOut:
    """One form that was filled in."""
    found = queries.record(request.auth, form_record_id)
    open_subject(actor=request.auth, deal_id=found.deal_id, customer_id=found.customer_id)
    return records_out(request.auth, [found])[0]


@router.get("/forms/{form_key}/links", response=Page[LinkOut])
def list_form_links(request: ApiRequest, form_key: str, asked: Query[Paged]) -> Page[LinkOut]:
    """The links by which people without a login become leads, the latest first; those that were shut, too."""
    accounts.require(request.auth, PROCESS_PUBLISH)
    rows = queries.lead_links(queries.form(storable(form_key)))
    return paged(rows, asked, [F("id").desc()], show=lambda found: [link_out(row) for row in found])


@router.post("/forms/{form_key}/links", response={201: LinkOut})
def create_form_link(request: ApiRequest, form_key: str, given: NewLink) -> LinkOut:
    """Make a link by which somebody without a login fills the form in."""
    key = storable(form_key)
    if given.deal or given.customer:
        return link_out(
            links.make_form_link(
                actor=request.auth, key=key, deal_id=given.deal, customer_id=given.customer, days=given.days
            )
        )
    made = links.make_lead_link(
        actor=request.auth,
        key=key,
        name=given.name,
        process=given.process,
        owner_id=given.owner,
        pool_id=given.pool,
        source=given.source,
    )
    return link_out(made)


@router.post("/form-links/{link_id}/shut", response={204: None})
def shut_form_link(request: ApiRequest, link_id: Id) -> None:
    """Let a link stop working."""
    links.shut_form_link(actor=request.auth, link_id=link_id)
