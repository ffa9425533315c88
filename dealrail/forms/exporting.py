"""What of filled-in forms is written to a sheet when somebody exports them."""

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.core.filters import Field, FieldType
from dealrail.crm import queries as crm
from dealrail.crm.exporting import Cell, Column, Kind, cell_of, named, plain, register
from dealrail.crm.models import CustomField
from dealrail.forms import queries
from dealrail.forms.models import FormRecord, FormVersion

# the questions that somebody may see, by version and key
Seen = dict[int, dict[str, CustomField]]
_RECORDS = (
    Column(_("ID"), plain("pk")),
    Column(_("Form"), named("form")),
    Column(_("Version"), lambda row, actor: row.version.number),
    Column(_("Deal"), named("deal")),
    Column(_("Customer"), named("customer")),
    Column(_("When"), lambda row, actor: timezone.localtime(row.filled_at)),
    Column(_("Filled in by"), named("filled_by")),
    Column(_("Withdrawn"), lambda row, actor: row.withdrawn_why or None),
)


def _fields(actor: Actor) -> list[Field]:
    """What filled-in forms can be filtered by."""
    return [
        Field(name="form", path="form__key", type=FieldType.TEXT, label=_("Form"), nullable=False),
        Field(name="deal", path="deal", type=FieldType.REF, label=_("Deal")),
        Field(name="customer", path="customer", type=FieldType.REF, label=_("Customer")),
        Field(name="filled_at", path="filled_at", type=FieldType.DATETIME, label=_("When"), nullable=False),
    ]


def _answers(actor: Actor, rows: QuerySet[FormRecord]) -> list[Column]:
    """A column for each question of these forms that the actor may see, under its latest name."""
    found = FormVersion.objects.filter(pk__in=rows.order_by().values("version")).order_by("form", "number")
    versions = list(found)
    hidden = queries.hidden_now(actor, {version.form_id for version in versions})
    seen: Seen = {}
    columns: dict[tuple[int, str], CustomField] = {}
    for version in versions:
        fields = queries.fields_read(actor, version, hidden)
        seen[version.pk] = {field.key: field for field in fields}
        columns |= {(version.form_id, field.key): field for field in fields}
    return [
        Column(field.name, partial(_answer, seen, form, key), next(iter(crm.pointers([field])), None))
        for (form, key), field in columns.items()
    ]


def _answer(seen: Seen, form_id: int, key: str, row: Any, actor: Actor) -> Cell:
    # what is filled in while this is written may be of a version that was published meanwhile
    field = seen.get(row.version_id, {}).get(key) if row.form_id == form_id else None
    return None if field is None else cell_of(actor, row, field)


def connect() -> None:
    """Let filled-in forms be exported; called once when Django is ready."""
    register("form_records", Kind(queries.records, _fields, _RECORDS, _answers))
