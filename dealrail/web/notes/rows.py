"""The files and the comment form of a deal or a customer, ready for their components."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from dealrail.accounts.actor import Actor
from dealrail.activities import permissions as acting
from dealrail.activities import queries as activities
from dealrail.crm import permissions, policy
from dealrail.web.once import new_key

SHOWN_FILES = 50
PICTURES = {"image/png", "image/jpeg", "image/webp"}


@dataclass(frozen=True)
class FileRow:
    """One file: what it is called, how large it is, who attached it when, and whether the reader may remove it."""

    file: Any
    is_picture: bool
    may_remove: bool


@dataclass(frozen=True)
class Files:
    """The files of a record; `removed` are those in the recycle bin that the reader may bring back.

    `of_deals` are kept with the deals of a customer; `key` makes sending the form twice attach once.
    """

    rows: list[FileRow]
    removed: list[FileRow]
    action: str
    page: str
    may_attach: bool
    key: str
    of_deals: Sequence[Any] = ()
    refused: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class CommentForm:
    """Where a comment goes, whom an @ can mention, what was typed, and why it was refused.

    `about` names what its draft is kept under; `key` makes sending it twice send it once.
    """

    about: str
    key: str
    action: str
    people: str
    page: str
    text: str = ""
    error: str = ""


def files_of_deal(actor: Actor, deal: Any, refused: Sequence[tuple[str, str]] = ()) -> Files:
    """The files of a deal, the latest first."""
    may_change = policy.may(actor, permissions.DEALS_CHANGE, deal)
    return _files(actor, activities.files_of_deal(deal.pk), may_change, deal, ("deal_files", "deal"), refused)


def files_of_customer(actor: Actor, customer: Any, refused: Sequence[tuple[str, str]] = ()) -> Files:
    """The files of a customer, the latest first; those of its deals stand apart."""
    may_change = policy.may(actor, permissions.CUSTOMERS_CHANGE, customer)
    own = activities.files_of_customer(customer.pk)
    found = _files(actor, own, may_change, customer, ("customer_files", "customer"), refused)
    of_deals = activities.attachments(actor).filter(deal__customer=customer.pk, deleted_at__isnull=True)
    return replace(found, of_deals=list(of_deals[:SHOWN_FILES]))


def _files(
    actor: Actor, rows: Any, may_change: bool, record: Any, names: tuple[str, str], refused: Sequence[tuple[str, str]]
) -> Files:
    found = [
        FileRow(row, row.media_type in PICTURES, may_change or row.uploaded_by_id == actor.user_id)
        for row in rows[:SHOWN_FILES]
    ]
    return Files(
        rows=[row for row in found if row.file.deleted_at is None],
        removed=[row for row in found if row.file.deleted_at and row.may_remove],
        action=reverse(names[0], args=[record.pk]),
        page=reverse(names[1], args=[record.pk]),
        may_attach=policy.may(actor, acting.ACTIVITIES_RECORD, record),
        key=new_key(),
        refused=refused,
    )


def comment_form(kind: str, record_id: int, *, text: str = "", error: str = "", key: str = "") -> CommentForm:
    """The form of a comment on a deal or a customer (`kind`)."""
    return CommentForm(
        about=f"comment-{kind}-{record_id}",
        key=key or new_key(),
        action=reverse(f"{kind}_comment", args=[record_id]),
        people=reverse(f"{kind}_people", args=[record_id]),
        page=reverse(kind, args=[record_id]),
        text=text,
        error=error,
    )
