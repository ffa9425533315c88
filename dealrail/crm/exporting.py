"""What is written to a sheet when somebody exports: the columns of each kind, within the actor's sight."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.core.filters import Field, compile_filter, sort_keys
from dealrail.core.formats import mask_phone
from dealrail.crm import policy, queries
from dealrail.crm.errors import UnknownExportKind
from dealrail.crm.models import Contact, Customer, CustomField, Deal
from dealrail.crm.permissions import EXPORTS_RUN
from dealrail.process import queries as processes
from dealrail.process.rules import FieldSpec, State

Cell = Any
CHUNK = 1000


@dataclass(frozen=True)
class Column:
    """One column: its heading, which an import understands again, and its value.

    With a `pointer`, the names of what it points at are asked for many rows at once.
    """

    label: Any
    value: Callable[[Any, Actor], Cell]
    pointer: queries.Pointer | None = None


@dataclass(frozen=True)
class Kind:
    """What can be exported: the rows one may see, what they can be filtered by, and their columns."""

    rows: Callable[[Actor], QuerySet[Any]]
    fields: Callable[[Actor], list[Field]]
    columns: Sequence[Column]
    more_columns: Callable[[Actor, QuerySet[Any]], Sequence[Column]] = lambda actor, rows: ()


@dataclass(frozen=True)
class Table:
    """Headings and rows, to be written as .csv or .xlsx."""

    headers: list[str]
    rows: Iterator[list[Cell]]


KINDS: dict[str, Kind] = {}


def register(key: str, kind: Kind) -> None:
    """Let this kind be exported; apps above add theirs."""
    KINDS[key] = kind


def table(actor: Actor, kind: str, *, filter_: object = None, sort: str = "") -> Table:
    """The records of a kind that the actor may see and the filter keeps.

    Refuses with NotAllowed, UnknownExportKind, BadFilter or BadSort.
    """
    accounts.require(actor, EXPORTS_RUN)
    if kind not in KINDS:
        raise UnknownExportKind(kind=kind[:40], known=", ".join(KINDS))
    found, fields = KINDS[kind], KINDS[kind].fields(actor)
    kept = found.rows(actor).filter(compile_filter(filter_, fields, now=timezone.now(), me=actor.user_id))
    return of_rows(actor, kind, kept.order_by(*sort_keys(sort, fields), "pk"))


def of_rows(actor: Actor, kind: str, rows: QuerySet[Any]) -> Table:
    """The same columns for rows that a screen has chosen already. Refuses with NotAllowed."""
    accounts.require(actor, EXPORTS_RUN)
    columns = [*KINDS[kind].columns, *KINDS[kind].more_columns(actor, rows)]
    pointed = [column.pointer for column in columns if column.pointer]
    cells = ([column.value(row, actor) for column in columns] for row in _pointed(actor, rows, pointed))
    return Table(headers=[str(column.label) for column in columns], rows=cells)


def _pointed(actor: Actor, rows: QuerySet[Any], asked: Sequence[queries.Pointer]) -> Iterator[Any]:
    left = rows.iterator(chunk_size=CHUNK)
    while some := list(islice(left, CHUNK)):
        queries.point(actor, some, asked)
        yield from some


def plain(field: str) -> Callable[[Any, Actor], Cell]:
    """A field as it is."""
    return lambda row, actor: getattr(row, field)


def named(field: str) -> Callable[[Any, Actor], Cell]:
    """The name of what a field points at."""
    return lambda row, actor: "" if getattr(row, field) is None else str(getattr(row, field))


def _phone(row: Customer, actor: Actor) -> Cell:
    return row.phone if policy.sees_phone(actor, row) else mask_phone(row.phone) if row.phone else ""


def _on_its_page(field: str) -> Callable[[Customer, Actor], Cell]:
    """A field that a customer in a pool with a daily limit of views shows on its page only."""
    return lambda row, actor: getattr(row, field) if policy.tells_all(actor, row) else ""


def _contact_way(field: str) -> Callable[[Contact, Actor], Cell]:
    """A way to reach a contact; hidden while its customer lies in a pool."""

    def value(row: Contact, actor: Actor) -> Cell:
        given = getattr(row, field)
        if not given or policy.sees_phone(actor, row.customer):
            return given
        return mask_phone(given) if field == "phone" else "***"

    return value


def _day(field: str) -> Callable[[Any, Actor], Cell]:
    def value(row: Deal, actor: Actor) -> Cell:
        moment = getattr(row.run, field)
        return None if moment is None else timezone.localtime(moment).date()

    return value


def _loss_reason(row: Deal, actor: Actor) -> Cell:
    reasons = processes.spec_of(row.run.version_id).loss_reasons
    return reasons.get(row.loss_reason, row.loss_reason)


def own_fields(actor: Actor, rows: QuerySet[Deal]) -> list[Column]:
    """A column for each field that the processes of these deals add, one for all that share a name."""
    versions = rows.order_by().values_list("run__version", flat=True).distinct()
    specs = sorted((processes.spec_of(version_id) for version_id in versions), key=lambda spec: spec.key)
    fixed = {str(column.label) for column in _DEALS}
    names = dict.fromkeys(field.name for spec in specs for field in spec.fields)
    labels = [f"{name} ({_('Process')})" if name in fixed else name for name in names]
    own = [Column(label, partial(_own_value, name)) for label, name in zip(labels, names, strict=True)]
    return [*added("deal")(actor, rows), *own]


def _own_value(name: str, row: Deal, actor: Actor) -> Cell:
    fields = processes.spec_of(row.run.version_id).fields
    return next((_typed(field, row.extra.get(field.key)) for field in fields if field.name == name), None)


def _typed(field: FieldSpec, value: Any) -> Cell:
    if value in (None, ""):
        return None
    if field.type in {"number", "money"}:
        return Decimal(value)
    return date.fromisoformat(value) if field.type == "date" else str(value)


def added(kind: str) -> Callable[[Actor, QuerySet[Any]], list[Column]]:
    """A column for each field that was added to this kind of record and the actor may see."""
    return lambda actor, rows: [
        Column(field.name, partial(_added_value, field), next(iter(queries.pointers([field])), None))
        for field in queries.fields_seen(actor, kind)
    ]


def _added_value(field: CustomField, row: Any, actor: Actor) -> Cell:
    return cell_of(actor, row, field) if policy.tells_added(actor, row) else ""


def cell_of(actor: Actor, row: Any, field: CustomField) -> Cell:
    """What a record holds of a field that was added, as a sheet shows it."""
    value = queries.custom_value(actor, row, field)
    is_said = isinstance(value, bool | list) or queries.points_to(field)
    return queries.custom_words(actor, row, field) if is_said else value


STATES = {
    State.OPEN: pgettext_lazy("state", "open"),
    State.WON: pgettext_lazy("state", "won"),
    State.LOST: pgettext_lazy("state", "lost"),
    State.PARKED: pgettext_lazy("state", "parked"),
}

_DEALS = (
    Column(_("ID"), plain("pk")),
    Column(_("Code"), plain("code")),
    Column(_("Name"), plain("name")),
    Column(_("Customer"), named("customer")),
    Column(_("Process"), lambda row, actor: row.run.version.definition.name),
    Column(_("Stage"), lambda row, actor: row.run.stage.name),
    Column(_("State"), lambda row, actor: str(STATES[row.run.state])),
    Column(_("Amount"), plain("amount")),
    Column(_("Product"), named("product")),
    Column(_("Region"), named("region")),
    Column(_("Source"), named("source")),
    Column(_("Owner"), named("owner")),
    Column(_("Expected close"), plain("expected_close")),
    Column(_("Started"), _day("started_at")),
    Column(_("Closed"), _day("closed_at")),
    Column(_("Loss reason"), _loss_reason),
    Column(_("Note on the loss"), plain("loss_note")),
)
_CUSTOMERS = (
    Column(_("ID"), plain("pk")),
    Column(_("Name"), plain("name")),
    Column(_("Code"), plain("code")),
    Column(_("Credit code"), plain("credit_code")),
    Column(_("Phone"), _phone),
    Column(_("Grade"), plain("grade")),
    Column(_("Industry"), plain("industry")),
    Column(_("Region"), named("region")),
    Column(_("Source"), named("source")),
    Column(_("Address"), _on_its_page("address")),
    Column(_("Website"), _on_its_page("website")),
    Column(_("Parent company"), named("parent")),
    Column(_("Owner"), named("owner")),
    Column(_("Notes"), _on_its_page("notes")),
)
_CONTACTS = (
    Column(_("ID"), plain("pk")),
    Column(_("Customer"), named("customer")),
    Column(_("Name"), plain("name")),
    Column(_("Job title"), plain("title")),
    Column(_("Part in the decision"), lambda row, actor: row.get_role_display()),
    Column(_("Phone"), _contact_way("phone")),
    Column(_("Mail address"), _contact_way("email")),
    Column(_("WeChat"), _contact_way("wechat")),
    Column(_("Notes"), plain("notes")),
)
_PRODUCTS = (
    Column(_("ID"), plain("pk")),
    Column(_("Code"), plain("code")),
    Column(_("Name"), plain("name")),
    Column(_("Series"), plain("series")),
    Column(_("Unit"), plain("unit")),
    Column(_("Price"), plain("price")),
)

register("deals", Kind(queries.deals, queries.deal_fields, _DEALS, own_fields))
register("customers", Kind(queries.customers, queries.customer_fields, _CUSTOMERS, added("customer")))
register("contacts", Kind(queries.contacts, queries.contact_fields, _CONTACTS, added("contact")))
register("products", Kind(lambda actor: queries.products(), queries.product_fields, _PRODUCTS))
