"""People, departments, roles and tokens as JSON."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from dealrail.api.shapes.parts import Named, Person, Ref, named, person, plain, refs

ScopeKey = Literal["own", "unit", "subtree", "units", "all"]


class PersonOut(Person):
    """All that is kept of a person, for who manages people and for themselves."""

    email: str
    phone: str
    roles: list[Named]
    is_active: bool
    has_password: bool
    created_at: datetime


class InvitedOut(PersonOut):
    """Somebody invited; the path of their link is shown in this answer and never again."""

    path: str


class KeptOut(BaseModel):
    """Something that couldn't be handed over, and why."""

    kind: str
    id: int
    name: str
    problem: str


class LeftOut(BaseModel):
    """What became of everything a person owned; they are stopped when nothing is `kept` or `hidden`.

    `hidden` counts what stayed and is not yours to see.
    """

    is_active: bool
    handed_over: int
    kept: list[KeptOut]
    hidden: int


class CompanyOut(BaseModel):
    """The company of this installation; an empty language means that of the server's settings."""

    name: str
    language: str
    set_up_at: datetime | None


class UnitOut(Ref):
    """A department, what it stands below, and who leads it."""

    parent: Ref | None
    leader: Ref | None


class RoleOut(BaseModel):
    """What a role allows, and how far; `units` are the departments of the scope `units`."""

    key: str
    name: str
    permissions: list[str]
    scope: ScopeKey
    units: list[Ref]
    is_active: bool


class TargetsOut(BaseModel):
    """How often the holders of a role are to do what; 0 means no target."""

    first_contacts_a_day: int
    follow_ups_a_day: int
    follow_ups_a_week: int


class TokenOut(BaseModel):
    """A token of one's own; only its beginning is known, as `hint`."""

    id: int
    name: str
    hint: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewTokenOut(TokenOut):
    """A new token. `token` is shown this once: null when the same request under the same key is answered again."""

    token: str | None


def person_out(row: Any) -> PersonOut:
    """All that is kept of a person."""
    return PersonOut(
        **person(row).model_dump(),
        **plain(row, "email", "phone", "is_active", "created_at"),
        has_password=row.has_usable_password(),
        roles=[Named(key=role.key, name=role.name) for role in row.roles.order_by("name")],
    )


def unit_out(row: Any) -> UnitOut:
    """A department."""
    return UnitOut(id=row.pk, name=row.name, **named(row, "parent", "leader"))


def units_out(rows: list[Any]) -> list[UnitOut]:
    """Departments."""
    return [unit_out(row) for row in rows]


def role_out(row: Any) -> RoleOut:
    """A role."""
    return RoleOut(**plain(row, "key", "name", "permissions", "scope", "is_active"), units=refs(list(row.units.all())))


def roles_out(rows: list[Any]) -> list[RoleOut]:
    """Roles."""
    return [role_out(row) for row in rows]


_TOKEN = tuple(name for name in TokenOut.model_fields if name != "id")


def tokens_out(rows: list[Any]) -> list[TokenOut]:
    """Tokens."""
    return [TokenOut(id=row.pk, **plain(row, *_TOKEN)) for row in rows]


def new_token_out(row: Any, token: str) -> NewTokenOut:
    """A token just made, with the secret itself."""
    return NewTokenOut(id=row.pk, **plain(row, *_TOKEN), token=token)


def company_out(row: Any) -> CompanyOut:
    """The company of this installation."""
    return CompanyOut(**plain(row, "name", "language", "set_up_at"))
