"""Reading what a browser sends: moments, follow-ups."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal
from dealrail.core.formats import BadDate, parse_date
from dealrail.crm.rules import is_custom
from dealrail.web.inputs import whole


class BadMoment(Refusal):
    code = "bad_moment"
    sentence = _("“%(value)s” is no date with a time.")


def moment(text: str, *, field: str = "next_step_at") -> datetime | None:
    """A date with a time as browsers send it, in the company's time zone. Refuses with BadMoment."""
    if not text.strip():
        return None
    try:
        found = parse_datetime(text.strip())
    except ValueError as error:
        raise BadMoment(value=text[:40], field=field) from error
    if found is None:
        raise BadMoment(value=text[:40], field=field)
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def day(text: str, *, field: str) -> date | None:
    """A day as browsers send it, or as people write it. Refuses with BadDate, naming the field."""
    try:
        return parse_date(text.strip()) if text.strip() else None
    except BadDate as problem:
        problem.params["field"] = field
        raise


def follow_up(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a follow-up as its action takes them, those of added fields too. Refuses with BadMoment."""
    texts = {name: str(typed.get(name, "")) for name in ("kind", "text", "next_step")}
    moments = {name: moment(str(typed.get(name, "")), field=name) for name in ("occurred_at", "next_step_at")}
    fields = {name: value for name, value in typed.items() if is_custom(name)}
    return {**texts, **moments, "contact_id": whole(str(typed.get("contact", ""))), "fields": fields}


def is_written(typed: Mapping[str, Any]) -> bool:
    """Whether a follow-up was begun here, whole or not."""
    return any(str(typed.get(name, "")).strip() for name in ("text", "next_step", "next_step_at", "occurred_at"))


def field_of(refusal: Refusal) -> str:
    """The input that a refusal is about, by its name; the likely one where it names none."""
    named = str(refusal.params.get("field") or refusal.params.get("needed") or refusal.code)
    return _INPUTS.get(named, named)


_INPUTS = {
    "follow_up": "text",
    "reason_missing": "reason",
    "loss_reason_missing": "reason",
    "unknown_loss_reason": "reason",
    "nothing_to_follow": "deal",
    "text_missing": "text",
    "title_missing": "title",
    "unknown_activity_kind": "kind",
    "in_the_future": "occurred_at",
    "next_step_without_date": "next_step_at",
    "bad_place": "place",
    "check_in_not_visit": "place",
    "contact_elsewhere": "contact",
    "plan_elsewhere": "finishes",
    "file_refused": "file",
    "unknown_pool": "pool",
}


def is_part(request: HttpRequest) -> bool:
    """Whether HTMX asks for parts of a page."""
    return request.headers.get("HX-Request") == "true"
