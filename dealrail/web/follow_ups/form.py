"""The follow-up form: its kinds, inputs, quick picks, plans and texts, with what was typed and why it was refused."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.web.added import added_inputs
from dealrail.web.deals.reading import field_of
from dealrail.web.follow_ups.about import About, AnyDeal
from dealrail.web.inputs import Input, filled, options, texts, whole
from dealrail.web.once import new_key
from dealrail.web.picks import Pick, picks

OFFERED_CONTACTS = 50
SHOWN_TEXTS = 12
ICONS = {
    "call": "phone",
    "wechat": "brand-wechat",
    "visit": "map-pin",
    "email": "mail",
    "meeting": "users",
    "demo": "presentation",
}


@dataclass(frozen=True)
class Kind:
    """A kind of follow-up to press with a thumb."""

    key: str
    label: Any
    icon: str
    is_chosen: bool


@dataclass(frozen=True)
class Plan:
    """A plan that the follow-up may fulfil, and whether it is ticked."""

    task: Any
    is_ticked: bool


@dataclass(frozen=True)
class FollowUpForm:
    """Everything on the form. `key` makes saving it twice save it once."""

    about: About
    kinds: list[Kind]
    fields: dict[str, Input]
    added: list[Input]
    plans: list[Plan]
    texts: list[Any]
    today: date
    picks: list[Pick]
    picked: str
    is_checked_in: bool
    key: str
    refusal: Refusal | None

    @property
    def inputs(self) -> list[Input]:
        """The inputs, for the list of errors."""
        return [*self.fields.values(), *self.added]


def follow_up_form(
    actor: Actor,
    about: About,
    typed: QueryDict | None = None,
    *,
    text: str = "",
    refusal: Refusal | None = None,
    contacts: Iterable[Any] | None = None,
) -> FollowUpForm:
    """The form about a record, empty or with what was typed; `text` is one to start from.

    `contacts` are those of its customer that the actor may see, where one has them already.
    """
    sent = typed if typed is not None else QueryDict()
    chosen = sent.get("kind") or next(iter(ICONS))
    return FollowUpForm(
        about=about,
        kinds=[Kind(key, label, ICONS[key], key == chosen) for key, label in activities.activity_kinds().items()],
        fields=_fields(about, _people(actor, about) if contacts is None else contacts, sent, text, refusal),
        added=filled(added_inputs(actor, "activity"), texts(sent), refusal),
        plans=_plans(actor, about, typed),
        texts=list(activities.text_templates(actor)[:SHOWN_TEXTS]),
        today=(today := timezone.localdate(clock.now())),
        picks=picks(today),
        picked=sent.get("pick", ""),
        is_checked_in=bool(sent.get("check_in")),
        key=sent.get("key") or new_key(),
        refusal=refusal,
    )


def _fields(
    about: About, contacts: Iterable[Any], sent: QueryDict, text: str, refusal: Refusal | None
) -> dict[str, Input]:
    wrong = {"file": "files"}.get(field := field_of(refusal), field) if refusal else ""
    named = [(contact.pk, contact.name) for contact in contacts]
    empty = [
        Input("text", _("What happened"), kind="textarea", value=text, required=True),
        Input("occurred_at", _("When it happened"), kind="datetime-local", help=_("Now, if left empty.")),
        Input("contact", _("With whom"), kind="select", options=options(named[:OFFERED_CONTACTS])),
        Input("next_step", _("What to do")),
        Input("next_step_at", _("Next step on"), kind="datetime-local"),
        Input("place", _("Place"), help=_("In your own words; your browser may add where you are.")),
        Input("files", _("Files and photos"), kind="file"),
    ]
    if isinstance(about, AnyDeal):
        empty.insert(0, Input("deal", _("Deal"), kind="select", options=_deals(about), required=True))
    return {
        row.name: replace(
            row,
            value=sent.get(row.name, row.value),
            error=str(refusal.params.get("problem") or refusal) if refusal and row.name == wrong else "",
        )
        for row in empty
    }


def _deals(about: AnyDeal) -> tuple[tuple[str, Any], ...]:
    named = [(deal.pk, f"{deal.name} · {deal.customer.name}" if deal.customer else deal.name) for deal in about.deals]
    return options(named)


def _people(actor: Actor, about: About) -> Iterable[Any]:
    if about.customer_id is None:
        return ()
    return crm.contacts(actor).filter(customer=about.customer_id).order_by("pk")[:OFFERED_CONTACTS]


def _plans(actor: Actor, about: About, typed: QueryDict | None) -> list[Plan]:
    """Those of the past and of today are ticked, unless the form came back: then as they were."""
    if not about.subject:
        return []
    today = timezone.localdate(clock.now())
    ticked = {whole(one) for one in typed.getlist("finishes")} if typed is not None else None
    return [
        Plan(task, task.pk in ticked if ticked is not None else _is_due(task, today))
        for task in activities.plans_of(actor, **about.subject)
    ]


def _is_due(task: Any, today: Any) -> bool:
    return task.due_at is not None and timezone.localdate(task.due_at) <= today
