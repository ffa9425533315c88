"""The small shapes that others are made of."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

from dealrail.accounts.actor import Actor
from dealrail.core.money import rounded
from dealrail.crm import queries as crm

Money = Annotated[Decimal, AfterValidator(rounded)]


class Ref(BaseModel):
    """A record by id and name."""

    id: int
    name: str


class PointedOut(BaseModel):
    """Whom or what a field points at; without id where that is not the reader's to see."""

    id: int | None
    name: str


AddedOut = dict[str, str | bool | list[str] | PointedOut]


class Named(BaseModel):
    """Part of a process by key and name."""

    key: str
    name: str


class Person(BaseModel):
    """Somebody who may log in."""

    id: int
    login: str
    name: str
    unit: Ref | None


def ref(row: Any) -> Ref | None:
    """A record's id and name; null for none."""
    return None if row is None else Ref(id=row.pk, name=row.name)


def named(row: Any, *names: str) -> dict[str, Any]:
    """These references of a record, each as id and name."""
    return {name: ref(getattr(row, name)) for name in names}


def plain(row: Any, *names: str) -> dict[str, Any]:
    """These fields of a record as they are."""
    return {name: getattr(row, name) for name in names}


def added_out(actor: Actor, kind: str, rows: Iterable[Any]) -> dict[int, AddedOut]:
    """What these records hold of the fields that were added and the reader may see, by id and key."""
    found = list(rows)
    fields = crm.fields_seen(actor, kind) if any(row.custom for row in found) else []
    crm.point(actor, found, crm.pointers(fields))
    return {
        row.pk: {field.key: crm.custom_told(actor, row, field) for field in fields if field.key in row.custom}
        for row in found
    }


def refs(rows: list[Any]) -> list[Ref]:
    """Ids and names."""
    return [Ref(id=row.pk, name=row.name) for row in rows]


def person(row: Any) -> Person:
    """Somebody, for pickers."""
    return Person(id=row.pk, login=row.login, name=row.name, unit=ref(row.unit))


def persons(rows: list[Any]) -> list[Person]:
    """People, for pickers."""
    return [person(row) for row in rows]
