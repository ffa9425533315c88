"""What a text of fields and layouts would change, in plain words: on a screen and on the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import queries as people
from dealrail.core.texts import listed
from dealrail.crm.engine.describing import FIELD_LABELS
from dealrail.crm.models import CustomField
from dealrail.crm.queries.labels import LABELS
from dealrail.crm.queries.layouts import PLACE_NAMES, kind_at, layout_words
from dealrail.crm.queries.texts import STANDARD, Difference, Named
from dealrail.crm.rules import CUSTOM, Access

KIND_NAMES: Mapping[str, Any] = {
    "deal": gettext_lazy("Deals"),
    "customer": gettext_lazy("Customers"),
    "contact": gettext_lazy("Contacts"),
    "activity": gettext_lazy("Follow-ups"),
}
ACCESS_NAMES: Mapping[str, Any] = {
    Access.EDIT: gettext_lazy("sees and fills it"),
    Access.READ: gettext_lazy("sees it"),
    Access.HIDDEN: gettext_lazy("doesn't see it"),
}
_YES_NO = {"True": gettext_lazy("yes"), "False": gettext_lazy("no")}
_WORDS: Mapping[str, Mapping[str, Any]] = {
    "type": dict(CustomField.Type.choices),
    "target": dict(CustomField.Target.choices),
    "format": dict(CustomField.Format.choices),
    **dict.fromkeys(("required", "unique", "searchable", "is_active", "with_rest"), _YES_NO),
}
_LAYOUT_LABELS = {"groups": gettext_lazy("Groups"), "with_rest": gettext_lazy("Fields in no group stand behind")}
NOTHING = "—"


@dataclass(frozen=True)
class Told:
    """Something that a text makes or changes, and what of it."""

    what: str
    is_new: bool
    lines: list[str]


def told(difference: Difference) -> list[Told]:
    """Each field and layout that changes, with a line for each part of it."""
    roles = {role.key: role.name for role in people.every_role()}
    fields = [_field(_field_name(named, difference), changed, roles) for named, changed in difference.fields.items()]
    return [*fields, *(_layout(named, difference, roles) for named in difference.layouts)]


def told_left(difference: Difference) -> list[str]:
    """What isn't named in the text and stays as it is."""
    roles = {role.key: role.name for role in people.every_role()}
    fields = [_field_name(named, difference) for named in difference.left]
    return [*fields, *(_layout_name(named, roles) for named in difference.left_layouts)]


def _field_name(named: Named, difference: Difference) -> str:
    return f"{KIND_NAMES[named[0]]} · {difference.names[named]}"


def _layout_name(named: Named, roles: Mapping[str, str]) -> str:
    return f"{PLACE_NAMES[named[0]]} · {roles[named[1]] if named[1] else _('for everybody')}"


def _field(what: str, changed: Mapping[str, Sequence[str | None]], roles: Mapping[str, str]) -> Told:
    is_new = "key" in changed
    shown = {
        name: [_in_words(name, text, roles) for text in pair]
        for name, pair in changed.items()
        if not (is_new and _goes_without_saying(name, pair[1]))
    }
    labels = {**LABELS, **FIELD_LABELS}
    return Told(what, is_new, [_line(labels[name], pair, is_new=is_new) for name, pair in shown.items()])


def _goes_without_saying(name: str, text: str | None) -> bool:
    """Whether a new field is told by what it isn't, where it stands, or the name that is told anyway."""
    return name not in STANDARD or (name != "type" and text in {None, str(STANDARD[name])})


def _layout(named: Named, difference: Difference, roles: Mapping[str, str]) -> Told:
    changed, kind = difference.layouts[named], kind_at(named[0])
    added = {f"{CUSTOM}{key}": name for (of, key), name in difference.names.items() if of == kind}
    is_new = changed.get("with_rest", ["", ""])[0] is None
    shown = {
        name: [
            layout_words(text or "", named[0], added) if name == "groups" else _in_words(name, text, roles)
            for text in pair
        ]
        for name, pair in changed.items()
    }
    lines = [_line(_LAYOUT_LABELS[name], pair, is_new=is_new) for name, pair in shown.items()]
    return Told(_layout_name(named, roles), is_new, lines)


def _line(label: Any, pair: Sequence[str], *, is_new: bool) -> str:
    before, now = (text or NOTHING for text in pair)
    if is_new:
        return _("%(part)s: %(now)s") % {"part": label, "now": now}
    return _("%(part)s: %(before)s → %(now)s") % {"part": label, "before": before, "now": now}


def _in_words(name: str, text: str | None, roles: Mapping[str, str]) -> str:
    if not text:
        return ""
    if name == "position":
        return str(int(text) + 1)
    if name == "access":
        pairs = [line.partition(": ") for line in text.splitlines()]
        return listed(f"{roles.get(role, role)} {ACCESS_NAMES[Access(may)]}" for role, _colon, may in pairs)
    if name == "choices":
        return listed(text.splitlines())
    return str(_WORDS.get(name, {}).get(text, text))
