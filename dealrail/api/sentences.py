"""What doesn't fit in a request, said in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# By the beginning of the code that pydantic gives; the first that fits is used.
SENTENCES = {
    "missing": gettext_noop("“%(field)s” is missing."),
    "extra_forbidden": gettext_noop("There is no field “%(field)s” here."),
    "int_": gettext_noop("“%(field)s” must be a whole number."),
    "float_": gettext_noop("“%(field)s” must be a number."),
    "bool_": gettext_noop("“%(field)s” must be true or false."),
    "string_too_long": gettext_noop("“%(field)s” is too long; %(max_length)s characters fit."),
    "string_too_short": gettext_noop("“%(field)s” must not be empty."),
    "string_": gettext_noop("“%(field)s” must be a text."),
    "date_": gettext_noop("“%(field)s” must be a date like 2026-03-01."),
    "datetime_": gettext_noop("“%(field)s” must be a time like 2026-03-01T09:30:00+08:00."),
    "timezone_": gettext_noop("“%(field)s” must be a time like 2026-03-01T09:30:00+08:00."),
    "greater_than_equal": gettext_noop("“%(field)s” must be %(ge)s or more."),
    "less_than_equal": gettext_noop("“%(field)s” must be %(le)s or less."),
    "enum": gettext_noop("“%(field)s” must be one of %(expected)s."),
    "literal_error": gettext_noop("“%(field)s” must be one of %(expected)s."),
    "json_": gettext_noop("“%(field)s” must be JSON."),
    "list_": gettext_noop("“%(field)s” must be a list."),
    "dict_": gettext_noop("“%(field)s” must be an object with names and values."),
    "model_": gettext_noop("“%(field)s” must be an object with names and values."),
    "": gettext_noop("“%(field)s” has a value that doesn't fit."),
}


def told(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row for each field: its name, pydantic's code, and a sentence."""
    rows = [_row(error) for error in errors]
    return list({row["field"]: row for row in reversed(rows)}.values())[::-1]


def _row(error: Mapping[str, Any]) -> dict[str, Any]:
    field, code = _field(error["loc"]), str(error["type"])
    sentence = next(text for start, text in SENTENCES.items() if code.startswith(start))
    return {"field": field, "code": code, "message": _(sentence) % {**error.get("ctx", {}), "field": field}}


def _field(place: tuple[Any, ...]) -> str:
    """The field's name as the client wrote it: without where it stood and what the code calls the whole body."""
    source, *path = place
    if source in {"body", "query", "form"} and path and path[0] in {"given", "asked"}:
        path = path[1:]
    names = [str(part) for part in path if not str(part).startswith(("function-", "str", "int", "constrained-"))]
    return ".".join(names)[:80] or "body"
