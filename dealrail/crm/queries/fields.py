"""The fields of deals, customers, contacts and products: their names, values, and what filters know of them."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.core.filters import Field, FieldType, fields_in
from dealrail.crm.models import Customer, Deal
from dealrail.crm.queries.custom import (
    added_condition_fields,
    custom_labels,
    field_name,
    fields_for_gates,
    filter_fields,
)
from dealrail.crm.queries.labels import LABELS
from dealrail.crm.rules import (
    CUSTOMER_FILLED,
    DEAL_FIELDS,
    FILLED,
    OF_CUSTOMER,
    custom_key,
    custom_text,
    is_custom,
    is_empty,
)
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.engine import Gate
from dealrail.process.models import DefinitionVersion
from dealrail.process.rules import FieldSpec, ProcessSpec
from dealrail.process.rules.approving import decides_steps

_NAMED_LABELS: dict[str, Any] = {
    "product": LABELS["product"],
    "product_series": LABELS["series"],
    "region": LABELS["region"],
    "source": LABELS["source"],
    "unit": _("Department"),
    "customer": LABELS["customer"],
    "customer_code": _("Code of the customer"),
    "customer_industry": _("Industry of the customer"),
    "customer_region": _("Region of the customer"),
}


def deal_labels(spec: ProcessSpec) -> dict[str, Any]:
    """Names of a deal's fields, those of its process included, and those that were added if its gates ask for some."""
    added = custom_labels("deal") if any(kind == "deal" for kind, _name in added_fields_asked(spec)) else {}
    return {**LABELS, **added, **spec.field_names()}


def demanded_fields(spec: ProcessSpec) -> set[str]:
    """The fields that the gates of a process demand."""
    conditions = [condition for stage in spec.stages for condition in stage.conditions]
    return {str(name) for condition in conditions if condition.kind == FILLED for name in condition.config["fields"]}


def added_fields_asked(spec: ProcessSpec) -> set[tuple[str, str]]:
    """The fields that were added and the conditions of a process ask about, each by its kind of record and its name."""
    conditions = [condition for stage in spec.stages for condition in stage.conditions]
    told_apart = {name for condition in conditions for name in fields_in(condition.when)}
    of_customer = {name for row in conditions if row.kind == CUSTOMER_FILLED for name in row.config["fields"]}
    of_customer |= {name.removeprefix(OF_CUSTOMER) for name in told_apart if name.startswith(OF_CUSTOMER)}
    kinds = {"deal": demanded_fields(spec) | told_apart, "customer": of_customer}
    return {(kind, name) for kind, names in kinds.items() for name in names if is_custom(name)}


def gate_names(kind: str) -> dict[str, str]:
    """The names of the added fields that a gate may ask about, by what they are called."""
    return {field_name(field): field.name for field in fields_for_gates(kind)}


def deal_value(deal: Deal, field: str) -> Any:
    """One field of a deal, whether fixed or of its process; of a reference only the id, so nothing is fetched."""
    if field in DEAL_FIELDS:
        return getattr(deal, f"{field}_id" if hasattr(deal, f"{field}_id") else field)
    return deal.custom.get(custom_key(field)) if is_custom(field) else deal.extra.get(field)


# What an approver is shown of every deal, whatever else its stage asks for.
_ALWAYS_APPROVED = ("customer", "product", "amount")


def approved_about(deal: Deal, gate: Gate | None = None) -> dict[str, str | None]:
    """What an approval of this deal is about, as {field: text}: customer, product, amount and what its gate demands.

    The fields by which it was decided that approvals are needed, and whose, are among them.
    """
    demanded = [str(row.params["field"]) for row in gate.demands if "field" in row.params] if gate else []
    fields = [*_ALWAYS_APPROVED, *demanded, *(_deciding(deal, gate) if gate else ())]
    return {field: _as_text(deal, field) for field in dict.fromkeys(fields)}


def _deciding(deal: Deal, gate: Gate) -> list[str]:
    spec, stage = engine.spec_and_stage(deal.run)
    asked = {demand.condition for demand in gate.approvals}
    limiting = [row for row in stage.conditions if row.key in asked]
    named = {name for row in limiting for name in (*fields_in(row.when), decides_steps(row))}
    return sorted(name for name in named if is_custom(name) or name in {*DEAL_FIELDS, *spec.field_names()})


def _as_text(deal: Deal, field: str) -> str | None:
    if is_custom(field):
        return custom_text(deal.custom.get(custom_key(field)))
    value = getattr(deal, field) if field in DEAL_FIELDS else deal.extra.get(field)
    return None if is_empty(value) else str(value)


def deal_fields(actor: Actor) -> list[Field]:
    """What the filter language knows of deals: fixed fields, those of the processes in force, and added ones."""
    fixed = _fixed_deal_fields()
    return [*fixed, *_own_fields({field.name for field in fixed}), *filter_fields(actor, "deal")]


# What the conditions of a process tell records apart by: names instead of ids, as its text is carried elsewhere.
_NAMED = {
    "product": "product__name",
    "product_series": "product__series",
    "region": "region__name",
    "source": "source__name",
    "unit": "owner__unit__name",
    "customer": "customer__name",
    "customer_code": "customer__code",
    "customer_industry": "customer__industry",
    "customer_region": "customer__region__name",
}


def condition_fields(spec: ProcessSpec, *, judging: bool = False) -> list[Field]:
    """What the conditions of one version of a process can be limited by; see `added_condition_fields`."""
    return [*_own_condition_fields(spec), *added_condition_fields(judging=judging)]


def condition_fields_of(specs: Iterable[ProcessSpec], named: Collection[str]) -> list[list[Field]]:
    """The same for each of several versions, to judge deals by filters that name these fields."""
    added = added_condition_fields(judging=True) if any(map(_is_added, named)) else []
    return [[*_own_condition_fields(spec), *added] for spec in specs]


def _is_added(name: str) -> bool:
    return is_custom(name.removeprefix(OF_CUSTOMER))


def _own_condition_fields(spec: ProcessSpec) -> list[Field]:
    own = [replace(_own_field(row), choices=dict(zip(row.choices, row.choices, strict=True))) for row in spec.fields]
    grades = dict(Customer.Grade.choices)
    fixed = [
        Field(name="name", path="name", type=FieldType.TEXT, label=LABELS["name"], nullable=False),
        Field(name="amount", path="amount", type=FieldType.MONEY, label=LABELS["amount"]),
        Field(name="expected_close", path="expected_close", type=FieldType.DATE, label=LABELS["expected_close"]),
        Field(name="created_at", path="created_at", type=FieldType.DATETIME, label=_("Created"), nullable=False),
        *(Field(name=name, path=path, type=FieldType.TEXT, label=_NAMED_LABELS[name]) for name, path in _NAMED.items()),
        Field(
            name="customer_grade",
            path="customer__grade",
            type=FieldType.CHOICE,
            label=_("Grade of the customer"),
            choices=grades,
        ),
    ]
    taken = {field.name for field in own}
    return [*own, *(field for field in fixed if field.name not in taken)]


_OWN_TYPES = {"text": FieldType.TEXT, "choice": FieldType.CHOICE, "date": FieldType.DATE, "number": FieldType.NUMBER}


def _own_fields(taken: set[str]) -> list[Field]:
    """The fields that processes add; one whose type differs from process to process depends on the process."""
    latest = DefinitionVersion.objects.values("definition").annotate(latest=Max("pk")).order_by("definition__position")
    specs = [processes.spec_of(pk) for pk in latest.values_list("latest", flat=True)]
    by_key: dict[str, dict[str, Field]] = {}
    for spec in specs:
        for row in spec.fields:
            by_key.setdefault(row.key, {})[spec.key] = _own_field(row)
    return [_one_or_either(fields) for key, fields in by_key.items() if key not in taken]


def _own_field(row: FieldSpec) -> Field:
    kind = _OWN_TYPES.get(row.type, FieldType.MONEY)
    return Field(name=row.key, path="extra", key=row.key, type=kind, label=row.name)


def _one_or_either(fields: dict[str, Field]) -> Field:
    first = next(iter(fields.values()))
    is_one = len({field.type for field in fields.values()}) == 1
    return first if is_one else replace(first, depends_on="process", variants=fields)


def _fixed_deal_fields() -> list[Field]:
    from_run = {"process": "run__version__definition__key", "stage": "run__stage__key", "state": "state"}
    return [
        Field(name="id", path="pk", type=FieldType.NUMBER, label="id", nullable=False),
        Field(name="name", path="name", type=FieldType.TEXT, label="name", nullable=False),
        Field(name="code", path="code", type=FieldType.TEXT, label="code", nullable=False),
        *(Field(name=name, path=path, type=FieldType.CHOICE, label=name) for name, path in from_run.items()),
        Field(
            name="line",
            path="run__version__definition__line",
            type=FieldType.REF,
            label="line",
            sort_path="run__version__definition__line__name",
        ),
        Field(name="version", path="run__version__number", type=FieldType.NUMBER, label="version", nullable=False),
        Field(name="loss_reason", path="loss_reason", type=FieldType.CHOICE, label="loss_reason", nullable=False),
        Field(name="owner", path="owner", type=FieldType.PERSON, label="owner", sort_path="owner__name"),
        Field(name="unit", path="owner__unit", type=FieldType.REF, label="unit", sort_path="owner__unit__name"),
        Field(name="customer", path="customer", type=FieldType.REF, label="customer", sort_path="customer__name"),
        Field(name="product", path="product", type=FieldType.REF, label="product", sort_path="product__name"),
        Field(name="region", path="region", type=FieldType.REF, label="region", sort_path="region__name"),
        Field(name="source", path="source", type=FieldType.REF, label="source", sort_path="source__name"),
        Field(name="pool", path="pool", type=FieldType.REF, label="pool", sort_path="pool__name"),
        Field(name="amount", path="amount", type=FieldType.MONEY, label="amount"),
        Field(name="expected_close", path="expected_close", type=FieldType.DATE, label="expected_close"),
        Field(name="created_at", path="created_at", type=FieldType.DATETIME, label="created_at", nullable=False),
        Field(
            name="started_at",
            path="run__started_at",
            type=FieldType.DATETIME,
            label="started_at",
            nullable=False,
        ),
        Field(name="closed_at", path="run__closed_at", type=FieldType.DATETIME, label="closed_at"),
        Field(
            name="stage_entered_at",
            path="run__stage_entered_at",
            type=FieldType.DATETIME,
            label="stage_entered_at",
        ),
        Field(
            name="last_follow_up_at",
            path="last_follow_up_at",
            type=FieldType.DATETIME,
            label="last_follow_up_at",
        ),
        Field(name="next_step_at", path="next_step_at", type=FieldType.DATETIME, label="next_step_at"),
    ]


def customer_fields(actor: Actor) -> list[Field]:
    """What the filter language knows of customers, with the fields that were added and the actor may see."""
    return [*_fixed_customer_fields(), *filter_fields(actor, "customer")]


def _fixed_customer_fields() -> list[Field]:
    texts = ("name", "code", "credit_code", "industry", "address", "website")
    return [
        Field(name="id", path="pk", type=FieldType.NUMBER, label="id", nullable=False),
        *(Field(name=name, path=name, type=FieldType.TEXT, label=name, nullable=False) for name in texts),
        Field(name="grade", path="grade", type=FieldType.CHOICE, label="grade", nullable=False),
        Field(name="owner", path="owner", type=FieldType.PERSON, label="owner", sort_path="owner__name"),
        Field(name="unit", path="owner__unit", type=FieldType.REF, label="unit", sort_path="owner__unit__name"),
        Field(name="region", path="region", type=FieldType.REF, label="region", sort_path="region__name"),
        Field(name="source", path="source", type=FieldType.REF, label="source", sort_path="source__name"),
        Field(name="pool", path="pool", type=FieldType.REF, label="pool", sort_path="pool__name"),
        Field(name="created_at", path="created_at", type=FieldType.DATETIME, label="created_at", nullable=False),
    ]


def contact_fields(actor: Actor) -> list[Field]:
    """What the filter language knows of contacts; not how to reach them, which may be hidden."""
    return [*_fixed_contact_fields(), *filter_fields(actor, "contact")]


def _fixed_contact_fields() -> list[Field]:
    created_at = FieldType.DATETIME
    return [
        Field(name="id", path="pk", type=FieldType.NUMBER, label="id", nullable=False),
        Field(name="name", path="name", type=FieldType.TEXT, label="name", nullable=False),
        Field(name="title", path="title", type=FieldType.TEXT, label="title", nullable=False),
        Field(name="role", path="role", type=FieldType.CHOICE, label="role", nullable=False),
        Field(name="customer", path="customer", type=FieldType.REF, label="customer", sort_path="customer__name"),
        Field(name="owner", path="customer__owner", type=FieldType.PERSON, label="owner"),
        Field(name="created_at", path="created_at", type=created_at, label="created_at", nullable=False),
    ]


def product_fields(actor: Actor) -> list[Field]:
    """What the filter language knows of products."""
    texts = ("code", "name", "series", "unit")
    return [
        Field(name="id", path="pk", type=FieldType.NUMBER, label="id", nullable=False),
        *(Field(name=name, path=name, type=FieldType.TEXT, label=name, nullable=False) for name in texts),
        Field(name="price", path="price", type=FieldType.MONEY, label="price"),
        Field(name="is_active", path="is_active", type=FieldType.BOOL, label="is_active", nullable=False),
    ]
