"""Filling forms in for deals and customers, and withdrawing what was filled in."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.texts import tidy
from dealrail.core.uploads import keep, name_of, told_by_content
from dealrail.crm.actions.pools import open_subject
from dealrail.crm.models import Customer, Deal
from dealrail.crm.queries.sight import about_for_change
from dealrail.events.engine import record
from dealrail.forms import policy, queries
from dealrail.forms.engine import Files, check_files, read_answers, withdrawals
from dealrail.forms.errors import FilledForOne, FormRenewed, WithdrawnWithoutReason
from dealrail.forms.facts import CustomerFormFilled, CustomerFormWithdrawn, DealFormFilled, DealFormWithdrawn
from dealrail.forms.models import Form, FormFile, FormLink, FormRecord

FOLDER = "forms"


@transaction.atomic
def fill_form(
    *,
    actor: Actor,
    key: str,
    answers: Mapping[str, Any],
    deal_id: int | None = None,
    customer_id: int | None = None,
    seen_version: int | None = None,
    link: FormLink | None = None,
    files: Files | None = None,
) -> FormRecord:
    """Keep what was answered, with the version that is asked now, but nothing that the rules hide.

    `files` are those sent for questions that ask for some, by their keys. `link` is by which somebody without a login
    does so (see `links`).

    Raises FilledForOne where both are named, NotFound, NotAllowed, PoolViewsUsedUp, FormNotOffered, FormElsewhere,
    FormRenewed where `seen_version` is over, UnknownField, FieldRefused or FieldsRefused.
    """
    if deal_id is not None and customer_id is not None:
        raise FilledForOne()
    form = queries.form(key)
    open_subject(actor=actor, deal_id=deal_id, customer_id=customer_id)
    deal, customer = about_for_change(actor, deal_id, customer_id)
    if about := deal or customer:
        policy.require_can_fill(actor, about)
    return keep_record(
        actor=actor,
        form=form,
        answers=answers,
        deal=deal,
        customer=customer,
        seen_version=seen_version,
        link=link,
        files=files,
    )


@transaction.atomic
def keep_record(
    *,
    actor: Actor,
    form: Form,
    answers: Mapping[str, Any],
    deal: Deal | None = None,
    customer: Customer | None = None,
    seen_version: int | None = None,
    link: FormLink | None = None,
    files: Files | None = None,
) -> FormRecord:
    """Keep what was answered for a deal or customer that is locked, by who was found to be allowed to.

    Raises FormNotOffered, FormElsewhere, FormRenewed, UnknownField, FieldRefused or FieldsRefused.
    """
    policy.require_offered(form, "customer" if deal is None else "deal")
    if seen_version not in (None, form.published):
        raise FormRenewed(form=form.name, version=form.published)
    version = queries.version(form)
    sent = check_files(version.questions, files or {}, actor, by_link=link is not None)
    kept = FormRecord.objects.create(
        form=form,
        version=version,
        deal=deal,
        customer=customer,
        link=link,
        custom=read_answers(form, version.questions, answers, actor, sent),
        filled_at=clock.now(),
        filled_by_id=actor.user_id or None,
    )
    _keep_files(kept, sent)
    record(_fact(kept), actor=actor)
    return kept


def _keep_files(kept: FormRecord, sent: Files) -> None:
    """Keep the files of the questions that are not hidden."""
    FormFile.objects.bulk_create(
        FormFile(
            record=kept,
            question=key,
            file=keep(file, folder=FOLDER),
            name=name_of(file),
            size=file.size or 0,
            media_type=told_by_content(file),
        )
        for key, files in sent.items()
        if key in kept.custom
        for file in files
    )


@transaction.atomic
def withdraw_record(*, actor: Actor, record_id: int, reason: str) -> FormRecord:
    """Let what was filled in count no more: for no gate, no action and no figure; it stays to be read, and why.

    May whoever filled it in, or may fill forms in there. One that is withdrawn already stays so. Raises NotFound,
    NotAllowed or WithdrawnWithoutReason.
    """
    found = queries.record(actor, record_id)
    about_for_change(actor, found.deal_id, found.customer_id)
    policy.require_can_withdraw(actor, found)
    why = tidy(reason)
    if not 2 <= len(why) <= 500:
        raise WithdrawnWithoutReason(field="reason")
    kept = queries.record_for_change(actor, record_id)
    if kept.withdrawn_at is not None:
        return kept
    kept.withdrawn_at, kept.withdrawn_by_id, kept.withdrawn_why = clock.now(), actor.user_id or None, why
    kept.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
    fact = DealFormWithdrawn if kept.deal_id else CustomerFormWithdrawn
    record(fact(**_told(kept), reason=why), actor=actor)
    for take_back in withdrawals:
        take_back(kept, actor)
    return kept


def _fact(kept: FormRecord) -> DealFormFilled | CustomerFormFilled:
    return (DealFormFilled if kept.deal_id else CustomerFormFilled)(**_told(kept))


def _told(kept: FormRecord) -> dict[str, Any]:
    """What every fact about a record tells: of which form, and about which deal or customer."""
    about = kept.deal or kept.customer
    kind = "deal" if kept.deal_id else "customer"
    return {
        "form": kept.form.key,
        "form_name": kept.form.name,
        "version": kept.version.number,
        "form_record_id": kept.pk,
        f"{kind}_id": about.pk,
        f"{kind}_name": about.name,
        "owner_id": about.owner_id,
    }
