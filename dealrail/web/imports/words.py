"""Words of a sheet and ours: what a field can hold, and which words of its column are none of that."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.formats import name_key
from dealrail.crm import importing, mappings
from dealrail.crm import queries as crm
from dealrail.process.rules import ProcessSpec, State

GRADES = ("A", "B", "C")
STATE_LABELS: dict[State, Any] = {
    State.OPEN: _("Open"),
    State.WON: _("Won"),
    State.LOST: _("Lost"),
    State.PARKED: _("Parked"),
}
MOST_CHOICES = 500
MOST_WORDS = 5000

Unknown = Callable[[Iterable[str]], set[str]]


@dataclass(frozen=True)
class Vocabulary:
    """What a field can hold: choices to offer, and which words are none of ours."""

    unknown: Unknown
    choices: tuple[tuple[str, Any], ...] = ()


def vocabularies(actor: Actor, kind: str, spec: ProcessSpec | None) -> dict[str, Vocabulary]:
    """The fields of a kind that take certain words only."""
    return {**_fixed(actor, kind, spec), **_added(actor, kind)}


def _added(actor: Actor, kind: str) -> dict[str, Vocabulary]:
    """Choices of the fields that were added."""
    record = importing.RECORDS.get(kind)
    fields = crm.fields_typed(actor, record) if record else []
    known = {field: _words_of(actor, field) for field in fields}
    return {crm.field_name(field): words for field, words in known.items() if words is not None}


def _words_of(actor: Actor, field: Any) -> Vocabulary | None:
    """What a field that was added takes; none where it takes all that its reader does."""
    if field.type == "choice":
        return _named((one, one) for one in field.choices)
    if field.type == "unit":
        return _named((str(row.pk), row.name) for row in people.all_units())
    return _owners() if field.type == "person" else None


def _fixed(actor: Actor, kind: str, spec: ProcessSpec | None) -> dict[str, Vocabulary]:
    if kind == "people":
        return {"roles": _roles()}
    if kind == "contacts":
        return {"customer": _customers(actor), "role": _named(crm.contact_roles().items())}
    if kind == "customers":
        grades = Vocabulary(_not_in(GRADES, fold=True), tuple((grade, grade) for grade in GRADES))
        return {"grade": grades, "parent": _customers(actor), **_places(), "owner": _owners()}
    if kind == "deals" and spec is not None:
        return {"customer": _customers(actor), "product": _products(), **_places(), "owner": _owners(), **_of(spec)}
    return {}


def _roles() -> Vocabulary:
    """Keys or names of roles, several of them separated as an import separates them."""
    choices = tuple((row.key, row.name) for row in people.all_roles())
    known = {word for pair in choices for word in pair}
    return Vocabulary(lambda words: {word for word in words if not known.issuperset(_parts(word))}, choices)


def _parts(words: str) -> list[str]:
    return [part.strip() for part in re.split("[,，、;；]", words)]


def _of(spec: ProcessSpec) -> dict[str, Vocabulary]:
    """What a process gives its deals: stages, states, reasons, and fields with choices."""
    stages = [word for stage in spec.stages for word in (stage.key, stage.name)]
    states = tuple((str(state), label) for state, label in STATE_LABELS.items())
    own = {row.key: _named((choice, choice) for choice in row.choices) for row in spec.fields if row.choices}
    return {
        "stage": Vocabulary(_not_in(stages), tuple(_stage_choices(spec))),
        "state": Vocabulary(_not_in(mappings.STATES, fold=True), states),
        "loss_reason": _named(spec.loss_reasons.items()),
        **own,
    }


def _stage_choices(spec: ProcessSpec) -> Iterable[tuple[str, Any]]:
    """Each stage, and each again for deals that were lost or parked in it."""
    yield from ((stage.key, stage.name) for stage in spec.stages)
    for state in (State.LOST, State.PARKED):
        for stage in spec.stages:
            yield f"{stage.key}:{state}", f"{stage.name} · {STATE_LABELS[state]}"


def _named(rows: Iterable[tuple[str, Any]]) -> Vocabulary:
    """Words known by key or name; the name is offered."""
    choices = tuple(rows)
    return Vocabulary(_not_in([word for key, label in choices for word in (key, str(label))]), choices)


def _places() -> dict[str, Vocabulary]:
    known = {"region": crm.regions(), "source": crm.sources()}
    return {key: _of_names(list(rows.values_list("name", flat=True))) for key, rows in known.items()}


def _products() -> Vocabulary:
    rows = list(crm.products().values_list("name", "code"))
    return _of_names([name for name, _code in rows], more=[code for _name, code in rows])


def _owners() -> Vocabulary:
    rows = list(people.active_people().values_list("name", "login"))
    return _of_names([name for name, _login in rows], more=[login for _name, login in rows])


def _of_names(names: list[str], *, more: Iterable[str] = ()) -> Vocabulary:
    """Words known whatever their case."""
    offered = tuple((name, name) for name in dict.fromkeys(names[:MOST_CHOICES]))
    return Vocabulary(_not_in([*names, *more], fold=True), offered)


def _customers(actor: Actor) -> Vocabulary:
    """Customers are too many to offer; which are known is asked at once."""

    def unknown(words: Iterable[str]) -> set[str]:
        keys = {word: name_key(word) for word in words}
        seen = crm.customers(actor).order_by().filter(name_key__in={*keys.values()} - {""})
        known = set(seen.values_list("name_key", flat=True))
        return {word for word, key in keys.items() if key not in known}

    return Vocabulary(unknown)


def _not_in(known: Iterable[str], *, fold: bool = False) -> Unknown:
    allowed = {word.casefold() if fold else word for word in known}
    return lambda words: {word for word in words if (word.casefold() if fold else word) not in allowed}


@dataclass
class Found:
    """How often each word stands in the columns that were asked for; of very many different ones only the first."""

    columns: Mapping[str, int]
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counts = {key: Counter() for key in self.columns}

    def note(self, cells: list[str]) -> None:
        """Count the words of one row."""
        for key, index in self.columns.items():
            word, counted = cells[index], self.counts[key]
            if word and (word in counted or len(counted) < MOST_WORDS):
                counted[word] += 1
