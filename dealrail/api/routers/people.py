"""People, departments and roles: names to choose from for everybody, the rest for who manages people."""

from typing import Annotated, Any

from django.db import transaction
from django.db.models import F
from ninja import Query, Router, Status
from pydantic import Field

from dealrail.accounts import queries as people
from dealrail.accounts import rules
from dealrail.accounts.actions import company, invitations, retiring, roles, units, users
from dealrail.activities.actions import leaving
from dealrail.api.auth import ApiRequest
from dealrail.api.once import shown_once
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, Id, Reference, needed_unit_id, person_id, storable, unit_by_reference
from dealrail.api.shapes.parts import Person, persons
from dealrail.api.shapes.people import (
    CompanyOut,
    InvitedOut,
    KeptOut,
    LeftOut,
    PersonOut,
    RoleOut,
    ScopeKey,
    TargetsOut,
    UnitOut,
    company_out,
    person_out,
    role_out,
    roles_out,
    unit_out,
    units_out,
)

router = Router(tags=["people"])


class PersonChange(Body):
    """What to change; what is left out stays."""

    name: str = ""
    unit: Reference | None = Field(None, description="Id or name of a department.")
    roles: list[str] = Field([], description="Keys of all the roles they are to hold.")
    email: str | None = None
    phone: str | None = None
    is_active: bool = True


class NewPerson(Body):
    """A new person; they can log in when a password is set."""

    login: str = Field(description="2 to 60 letters, digits, dots, dashes, underscores; never changes.")
    name: str
    unit: Reference | None = Field(None, description="Id or name of a department.")
    roles: list[str] = Field([], description="Keys of roles.")
    email: str | None = None
    phone: str | None = None


TargetCount = Annotated[int, Field(ge=0, le=rules.MOST_A_TARGET)]


class Invitation(NewPerson):
    """Somebody to invite; the login is made from the name when it is left out."""

    login: str = ""


class Leaving(Body):
    """Who takes over what the person owns; needed when there is anything."""

    successor: Reference | None = Field(None, description="Id, login or name.")


class CompanyChange(Body):
    """What to change; what is left out stays."""

    name: str | None = None
    language: str | None = Field(None, description="zh-hans or en; empty for that of the server's settings.")


class NewPassword(Body):
    """A password that is not easily guessed."""

    password: str


class UnitChange(Body):
    """What to change; what is left out stays."""

    name: str = ""
    parent: Reference | None = Field(None, description="Id or name of a department; null is the top.")
    leader: Reference | None = Field(None, description="Id, login or name.")


class NewUnit(UnitChange):
    """A new department."""

    name: str


class RoleBody(Body):
    """All of a role."""

    name: str
    permissions: list[str] = Field(description="Keys, as in docs/permissions.md.")
    scope: ScopeKey
    units: list[Reference] = Field([], description="Ids or names of departments, for the scope `units`.")


id_of_person = person_id  # where an operation has a parameter of this name


def _person(given: Body) -> dict[str, Any]:
    """The fields that were sent, as the action takes them."""
    sent = given.given()
    ways: dict[str, Any] = {way: sent.pop(way) or "" for way in ("email", "phone") if way in sent}
    unit = {"unit_id": unit_by_reference(sent.pop("unit"))} if "unit" in sent else {}
    return {**sent, **ways, **unit}


def _unit(given: Body) -> dict[str, Any]:
    sent = given.given()
    parent = {"parent_id": unit_by_reference(sent.pop("parent"))} if "parent" in sent else {}
    leader = {"leader_id": person_id(sent.pop("leader"))} if "leader" in sent else {}
    return {**sent, **parent, **leader}


@router.get("/people", response=Page[Person])
def list_people(request: ApiRequest, asked: Query[Paged]) -> Page[Person]:
    """Everybody who may log in, as names to choose from."""
    return paged(people.active_people(), asked, show=persons)


@router.post("/people", response={201: PersonOut})
def create_person(request: ApiRequest, given: NewPerson) -> PersonOut:
    """Add a person; their password is set apart."""
    return person_out(users.create_user(actor=request.auth, **_person(given)))


@router.post("/people/invite", response={201: InvitedOut})
@shown_once("path")
def invite_person(request: ApiRequest, given: Invitation) -> InvitedOut:
    """Add a person who chooses a password under a link; its path is shown in this answer only."""
    invited, token = invitations.invite_user(actor=request.auth, **_person(given))
    return InvitedOut(**person_out(invited).model_dump(), path=f"/invited/{token}/")


@router.post("/people/{person_id}/deactivate", response=LeftOut)
def deactivate_person(request: ApiRequest, person_id: Id, given: Leaving) -> LeftOut:
    """Hand all a person owns to a successor, then stop them; what is refused stays, and so do they."""
    successor = id_of_person(given.successor)
    left = leaving.deactivate_user(actor=request.auth, user_id=person_id, successor_id=successor)
    kept = [KeptOut(kind=row.kind, id=row.id, name=row.name, problem=row.problem) for row in left.named]
    return LeftOut(
        is_active=left.person.is_active, handed_over=len(left.rows) - len(left.refused), kept=kept, hidden=left.hidden
    )


@router.get("/company", response=CompanyOut)
def read_company(request: ApiRequest) -> CompanyOut:
    """The company of this installation."""
    return company_out(people.company())


@router.patch("/company", response=CompanyOut)
def change_company(request: ApiRequest, given: CompanyChange) -> CompanyOut:
    """Name the company, or choose its language."""
    kept = people.company()
    changed = company.change_company(
        actor=request.auth,
        name=kept.name if given.name is None else given.name,
        language=kept.language if given.language is None else given.language,
    )
    return company_out(changed)


@router.get("/people/{person_id}", response=PersonOut)
def read_person(request: ApiRequest, person_id: Id) -> PersonOut:
    """All that is kept of a person, active or not: for who manages people, and of oneself."""
    return person_out(people.person_record(request.auth, person_id))


@router.patch("/people/{person_id}", response=PersonOut)
@transaction.atomic
def change_person(request: ApiRequest, person_id: Id, given: PersonChange) -> PersonOut:
    """Change a person, or stop one who owns nothing; who does is stopped by `deactivate`, with a successor."""
    changes = _person(given)
    if changes.get("is_active") is False:
        leaving.deactivate_user(actor=request.auth, user_id=person_id)
    return person_out(users.change_user(actor=request.auth, user_id=person_id, **changes))


@router.put("/people/{person_id}/password", response={204: None})
def set_password(request: ApiRequest, person_id: Id, given: NewPassword) -> None:
    """Set a person's password, as who manages people; they are logged out everywhere."""
    users.set_password(actor=request.auth, user_id=person_id, password=given.password)


@router.get("/units", response=Page[UnitOut])
def list_units(request: ApiRequest, asked: Query[Paged]) -> Page[UnitOut]:
    """The departments."""
    return paged(people.all_units(), asked, show=units_out)


@router.post("/units", response={201: UnitOut})
def create_unit(request: ApiRequest, given: NewUnit) -> UnitOut:
    """Add a department."""
    return unit_out(units.create_unit(actor=request.auth, **_unit(given)))


@router.get("/units/{unit_id}", response=UnitOut)
def read_unit(request: ApiRequest, unit_id: Id) -> UnitOut:
    """One department."""
    return unit_out(people.unit_by_id(unit_id))


@router.patch("/units/{unit_id}", response=UnitOut)
def change_unit(request: ApiRequest, unit_id: Id, given: UnitChange) -> UnitOut:
    """Rename a department, move it with all below it, or name its leader."""
    return unit_out(units.change_unit(actor=request.auth, unit_id=unit_id, **_unit(given)))


@router.get("/roles", response=Page[RoleOut])
def list_roles(request: ApiRequest, asked: Query[Paged]) -> Page[RoleOut]:
    """Every role with what it allows, for who manages people."""
    return paged(people.roles(request.auth), asked, [F("name").asc()], show=roles_out)


@router.get("/roles/{key}", response=RoleOut)
def read_role(request: ApiRequest, key: str) -> RoleOut:
    """One role, for who manages people."""
    return role_out(people.role(request.auth, storable(key)))


class Retiring(Body):
    """Which role those hold from then on who hold the one that goes; needed when somebody does."""

    heir: str = Field("", description="Key of a role.")


@router.post("/roles/{key}/retire", response=RoleOut)
def retire_role(request: ApiRequest, key: str, given: Retiring) -> RoleOut:
    """Take a role out of use; refused while a process names it."""
    return role_out(retiring.retire_role(actor=request.auth, key=storable(key), heir=storable(given.heir)))


@router.post("/roles/{key}/restore", response=RoleOut)
def restore_role(request: ApiRequest, key: str) -> RoleOut:
    """Put a role back in use as it was; nobody holds it then."""
    return role_out(retiring.restore_role(actor=request.auth, key=storable(key)))


class TargetsBody(Body):
    """How often the holders of a role are to do this; what is left out stays, 0 means no target."""

    first_contacts_a_day: TargetCount | None = None
    follow_ups_a_day: TargetCount | None = None
    follow_ups_a_week: TargetCount | None = None


@router.put("/roles/{key}/targets", response=TargetsOut)
def set_role_targets(request: ApiRequest, key: str, given: TargetsBody) -> TargetsOut:
    """Say how much the holders of a role are to do."""
    role = roles.set_role_targets(actor=request.auth, key=storable(key), targets=given.model_dump(exclude_none=True))
    return TargetsOut(**people.targets_of_role(role))


@router.put("/roles/{key}", response={200: RoleOut, 201: RoleOut})
def save_role(request: ApiRequest, key: str, given: RoleBody) -> Status[RoleOut]:
    """Create the role of this key, or replace it: who holds it may what it allows from then on."""
    is_new = people.role_or_none(storable(key)) is None
    fields = given.model_dump(include={"name", "permissions", "scope"})
    chosen = [needed_unit_id(unit) for unit in given.units]
    role = roles.save_role(actor=request.auth, key=key, units=chosen, **fields)
    return Status(201 if is_new else 200, role_out(role))
