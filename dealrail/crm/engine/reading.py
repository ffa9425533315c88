"""Reads what people typed into fields, and puts it on records."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db.models import Model, Q
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.core import formats, money, patterns
from dealrail.core.errors import Refusal
from dealrail.core.problems import Problems
from dealrail.core.texts import LONGEST_ASKED, is_storable
from dealrail.crm import policy
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.crm.models import Contact, Customer, Product, Region, Source
from dealrail.crm.queries import LABELS
from dealrail.crm.rules import (
    LONGEST_NAME,
    LONGEST_TEXT,
)
from dealrail.process.rules import FieldSpec, ProcessSpec

# No deal is older or reaches further; what lies outside was mistyped.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)

# the most places of a number before its point, and behind it, as far as filters know numbers
PLACES = 30

Value = Any
Reader = Callable[[Value, Actor], Value]


class Wrong(Refusal):
    """A value that can't be used, before it is known which field it was for."""

    code = "wrong_value"

    def __init__(self, sentence: Any, **params: Any) -> None:
        super().__init__(**params)
        self.said = sentence

    def __str__(self) -> str:
        return str(self.said) % self.params


def text_of(longest: int, *, required: bool = False) -> Reader:
    """Reads a text of at most so many characters, without blanks around it."""

    def read(value: Value, actor: Actor) -> str:
        text = "" if value is None else str(value).strip()
        if required and not text:
            raise Wrong(_("Write something here."))
        if len(text) > longest:
            raise Wrong(_("%(length)s characters are too many; %(longest)s fit."), length=len(text), longest=longest)
        return text

    return read


def _amount(value: Value, actor: Actor) -> Decimal | None:
    return None if value in (None, "") else money.yuan(str(value))


def _number(value: Value, actor: Actor) -> str | None:
    """Reads a number, and writes it out: with an exponent a few characters could mean a million digits."""
    text = "" if value is None else str(value).strip().replace(",", "")
    if not text:
        return None
    try:
        number = Decimal(text if len(text) <= 2 * PLACES + 2 else "NaN")
    except ArithmeticError as error:
        raise Wrong(_("“%(value)s” is not a number."), value=text[:40]) from error
    first = number.adjusted()
    last = first - len(number.as_tuple().digits) + 1
    if not number.is_finite() or first >= PLACES or last < -PLACES:
        raise Wrong(_("“%(value)s” is not a number."), value=text[:40])
    return f"{number:f}"


def _date(value: Value, actor: Actor) -> date | None:
    if value in (None, ""):
        return None
    day = value if isinstance(value, date) else formats.parse_date(str(value))
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Wrong(
            _("“%(value)s” can't be right. Write a day from %(first)s to %(last)s."),
            value=str(value)[:40],
            first=FIRST_DAY.isoformat(),
            last=LAST_DAY.isoformat(),
        )
    return day


def within(read: Reader, low: Any, high: Any) -> Reader:
    """The same reader, which refuses what is below or above these bounds; None is no bound."""

    def bounded(value: Value, actor: Actor) -> Value:
        found = read(value, actor)
        if found is None:
            return None
        number = Decimal(found)
        if (low is not None and number < Decimal(str(low))) or (high is not None and number > Decimal(str(high))):
            raise Wrong(_OUTSIDE[low is not None, high is not None], value=str(value)[:40], low=low, high=high)
        return found

    return bounded


_OUTSIDE = {
    (True, True): _("“%(value)s” doesn't fit. Write a number from %(low)s to %(high)s."),
    (True, False): _("“%(value)s” doesn't fit. Write %(low)s or more."),
    (False, True): _("“%(value)s” doesn't fit. Write %(high)s or less."),
}


def choice(known: Iterable[str]) -> Reader:
    """Reads one of these words, or nothing."""
    allowed = list(known)

    def read(value: Value, actor: Actor) -> str:
        text = "" if value is None else str(value).strip()
        if text and text not in allowed:
            raise Wrong(_("“%(value)s” is none of: %(known)s."), value=text[:40], known=", ".join(allowed))
        return text

    return read


def _part(value: Value, actor: Actor) -> str:
    """A part in the decision by its key, or by the word that screens and exports show."""
    text = "" if value is None else str(value).strip()
    shown = {str(label): key for key, label in Contact.Part.choices}
    return str(choice(Contact.Part.values)(shown.get(text, text), actor))


def _one_of(model: type[Model], *names: str) -> Reader:
    """Read a reference given by id or by any of these name fields."""

    def read(value: Value, actor: Actor) -> Model | None:
        if value in (None, "") or isinstance(value, model):
            return value or None
        if isinstance(value, bool):
            raise Wrong(_("“%(value)s” is not in the list."), value=str(value))
        text = str(value).strip()[:LONGEST_ASKED]
        by_id = Q(pk=int(text)) if text.isdecimal() and len(text) < 19 else Q(pk__in=[])
        by_name = Q(pk__in=[])
        for name in names:
            by_name |= Q(**{f"{name}__iexact": text})
        rows = model._default_manager
        found = rows.filter(by_id).first() or rows.filter(by_name).first()
        if found is None:
            raise Wrong(_("“%(value)s” is not in the list."), value=text[:80])
        return found

    return read


def _customer(value: Value, actor: Actor) -> Customer | None:
    if value in (None, "") or isinstance(value, Customer):
        return value or None
    visible = Customer.objects.filter(policy.visible_customers(actor))
    text = str(value).strip()
    if text.isdecimal() and len(text) < 19:
        found = visible.filter(pk=int(text)).first()
    else:
        found = visible.filter(name_key=formats.name_key(text)).order_by("pk").first()
    if found is None:
        raise Wrong(_("There is no customer “%(value)s” that you can see."), value=text[:80])
    return found


def credit_code(value: Value, actor: Actor) -> str:
    """Reads a 统一社会信用代码, or nothing."""
    return formats.credit_code(str(value)).value if value not in (None, "") else ""


def phone(value: Value, actor: Actor) -> str:
    """Reads a phone number, or nothing."""
    return formats.phone(str(value)) if value not in (None, "") else ""


def website(value: Value, actor: Actor) -> str:
    """An address of the web; without http:// in front it gets https://."""
    text = str(text_of(200)(value, actor))
    if not text:
        return ""
    address = text if "://" in text or text.lower().startswith(("javascript:", "data:")) else f"https://{text}"
    try:
        URLValidator(schemes=["http", "https"])(address)
    except ValidationError as error:
        raise Wrong(
            _("“%(value)s” is not the address of a website, like https://example.com."), value=text[:80]
        ) from error
    return text


def email(value: Value, actor: Actor) -> str:
    """Reads a mail address, or nothing."""
    text = str(_MAIL(value, actor))
    if text:
        try:
            validate_email(text)
        except ValidationError as error:
            raise Wrong(_("“%(value)s” is not a mail address."), value=text[:80]) from error
    return text


_NAME = text_of(LONGEST_NAME, required=True)
_MAIL = text_of(254)
_NOTES = text_of(LONGEST_TEXT)
_REGION, _SOURCE = _one_of(Region, "name"), _one_of(Source, "name")

DEAL_READERS: dict[str, Reader] = {
    "name": _NAME,
    "customer": _customer,
    "product": _one_of(Product, "name", "code"),
    "region": _REGION,
    "source": _SOURCE,
    "amount": _amount,
    "expected_close": _date,
}
CUSTOMER_READERS: dict[str, Reader] = {
    "name": _NAME,
    "code": text_of(60),
    "credit_code": credit_code,
    "phone": phone,
    "grade": lambda value, actor: choice(Customer.Grade.values)(str(value or "").upper(), actor),
    "grade_reason": text_of(200),
    "industry": text_of(80),
    "address": text_of(200),
    "website": website,
    "notes": _NOTES,
    "region": _REGION,
    "source": _SOURCE,
    "parent": _customer,
}
CONTACT_READERS: dict[str, Reader] = {
    "name": text_of(80, required=True),
    "title": text_of(80),
    "role": _part,
    "phone": phone,
    "email": email,
    "wechat": text_of(60),
    "notes": _NOTES,
}
PRODUCT_READERS: dict[str, Reader] = {
    "code": text_of(60),
    "name": text_of(120, required=True),
    "series": text_of(80),
    "unit": text_of(20),
    "price": _amount,
    "is_active": lambda value, actor: value in (True, "true", "True", "TRUE", "1", 1),
}
FORMATS: Mapping[str, Reader] = {"phone": phone, "email": email, "website": website, "credit_code": credit_code}


def written_as(pattern: str, read: Reader) -> Reader:
    """The same reader, which refuses what isn't written as the pattern says."""

    def one(value: Value, actor: Actor) -> Value:
        text = read(value, actor)
        if text and not patterns.fits(pattern, text):
            said = _("“%(value)s” isn't written like %(pattern)s (# a digit, @ a letter, * either).")
            raise Wrong(said, value=text[:40], pattern=pattern)
        return text

    return one


EXTRA_READERS: dict[str, Reader] = {
    "text": _NOTES,
    "number": _number,
    "money": lambda value, actor: None if (amount := _amount(value, actor)) is None else str(amount),
    "date": lambda value, actor: None if (day := _date(value, actor)) is None else day.isoformat(),
}


def once_each(reader: Reader) -> Reader:
    """The same reader, which reads each value only once: for the rows of a sheet, while the lists stay as they are."""
    known: dict[Value, Value] = {}

    def read(value: Value, actor: Actor) -> Value:
        if value not in known:
            known[value] = reader(value, actor)
        return known[value]

    return read


def read_fields(
    values: Mapping[str, Value],
    readers: Mapping[str, Reader],
    *,
    actor: Actor,
    labels: Mapping[str, Any] = LABELS,
) -> dict[str, Value]:
    """Turn what was typed into values.

    Refuses with UnknownField, with FieldRefused naming the field, or with FieldsRefused naming all that are wrong.
    """
    if unknown := [key for key in values if key not in readers]:
        raise UnknownField(field=str(unknown[0])[:60], known=", ".join(readers))
    read: dict[str, Value] = {}
    problems = Problems()
    for key, value in values.items():
        with problems:
            read[key] = _read_one(key, value, readers[key], actor, labels)
    problems.refuse()
    return read


def _read_one(key: str, value: Value, reader: Reader, actor: Actor, labels: Mapping[str, Any]) -> Value:
    try:
        if isinstance(value, str) and not is_storable(value):
            raise Wrong(_("This text holds characters that can't be stored."))
        return reader(value, actor)
    except Refusal as problem:
        raise FieldRefused(field=key, label=labels.get(key, key), problem=problem) from problem


def deal_readers(spec: ProcessSpec) -> dict[str, Reader]:
    """Readers of a deal's fixed fields and of those its process adds."""
    return {**DEAL_READERS, **{row.key: _extra_reader(row) for row in spec.fields}}


def _extra_reader(row: FieldSpec) -> Reader:
    if row.type == "choice":
        return choice(row.choices)
    if row.format:
        return FORMATS[row.format]
    if row.pattern:
        return written_as(row.pattern, EXTRA_READERS[row.type])
    read = EXTRA_READERS[row.type]
    return read if row.min is None and row.max is None else within(read, row.min, row.max)
