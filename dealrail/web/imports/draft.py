"""A mapping while a person works on it: as the form holds it, and as it is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from dealrail.core.formats import DateOrder
from dealrail.process.rules import ProcessSpec

LEFT_EMPTY = "-empty-"  # what the form says for: leave the field empty where the sheet says this
Aliases = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Draft:
    """Columns, constants and aliases by field, all of them texts; `lookups` came with a saved mapping."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    aliases: Aliases = field(default_factory=dict)
    lookups: Mapping[str, Any] = field(default_factory=dict)
    date_order: str = str(DateOrder.YMD)
    mode: str = "new"

    def within(self, headers: Iterable[str]) -> "Draft":
        """Without columns that this sheet doesn't have."""
        known = set(headers)
        return replace(self, columns={key: column for key, column in self.columns.items() if column in known})

    def mapping(self) -> dict[str, Any]:
        """The mapping as imports take it; what is neither mapped nor constant is left out."""
        keys = [*self.columns, *(key for key in self.constants if key not in self.columns)]
        return {"fields": {key: self._source(key) for key in keys}, "date_order": self.date_order}

    def _source(self, key: str) -> Any:
        if key not in self.columns:
            return {"const": self.constants[key]}
        aliases = {word: _plain_alias(key, ours) for word, ours in self.aliases.get(key, {}).items()}
        more = {"aliases": aliases, "lookup": self.lookups.get(key)}
        kept = {name: value for name, value in more.items() if value}
        return {"column": self.columns[key], **kept} if kept else self.columns[key]


def posted(form: QueryDict, lookups: Mapping[str, Any]) -> Draft:
    """The draft that a form sent: `field.K` is a column, `const.K` a constant, `word.K` and `ours.K` its aliases."""
    columns = _parts(form, "field.")
    words = {key.removeprefix("word."): form.getlist(key) for key in form if key.startswith("word.")}
    aliases = {key: dict(zip(said, form.getlist(f"ours.{key}"), strict=False)) for key, said in words.items()}
    return Draft(
        columns=columns,
        constants={key: text for key, text in _parts(form, "const.").items() if key not in columns},
        aliases={key: _given(rows) for key, rows in aliases.items()},
        lookups=lookups,
        date_order=form.get("date_order", str(DateOrder.YMD)),
        mode=form.get("mode", "new"),
    )


def kept(mapping: Mapping[str, Any], spec: ProcessSpec | None, *, mode: str = "new") -> Draft:
    """The draft of a mapping that was saved, or that an import was checked with."""
    fields = {key: row if isinstance(row, Mapping) else {"column": row} for key, row in _fields(mapping).items()}
    return Draft(
        columns={key: str(row["column"]) for key, row in fields.items() if row.get("column")},
        constants={key: str(row["const"]) for key, row in fields.items() if row.get("const") and not row.get("column")},
        aliases={key: _form_aliases(key, row["aliases"], spec) for key, row in fields.items() if row.get("aliases")},
        lookups=lookups_of(mapping),
        date_order=str(mapping.get("date_order", DateOrder.YMD)) if "fields" in mapping else str(DateOrder.YMD),
        mode=mode,
    )


def lookups_of(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """What a mapping looks up in other sheets; the form can't say that, so it is carried along."""
    rows = _fields(mapping).items()
    return {key: row["lookup"] for key, row in rows if isinstance(row, Mapping) and row.get("lookup")}


def _fields(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = mapping.get("fields", mapping)
    return fields


def _parts(form: QueryDict, prefix: str) -> dict[str, str]:
    texts = {key.removeprefix(prefix): str(form[key]).strip() for key in form if key.startswith(prefix)}
    return {key: text for key, text in texts.items() if text}


def _given(aliases: Mapping[str, str]) -> dict[str, str]:
    texts = {word.strip(): ours.strip() for word, ours in aliases.items()}
    return {word: ours for word, ours in texts.items() if word and ours}


def _plain_alias(key: str, ours: str) -> Any:
    """What an alias stands for: a text, nothing, or a stage with a state (`talk:lost` in the form)."""
    if ours == LEFT_EMPTY:
        return ""
    stage, colon, state = ours.partition(":")
    return {"stage": stage, "state": state} if key == "stage" and colon else ours


def _form_aliases(key: str, aliases: Mapping[str, Any], spec: ProcessSpec | None) -> dict[str, str]:
    keys = {stage.name: stage.key for stage in spec.stages} if spec else {}
    return {str(word): _form_alias(key, ours, keys) for word, ours in aliases.items()}


def _form_alias(key: str, ours: Any, stages: Mapping[str, str]) -> str:
    if key == "stage":
        stage, state = (ours.get("stage"), ours.get("state")) if isinstance(ours, Mapping) else (ours, None)
        name = stages.get(str(stage), str(stage)) if stage else ""
        return f"{name}:{state}" if state and state != "open" else name or LEFT_EMPTY
    return LEFT_EMPTY if ours in ("", None) else str(ours)
