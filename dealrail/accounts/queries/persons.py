"""Finding people: by login or name, by the role they hold, by what they reach."""

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Length

from dealrail.accounts import policy
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound, UnknownPerson
from dealrail.accounts.models import Role, Unit, User
from dealrail.accounts.permissions import PEOPLE_MANAGE, Scope
from dealrail.core.filters import Field, FieldType
from dealrail.core.reading import once
from dealrail.core.texts import LONGEST_ASKED, tidy


@once
def active_people() -> QuerySet[User]:
    """Everybody who may log in, by name."""
    return User.objects.filter(is_active=True).select_related("unit").order_by("name", "pk")


def everybody() -> QuerySet[User]:
    """Everybody with department and roles, the active first, by name."""
    rows = User.objects.select_related("unit").prefetch_related("roles")
    return rows.order_by("-is_active", "name", "pk")


def search_people(rows: QuerySet[User], text: str) -> QuerySet[User]:
    """Those of these people whose name or mail address holds the text, or whose login or phone begins with it."""
    text = tidy(text)
    named = Q(name__icontains=text) | Q(email__icontains=text)
    return rows.filter(named | Q(login__istartswith=text) | Q(phone__startswith=text)) if text else rows


def people_fields() -> list[Field]:
    """What lists of people are sorted by."""
    return [
        Field(name="name", path="name", type=FieldType.TEXT, label="name", nullable=False),
        Field(name="login", path="login", type=FieldType.TEXT, label="login", nullable=False),
        Field(name="unit", path="unit", type=FieldType.REF, label="unit", sort_path="unit__name"),
    ]


def people_per_unit() -> dict[int, int]:
    """How many active people each department has itself, without those below it; none are left out."""
    rows = User.objects.filter(is_active=True, unit__isnull=False).order_by()
    return dict(rows.values_list("unit").annotate(Count("pk")))


def person(text: str | int) -> User:
    """The active person of this id, login or name; refuse with UnknownPerson when none or several fit."""
    people = User.objects.filter(is_active=True)
    if isinstance(text, int):
        found = list(people.filter(pk=text))
    else:
        wanted = tidy(text)[:LONGEST_ASKED]
        exact = list(people.filter(login__iexact=wanted))
        found = exact or list(people.filter(name=wanted)[:2])
    if len(found) != 1:
        raise UnknownPerson(person=text)
    return found[0]


def user(user_id: int) -> User:
    """The person of this id, active or not; refuse with NotFound."""
    found = User.objects.filter(pk=user_id).select_related("unit").first()
    if found is None:
        raise NotFound()
    return found


def person_record(actor: Actor, user_id: int) -> User:
    """All that is kept of a person, for who manages people and for themselves; refuse with NotAllowed or NotFound."""
    if actor.user_id != user_id:
        policy.require(actor, PEOPLE_MANAGE)
    return user(user_id)


def user_by_login(login: str) -> User | None:
    """The person of this login, whatever its case."""
    return User.objects.filter(login__iexact=login[:LONGEST_ASKED]).first()


def people_of_role(role_key: str) -> QuerySet[User]:
    """Active people who hold this role."""
    return holders_of(role_key).filter(is_active=True)


def holders_of(role_key: str) -> QuerySet[User]:
    """People who hold this role, active or not."""
    return User.objects.filter(roles__key=role_key).order_by("pk")


def active_holding(role_keys: Iterable[str]) -> QuerySet[User]:
    """Active people who hold any of these roles."""
    return User.objects.filter(is_active=True, roles__key__in=list(role_keys)).distinct()


def active_holders(permission: str) -> QuerySet[User]:
    """Active people whom a role allows this."""
    # which roles hold it is asked in Python: SQLite can't look into a list in JSON
    holding = [pk for pk, held in Role.objects.values_list("pk", "permissions") if permission in held]
    return User.objects.filter(
        is_active=True, pk__in=User.roles.through.objects.filter(role__in=holding).values("user")
    )


def people_reaching(permission: str, owner: User | None) -> QuerySet[User]:
    """Active people whom a role allows this for what this person owns, or for what nobody owns."""
    reaching = Q(pk__in=[])
    holders = User.roles.through.objects
    for role in Role.objects.prefetch_related("units"):
        if permission in role.permissions:
            reaching |= Q(pk__in=holders.filter(role=role.pk).values("user")) & _reaching(role, owner)
    return User.objects.filter(reaching, is_active=True).order_by("name", "pk")


def _reaching(role: Role, owner: User | None) -> Q:
    """Those of a role's holders in whose scope this owner lies; the same rule as `_reach`, from the other side."""
    if role.scope == Scope.ALL:
        return Q()
    if owner is None:
        return Q(pk__in=[])
    within = Q(pk=owner.pk)
    if owner.unit_id is None:
        return within
    if role.scope == Scope.UNITS and any(unit.pk == owner.unit_id for unit in role.units.all()):
        return Q()
    if role.scope == Scope.UNIT:
        within |= Q(unit=owner.unit_id)
    if role.scope == Scope.SUBTREE:
        path = Unit.objects.filter(pk=owner.unit_id).values_list("path", flat=True).first() or ""
        within |= Q(unit__in=[int(part) for part in path.strip("/").split("/") if part])
    return within


def leads(user_id: int) -> bool:
    """Whether somebody leads a department."""
    return Unit.objects.filter(leader=user_id).exists()


def leader_above(user_id: int) -> User | None:
    """The nearest active leader above a person: of their department, else of those above it; never themselves."""
    path = Unit.objects.filter(people=user_id).values_list("path", flat=True).first() or ""
    above = [int(part) for part in path.strip("/").split("/") if part]
    leaders = User.objects.filter(is_active=True, leads__in=above).exclude(pk=user_id)
    return leaders.order_by(Length("leads__path").desc()).first()


def names_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Names by id, for rows that carry only ids."""
    return dict(User.objects.filter(pk__in=set(user_ids)).values_list("pk", "name"))


def active_among(user_ids: Iterable[int]) -> QuerySet[User, int]:
    """The ids of those of these people who may log in."""
    return User.objects.filter(pk__in=set(user_ids), is_active=True).values_list("pk", flat=True)


def logins_starting_with(text: str) -> set[str]:
    """Logins in use that begin like this, in small letters."""
    found = User.objects.filter(login__istartswith=text).values_list("login", flat=True)
    return {login.lower() for login in found}
