"""What a model deal left in the database, as texts with holes, so that it can be told again of somebody else.

A pattern holds the rows of a deal (or of a customer) in every table, each as the line that the database will be given.
Whatever differs from one telling to the next is a hole: keys of its own rows, people, days, names, phones. A payload's
keys that name a row but are not known here are refused, so that nothing is copied wrong in silence.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Field, ForeignKey, JSONField, Model

from bench.company import Company, Seat
from dealrail.accounts.models import User
from dealrail.activities.models import ActionDone, Activity, Task
from dealrail.crm.models import Contact, ContactWords, Customer, CustomerWords, Deal, DealWords, HandOver
from dealrail.events.models import ChainHead, Event, Receipt
from dealrail.events.rules import canonical
from dealrail.notifications.models import Notification
from dealrail.process.models import ApprovalPart, ApprovalRequest, Run, Stay

Table = type[Model]
CUSTOMER_TABLES: tuple[Table, ...] = (Customer, CustomerWords, Contact, ContactWords)
DEAL_TABLES: tuple[Table, ...] = (
    *(Run, Stay, Deal, DealWords, HandOver, Activity, ActionDone, Task, ApprovalRequest, ApprovalPart, Notification),
)
LOG_TABLES: tuple[Table, ...] = (Event, ChainHead, Receipt)
SUBJECTS: dict[str, Table] = {"deal": Deal, "customer": Customer, "task": Task}
PERSON_KEYS = {"owner_id", "from_owner_id", "to_owner_id", "asked_by_id", "user_id", "approver_ids", "told_ids"}
OWN_KEYS: dict[str, Table] = {
    "deal_id": Deal,
    "customer_id": Customer,
    "contact_id": Contact,
    "activity_id": Activity,
    "task_id": Task,
    "request_id": ApprovalRequest,
    "hand_over_id": HandOver,
}
SAME_KEYS = {"pool_id"}
# What a table points at without saying so.
LOOSE_KEYS: dict[tuple[Table, str], Table] = {(Notification, "event_id"): Event}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# In a text that is being read, a number between these stands for a hole; a whole JSON value, with its quotes.
_IN_TEXT, _WHOLE, _END = "\ue000", "\ue001", "\ue002"
_MARK = re.compile(f'"{_WHOLE}(\\d+){_END}"|{_IN_TEXT}(\\d+){_END}')


@dataclass(frozen=True)
class Text:
    """A text with `%s` at each hole, and the numbers of these holes."""

    format: str
    holes: tuple[int, ...]
    _take: Callable[[Sequence[Any]], Any] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_take", itemgetter(*self.holes) if self.holes else lambda _values: ())

    def __reduce__(self) -> tuple[Any, ...]:
        return Text, (self.format, self.holes)

    def filled(self, values: Sequence[Any]) -> str:
        """The text with the values of these numbers in its holes."""
        filled: str = self.format % self._take(values)
        return filled


class Spelling(NamedTuple):
    """How a database is given a row: `escape` for texts, signs around them, between cells, around all, for nothing."""

    escape: Callable[[str], str]
    quote: str
    between: str
    around: str
    nothing: str


class Words(NamedTuple):
    """What a search finds something by, once its name and phone are known."""

    name: Text
    phone: Text | None
    is_company: bool


class Link(NamedTuple):
    """One event: the place of its chain, its payload, what its hash covers, its row; both stand in holes of the row."""

    chain: int
    payload: Text
    content: Text
    row: Text


@dataclass
class Pattern:
    """What one model left behind; `links` in the order in which they were recorded, `counts` how many keys it takes."""

    key: int
    customer: int | None
    seat: Seat
    first: date
    last: date
    is_open: bool = False
    rows: dict[Table, list[Text]] = field(default_factory=lambda: defaultdict(list))
    links: list[Link] = field(default_factory=list)
    holes: dict[tuple[str, Any], int] = field(default_factory=dict)
    counts: dict[Table, int] = field(default_factory=dict)

    def hole(self, kind: str, what: Any = None) -> int:
        """The number of a hole; the same one for the same content."""
        return self.holes.setdefault((kind, what), len(self.holes))

    @cached_property
    def by_kind(self) -> dict[str, list[tuple[int, Any]]]:
        """The holes of each kind with what tells them apart; asked for when all are made."""
        found: dict[str, list[tuple[int, Any]]] = defaultdict(list)
        for (kind, what), number in self.holes.items():
            found[kind].append((number, what))
        return found


class Reader:
    """Reads what happened in the model department into patterns."""

    def __init__(self, company: Company, spelling: Spelling) -> None:
        self.spelling = spelling
        self.seats = {actor.user_id: seat for seat, actor in company.seats.items()}
        self.names = {actor.name: seat for seat, actor in company.seats.items()}

    def customers(self) -> list[Pattern]:
        """A pattern of every customer there is."""
        return [self._customer(row) for row in Customer.objects.order_by("pk")]

    def deals(self) -> list[Pattern]:
        """A pattern of every deal there is."""
        return [self._deal(row) for row in Deal.objects.select_related("run").order_by("pk")]

    def _customer(self, customer: Customer) -> Pattern:
        contacts = list(customer.contacts.order_by("pk"))
        own: dict[Table, list[Any]] = {Customer: [customer], Contact: contacts}
        own[CustomerWords] = list(CustomerWords.objects.filter(customer=customer))
        own[ContactWords] = list(ContactWords.objects.filter(contact__in=contacts).order_by("pk"))
        names: dict[str, tuple[str, Any]] = {_short(customer): ("short", None)}
        names |= {phone: ("phone", phone) for phone in (customer.phone, *(contact.phone for contact in contacts))}
        return self._read(own, customer.pk, self.seats[customer.owner_id or 0], names)

    def _deal(self, deal: Deal) -> Pattern:
        requests = list(ApprovalRequest.objects.filter(run=deal.run).order_by("pk"))
        own: dict[Table, list[Any]] = {
            Run: [deal.run],
            Stay: list(deal.run.stays.order_by("pk")),
            Deal: [deal],
            DealWords: list(DealWords.objects.filter(deal=deal)),
            HandOver: list(deal.hand_overs.order_by("pk")),
            Activity: list(deal.activities.order_by("pk")),
            ActionDone: list(ActionDone.objects.filter(run=deal.run).order_by("pk")),
            Task: list(deal.tasks.order_by("pk")),
            ApprovalRequest: requests,
            ApprovalPart: list(ApprovalPart.objects.filter(request__in=requests).order_by("pk")),
        }
        created = Event.objects.get(subject_kind="deal", subject_id=deal.pk, kind="deal.created")
        seat = self.seats[created.payload["owner_id"]]
        pattern = self._read(own, deal.customer_id, seat, {deal.name.split(" · ")[0]: ("short", None)})
        pattern.is_open = deal.run.state == "open"
        return pattern

    def _read(
        self, own: dict[Table, list[Any]], customer: int | None, seat: Seat, names: Mapping[str, tuple[str, Any]]
    ) -> Pattern:
        subjects = [(kind, row.pk) for kind, table in SUBJECTS.items() for row in own.get(table, [])]
        events = _of_subjects(Event, subjects)
        own |= {Event: events, ChainHead: _of_subjects(ChainHead, subjects)}
        own[Receipt] = list(Receipt.objects.filter(event__in=events).order_by("pk"))
        own[Notification] = list(
            Notification.objects.filter(event_id__in=[event.pk for event in events]).order_by("pk")
        )
        days = [moment.date() for event in events for moment in (event.occurred_at, event.recorded_at)]
        pattern = Pattern(subjects[0][1], customer, seat, min(days), max(days))
        pattern.counts = {table: len(rows) for table, rows in own.items()}
        filling = _Filling(self, pattern, own, {text: pattern.hole(*hole) for text, hole in names.items()})
        for table, rows in own.items():
            if table is not Event:
                pattern.rows[table] = [filling.row(row) for row in rows]
        chains = [(head.subject_kind, head.subject_id) for head in own[ChainHead]]
        pattern.links = [filling.link(event, chains) for event in events]
        return pattern


def _of_subjects(table: Any, subjects: Iterable[tuple[str, int]]) -> list[Any]:
    """The events or heads of these chains, in the order in which they were recorded."""
    keys: dict[str, list[int]] = defaultdict(list)
    for kind, pk in subjects:
        keys[kind].append(pk)
    found = [row for kind, pks in keys.items() for row in table.objects.filter(subject_kind=kind, subject_id__in=pks)]
    return sorted(found, key=lambda row: row.pk)


def _short(customer: Customer) -> str:
    """What the model company is called in short: the name of its deals without their product."""
    deal = customer.deals.order_by("pk")[0]
    return str(deal.name.split(" · ")[0])


class _Filling:
    """Turns the rows of one model into cells and holes."""

    def __init__(
        self, reader: Reader, pattern: Pattern, own: Mapping[Table, list[Any]], names: Mapping[str, int]
    ) -> None:
        self.reader, self.pattern, self.names = reader, pattern, names
        self.own = {table: {row.pk: number for number, row in enumerate(rows)} for table, rows in own.items()}
        self._name = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))

    def row(self, row: Model) -> Text:
        """A row of a table as a line, read by the kinds of its columns."""
        cells = [self._cell(row, column) for column in row._meta.concrete_fields]
        spelling = self.reader.spelling
        line = spelling.between.join(_spelled(cell, spelling) for cell in cells)
        return Text(spelling.around % line, tuple(hole for cell in cells for hole in getattr(cell, "holes", ())))

    def link(self, event: Event, chains: Sequence[tuple[str, int]]) -> Link:
        """An event whose payload and hash are made when its holes are filled."""
        seat = self.reader.seats.get(event.actor_id)
        content = {
            **event.content(),
            "payload": f"{_WHOLE}{self.pattern.hole('payload')}{_END}",
            "subject": [event.subject_kind, self._whole(SUBJECTS[event.subject_kind], event.subject_id)],
        }
        if seat:
            content["actor"] = [self._person(event.actor_id), self._in_text("user_name", seat), event.channel]
        return Link(
            chains.index((event.subject_kind, event.subject_id)),
            _text(canonical(self._json(event.payload))),
            _text(self._marked(canonical(content))),
            self.row(event),
        )

    def _cell(self, row: Model, column: "Field[Any, Any]") -> Any:
        value = column.value_from_object(row)
        target = self._target(row, column)
        if value is None or isinstance(value, bool):
            return value
        if made_later := self._made_later(row, column.name):
            return Text("%s", (self.pattern.hole(*made_later),))
        if target is not None:
            return self._key(target, value)
        if isinstance(row, Event) and column.name == "actor_name" and value in self.reader.names:
            return Text("%s", (self.pattern.hole("user_name", self.reader.names[value]),))
        if isinstance(column, JSONField):
            return _text(canonical(self._json(value)))
        value = column.get_db_prep_save(value, connection)
        return _text(self._marked(str(value))) if isinstance(value, str | date | datetime) else value

    def _made_later(self, row: Model, column: str) -> tuple[str, Any] | None:
        """The hole of what follows from other holes: what is hashed, hashes, and the words of a search."""
        if isinstance(row, Event) and column in {"payload", "hash"}:
            return f"spelled_{column}", None
        if isinstance(row, ChainHead) and column == "hash":
            return "head", (row.subject_kind, row.subject_id)
        return ("words", self._words(row)) if column == "words" else None

    def _target(self, row: Model, column: "Field[Any, Any]") -> Table | None:
        """Which table a column points at; its own for the key of a row."""
        if column.name == "subject_id":
            return SUBJECTS[str(getattr(row, "subject_kind", ""))]
        if column.name == "actor_id":
            return User
        if isinstance(column, ForeignKey):
            return column.related_model
        return type(row) if column.primary_key else LOOSE_KEYS.get((type(row), column.name))

    def _key(self, target: Table, value: int) -> Any:
        """A row of our own, a person, our customer, or something that is the same for all, as a stage or a product."""
        if target is User:
            seat = self.reader.seats.get(value)
            return Text("%s", (self.pattern.hole("user", seat),)) if seat else value
        if target in self.own and value in self.own[target]:
            return Text("%s", (self.pattern.hole("own", (target, self.own[target][value])),))
        if target is Customer and value == self.pattern.customer:
            return Text("%s", (self.pattern.hole("customer"),))
        if target in {*CUSTOMER_TABLES, *DEAL_TABLES, *LOG_TABLES}:
            raise ValueError(f"{self.pattern.key} points at {target.__name__} {value}, which is not its own")
        return value

    def _words(self, row: Any) -> Words:
        found = getattr(row, row._meta.pk.name)
        phone = getattr(found, "phone", "")
        return Words(
            _text(self._marked(found.name)),
            _text(self._marked(phone)) if phone else None,
            isinstance(found, Customer),
        )

    def _json(self, value: Any, key: str = "") -> Any:
        """The same JSON with marks for holes."""
        if isinstance(value, dict):
            return {name: self._json(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._json(inner, key) for inner in value]
        if isinstance(value, str):
            seat = self.reader.names.get(value) if key.endswith("_name") or key == "who" else None
            return self._in_text("user_name", seat) if seat else self._marked(value)
        names_row = isinstance(value, int) and key.endswith(("_id", "_ids")) and key not in SAME_KEYS
        if not names_row:
            return value
        if key in PERSON_KEYS:
            return self._person(value)
        return self._whole(OWN_KEYS[key], value)

    def _person(self, user_id: int) -> Any:
        seat = self.reader.seats.get(user_id)
        return f"{_WHOLE}{self.pattern.hole('user', seat)}{_END}" if seat else user_id

    def _whole(self, table: Table, value: int) -> str:
        key = self._key(table, value)
        return f"{_WHOLE}{key.holes[0]}{_END}"

    def _in_text(self, kind: str, what: Any) -> str:
        return f"{_IN_TEXT}{self.pattern.hole(kind, what)}{_END}"

    def _marked(self, text: str) -> str:
        """The text with marks for its names, phones and days."""
        if self.names:
            text = self._name.sub(lambda found: f"{_IN_TEXT}{self.names[found[0]]}{_END}", text)
        return _DAY.sub(lambda found: self._in_text("day", date.fromisoformat(found[0])), text)


def _text(marked: str) -> Text:
    holes = tuple(int(found[1] or found[2]) for found in _MARK.finditer(marked))
    return Text(_MARK.sub("%s", marked.replace("%", "%%")), holes)


def _spelled(cell: Any, spelling: Spelling) -> str:
    """A cell of a line; what is no text needs no care."""
    if cell is None:
        return spelling.nothing
    if isinstance(cell, Text):
        return f"{spelling.quote}{spelling.escape(cell.format)}{spelling.quote}"
    return str(int(cell) if isinstance(cell, bool) else cell)
