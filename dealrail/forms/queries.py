"""Finding forms, their questions as fields, and what was answered within the actor's sight."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core import clock, uploads
from dealrail.core.filters import Field, FieldType, fields_in
from dealrail.crm import policy as crm_policy
from dealrail.crm import queries as crm
from dealrail.crm.models import CustomField, Deal
from dealrail.crm.queries.custom import custom_told, field_told, filter_field
from dealrail.crm.queries.sight import about_for_change, about_visible
from dealrail.crm.queries.versions import specs_in_use
from dealrail.crm.rules import Access, custom_key
from dealrail.forms import policy
from dealrail.forms.errors import LinkDead
from dealrail.forms.models import Form, FormFile, FormLink, FormRecord, FormVersion
from dealrail.forms.rules import (
    CHANNEL,
    DESCRIBED,
    FILES,
    FILLED,
    FORMULA,
    INSIDE,
    MORE,
    RULES,
    TYPES,
    holds,
)
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.rules import ProcessSpec

Question = Mapping[str, Any]


def forms(about: str = "") -> QuerySet[Form]:
    """Every form by name, those out of use too; only those about deals or customers, where asked."""
    rows = Form.objects.order_by("name", "pk")
    return rows.filter(about=about) if about else rows


def form(key: str) -> Form:
    """One form; refuse with NotFound."""
    for found in Form.objects.filter(key=key):
        return found
    raise NotFound()


def form_known(actor: Actor, key: str) -> Form:
    """One form; refuse with NotFound, also one that was never published, to who makes no forms."""
    found = form(key)
    if found.published or actor.may(PROCESS_PUBLISH):
        return found
    raise NotFound()


def offered(about: str = "") -> QuerySet[Form]:
    """The forms that can be filled in; only those about deals or customers, where asked."""
    return forms(about).filter(is_active=True, published__gt=0).defer("questions")


def version(of: Form, number: int = 0) -> FormVersion:
    """A version of a form, the one that is asked unless told; refuse with NotFound."""
    for found in FormVersion.objects.filter(form=of, number=number or of.published):
        return found
    raise NotFound()


def versions(of: Form) -> QuerySet[FormVersion]:
    """The versions of a form, the latest first."""
    return FormVersion.objects.filter(form=of).select_related("published_by").order_by("-number")


def as_field(question: Question) -> CustomField:
    """A question as the field it describes; it stands in no table."""
    bounds = {name: None if question[name] is None else Decimal(question[name]) for name in ("low", "high")}
    named = (*DESCRIBED, *MORE.get(question["type"], ()))
    plain = {name: question[name] for name in named if name not in bounds}
    return CustomField(kind="form", key=question["key"], type=question["type"], **plain, **bounds)


def question_told(question: Question, among: Iterable[Question]) -> dict[str, str]:
    """All that can be changed of a question but its rules, as texts; a formula names these questions by their names."""
    return field_told(as_field(question), [as_field(row) for row in among])


def access_to(actor: Actor, question: Question) -> Access:
    """What the actor may with a question; somebody without a login is asked none that is kept from any role.

    Nor one whose answers are chosen from what stands inside.
    """
    is_limited = bool(question["access"] or question.get("under"))
    is_visitor = actor.is_system and actor.channel == CHANNEL
    if is_visitor and (is_limited or question["type"] in INSIDE):
        return Access.HIDDEN
    if not is_limited and question["type"] != FORMULA:
        return Access.EDIT
    return crm_policy.access_to(actor, as_field(question))


def questions_seen(actor: Actor, questions: Iterable[Question]) -> list[Question]:
    """The questions whose answers the actor may see."""
    return [row for row in questions if access_to(actor, row) is not Access.HIDDEN]


def questions_shown(actor: Actor, questions: Iterable[Question]) -> list[Question]:
    """The same as they are shown: a rule that names a question the actor may not see is kept from them.

    Who makes forms reads every rule.
    """
    seen = questions_seen(actor, questions)
    if actor.may(PROCESS_PUBLISH):
        return seen
    known = {row["key"] for row in seen}
    return [{**row, **{rule: {} for rule in RULES if not fields_in(row[rule]) <= known}} for row in seen]


def questions_filled(actor: Actor, questions: Iterable[Question]) -> list[Question]:
    """The questions that the actor is asked."""
    return [row for row in questions if access_to(actor, row) is Access.EDIT]


def questions_laid_out(actor: Actor, questions: Iterable[Question]) -> list[Question]:
    """The same with the formulas whose results the actor is shown meanwhile."""
    return [row for row in questions if access_to(actor, row) in _LAID_OUT[row["type"] == FORMULA]]


_LAID_OUT = {True: {Access.EDIT, Access.READ}, False: {Access.EDIT}}


def questions_left_out(actor: Actor, questions: Iterable[Question]) -> list[Question]:
    """The questions that the actor may see and that nobody is asked who fills the form in by a link."""
    visitor = Actor.system(CHANNEL)
    return [row for row in questions_seen(actor, questions) if access_to(visitor, row) is Access.HIDDEN]


def rule_fields(questions: Iterable[Question]) -> list[Field]:
    """What the rules of a form can ask about: the answers to these questions, but for files and what points inside.

    Files are sent only when the form is, and what points inside has no words of its own.
    """
    in_words = (row for row in questions if row["type"] not in FILES | INSIDE)
    return [filter_field(as_field(row), name=row["key"], path="given") for row in in_words]


def question_types() -> list[tuple[str, Any]]:
    """The types of questions and what they are called."""
    return [*((key, words) for key, words in crm.field_types() if key in TYPES), *_FILE_TYPES.items()]


_FILE_TYPES: dict[str, Any] = {"files": _("Files"), "photos": _("Pictures")}


def asked_fields(questions: Iterable[Question]) -> list[Field]:
    """The same as they are asked of `rules.asked_of`: several choices and yes or no are texts there."""
    texts = {row["key"] for row in questions if holds(row) in {"choices", "yes_no"}}
    fields = rule_fields(questions)
    return [replace(row, type=FieldType.TEXT, choices=None) if row.name in texts else row for row in fields]


def records(actor: Actor) -> QuerySet[FormRecord]:
    """Every record about a deal or customer that the actor may see, the latest first."""
    rows = FormRecord.objects.select_related("form", "version", "filled_by", "withdrawn_by", "deal", "customer")
    return rows.defer("form__questions").filter(about_visible(actor)).order_by("-filled_at", "-pk")


def record(actor: Actor, record_id: int) -> FormRecord:
    """One record; refuse with NotFound, also when it is not the actor's to see."""
    for found in records(actor).filter(pk=record_id):
        return found
    raise NotFound()


def record_for_change(actor: Actor, record_id: int) -> FormRecord:
    """One record, locked; refuse with NotFound."""
    for found in records(actor).select_for_update(of=("self",)).filter(pk=record_id):
        return found
    raise NotFound()


def records_of_deal(deal_id: int) -> QuerySet[FormRecord]:
    """What was filled in for a deal one may see, the latest first."""
    return _shown().filter(deal=deal_id)


def records_of_customer(customer_id: int) -> QuerySet[FormRecord]:
    """What was filled in for a customer one may see, but not for its deals, the latest first."""
    return _shown().filter(customer=customer_id)


def filled_in_stage(deal: Deal, key: str) -> QuerySet[FormRecord]:
    """The records of a form about this deal, or about its customer, since it entered its stage; the latest first.

    Whoever sees the deal sees that they are there, for its SOP asks for them.
    """
    about = Q(deal=deal.pk) | Q(customer=deal.customer_id) if deal.customer_id else Q(deal=deal.pk)
    rows = _shown().filter(about, form__key=key, withdrawn_at__isnull=True)
    return rows.filter(filled_at__gte=deal.run.stage_entered_at)


def _shown() -> QuerySet[FormRecord]:
    rows = FormRecord.objects.select_related("form", "version", "filled_by").order_by("-filled_at", "-pk")
    return rows.defer("custom", "form__questions", "version__questions")


def hidden_now(actor: Actor, form_ids: Iterable[int]) -> dict[int, set[str]]:
    """By form, the keys of the questions that the latest version with them hides from the actor; one statement for all.

    What was hidden and then taken out stays hidden.
    """
    found: dict[int, dict[str, bool]] = defaultdict(dict)
    for row in FormVersion.objects.filter(form__in=set(form_ids)).order_by("number"):
        found[row.form_id] |= {one["key"]: access_to(actor, one) is Access.HIDDEN for one in row.questions}
    return {form_id: {key for key, is_hidden in keys.items() if is_hidden} for form_id, keys in found.items()}


def fields_read(actor: Actor, of: FormVersion, hidden: Mapping[int, set[str]]) -> list[CustomField]:
    """The questions of a version whose answers the actor may see, as fields.

    Neither that version hides them nor, by `hidden_now`, the latest that asks them: hiding a question hides what was
    answered, and what was computed from it.
    """
    closed = {*hidden.get(of.form_id, ())}
    for row in of.questions:  # each formula stands behind what it computes with
        if closed & {custom_key(name) for name in row.get("inputs", ())}:
            closed.add(row["key"])
    return [as_field(row) for row in questions_seen(actor, of.questions) if row["key"] not in closed]


def answers(actor: Actor, of: FormRecord) -> list[tuple[CustomField, str]]:
    """The questions that the actor may see the answers of, each with its answer in words."""
    fields = fields_read(actor, of.version, hidden_now(actor, [of.form_id]))
    crm.point(actor, [of], crm.pointers(fields))
    return [(field, crm.custom_words(actor, of, field)) for field in fields]


def answers_told(actor: Actor, rows: Sequence[FormRecord]) -> list[dict[str, Any]]:
    """What these records hold, as far as the actor may see it, by the keys of the questions."""
    hidden = hidden_now(actor, {row.form_id for row in rows})
    read = [(row, fields_read(actor, row.version, hidden)) for row in rows]
    crm.point(actor, rows, {pointer for _row, fields in read for pointer in crm.pointers(fields)})
    return [
        {field.key: custom_told(actor, row, field) for field in fields if row.custom.get(field.key) is not None}
        for row, fields in read
    ]


def files_seen(actor: Actor, rows: Sequence[FormRecord]) -> dict[int, list[FormFile]]:
    """The files of these records, by record, for the questions that the actor may see the answers of."""
    hidden = hidden_now(actor, {row.form_id for row in rows})
    keys = {row.pk: {field.key for field in fields_read(actor, row.version, hidden)} for row in rows}
    found: dict[int, list[FormFile]] = {row.pk: [] for row in rows}
    for file in FormFile.objects.filter(record__in=keys).order_by("pk") if rows else ():
        if file.question in keys[file.record_id]:
            found[file.record_id].append(file)
    return found


def record_file(actor: Actor, file_id: int) -> FormFile:
    """One file of a form that was filled in; refuse with NotFound, also when it is not the actor's to see."""
    for found in FormFile.objects.filter(pk=file_id):
        of = record(actor, found.record_id)
        if found in files_seen(actor, [of])[of.pk] and uploads.kept_at(found.file).is_file():
            found.record = of
            return found
    raise NotFound()


def missing_files() -> int:
    """How many files of forms that were filled in are gone from the disk."""
    return uploads.missing(FormFile.objects.values_list("file", flat=True).iterator())


_LINKS = Signer(salt="forms.link")


def link_token(of: FormLink) -> str:
    """What the address of a link holds; signed, so that no other can be guessed from it."""
    return _LINKS.sign(str(of.pk))


def is_signed(token: str) -> bool:
    """Whether a link of this token was ever made; nothing is asked of the database."""
    try:
        _LINKS.unsign(token)
    except BadSignature:
        return False
    return True


def link_of(token: str, *, lock: bool = False) -> FormLink:
    """The link of this token, as long as it can be used; refuse with LinkDead."""
    try:
        number = int(_LINKS.unsign(token))
    except (BadSignature, ValueError) as error:
        raise LinkDead() from error
    rows = FormLink.objects.select_for_update(of=("self",)) if lock else FormLink.objects.all()
    for found in rows.select_related("form", "deal", "customer", "owner", "pool", "source").filter(
        pk=number, is_open=True
    ):
        about = found.deal or found.customer
        is_over = found.until is not None and found.until <= clock.now()
        is_gone = about is not None and about.deleted_at is not None
        if found.form.is_active and found.form.published and not is_over and not is_gone:
            return found
    raise LinkDead()


def lead_links(of: Form) -> QuerySet[FormLink]:
    """The links of a form by which somebody becomes a lead, the latest first, and how often each was used (`used`)."""
    rows = FormLink.objects.filter(form=of, deal__isnull=True, customer__isnull=True)
    rows = rows.select_related("owner", "pool", "source", "form").defer("form__questions")
    return rows.annotate(used=Count("records")).order_by("-pk")


def links_about(*, deal_id: int | None = None, customer_id: int | None = None) -> QuerySet[FormLink]:
    """The links that still work for a deal or customer one may change, the latest first."""
    rows = FormLink.objects.filter(deal=deal_id, customer=customer_id, is_open=True, until__gt=clock.now())
    return rows.select_related("form").defer("form__questions").order_by("-pk")


def link_for_change(actor: Actor, link_id: int) -> FormLink:
    """One link, locked; refuse with NotFound, or NotAllowed to who may not shut it."""
    for found in FormLink.objects.select_for_update(of=("self",)).select_related("form").filter(pk=link_id):
        if found.deal_id or found.customer_id:
            about: Any = next(filter(None, about_for_change(actor, found.deal_id, found.customer_id)))
            policy.require_can_fill(actor, about)
        else:
            accounts.require(actor, PROCESS_PUBLISH)
        return found
    raise NotFound()


def demanding(key: str) -> list[ProcessSpec]:
    """The processes whose gates or actions demand this form, in force or of deals that go on; each once."""
    found = {spec.key: spec for spec in specs_in_use() if key in forms_demanded(spec)}
    return list(found.values())


def forms_demanded(spec: ProcessSpec) -> set[str]:
    """The keys of the forms that the gates of a process demand, or its actions as their evidence."""
    conditions = [row for stage in spec.stages for row in stage.conditions]
    by_gates = {row.config["form"] for row in conditions if row.kind == FILLED}
    return by_gates | {action.form for action in spec.actions if action.form}
