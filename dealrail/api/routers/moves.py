"""What is done with a deal: advance, lose, park, reopen, hand over, claim, release, waive, act, decide."""

from datetime import date
from functools import partial
from typing import Any

from django.db.models import F
from django.http import FileResponse
from ninja import Query, Router, Status
from pydantic import Field

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.activities.actions import sop
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import (
    Added,
    Body,
    Fields,
    Id,
    Reference,
    Version,
    body_or_form,
    files_for_questions,
    needed_person_id,
    person_id,
    row_id,
    storable,
)
from dealrail.api.shapes.activities import ActionOut, actions_out
from dealrail.api.shapes.deals import (
    ApprovalOut,
    DealOut,
    WaitingOut,
    approval_out,
    approvals_out,
    changed_deal_out,
    deal_out,
    waiting_out,
)
from dealrail.api.shapes.forms import FILES_OF_QUESTION
from dealrail.crm import queries as crm
from dealrail.crm.actions import approvals, deals, pools, waivers
from dealrail.crm.actions.deals import AwaitingApproval, Moved

router = Router(tags=["moves"])
SEEN: Any = Field(None, description="Refuse with 409 unless the deal still has this version.")


class Seen(Body):
    """Nothing is needed."""

    seen_version: Version | None = SEEN


class Advance(Seen):
    """Where to; the next stage when left out. `fields` are filled in first.

    `next_owner` (id, login or name) takes the deal over as it arrives, after an approval too, and finds the `note`;
    null says that it stays with its owner, whoever was chosen before. Of a move back the `note` says why.
    """

    to: str | None = None
    fields: Fields = {}
    next_owner: Reference | None = None
    note: str = ""


class Loss(Seen):
    """Why it is lost: the key or name of one of the process's loss reasons."""

    reason: str
    note: str = ""


class Park(Seen):
    """Why, if there is something to say, and on which day the owner is to look at it again."""

    note: str = ""
    again_on: date | None = None


class Transfer(Seen):
    """To whom: id, login or name."""

    owner: Reference
    note: str = ""


class Release(Body):
    """Why, and into which pool (id or name; the default one when left out)."""

    reason: str
    pool: Reference | None = None


class Waive(Body):
    """Which condition of the stage, and why: in words, and by one of the process's waiver reasons where it has any."""

    condition: str
    reason: str
    reason_key: str = ""


class Evidence(Body):
    """What the action asks for; files come as multipart/form-data.

    Where it asks for a form: `answers` fill it in, or `form_record` names one that was filled in in this stage, of
    which the latest counts unless told.
    """

    note: str = ""
    activity: Id | None = None
    form_record: Id | None = None
    answers: Added | None = Field(None, description="{key of the question: answer}")
    form_version: Version | None = Field(None, description="The version of the form that was looked at.")


class Decision(Body):
    """Granted or not; a refusal needs a note."""

    granted: bool
    note: str = ""


class Delegation(Body):
    """Who answers instead, by id, login or name."""

    to: Reference
    note: str = ""


class OneMore(Body):
    """Who is to agree besides, by id, login or name; `first`: before oneself."""

    person: Reference
    first: bool = False
    note: str = ""


class TakingBack(Body):
    """Why, if there is something to say."""

    note: str = ""


EVIDENCE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {"schema": Evidence.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "note": {"type": "string"},
                        "activity": {"type": "integer"},
                        "file": {"type": "string", "format": "binary"},
                        "form_record": {"type": "integer"},
                        "answers": {"type": "string", "description": "The answers as JSON."},
                        "form_version": {"type": "integer"},
                        "files.KEY": FILES_OF_QUESTION,
                    },
                }
            },
        },
    }
}


def _moved(actor: Actor, deal_id: int, done: Any) -> Status[Any]:
    if isinstance(done, AwaitingApproval):
        return Status(202, waiting_out(actor, deal_id, done.to, done.requests))
    return Status(200, deal_out(actor, deal_id))


@router.post("/deals/{deal_id}/advance", response={200: DealOut, 202: WaitingOut})
def advance_deal(request: ApiRequest, deal_id: Id, given: Advance | None = None) -> Status[Any]:
    """Move a deal on: 200 when it moved, 202 when only approvals are missing and somebody was asked."""
    asked = given or Advance()
    if asked.next_owner is not None:
        crm.deal(request.auth, deal_id)  # whoever can't see the deal learns nothing of people
    told = asked.model_dump(exclude={"next_owner"})
    if "next_owner" in asked.model_fields_set:
        told["next_owner"] = person_id(asked.next_owner)
    done = deals.advance_deal(actor=request.auth, deal_id=deal_id, **told)
    if isinstance(done, Moved) and not asked.fields:  # what was filled in is told as the database keeps it
        return Status(200, changed_deal_out(request.auth, done.deal))
    return _moved(request.auth, deal_id, done)


@router.post("/deals/{deal_id}/lose", response=DealOut)
def lose_deal(request: ApiRequest, deal_id: Id, given: Loss) -> DealOut:
    """Close a deal as lost, where it stands."""
    deals.lose_deal(actor=request.auth, deal_id=deal_id, **given.model_dump())
    return deal_out(request.auth, deal_id)


@router.post("/deals/{deal_id}/park", response=DealOut)
def park_deal(request: ApiRequest, deal_id: Id, given: Park | None = None) -> DealOut:
    """Set a deal aside, where it stands."""
    deals.park_deal(actor=request.auth, deal_id=deal_id, **(given or Park()).model_dump())
    return deal_out(request.auth, deal_id)


@router.post("/deals/{deal_id}/reopen", response=DealOut)
def reopen_deal(request: ApiRequest, deal_id: Id, given: Seen | None = None) -> DealOut:
    """Take up a lost or parked deal in the stage it was left in."""
    deals.reopen_deal(actor=request.auth, deal_id=deal_id, **(given or Seen()).model_dump())
    return deal_out(request.auth, deal_id)


@router.post("/deals/{deal_id}/transfer", response=DealOut)
def transfer_deal(request: ApiRequest, deal_id: Id, given: Transfer) -> DealOut:
    """Hand a deal to another active person."""
    crm.deal(request.auth, deal_id)
    owner_id = needed_person_id(given.owner)
    deals.transfer_deal(
        actor=request.auth, deal_id=deal_id, owner_id=owner_id, note=given.note, seen_version=given.seen_version
    )
    return deal_out(request.auth, deal_id)


@router.post("/deals/{deal_id}/claim", response=DealOut)
def claim_deal(request: ApiRequest, deal_id: Id) -> DealOut:
    """Take a deal out of a public pool for oneself."""
    pools.claim_deal(actor=request.auth, deal_id=deal_id)
    return deal_out(request.auth, deal_id)


@router.post("/deals/{deal_id}/release", response=DealOut)
def release_deal(request: ApiRequest, deal_id: Id, given: Release) -> DealOut:
    """Put a deal into a public pool."""
    crm.deal(request.auth, deal_id)
    pool_id = row_id(crm.release_pools(), given.pool, field="pool")
    pools.release_deal(actor=request.auth, deal_id=deal_id, reason=given.reason, pool_id=pool_id)
    return deal_out(request.auth, deal_id)


@router.post("/deals/{deal_id}/waivers", response={201: DealOut})
def waive_condition(request: ApiRequest, deal_id: Id, given: Waive) -> DealOut:
    """Excuse a deal from one condition of its stage, with a reason, on record."""
    waivers.waive_condition(actor=request.auth, deal_id=deal_id, **given.model_dump())
    return deal_out(request.auth, deal_id)


@router.get("/deals/{deal_id}/actions", response=list[ActionOut])
def list_actions(request: ApiRequest, deal_id: Id) -> list[ActionOut]:
    """The actions of the stage a deal is in, those its gate demands first, and what was done of them."""
    return actions_out(activities.actions_of(pools.open_deal(actor=request.auth, deal_id=deal_id)))


@router.get("/deals/{deal_id}/actions/{key}/file", response={200: None})
def read_evidence(request: ApiRequest, deal_id: Id, key: str) -> FileResponse:
    """The file that was kept as evidence of an action."""
    pools.open_deal(actor=request.auth, deal_id=deal_id)
    found = activities.evidence_file(request.auth, deal_id, storable(key))
    return FileResponse(found.path.open("rb"), as_attachment=True, filename=found.name)


@router.post("/deals/{deal_id}/actions/{key}/complete", response=DealOut, openapi_extra=EVIDENCE_BODY)
def complete_action(request: ApiRequest, deal_id: Id, key: str) -> DealOut:
    """Record that an SOP action was carried out, with the evidence it asks for."""
    given = body_or_form(request, Evidence, as_json=["answers"])
    answers = sop.Answers(given.answers or {}, given.form_version, files_for_questions(request))
    sop.complete_action(
        actor=request.auth,
        deal_id=deal_id,
        action=storable(key),
        note=given.note,
        file=request.FILES.get("file"),
        activity_id=given.activity,
        form_record_id=given.form_record,
        answers=None if given.answers is None and not answers.files else answers,
    )
    return deal_out(request.auth, deal_id)


@router.get("/approvals", response=Page[ApprovalOut])
def list_approvals(request: ApiRequest, asked: Query[Paged]) -> Page[ApprovalOut]:
    """The approvals that wait for oneself, the oldest first."""
    rows = crm.approvals_waiting(request.auth).select_related("run__deal", "asked_by")
    return paged(rows, asked, [F("asked_at").asc()], show=partial(approvals_out, request.auth))


@router.post("/deals/{deal_id}/approvals/{request_id}/decide", response={200: DealOut, 202: WaitingOut})
def decide_approval(request: ApiRequest, deal_id: Id, request_id: Id, given: Decision) -> Status[Any]:
    """Grant or refuse what one was asked; with the last approval granted the deal moves on by itself."""
    done = deals.decide_approval(
        actor=request.auth, deal_id=deal_id, request_id=request_id, granted=given.granted, note=given.note
    )
    return _moved(request.auth, deal_id, done)


@router.post("/deals/{deal_id}/approvals/{request_id}/delegate", response=ApprovalOut)
def delegate_approval(request: ApiRequest, deal_id: Id, request_id: Id, given: Delegation) -> ApprovalOut:
    """Have somebody else answer in one's place."""
    crm.deal(request.auth, deal_id)
    to = needed_person_id(given.to)
    done = approvals.delegate_approval(
        actor=request.auth, deal_id=deal_id, request_id=request_id, to=to, note=given.note
    )
    return approval_out(request.auth, done)


@router.post("/deals/{deal_id}/approvals/{request_id}/approvers", response=ApprovalOut)
def add_approver(request: ApiRequest, deal_id: Id, request_id: Id, given: OneMore) -> ApprovalOut:
    """Have one more person agree, beside oneself or before."""
    crm.deal(request.auth, deal_id)
    person = needed_person_id(given.person)
    done = approvals.add_approver(
        actor=request.auth, deal_id=deal_id, request_id=request_id, person=person, first=given.first, note=given.note
    )
    return approval_out(request.auth, done)


@router.post("/deals/{deal_id}/approvals/{request_id}/withdraw", response=DealOut)
def withdraw_approval(request: ApiRequest, deal_id: Id, request_id: Id, given: TakingBack | None = None) -> DealOut:
    """Take back a request that isn't decided yet; who asked may, and the owner of the deal."""
    note = (given or TakingBack()).note
    approvals.withdraw_approval(actor=request.auth, deal_id=deal_id, request_id=request_id, note=note)
    return deal_out(request.auth, deal_id)
