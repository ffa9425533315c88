"""Finding people, departments and roles, and building the Actor of a request."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import signing
from django.db.models import Count, F, Max, Q, QuerySet, Subquery
from django.db.models.functions import Length
from django.utils import crypto, timezone

from dealrail.accounts import policy, rules
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound, UnknownPerson, UnknownUnit
from dealrail.accounts.models import ApiToken, Company, Role, Unit, User
from dealrail.accounts.permissions import EVERYTHING, PEOPLE_MANAGE, TOKENS_MANAGE, Reach, Scope
from dealrail.core.filters import Field, FieldType
from dealrail.core.reading import once
from dealrail.core.texts import LONGEST_ASKED, tidy


@dataclass(frozen=True)
class _Held:
    """A role somebody holds; one with several departments of its own comes once for each."""

    key: str
    scope: str
    permissions: list[str]
    unit_id: int | None


_HELD = "held"


def actor_for(user: User, *, channel: str) -> Actor:
    """The actor a person is, with the union of what their roles allow; one to three statements, fewer after a token."""
    held: list[_Held] | None = vars(user).get(_HELD)
    if held is None:
        held = [_Held(*row) for row in user.roles.values_list("key", "scope", "permissions", "units")]
    return _acting(user, held, channel)


def seen_as(looker: Actor, *, user_id: int | None = None, role_key: str = "") -> Actor:
    """Whom an administrator sees as: another active person, or themselves holding one role only.

    Refuses with NotAllowed, NotFound, or SeesLess where the administrator may not see everything that is seen then.
    """
    policy.require(looker, PEOPLE_MANAGE)
    if user_id is not None:
        found = User.objects.filter(pk=user_id, is_active=True).exclude(pk=looker.user_id).first()
        if found is None:
            raise NotFound()
        shown = actor_for(found, channel=looker.channel)
    else:
        shown = _holding_only(user(looker.user_id), role(looker, role_key), looker.channel)
    policy.require_sees_as_much(looker, shown)
    return replace(shown, looker=looker)


def _holding_only(user: User, role: Role, channel: str) -> Actor:
    units: list[int | None] = [unit.pk for unit in role.units.all()]
    return _acting(user, [_Held(role.key, role.scope, role.permissions, unit) for unit in units or [None]], channel)


def _acting(user: User, held: list[_Held], channel: str) -> Actor:
    below = _below(user) if any(role.scope == Scope.SUBTREE for role in held) else frozenset[int]()
    grants: dict[str, Reach] = {}
    for role in held:
        reach = _reach(role, user, below)
        for permission in role.permissions:
            grants[permission] = grants.get(permission, Reach()) | reach
    units = frozenset[int]().union(*(reach.units for reach in grants.values()))
    return Actor(
        user_id=user.pk,
        name=user.name,
        channel=channel,
        unit_id=user.unit_id,
        grants=grants,
        roles=frozenset(role.key for role in held),
        people=_people_of(units) if units else {},
    )


def _people_of(units: frozenset[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {unit: [] for unit in units}
    for unit, person in User.objects.filter(unit__in=units).values_list("unit", "pk"):
        found[unit].append(person)
    return {unit: tuple(people) for unit, people in found.items()}


def _below(user: User) -> frozenset[int]:
    return frozenset(units_below(user.unit_id)) if user.unit_id else frozenset()


def _reach(role: _Held, user: User, below: frozenset[int]) -> Reach:
    if role.scope == Scope.ALL:
        return EVERYTHING
    if role.scope == Scope.UNITS:
        return Reach(own=True, units=frozenset([role.unit_id] if role.unit_id else []))
    if role.scope == Scope.SUBTREE and user.unit_id:
        return Reach(own=True, units=below)
    if role.scope == Scope.UNIT and user.unit_id:
        return Reach(own=True, units=frozenset([user.unit_id]))
    return Reach(own=True)


def units_below(unit_id: int) -> QuerySet[Unit, int]:
    """The ids of a department and of all below it."""
    top = Unit.objects.filter(pk=unit_id).values("path")
    return Unit.objects.filter(path__startswith=Subquery(top)).values_list("pk", flat=True)


def user_of_token(token: str, *, now: datetime | None = None) -> tuple[User, ApiToken] | None:
    """The active person a live token belongs to, with the roles held; one statement."""
    rows = ApiToken.objects.select_related("user").filter(
        digest=rules.token_digest(token),
        revoked_at__isnull=True,
        expires_at__gt=now or timezone.now(),
        user__is_active=True,
    )
    roles = "user__roles"
    found = list(
        rows.annotate(
            role=F(f"{roles}__key"),
            scope=F(f"{roles}__scope"),
            grants=F(f"{roles}__permissions"),
            of=F(f"{roles}__units"),
        )
    )
    if not found:
        return None
    user = found[0].user
    vars(user)[_HELD] = [_Held(row.role, row.scope, row.grants, row.of) for row in found if row.scope]
    return user, found[0]


def live_tokens(user_id: int) -> QuerySet[ApiToken]:
    """Somebody's tokens that weren't revoked and haven't run out."""
    return ApiToken.objects.filter(user=user_id, revoked_at__isnull=True, expires_at__gt=timezone.now())


def token_row(token: str) -> ApiToken:
    """What is kept of a token, for who has just made it."""
    return ApiToken.objects.get(digest=rules.token_digest(token))


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


def unit(text: str | int) -> Unit:
    """The department of this id or name; refuse with UnknownUnit when none or several fit."""
    which = Q(pk=text) if isinstance(text, int) else Q(name=tidy(text))
    found = list(Unit.objects.filter(which)[:2])
    if len(found) != 1:
        raise UnknownUnit(unit=text)
    return found[0]


def unit_by_id(unit_id: int) -> Unit:
    """One department with its parent and leader; refuse with NotFound."""
    found = Unit.objects.select_related("parent", "leader").filter(pk=unit_id).first()
    if found is None:
        raise NotFound()
    return found


@once
def all_units() -> QuerySet[Unit]:
    """The department tree, parents before children."""
    return Unit.objects.select_related("parent", "leader").order_by("path")


def all_roles() -> QuerySet[Role]:
    """The roles in use, in the order they were added."""
    return every_role().filter(is_active=True)


def every_role() -> QuerySet[Role]:
    """All roles, those out of use too, in the order they were added; for what they are called."""
    return Role.objects.prefetch_related("units").order_by("pk")


def roles(actor: Actor) -> QuerySet[Role]:
    """Every role with its departments, for who manages people; refuse with NotAllowed."""
    policy.require(actor, PEOPLE_MANAGE)
    return every_role()


def roles_with_holders(actor: Actor) -> QuerySet[Role, Any]:
    """Every role with `holders`, how many active people hold it; refuse with NotAllowed."""
    return roles(actor).annotate(holders=Count("people", filter=Q(people__is_active=True)))


def scopes() -> dict[str, Any]:
    """The data scopes of roles by key, from narrow to wide."""
    return dict(Role.ScopeChoice.choices)


def role(actor: Actor, key: str) -> Role:
    """One role with its departments, for who manages people; refuse with NotAllowed or NotFound."""
    policy.require(actor, PEOPLE_MANAGE)
    found = role_or_none(key)
    if found is None:
        raise NotFound()
    return found


def role_or_none(key: str) -> Role | None:
    """The role of this key; none when there is no such role."""
    return Role.objects.prefetch_related("units").filter(key=key).first()


def targets_of_role(role: Role) -> dict[str, int]:
    """What the holders of a role are to do, and how often; 0 for no target."""
    return {name: getattr(role, name) for name in rules.TARGETS}


def targets_of(user_id: int) -> dict[str, int]:
    """What a person is to do, and how often: the highest number of their roles; 0 for no target."""
    highest = Role.objects.filter(people=user_id).aggregate(**{name: Max(name) for name in rules.TARGETS})
    return {name: highest[name] or 0 for name in rules.TARGETS}


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


def has_second_factor(user_id: int) -> bool:
    """Whether a login of this person asks for a code after the password."""
    return bool(Authenticator.objects.filter(user=user_id, type=Authenticator.Type.TOTP).exists())


def own_sessions(actor: Actor) -> QuerySet[UserSession]:
    """The devices that the actor is logged in on, the one used last on top."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows: QuerySet[UserSession] = UserSession.objects.filter(user=actor.user_id, session_key__in=alive)
    return rows.order_by("-last_seen_at", "-pk")


def own_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """The actor's tokens, newest first; refuse with NotAllowed."""
    policy.require(actor, TOKENS_MANAGE)
    return tokens_of(actor.user_id)


def everybodys_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """All tokens with whose they are, those that still work first; refuse with NotAllowed."""
    policy.require(actor, PEOPLE_MANAGE)
    rows = ApiToken.objects.select_related("user").annotate(
        works=Q(revoked_at__isnull=True, expires_at__gt=timezone.now(), user__is_active=True)
    )
    return rows.order_by("-works", "-pk")


def tokens_of(user_id: int) -> QuerySet[ApiToken]:
    """A person's tokens, newest first."""
    return ApiToken.objects.filter(user=user_id).order_by("-pk")


def company() -> Company:
    """The company this installation serves; an unsaved one without name until it was named."""
    return Company.objects.first() or Company(pk=1)


INVITATION = "dealrail.invitation"


def invitation_token(invited: User) -> str:
    """What their link carries: who they are, signed over the unusable password they have now."""
    return signing.dumps([invited.pk, rules.token_digest(invited.password)[:16]], salt=INVITATION)


def invited(token: str) -> User | None:
    """Whom a link invites, as long as it works: not used, not replaced, not older than 7 days."""
    try:
        user_id, digest = signing.loads(token, salt=INVITATION, max_age=timedelta(days=rules.INVITATION_DAYS))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = User.objects.filter(pk=user_id, is_active=True).first()
    if found is None or found.has_usable_password():
        return None
    return found if rules.token_digest(found.password)[:16] == digest else None


def first_run_code() -> str:
    """What whoever makes the first account must know, as `serve` shows it on the console; of this home only."""
    return crypto.salted_hmac("dealrail.first_run", "code").hexdigest()[:16]


def is_empty() -> bool:
    """Whether nobody exists yet: a fresh home."""
    return not User.objects.exists()


def logins_starting_with(text: str) -> set[str]:
    """Logins in use that begin like this, in small letters."""
    found = User.objects.filter(login__istartswith=text).values_list("login", flat=True)
    return {login.lower() for login in found}
