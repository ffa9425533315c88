"""Inputs that choose a product, a region or a source: what is still on the list, and what a record has already."""

from dataclasses import replace
from typing import Any

from dealrail.crm import queries as crm
from dealrail.crm.rules import is_custom
from dealrail.web.added import still_offering_held
from dealrail.web.inputs import Input, options
from dealrail.web.lists.choices import named

CATALOG = ("product", "region", "source")


def catalog_input(field: str, label: Any, *, name: str = "", none_yet: Any = "") -> Input:
    """A select of what can be chosen now; `none_yet` is its help while there is nothing."""
    offered = named(crm.on_the_list(field))
    return Input(name or field, label, "select", options=options(offered), help="" if offered else none_yet)


def still_offering(row: Input, record: Any) -> Input:
    """A record goes on offering what it has, though that is off the list."""
    if is_custom(row.name):
        return still_offering_held(row, record)
    kept = getattr(record, row.name) if row.name in CATALOG else None
    if kept is None or kept.is_active:
        return row
    return replace(row, options=(*row.options, (str(kept.pk), kept.name)))
