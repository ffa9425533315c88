"""What examples of a process say of a deal, its customer and its contacts; and the deal made of it, kept nowhere."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from django.db.models import DateField, DateTimeField, DecimalField, Expression, JSONField, TextField, Value
from django.db.models import Field as Column
from django.db.models.functions import Cast
from django.utils import timezone

from dealrail.core import clock, money
from dealrail.core.filters import named_period
from dealrail.core.formats import FIRST_YEAR, LAST_YEAR
from dealrail.core.texts import is_storable
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.crm.policy import is_seen_by_all
from dealrail.crm.queries.custom import field_name, fields_in_use
from dealrail.crm.rules import CUSTOMER_FIELDS, custom_key, is_custom
from dealrail.process.rules import FieldSpec, Problem, ProcessSpec, StageSpec

MOST_CONTACTS = 50
LONGEST = 500
_NAMED = ("product", "region", "source")
_TEXTS = ("name", *_NAMED, "product_series", "unit")
_DAYS = ("expected_close", "created_at")
# Whatever an example names has a row in no table.
_SOMETHING = -1

Said = Mapping[str, Any]


class GivenDeal:
    """The fields of the deal, those of its process and added ones included; its customer stands apart."""

    key = "deal"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        if not isinstance(said, Mapping):
            yield Problem("", "not_a_mapping")
            return
        own = {row.key: row for row in spec.fields}
        for name, value in said.items():
            if is_custom(str(name)):
                yield from _added_problems("deal", str(name), value)
            elif name not in {*_TEXTS, *_DAYS, "amount", *own}:
                yield Problem("", "no_such_field", {"field": str(name)[:40]})
            elif value is not None:
                yield from _wrong_value(str(name), value, own.get(name))


class GivenCustomer:
    """The customer, by its name or by what is known of it."""

    key = "customer"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        if said is None or isinstance(said, str):
            return [*_text("", said or "")]
        if not isinstance(said, Mapping):
            return [Problem("", "not_a_mapping")]
        known, grades = ", ".join(CUSTOMER_FIELDS), ", ".join(Customer.Grade.values)
        found: list[Problem] = []
        for name, value in said.items():
            if is_custom(str(name)):
                found += _added_problems("customer", str(name), value)
            elif name not in CUSTOMER_FIELDS:
                found.append(Problem("", "not_one_of", {"value": str(name)[:40], "known": known}))
            elif value is not None:
                found += _text(name, value)
        if said.get("grade") not in (None, *Customer.Grade.values):
            found.append(Problem("grade", "not_one_of", {"value": str(said["grade"])[:40], "known": grades}))
        return found


class GivenContacts:
    """The contacts that are known, each by its part in the decision."""

    key = "contacts"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        if not isinstance(said, list) or len(said) > MOST_CONTACTS:
            yield Problem("", "count_of", {"low": 0, "high": MOST_CONTACTS})
            return
        for part in said:
            if part not in Contact.Part.values:
                yield Problem("", "not_one_of", {"value": str(part)[:40], "known": ", ".join(Contact.Part.values)})


def _added_problems(kind: str, name: str, value: Any) -> Iterator[Problem]:
    if name not in {field_name(field) for field in fields_in_use(kind) if is_seen_by_all(field)}:
        yield Problem("", "no_such_field", {"field": name[:40]})
    elif value is not None and not isinstance(value, bool):
        for one in value if isinstance(value, list) else [value]:
            yield from _text(name, one)


def _wrong_value(name: str, value: Any, field: FieldSpec | None) -> Iterator[Problem]:
    kind = field.type if field else "money" if name == "amount" else "date" if name in _DAYS else "text"
    if kind == "choice" and field and value not in field.choices:
        yield Problem(name, "not_one_of", {"value": str(value)[:40], "known": ", ".join(field.choices)})
    else:
        yield from _CHECKS.get(kind, _text)(name, value)


def _text(name: str, value: Any) -> Iterator[Problem]:
    is_text = isinstance(value, str | int | float) and not isinstance(value, bool)
    if not is_text or len(str(value)) > LONGEST or not is_storable(str(value)):
        yield Problem(name, "bad_text", {"longest": LONGEST})


def _number(name: str, value: Any) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e15:
        yield Problem(name, "bad_bound", {"value": str(value)[:40]})


def _money(name: str, value: Any) -> Iterator[Problem]:
    try:
        _amount(value)
    except money.BadAmount as refusal:
        yield Problem(name, "bad_said", {"problem": str(refusal)})


def _date(name: str, value: Any) -> Iterator[Problem]:
    day = _day(value)
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        yield Problem(name, "bad_day", {"value": str(value)[:40]})


_CHECKS: Mapping[str, Callable[[str, Any], Iterator[Problem]]] = {"number": _number, "money": _money, "date": _date}


def _amount(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise money.BadAmount(value=str(value)[:40])
    return money.yuan(str(value))


def _day(value: Any) -> date | None:
    """A day as filters say it: 2024-03-01, today, -7d."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        period = named_period(value, timezone.localdate(clock.now()))
    return period.first if period else None


def imagined_deal(given: Said, spec: ProcessSpec) -> Deal:
    """The deal of an example."""
    said = _deal(given)
    deal = Deal(
        name=said.get("name") or "",
        amount=_amount(said["amount"]) if said.get("amount") is not None else None,
        expected_close=_day(said.get("expected_close")),
        customer_id=None if given.get("customer") is None else _SOMETHING,
        extra=_extra(said, spec),
        custom=_added(said),
        created_at=clock.now(),
    )
    for name in _NAMED:
        setattr(deal, f"{name}_id", None if said.get(name) in (None, "") else _SOMETHING)
    return deal


def customer_of(given: Said) -> Said:
    """What an example says of the customer."""
    said = given.get("customer")
    row = {"name": said} if isinstance(said, str) else said or {}
    return {**row, "custom": _added(row)}


def imagined_columns(given: Said, spec: ProcessSpec) -> dict[str, Expression]:
    """The deal of an example, as the columns that conditions are limited by."""
    said, customer, deal = _deal(given), customer_of(given), imagined_deal(given, spec)
    created = _day(said.get("created_at"))
    texts = {
        "name": deal.name,
        "product__name": said.get("product"),
        "product__series": said.get("product_series"),
        "region__name": said.get("region"),
        "source__name": said.get("source"),
        "owner__unit__name": said.get("unit"),
        **{f"customer__{name}": customer.get(name) for name in ("name", "code", "industry", "grade")},
        "customer__region__name": customer.get("region"),
    }
    moment = timezone.make_aware(datetime.combine(created, time.min)) if created else deal.created_at
    return {
        **{path: _column(None if text is None else str(text), TextField()) for path, text in texts.items()},
        "amount": _column(deal.amount, DecimalField(max_digits=14, decimal_places=2)),
        "expected_close": _column(deal.expected_close, DateField()),
        "created_at": _column(moment, DateTimeField()),
        "extra": _column(deal.extra, JSONField()),
        "custom": _column(deal.custom, JSONField()),
        "customer__custom": _column(customer["custom"], JSONField()),
    }


def _added(said: Said) -> dict[str, Any]:
    """The fields that were added, as a record keeps them."""
    return {custom_key(name): value for name, value in said.items() if is_custom(name)}


def _column(value: Any, kind: "Column[Any, Any]") -> Expression:
    return Cast(Value(value, output_field=kind), kind)


def _deal(given: Said) -> Said:
    return given.get("deal") or {}


def _extra(said: Said, spec: ProcessSpec) -> dict[str, Any]:
    """The fields of the process as a deal keeps them."""
    kept = {row.key: said[row.key] for row in spec.fields if said.get(row.key) is not None}
    types = {row.key: row.type for row in spec.fields}
    return {key: _KEPT.get(types[key], str)(value) for key, value in kept.items()}


_KEPT: Mapping[str, Callable[[Any], Any]] = {
    "number": lambda value: value,
    "money": lambda value: str(_amount(value)),
    "date": lambda value: day.isoformat() if (day := _day(value)) else "",
}
