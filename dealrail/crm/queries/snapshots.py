"""What was asked or written down once, as each reader may see it now: filters in the log, older texts of processes."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.core.filters import fields_in
from dealrail.crm import policy
from dealrail.crm.queries.custom import custom_fields, field_name, hidden_fields
from dealrail.crm.queries.layouts import kind_at
from dealrail.crm.rules import CUSTOM, OF_CUSTOMER, is_custom
from dealrail.process import rules
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.queries.drafts import Text

# stands for a name or value that the reader may not see
UNTOLD = "•••"
_MADE = "field.saved"
# what questions of forms are called, which may be kept from roles, stands there for who makes forms alone
_FORMS: dict[str, dict[str, Any]] = {"form.saved": {"changes": {}}, "form.published": {"questions": []}}
_LAID_OUT = ("layout.saved", "layout.removed")
# the filter or the address of a list, as exports, migrations and views keep it
_ASKING = ("filter", "query")
_NAME = re.compile(rf"{re.escape(CUSTOM)}[a-z0-9_]+")


def untold_names(kind: str) -> set[str]:
    """What those added fields are called that some role may not see: what everybody reads doesn't tell of them."""
    return {field_name(field) for field in custom_fields(kind) if not policy.is_seen_by_all(field)}


def without_asked(actor: Actor, events: Iterable[Any]) -> list[Any]:
    """These events without what was asked for by fields hidden from the actor, and without the making of these fields.

    What questions of forms are called is told to who makes forms. Who publishes processes manages fields, and is told
    of each that there is.
    """
    rows = list(events)
    if not any(map(_asks, rows)):
        return rows
    hidden, manages = hidden_fields(actor), actor.may(PROCESS_PUBLISH)
    names = {f"{CUSTOM}{key}" for _kind, key in hidden}
    for row in rows:
        if _is_layout(row):
            row.payload = _layout_as_seen(row.payload, hidden)
        asked = {part: UNTOLD for part in _ASKING if names & {*_NAME.findall(str(row.payload.get(part, "")))}}
        row.payload = {**row.payload, **asked} if asked else row.payload
        if row.kind in _FORMS and not manages:
            row.payload = {**row.payload, **_FORMS[row.kind]}
    return [row for row in rows if manages or row.kind != _MADE or _made(row) not in hidden]


def _asks(event: Any) -> bool:
    if event.kind == _MADE or event.kind in _FORMS or _is_layout(event):
        return True
    return any(CUSTOM in str(event.payload.get(part, "")) for part in _ASKING)


def _is_layout(event: Any) -> bool:
    return event.kind in _LAID_OUT


def _layout_as_seen(payload: Mapping[str, Any], hidden: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What an event tells of a layout, without the names of the fields in its groups that are hidden."""
    kind = kind_at(str(payload["place"]))
    names = {f"{CUSTOM}{key}" for one, key in hidden if one == kind}

    def told(text: str | None) -> str | None:
        return text and _NAME.sub(lambda found: UNTOLD if found[0] in names else found[0], text)

    if "groups" in payload:
        return {**payload, "groups": told(payload["groups"])}
    changed = {name: [told(one) for one in pair] for name, pair in payload["changes"].items()}
    return {**payload, "changes": changed}


def _made(event: Any) -> tuple[str, str]:
    return event.payload["record"], event.payload["key"]


def filter_as_seen(actor: Actor, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A filter of deals that was asked once; nothing of one that asks about a field hidden from the actor."""
    asked = {_of_whom(name) for name in (fields_in(wanted) if wanted else ())}
    if not any(is_custom(name) for _kind, name in asked):
        return dict(wanted)
    return {} if asked & {(kind, f"{CUSTOM}{key}") for kind, key in hidden_fields(actor)} else dict(wanted)


def _of_whom(name: str) -> tuple[str, str]:
    """The kind of record and the name of a field that a condition tells deals apart by."""
    is_customers = name.startswith(OF_CUSTOMER)
    return ("customer", name.removeprefix(OF_CUSTOMER)) if is_customers else ("deal", name)


def content_as_seen(actor: Actor, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The text of a process; one that is no longer in force may ask about fields that were hidden from the actor since.

    Neither their names nor what they are compared with is told then.
    """
    hidden = {f"{CUSTOM}{key}" for kind, key in hidden_fields(actor) if kind in ("deal", "customer")}
    if not hidden:
        return content
    told: Mapping[str, Any] = _without(content, {*hidden, *(f"{OF_CUSTOMER}{name}" for name in hidden)})
    return told


def text_as_seen(actor: Actor, text: Text) -> Text:
    """The same of a version or draft that is compared with another one."""
    content = content_as_seen(actor, text.content)
    if content == text.content:
        return text
    return replace(text, content=content, spec=rules.parse(content) if text.spec else None)


def _without(value: Any, hidden: Collection[str]) -> Any:
    if isinstance(value, Mapping):
        if "op" in value and str(value.get("field")) in hidden:
            return {"field": UNTOLD, "op": value["op"]}
        return {name: _without(held, hidden) for name, held in value.items() if name not in hidden}
    if isinstance(value, list):
        return [_without(held, hidden) for held in value]
    return UNTOLD if isinstance(value, str) and value in hidden else value
