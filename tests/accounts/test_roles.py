"""Roles: permissions with a data scope, united over all roles a person holds."""

from typing import Any

import pytest

from dealrail.accounts import policy, queries
from dealrail.accounts.actions.roles import ADMIN, complete_admin_role, ensure_builtin_roles, save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import (
    BadRoleKey,
    LastManager,
    NameMissing,
    NotAllowed,
    NotFound,
    RoleKeyTaken,
    UnitsMissing,
    UnknownPermission,
    UnknownScope,
    UnknownUnit,
)
from dealrail.accounts.models import Role, User
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.crm.errors import FieldRefused
from dealrail.events.models import Event
from tests.cast import Company, actor_of, at_once, event_kinds, last_event_id, new_customer, new_deal, refuses

OWNERS = ("manager", "rep", "colleague", "northerner", "stranger")

# who looks, with which roles as (scope, departments) → whose records they see
SCOPES: dict[str, tuple[str, list[tuple[str, list[str]]], set[str]]] = {
    "own": ("rep", [("own", [])], {"rep"}),
    "own department": ("rep", [("unit", [])], {"rep", "colleague"}),
    "own department, not below": ("manager", [("unit", [])], {"manager"}),
    "own department and below": ("manager", [("subtree", [])], {"manager", "rep", "colleague", "northerner"}),
    "nothing below": ("rep", [("subtree", [])], {"rep", "colleague"}),
    "chosen departments": ("stranger", [("units", ["华北组", "销售部"])], {"stranger", "northerner", "manager"}),
    "everything": ("stranger", [("all", [])], set(OWNERS)),
    "two roles united": ("rep", [("own", []), ("units", ["市场部"])], {"rep", "stranger"}),
    "department and chosen ones": ("rep", [("unit", []), ("units", ["华北组"])], {"rep", "colleague", "northerner"}),
    "no role": ("rep", [], set()),
}


def give(company: Company, user: User, roles: list[tuple[str, list[str]]]) -> Actor:
    """Let a person hold exactly these roles."""
    keys = []
    for number, (scope, names) in enumerate(roles):
        key = f"probe-{number}"
        chosen = [company.units[name].pk for name in names]
        permissions = ["deals.read", "customers.read"]
        save_role(actor=Actor.system(), key=key, name=key, permissions=permissions, scope=scope, units=chosen)
        keys.append(key)
    change_user(actor=Actor.system(), user_id=user.pk, roles=keys)
    return actor_of(user)


@pytest.mark.parametrize("case", SCOPES)
def test_one_sees_the_records_within_ones_scope(case: str, company: Company) -> None:
    login, roles, expected = SCOPES[case]
    for owner in OWNERS:
        new_deal(company.people[owner])
        new_customer(company.people[owner])
    actor = give(company, company.people[login], roles)
    assert {deal.owner.login for deal in crm.deals(actor)} == expected
    assert {customer.owner.login for customer in crm.customers(actor)} == expected


def test_somebody_without_department_sees_only_their_own(company: Company, rep: User, colleague: User) -> None:
    User.objects.filter(pk=rep.pk).update(unit=None)
    new_deal(rep)
    new_deal(colleague)
    for scope in ("unit", "subtree"):
        assert {deal.owner for deal in crm.deals(give(company, rep, [(scope, [])]))} == {rep}


def test_a_record_of_nobody_is_seen_only_by_who_sees_everything(company: Company, admin: User) -> None:
    User.objects.filter(pk=company.people["rep"].pk).update(unit=None)
    new_deal(None)
    assert crm.deals(actor_of(admin)).count() == 1
    assert not crm.deals(actor_of(company.people["rep"])).exists()
    assert not crm.deals(actor_of(company.people["manager"])).exists()


def test_each_permission_reaches_as_far_as_the_roles_that_hold_it(company: Company, admin: User, rep: User) -> None:
    save_role(actor=actor_of(admin), key="wide", name="看全部", permissions=["deals.read"], scope="all")
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["sales", "wide"])
    actor = actor_of(rep)
    assert actor.reach("deals.read").everything
    assert not actor.reach("deals.move").everything
    assert not actor.reach("customers.read").everything


def test_the_system_may_everything_and_nobody_nothing() -> None:
    assert all(Actor.system().reach(key).everything for key in policy.registered)
    assert not any(Actor(user_id=5, name="x", channel="web").may(key) for key in policy.registered)


def test_a_role_is_saved_over_the_one_of_its_key(company: Company, admin: User) -> None:
    units = [company.units["市场部"].pk]
    for permissions in (["deals.read"], ["deals.move", "deals.read", "deals.move"]):
        save_role(actor=actor_of(admin), key="probe", name="试", permissions=permissions, scope="units", units=units)
    role = Role.objects.get(key="probe")
    assert (role.permissions, list(role.units.all())) == (["deals.move", "deals.read"], [company.units["市场部"]])
    assert Event.objects.latest("pk").payload["permissions"] == ["deals.move", "deals.read"]


def test_saving_a_role_as_it_is_leaves_no_trace(company: Company, admin: User) -> None:
    fields: dict[str, Any] = {"key": "probe", "name": "试", "permissions": ["deals.read"], "scope": "units"}
    units = [company.units[name].pk for name in ("市场部", "华北组")]
    save_role(actor=actor_of(admin), units=units, **fields)
    before = last_event_id()
    save_role(actor=actor_of(admin), units=reversed(units), **fields)
    assert event_kinds(before) == []


def test_departments_count_for_the_scope_of_chosen_ones_only(company: Company, admin: User) -> None:
    units = [company.units["市场部"].pk]
    role = save_role(actor=actor_of(admin), key="probe", name="试", permissions=[], scope="all", units=units)
    assert not role.units.exists()
    with refuses(UnitsMissing):
        save_role(actor=actor_of(admin), key="probe", name="试", permissions=[], scope="units")


def test_a_new_role_takes_no_key_of_another(admin: User) -> None:
    with refuses(RoleKeyTaken):
        save_role(actor=actor_of(admin), key="sales", name="新", permissions=[], scope="own", replace=False)
    assert save_role(actor=actor_of(admin), key="new", name="新", permissions=[], scope="own", replace=False).pk


def test_refuses_to_take_the_management_of_people_from_everybody(admin: User) -> None:
    kept = sorted(set(policy.registered) - {"people.manage"})
    with refuses(LastManager):
        save_role(actor=actor_of(admin), key="admin", name="系统管理员", permissions=kept, scope="all")


def test_one_role_is_read_by_who_manages_people(admin: User, rep: User) -> None:
    assert queries.role(actor_of(admin), "sales").name == "销售"
    with refuses(NotFound):
        queries.role(actor_of(admin), "king")
    with refuses(NotAllowed):
        queries.role(actor_of(rep), "sales")


def test_refuses_an_unknown_permission_or_department(admin: User) -> None:
    with refuses(UnknownPermission):
        save_role(actor=actor_of(admin), key="probe", name="试", permissions=["deals.eat"], scope="own")
    with refuses(UnknownUnit):
        save_role(actor=actor_of(admin), key="probe", name="试", permissions=[], scope="units", units=[0])


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"key": "Big Boss"}, BadRoleKey),
        ({"key": "k" * 41}, BadRoleKey),
        ({"name": " "}, NameMissing),
        ({"name": "n" * 81}, NameMissing),
        ({"scope": "galaxy"}, UnknownScope),
    ],
)
def test_refuses_a_role_that_makes_no_sense(wrong: dict[str, str], refusal: type[Refusal], admin: User) -> None:
    fields: dict[str, Any] = {"key": "probe", "name": "试", "permissions": [], "scope": "own", **wrong}
    with refuses(refusal):
        save_role(actor=actor_of(admin), **fields)


def test_refuses_to_save_roles_without_the_permission(manager: User) -> None:
    with refuses(NotAllowed):
        save_role(actor=actor_of(manager), key="sales", name="销售", permissions=["people.manage"], scope="all")
    with refuses(NotAllowed):
        ensure_builtin_roles(actor=actor_of(manager))


def test_the_builtin_roles_are_made_once_and_then_left_alone(admin: User) -> None:
    save_role(actor=actor_of(admin), key="sales", name="销售员", permissions=["deals.read"], scope="own")
    before = last_event_id()
    ensure_builtin_roles(actor=actor_of(admin))
    assert event_kinds(before) == []
    assert Role.objects.get(key="sales").name == "销售员"


def test_the_administrator_holds_every_permission(admin: User) -> None:
    assert set(Role.objects.get(key="admin").permissions) == set(policy.registered)


def test_a_field_never_accepts_a_customer_out_of_sight(company: Company, rep: User, stranger: User) -> None:
    hidden = new_customer(stranger)
    for value in (hidden.pk, str(hidden.pk), hidden.name):
        with pytest.raises(FieldRefused):
            new_deal(rep, customer=value)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_make_a_role_of_one_key(company: Company, admin: User) -> None:
    actor = actor_of(admin)
    fields: dict[str, Any] = {"key": "new", "permissions": [], "scope": "own", "replace": False}
    results = at_once(*[lambda name=name: save_role(actor=actor, name=name, **fields) for name in ("甲", "乙")])
    assert sum(isinstance(result, RoleKeyTaken) for result in results) == 1
    assert Role.objects.filter(key="new").count() == 1


def test_a_newer_version_gives_administrators_what_it_allows_and_nobody_else(company: Company) -> None:
    actor = Actor.system()
    before = {role.key: role.permissions for role in Role.objects.exclude(key=ADMIN)}
    Role.objects.filter(key=ADMIN).update(permissions=["people.manage"])
    complete_admin_role(actor=actor)
    assert Role.objects.get(key=ADMIN).permissions == sorted(policy.registered)
    assert {role.key: role.permissions for role in Role.objects.exclude(key=ADMIN)} == before
    last = last_event_id()
    complete_admin_role(actor=actor)
    assert last_event_id() == last
    with refuses(NotAllowed):
        complete_admin_role(actor=actor_of(company.people["rep"]))
