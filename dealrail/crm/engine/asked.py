"""Reading what a text asks of fields and layouts: its rows, and all that is wrong with it, each by its line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dealrail.core.errors import Refusal
from dealrail.core.problems import FieldsRefused, problems_of
from dealrail.core.texts import is_storable
from dealrail.crm.queries.texts import STANDARD, Named
from dealrail.crm.rules import CARD, FIELD_KINDS, MOST_FIELDS, FieldGroup
from dealrail.process.errors import UnreadableDefinition
from dealrail.process.texts import Lines, read_yaml

Place = tuple[Any, ...]
MOST_LAYOUTS = 300
MOST_TOLD = 20
FIELD_PARTS = ("key", "name", *STANDARD)
LAYOUT_PARTS = ("place", "role", "with_rest", "groups")
TEXT = "text"
_FLAGS = {"required", "unique", "searchable", "is_active"}


@dataclass(frozen=True)
class Row:
    """A field or layout that a text describes, and where it stands there."""

    named: Named
    parts: Mapping[str, Any]
    place: Place


class Asked:
    """What a text asks for, with all that is wrong with it. Refuses with UnreadableDefinition."""

    def __init__(self, text: str) -> None:
        content = read_yaml(text)
        self._lines = Lines(text)
        self._problems: list[tuple[int, str, str]] = []
        self.fields: list[Row] = []
        self.layouts: list[Row] = []
        if not _is_storable(content):
            raise UnreadableDefinition(problem=_("it holds characters that can't be stored."))
        if self._is_mapping(content, (), ("fields", "layouts")):
            self._read_fields(content.get("fields"))
            self._read_layouts(content.get("layouts"))

    @property
    def is_sound(self) -> bool:
        """Whether nothing was wrong so far."""
        return not self._problems

    def refuse(self) -> None:
        """Refuse with FieldsRefused naming everything that was wrong, from the first line on."""
        if self._problems:
            told = sorted(self._problems)[:MOST_TOLD]
            labels = [(_("Line %(line)s") % {"line": line}) + (f" · {what}" if what else "") for line, what, _p in told]
            rows = zip(labels, told, strict=True)
            raise FieldsRefused(problems=[{"field": TEXT, "label": label, "problem": row[2]} for label, row in rows])

    def note(self, row: Row, refusal: Refusal) -> None:
        """Keep in mind that a row was refused, and why."""
        found = problems_of(refusal) or [{"field": "", "label": "", "problem": str(refusal)}]
        for problem in found:
            said = f"{problem['label']}: {problem['problem']}" if problem["label"] else problem["problem"]
            self._say((*row.place, problem["field"]), said, what=" · ".join(filter(None, row.named)))

    def _say(self, place: Place, problem: Any, *, what: str = "") -> None:
        self._problems.append((self._lines.at(place), what, str(problem)))

    def _is_mapping(self, value: Any, place: Place, known: Iterable[str]) -> bool:
        """Note what isn't a mapping of these words."""
        words = ", ".join(known)
        if not isinstance(value, Mapping):
            self._say(place, _("Write a mapping of these: %(known)s.") % {"known": words})
            return False
        for key in value:
            if key not in known:
                unknown = _("There is no “%(word)s” here. Known are: %(known)s.")
                self._say((*place, key), unknown % {"word": str(key)[:40], "known": words})
        return True

    def _listed(self, value: Any, place: Place, most: int) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self._say(place, _("Write a list here, each entry behind a dash."))
            return []
        if len(value) > most:
            self._say(place, _("Write at most %(most)s entries here.") % {"most": most})
            return []
        return value

    def _read_fields(self, of_kinds: Any) -> None:
        if of_kinds is None or not self._is_mapping(of_kinds, ("fields",), FIELD_KINDS):
            return
        for kind in (kind for kind in FIELD_KINDS if kind in of_kinds):
            for number, row in enumerate(self._listed(of_kinds[kind], ("fields", kind), MOST_FIELDS)):
                place: Place = ("fields", kind, number)
                if self._is_mapping(row, place, FIELD_PARTS) and self._has_words(row, place, ("key", "name")):
                    parts = {name: row[name] for name in FIELD_PARTS if name in row}
                    if all(self._is_sound(name, value, (*place, name)) for name, value in parts.items()):
                        self._add(self.fields, Row((kind, str(row["key"])), parts, place))

    def _read_layouts(self, rows: Any) -> None:
        for number, row in enumerate(self._listed(rows, ("layouts",), MOST_LAYOUTS)):
            place: Place = ("layouts", number)
            if not self._is_mapping(row, place, LAYOUT_PARTS) or not self._has_words(row, place, ("place",)):
                continue
            role, with_rest = _given(row, "role"), row.get("with_rest", row["place"] != CARD)
            is_sound = self._is_word(role, (*place, "role")) and self._is_flag(with_rest, (*place, "with_rest"))
            groups = self._groups(row.get("groups"), (*place, "groups"))
            if is_sound and groups is not None:
                parts = {"groups": groups, "with_rest": with_rest}
                self._add(self.layouts, Row((row["place"], str(role)), parts, place))

    def _groups(self, rows: Any, place: Place) -> list[FieldGroup] | None:
        groups = []
        for number, row in enumerate(self._listed(rows, place, MOST_FIELDS)):
            here = (*place, number)
            if not self._is_mapping(row, here, ("heading", "fields")):
                return None
            heading, names = _given(row, "heading"), self._listed(row.get("fields"), (*here, "fields"), MOST_LAYOUTS)
            if not all(self._is_word(word, here) for word in (heading, *names)):
                return None
            groups.append(FieldGroup(str(heading), tuple(map(str, names))))
        return groups

    def _add(self, rows: list[Row], row: Row) -> None:
        if any(other.named == row.named for other in rows):
            what = " · ".join(filter(None, row.named))
            self._say(row.place, _("“%(what)s” stands in this text twice.") % {"what": what})
        else:
            rows.append(row)

    def _has_words(self, row: Mapping[str, Any], place: Place, needed: Iterable[str]) -> bool:
        lacking = [name for name in needed if not isinstance(row.get(name), str) or not row[name].strip()]
        for name in lacking:
            self._say((*place, name), _("Write a text as “%(part)s”, in quotation marks if need be.") % {"part": name})
        return not lacking

    def _is_sound(self, name: str, value: Any, place: Place) -> bool:
        if name in _FLAGS:
            return self._is_flag(value, place)
        if name == "access":
            words = [*value, *value.values()] if isinstance(value, Mapping) else [None]
            return all(self._is_word(word, place) for word in words)
        if name == "choices":
            return all(self._is_word(word, place) for word in self._listed(value, place, MOST_LAYOUTS))
        return value is None or self._is_word(value, place)

    def _is_flag(self, value: Any, place: Place) -> bool:
        if not isinstance(value, bool):
            self._say(place, _("Write true or false."))
        return isinstance(value, bool)

    def _is_word(self, value: Any, place: Place) -> bool:
        """Whether it is a text or number; yes and no are words only in quotation marks."""
        is_word = isinstance(value, str | int | float) and not isinstance(value, bool)
        if not is_word:
            self._say(place, _("Write a text or number here, in quotation marks if need be."))
        return is_word


def _given(row: Mapping[str, Any], name: str) -> Any:
    """What a row says, nothing being the same as an empty text."""
    value = row.get(name)
    return "" if value is None else value


def _is_storable(content: Any) -> bool:
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and not is_storable(value):
            return False
        waiting += [*value, *value.values()] if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return True
