"""The facts of a deal, each of which can be changed where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.crm import permissions, policy
from dealrail.crm.actions import deals
from dealrail.crm.permissions import CUSTOMERS_CREATE
from dealrail.crm.queries import (
    LABELS,
    LAYOUT_LABELS,
    YES_NO,
    custom_words,
    deal_labels,
    deal_value,
    field_name,
    fields_ever,
    fields_seen,
    point,
    pointers,
    told_about,
    told_in_words,
)
from dealrail.crm.rules import CREATED, DEAL_FIELDS, DEAL_PAGE, LAST_FOLLOW_UP, NEXT_STEP, Access, is_custom
from dealrail.process import engine
from dealrail.process.rules import ProcessSpec
from dealrail.web.added import file_fact
from dealrail.web.deals.inputs import field_inputs, new_customer_input, shown_value, unmasked, with_new_customer
from dealrail.web.grouped import grouped
from dealrail.web.inputs import Input


@dataclass(frozen=True)
class Fact:
    """One field of a deal as it is shown: its label, its value, how that is written, and whether it may be filled."""

    key: str
    label: str
    value: Any
    kind: str
    is_asked: bool = True

    @property
    def place(self) -> str:
        """What its place on the page is called."""
        return self.key.replace(".", "-")

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing."""
        return self.value is None or self.value == ""


def facts(actor: Actor, deal: Any, spec: ProcessSpec) -> list[Fact]:
    """Every field but the name: the fixed ones, those of the process, then added ones that one may see."""
    fixed = [_fact(deal, spec, key) for key in (*DEAL_FIELDS[1:], *spec.field_names())]
    added = fields_seen(actor, "deal")
    point(actor, [deal], pointers(added))
    return [*fixed, *(_added(actor, deal, field) for field in added)]


def fact_groups(actor: Actor, deal: Any, spec: ProcessSpec, *, may_plan: bool) -> dict[str, Any]:
    """The facts as the reader's layout has them; of those that it names in no group the empty ones stand apart.

    All of them in one row are what a new owner is told.
    """
    fields = facts(actor, deal, spec)
    rows = {row.key: row for row in (*fields, *_told(deal, may_plan=may_plan))}
    groups, empty = grouped(actor, "deal", rows, apart=lambda row: row.is_empty and row.key not in DEAL_PAGE)
    return {"fields": fields, "fact_groups": groups, "empty_fields": empty}


def _told(deal: Any, *, may_plan: bool) -> list[Fact]:
    """What a deal is told by besides its fields: when something happened, or will."""
    told = {LAST_FOLLOW_UP: deal.last_follow_up_at, CREATED: deal.created_at}
    if may_plan:
        told = {NEXT_STEP: deal.next_step_at, **told}
    kinds = {NEXT_STEP: "next_step"}
    return [Fact(key, str(LAYOUT_LABELS[key]), at, kinds.get(key, "ago"), is_asked=False) for key, at in told.items()]


def _added(actor: Actor, deal: Any, field: Any) -> Fact:
    value = deal.custom.get(field.key) if field.holds == "money" else custom_words(actor, deal, field)
    if field.type == "file":
        shown = file_fact(actor, deal, field, str(value))
        return Fact(field_name(field), field.name, shown, "text", is_asked=False)
    is_asked = policy.access_to(actor, field) is Access.EDIT
    return Fact(field_name(field), field.name, value, _kind_of(field), is_asked=is_asked)


# what an approval is about, the process of its deal, and whether that lies in a pool
About = tuple[Mapping[str, str | None], ProcessSpec, bool]


def approved(actor: Actor, asked: Iterable[About]) -> list[list[Fact]]:
    """What each of these approvals is about: the values that were there when it was asked for.

    As far as the reader may see them, and without empty ones; what they point at is asked once for all.
    """
    rows = list(asked)
    seen = [told_about(actor, about, pooled=pooled) for about, _spec, pooled in rows]
    told = told_in_words("deal", seen, actor)
    added = fields_ever("deal") if any(is_custom(key) for row in told for key in row) else {}
    return [_told_of(values, spec, added) for values, (_about, spec, _pooled) in zip(told, rows, strict=True)]


def _told_of(values: Mapping[str, str | None], spec: ProcessSpec, added: Mapping[str, Any]) -> list[Fact]:
    labels = deal_labels(spec)
    return [
        _held(added[key], value) if key in added else Fact(key, str(labels.get(key, key)), value, _kind(spec, key))
        for key, value in values.items()
        if value
    ]


def _held(field: Any, value: str) -> Fact:
    """What an added field held."""
    words = str(YES_NO.get(value, value)) if field.holds == "yes_no" else value
    return Fact(field_name(field), field.name, words, _kind_of(field))


def _kind_of(field: Any) -> str:
    return str(field.holds) if field.holds in {"money", "number", "date"} else "text"


def _kind(spec: ProcessSpec, key: str) -> str:
    types = {row.key: row.type for row in spec.fields}
    return {"amount": "money", "expected_close": "date"}.get(key, types.get(key, "text"))


def fact(actor: Actor, deal: Any, spec: ProcessSpec, key: str) -> Fact:
    """One field of a deal; refuse with NotFound when the deal has none of this key that the actor may see."""
    if is_custom(key):
        for field in fields_seen(actor, "deal"):
            if field_name(field) == key and field.type != "file":
                return _added(actor, deal, field)
    if key not in {*DEAL_FIELDS, *spec.field_names()}:
        raise NotFound()
    return _fact(deal, spec, key)


def _fact(deal: Any, spec: ProcessSpec, key: str) -> Fact:
    labels = {**LABELS, **spec.field_names()}
    value = getattr(deal, key) if key in DEAL_FIELDS else deal_value(deal, key)
    return Fact(key, str(labels[key]), value, _kind(spec, key))


def fact_inputs(actor: Actor, deal: Any, key: str) -> list[Input]:
    """The input of one field, holding what the deal holds; a customer may be new."""
    spec, _stage = engine.spec_and_stage(deal.run)
    inputs = field_inputs([key], spec, actor, deal)
    if key == "customer" and actor.may(CUSTOMERS_CREATE):
        inputs.append(new_customer_input())
    return inputs


@transaction.atomic
def change_fact(actor: Actor, deal: Any, key: str, typed: dict[str, Any], seen: int | None) -> Any:
    """Save one field, unless it still stands masked. Refuses as change_deal does, and as a new customer may be."""
    fields = unmasked(actor, deal, fact_inputs(actor, deal, key), {key: typed.get(key, "")})
    if not fields or (key == "customer" and fields[key] == shown_value(actor, deal, "customer")):
        return deal
    is_new = bool(typed.get("new_customer"))
    fields = with_new_customer(actor, fields, is_new=is_new, owner_id=deal.owner_id)
    return deals.change_deal(actor=actor, deal_id=deal.pk, fields=fields, seen_version=seen)


def may_change(actor: Actor, deal: Any) -> bool:
    """Whether the reader may change the facts of this deal."""
    return policy.may(actor, permissions.DEALS_CHANGE, deal)
