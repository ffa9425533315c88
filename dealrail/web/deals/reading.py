"""Reading what a browser sends: moments, follow-ups."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal


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


def follow_up(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a follow-up as its action takes them. Refuses with BadMoment."""
    texts = {name: str(typed.get(name, "")) for name in ("kind", "text", "next_step")}
    return {**texts, "next_step_at": moment(str(typed.get("next_step_at", "")))}


def is_part(request: HttpRequest) -> bool:
    """Whether HTMX asks for parts of a page."""
    return request.headers.get("HX-Request") == "true"
