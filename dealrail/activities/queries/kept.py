"""What is kept with deals and customers: evidence of actions, files, comments."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import User
from dealrail.activities.models import COUNTS, ActionDone, Attachment, Comment
from dealrail.core.uploads import kept_at, missing
from dealrail.crm import queries as crm_queries
from dealrail.crm.models import Deal
from dealrail.crm.queries.sight import about_visible
from dealrail.process import engine
from dealrail.process.rules import ActionSpec

COMMENTED = frozenset({"deal.comment_added", "customer.comment_added"})
"""The kinds of events that tell the words of a comment."""


@dataclass(frozen=True)
class ActionRow:
    """An action of the stage a deal is in, and who did it when."""

    spec: ActionSpec
    demanded: bool
    done: ActionDone | None


def actions_of(deal: Deal) -> list[ActionRow]:
    """The actions of the stage a deal is in, those that its gate demands first."""
    spec, stage = engine.spec_and_stage(deal.run)
    conditions = engine.demanded_by_default(deal.run, deal)
    demanded = {key for row in conditions if row.kind == "activities.done" for key in row.config["actions"]}
    kept = ActionDone.objects.filter(COUNTS, run=deal.run_id)
    carried_out = kept.select_related("done_by", "form_record__form")
    carried_out = carried_out.defer("form_record__custom", "form_record__form__questions")
    done = {row.action: row for row in carried_out}
    keys = [*demanded, *(key for key in stage.actions if key not in demanded)]
    ordered = sorted(keys, key=[action.key for action in spec.actions].index)
    rows = [
        ActionRow(spec=action, demanded=key in demanded, done=done.get(key))
        for key in ordered
        if (action := spec.action(key)) is not None
    ]
    return sorted(rows, key=lambda row: not row.demanded)


def is_done(deal: Deal, action: str) -> bool:
    """Whether this action was carried out for a deal."""
    return ActionDone.objects.filter(COUNTS, run=deal.run_id, action=action).exists()


@dataclass(frozen=True)
class EvidenceFile:
    """A file kept as evidence: where it lies, and what it was called when it came."""

    path: Path
    name: str
    media_type: str = ""


def evidence_file(actor: Actor, deal_id: int, action: str) -> EvidenceFile:
    """The file kept for an action of a deal; refuse with NotFound, also when the deal is not the actor's to see."""
    deal = crm_queries.deal(actor, deal_id)
    done = ActionDone.objects.filter(run=deal.run_id, action=action).exclude(file="").first()
    path = kept_at(done.file) if done else None
    if done is None or path is None or not path.is_file():
        raise NotFound()
    return EvidenceFile(path, done.file_name)


def missing_files() -> int:
    """How many files kept as evidence or attached are gone from the disk."""
    evidence = ActionDone.objects.exclude(file="").values_list("file", flat=True).iterator()
    attached = Attachment.objects.values_list("file", flat=True).iterator()
    return missing(chain(evidence, attached))


def attachments(actor: Actor) -> QuerySet[Attachment]:
    """Every file attached to a deal or customer that the actor may see, removed ones too; newest first."""
    rows = Attachment.objects.select_related("uploaded_by", "deal__owner", "customer__owner", "activity")
    return rows.filter(about_visible(actor)).order_by("-uploaded_at", "-pk")


def files_of_deal(deal_id: int) -> QuerySet[Attachment]:
    """Every file attached to a deal one may see, removed ones too; newest first."""
    return _newest_first().filter(deal=deal_id)


def files_of_customer(customer_id: int) -> QuerySet[Attachment]:
    """Every file attached to a customer one may see, but not to its deals, removed ones too; newest first."""
    return _newest_first().filter(customer=customer_id, deal__isnull=True)


def _newest_first() -> QuerySet[Attachment]:
    return Attachment.objects.select_related("uploaded_by").order_by("-uploaded_at", "-pk")


def files_of(activity_ids: Collection[int]) -> dict[int, list[Attachment]]:
    """The files that came along with these follow-ups, for who may read them; those removed are left out."""
    found: dict[int, list[Attachment]] = {}
    rows = Attachment.objects.filter(activity__in=activity_ids, deleted_at__isnull=True).order_by("pk")
    for row in rows if activity_ids else ():
        found.setdefault(row.activity_id or 0, []).append(row)
    return found


def comments(actor: Actor) -> QuerySet[Comment]:
    """Every comment on a deal or customer that the actor may see, without those taken back; newest first."""
    rows = Comment.objects.filter(deleted_at__isnull=True).select_related("author", "deal", "customer")
    rows = rows.prefetch_related("mentions").order_by("-created_at", "-pk")
    return rows.filter(about_visible(actor))


def comment(actor: Actor, comment_id: int) -> Comment:
    """One comment; refuse with NotFound, also when it was taken back or is about what the actor may not see."""
    found = comments(actor).filter(pk=comment_id).first()
    if found is None:
        raise NotFound()
    return found


def words_of_comments(comment_ids: Collection[int]) -> dict[int, str]:
    """What these comments say, for who may read their events; those taken back are left out."""
    rows = Comment.objects.filter(pk__in=comment_ids, deleted_at__isnull=True)
    return dict(rows.values_list("pk", "text")) if comment_ids else {}


def taken_back(comment_ids: Collection[int]) -> set[int]:
    """Those of these comments that were taken back; nobody reads them any more."""
    return set(comment_ids) - set(words_of_comments(comment_ids))


def people_named(handles: Collection[str]) -> list[User]:
    """Active people with one of these logins or names, whatever the case."""
    if not handles:
        return []
    logins = {handle.lower() for handle in handles}
    people = User.objects.filter(is_active=True).annotate(small=Lower("login"), small_name=Lower("name"))
    return list(people.filter(Q(small__in=logins) | Q(small_name__in=logins)).order_by("pk"))


def attachment(actor: Actor, attachment_id: int) -> Attachment:
    """One attached file; refuse with NotFound, also when it is not the actor's to see."""
    found = attachments(actor).filter(pk=attachment_id).first()
    if found is None:
        raise NotFound()
    return found


def attachment_file(actor: Actor, attachment_id: int) -> EvidenceFile:
    """Where an attached file lies; refuse with NotFound, also for one that was removed."""
    found = attachment(actor, attachment_id)
    path = kept_at(found.file)
    if found.deleted_at or not path.is_file():
        raise NotFound()
    return EvidenceFile(path, found.name, found.media_type)
