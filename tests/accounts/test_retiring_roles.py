"""Taking roles out of use: nobody is left without, no process without approvers, nobody without an administrator."""

import pytest

from dealrail.accounts import queries
from dealrail.accounts.actions.retiring import restore_role, retire_role
from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import LastManager, NotAllowed, NotFound, RoleHeld, RoleInUse, UnknownRole
from dealrail.accounts.models import Role, User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.events.models import Event
from tests.cast import Company, actor_of, at_once, event_kinds, last_event_id, publish, refuses, trial

pytestmark = pytest.mark.django_db


@pytest.fixture
def probe(company: Company, admin: User, rep: User) -> Role:
    """A role that the rep holds besides being in sales, and no process names."""
    role = save_role(actor=actor_of(admin), key="probe", name="试用", permissions=["exports.run"], scope="all")
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["sales", "probe"])
    return role


def test_who_holds_a_role_that_goes_holds_its_heir_instead(probe: Role, admin: User, rep: User) -> None:
    before = last_event_id()
    assert not retire_role(actor=actor_of(admin), key="probe", heir="legal").is_active
    assert set(rep.roles.values_list("key", flat=True)) == {"sales", "legal"}
    assert event_kinds(before) == ["user.changed", "role.retired"]
    payload = Event.objects.latest("pk").payload
    assert (payload["key"], payload["heir"], payload["holders"]) == ("probe", "legal", 1)
    assert not actor_of(User.objects.get(pk=rep.pk)).reach("exports.run").everything


def test_a_role_out_of_use_is_offered_nowhere_and_keeps_its_name(probe: Role, admin: User, rep: User) -> None:
    retire_role(actor=actor_of(admin), key="probe", heir="sales")
    assert "probe" not in queries.all_roles().values_list("key", flat=True)
    assert queries.every_role().get(key="probe").name == "试用"
    with refuses(UnknownRole):
        change_user(actor=actor_of(admin), user_id=rep.pk, roles=["sales", "probe"])


def test_a_role_is_put_back_as_it_was_and_held_by_nobody(probe: Role, admin: User) -> None:
    retire_role(actor=actor_of(admin), key="probe", heir="sales")
    before = last_event_id()
    back = restore_role(actor=actor_of(admin), key="probe")
    assert (back.is_active, back.permissions) == (True, ["exports.run"])
    assert not queries.holders_of("probe").exists()
    assert event_kinds(before) == ["role.restored"]
    restore_role(actor=actor_of(admin), key="probe")
    assert event_kinds(before) == ["role.restored"]


def test_what_nobody_holds_goes_without_an_heir_and_only_once(probe: Role, admin: User, rep: User) -> None:
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["sales"])
    before = last_event_id()
    for _turn in range(2):
        retire_role(actor=actor_of(admin), key="probe")
    assert event_kinds(before) == ["role.retired"]


def test_refuses_to_leave_who_holds_it_without_a_role(probe: Role, admin: User) -> None:
    with refuses(RoleHeld):
        retire_role(actor=actor_of(admin), key="probe")


@pytest.mark.parametrize("heir", ["king", "probe"])
def test_refuses_an_heir_that_is_no_other_role(heir: str, probe: Role, admin: User) -> None:
    with refuses(UnknownRole):
        retire_role(actor=actor_of(admin), key="probe", heir=heir)


def test_refuses_while_a_process_names_the_role_and_says_which(company: Company, admin: User) -> None:
    publish(trial())
    with refuses(RoleInUse) as caught:
        retire_role(actor=actor_of(admin), key="sales", heir="presales")
    assert " v" in str(caught.value)


def test_refuses_to_take_the_last_administrators_right(company: Company, admin: User) -> None:
    with refuses(LastManager):
        retire_role(actor=actor_of(admin), key="admin", heir="head")
    save_role(actor=actor_of(admin), key="chief", name="主管理员", permissions=[PEOPLE_MANAGE], scope="all")
    assert not retire_role(actor=actor_of(admin), key="admin", heir="chief").is_active


def test_refuses_who_may_not_and_what_is_not_there(company: Company, admin: User, manager: User) -> None:
    for step in (retire_role, restore_role):
        with refuses(NotAllowed):
            step(actor=actor_of(manager), key="legal")
        with refuses(NotFound):
            step(actor=actor_of(admin), key="king")


@pytest.mark.django_db(transaction=True)
def test_nobody_is_given_a_role_while_it_goes(probe: Role, admin: User, colleague: User) -> None:
    actor = actor_of(admin)
    at_once(
        lambda: retire_role(actor=actor, key="probe", heir="sales"),
        lambda: change_user(actor=actor, user_id=colleague.pk, roles=["sales", "probe"]),
    )
    assert not queries.holders_of("probe").exists()
