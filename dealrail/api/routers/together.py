"""Working together: collaborators, requests for waivers, hand-overs, comments, files."""

from typing import Any

from django.db.models import F
from django.http import FileResponse
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from dealrail.activities import queries as activities
from dealrail.activities.actions import attachments, comments
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, Id, Reference, needed_person_id, storable
from dealrail.api.shapes.deals import DealOut, deal_out
from dealrail.api.shapes.together import (
    AttachmentOut,
    CollaboratorOut,
    CommentOut,
    WaiverOut,
    WaiverRates,
    WaiverRequestOut,
    attachment_out,
    attachments_out,
    collaborators_out,
    comment_out,
    comments_out,
    waiver_rates_out,
    waiver_request_out,
    waiver_requests_out,
    waivers_out,
)
from dealrail.crm import queries as crm
from dealrail.crm.actions import collaborators, deals, pools, waivers

router = Router(tags=["together"])


class NewCollaborator(Body):
    """Who, by id, login or name; they may only read unless told otherwise."""

    person: Reference
    may_write: bool = False


class WaiverAsk(Body):
    """Which condition of the stage can't be met, why, and for which move (the next one when left out)."""

    condition: str
    reason: str
    reason_key: str = ""
    to: str | None = None


class WaiverAnswer(Body):
    """Waived or not; a refusal needs a note."""

    granted: bool
    note: str = ""


class NewComment(Body):
    """What to tell, about a deal or a customer; `@login` or `@name` mentions people who see it."""

    text: str
    deal: Id | None = None
    customer: Id | None = None


class About(Paged):
    """Of which deal or customer; of all one sees when left out."""

    deal: Id | None = None
    customer: Id | None = None

    def narrowed(self, rows: Any) -> Any:
        """The rows about this deal or customer."""
        which = {"deal": self.deal, "customer": self.customer}
        return rows.filter(**{name: value for name, value in which.items() if value is not None})


class Period(Schema):
    """Of the last how many days."""

    days: int = Field(90, ge=1, le=3660)


class NewAttachment(Schema):
    """What the file is kept with: a deal or a customer, and a follow-up there if it belongs to one."""

    deal: Id | None = None
    customer: Id | None = None
    activity: Id | None = Field(None, description="A follow-up of the same deal or customer.")


@router.get("/deals/{deal_id}/collaborators", response=list[CollaboratorOut])
def list_collaborators(request: ApiRequest, deal_id: Id) -> list[CollaboratorOut]:
    """Who works on a deal besides its owner."""
    return collaborators_out(crm.collaborators(pools.open_deal(actor=request.auth, deal_id=deal_id).pk))


@router.post("/deals/{deal_id}/collaborators", response=list[CollaboratorOut])
def add_collaborator(request: ApiRequest, deal_id: Id, given: NewCollaborator) -> list[CollaboratorOut]:
    """Let somebody read a deal or work on it; for who does already, change which of both."""
    crm.deal(request.auth, deal_id)
    user_id = needed_person_id(given.person)
    collaborators.add_collaborator(actor=request.auth, deal_id=deal_id, user_id=user_id, may_write=given.may_write)
    return collaborators_out(crm.collaborators(deal_id))


@router.delete("/deals/{deal_id}/collaborators/{person_id}", response={204: None})
def remove_collaborator(request: ApiRequest, deal_id: Id, person_id: Id) -> Status[None]:
    """Take somebody off a deal; anybody may take off themselves."""
    collaborators.remove_collaborator(actor=request.auth, deal_id=deal_id, user_id=person_id)
    return Status(204, None)


@router.get("/waiver-requests", response=Page[WaiverRequestOut])
def list_waiver_requests(request: ApiRequest, asked: Query[Paged]) -> Page[WaiverRequestOut]:
    """What oneself is asked to waive, the latest first."""
    return paged(crm.waiver_requests_waiting(request.auth), asked, show=waiver_requests_out)


@router.get("/waivers", response=Page[WaiverOut])
def list_waivers(request: ApiRequest, asked: Query[Paged]) -> Page[WaiverOut]:
    """The waivers given for deals that one sees, the latest first."""
    return paged(crm.waivers(request.auth), asked, [F("given_at").desc()], show=waivers_out)


@router.get("/processes/{key}/waiver-rates", response=WaiverRates)
def read_waiver_rates(request: ApiRequest, key: str, asked: Query[Period]) -> WaiverRates:
    """How often the conditions of a process were waived, of how many moves, and by whom."""
    return waiver_rates_out(storable(key), asked.days)


@router.post("/deals/{deal_id}/waiver-requests", response={201: WaiverRequestOut})
def ask_waiver(request: ApiRequest, deal_id: Id, given: WaiverAsk) -> WaiverRequestOut:
    """Ask those who may that a deal be excused from one condition of its stage."""
    made = waivers.ask_waiver(actor=request.auth, deal_id=deal_id, **given.model_dump())
    return waiver_request_out(made)


@router.post("/deals/{deal_id}/waiver-requests/{waiver_id}/answer", response=DealOut)
def answer_waiver(request: ApiRequest, deal_id: Id, waiver_id: Id, given: WaiverAnswer) -> DealOut:
    """Waive what was asked for, with the asker's reason, or say no with a note."""
    waivers.answer_waiver(actor=request.auth, deal_id=deal_id, request_id=waiver_id, **given.model_dump())
    return deal_out(request.auth, deal_id)


@router.post("/deals/{deal_id}/waiver-requests/{waiver_id}/withdraw", response=DealOut)
def withdraw_waiver(request: ApiRequest, deal_id: Id, waiver_id: Id) -> DealOut:
    """Take back what one asked to be waived."""
    waivers.withdraw_waiver(actor=request.auth, deal_id=deal_id, request_id=waiver_id)
    return deal_out(request.auth, deal_id)


@router.post("/deals/{deal_id}/hand-over/acknowledge", response=DealOut)
def acknowledge_hand_over(request: ApiRequest, deal_id: Id) -> DealOut:
    """Say that one has read what one was told on taking a deal over."""
    deals.acknowledge_hand_over(actor=request.auth, deal_id=deal_id)
    return deal_out(request.auth, deal_id)


@router.get("/comments", response=Page[CommentOut])
def list_comments(request: ApiRequest, asked: Query[About]) -> Page[CommentOut]:
    """The comments one may see, the latest first; those taken back are left out."""
    pools.open_subject(actor=request.auth, deal_id=asked.deal, customer_id=asked.customer)
    return paged(asked.narrowed(activities.comments(request.auth)), asked, show=comments_out)


@router.post("/comments", response={201: CommentOut})
def add_comment(request: ApiRequest, given: NewComment) -> CommentOut:
    """Write a comment; people mentioned in it are told."""
    made = comments.add_comment(actor=request.auth, text=given.text, deal_id=given.deal, customer_id=given.customer)
    return comment_out(activities.comment(request.auth, made.pk))


@router.delete("/comments/{comment_id}", response={204: None})
def remove_comment(request: ApiRequest, comment_id: Id) -> Status[None]:
    """Take back one's own comment."""
    comments.remove_comment(actor=request.auth, comment_id=comment_id)
    return Status(204, None)


@router.get("/attachments", response=Page[AttachmentOut])
def list_attachments(request: ApiRequest, asked: Query[About]) -> Page[AttachmentOut]:
    """The files one may see, the latest first, removed ones too."""
    pools.open_subject(actor=request.auth, deal_id=asked.deal, customer_id=asked.customer)
    return paged(asked.narrowed(activities.attachments(request.auth)), asked, show=attachments_out)


@router.post("/attachments", response={201: AttachmentOut})
def attach_file(request: ApiRequest, given: Form[NewAttachment], file: File[UploadedFile]) -> AttachmentOut:
    """Keep a file, up to 20 MB: documents, sheets, slides, pictures, PDF, ZIP."""
    made = attachments.attach_file(
        actor=request.auth, file=file, deal_id=given.deal, customer_id=given.customer, activity_id=given.activity
    )
    return attachment_out(made)


@router.get("/attachments/{attachment_id}/file", response={200: None})
def read_attachment(request: ApiRequest, attachment_id: Id) -> FileResponse:
    """The file itself."""
    about = activities.attachment(request.auth, attachment_id)
    pools.open_subject(actor=request.auth, deal_id=about.deal_id, customer_id=about.customer_id)
    found = activities.attachment_file(request.auth, attachment_id)
    return FileResponse(found.path.open("rb"), as_attachment=True, filename=found.name)


@router.delete("/attachments/{attachment_id}", response=AttachmentOut)
def remove_attachment(request: ApiRequest, attachment_id: Id) -> AttachmentOut:
    """Put a file into the recycle bin."""
    return attachment_out(attachments.remove_attachment(actor=request.auth, attachment_id=attachment_id))


@router.post("/attachments/{attachment_id}/restore", response=AttachmentOut)
def restore_attachment(request: ApiRequest, attachment_id: Id) -> AttachmentOut:
    """Take a file out of the recycle bin."""
    return attachment_out(attachments.restore_attachment(actor=request.auth, attachment_id=attachment_id))
