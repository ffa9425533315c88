"""The department tree and its leaders."""

import pytest
from django.db import IntegrityError, transaction

from dealrail.accounts import queries
from dealrail.accounts.actions.units import change_unit, create_unit
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NameMissing, NotAllowed, NotFound, UnitInItself, UnitNameTaken, UnknownUnit
from dealrail.accounts.models import Unit, User
from dealrail.events.models import Event
from tests.cast import Company, actor_of, at_once, event_kinds, last_event_id, refuses


def below(company: Company, name: str) -> set[str]:
    ids = queries.units_below(company.units[name].pk)
    return set(Unit.objects.filter(pk__in=ids).values_list("name", flat=True))


def test_a_department_knows_all_below_it(company: Company) -> None:
    assert below(company, "销售部") == {"销售部", "华东组", "华北组"}
    assert below(company, "华东组") == {"华东组"}


def test_a_new_department_stands_below_its_parent(company: Company, admin: User) -> None:
    unit = create_unit(actor=actor_of(admin), name="上海组", parent_id=company.units["华东组"].pk)
    assert unit.path == f"{company.units['华东组'].path}{unit.pk}/"
    assert "上海组" in below(company, "销售部")
    assert Event.objects.latest("pk").payload["parent_id"] == company.units["华东组"].pk


def test_a_moved_department_takes_all_below_it_along(company: Company, admin: User) -> None:
    change_unit(actor=actor_of(admin), unit_id=company.units["销售部"].pk, parent_id=company.units["市场部"].pk)
    assert below(company, "市场部") == {"市场部", "销售部", "华东组", "华北组"}


def test_a_department_moves_to_the_top_and_loses_its_leader(company: Company, admin: User) -> None:
    unit = change_unit(actor=actor_of(admin), unit_id=company.units["销售部"].pk, parent_id=None, leader_id=None)
    assert (unit.parent, unit.leader, unit.path) == (None, None, f"/{unit.pk}/")
    assert below(company, "销售部") == {"销售部", "华东组", "华北组"}
    assert "销售部" not in below(company, "总部")
    payload = Event.objects.latest("pk").payload
    assert (payload["parent_id"], payload["leader_id"]) == (None, None)


def test_changing_nothing_of_a_department_leaves_no_trace(company: Company, admin: User, manager: User) -> None:
    before, unit = last_event_id(), company.units["销售部"]
    change_unit(actor=actor_of(admin), unit_id=unit.pk, name=unit.name, parent_id=unit.parent_id, leader_id=manager.pk)
    assert event_kinds(before) == []


@pytest.mark.parametrize("target", ["销售部", "华东组"])
def test_refuses_to_move_a_department_below_itself(target: str, company: Company, admin: User) -> None:
    with refuses(UnitInItself):
        change_unit(actor=actor_of(admin), unit_id=company.units["销售部"].pk, parent_id=company.units[target].pk)


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_never_make_a_ring(company: Company, admin: User) -> None:
    actor, sales, marketing = actor_of(admin), company.units["销售部"].pk, company.units["市场部"].pk
    results = at_once(
        lambda: change_unit(actor=actor, unit_id=sales, parent_id=marketing),
        lambda: change_unit(actor=actor, unit_id=marketing, parent_id=sales),
    )
    assert sum(isinstance(result, UnitInItself) for result in results) == 1


def test_refuses_a_name_twice_below_one_parent(company: Company, admin: User) -> None:
    with refuses(UnitNameTaken):
        create_unit(actor=actor_of(admin), name=" 华东组 ", parent_id=company.units["销售部"].pk)
    with refuses(UnitNameTaken):
        change_unit(actor=actor_of(admin), unit_id=company.units["华北组"].pk, name="华东组")
    create_unit(actor=actor_of(admin), name="销售部", parent_id=company.units["销售部"].pk)
    with refuses(UnitNameTaken):
        change_unit(actor=actor_of(admin), unit_id=Unit.objects.latest("pk").pk, parent_id=company.units["总部"].pk)


def test_the_same_name_may_stand_below_two_parents(company: Company, admin: User) -> None:
    assert create_unit(actor=actor_of(admin), name="华东组", parent_id=company.units["市场部"].pk).pk


@pytest.mark.parametrize("parent", ["销售部", None])
def test_the_database_keeps_names_apart_too(parent: str | None, company: Company) -> None:
    unit = company.units[parent] if parent else None
    name = "华东组" if parent else "总部"
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.create(name=name, parent=unit, path="/")


def test_refuses_a_department_without_name_parent_or_leader(company: Company, admin: User) -> None:
    with refuses(NameMissing):
        create_unit(actor=actor_of(admin), name=" ")
    with refuses(UnknownUnit):
        create_unit(actor=actor_of(admin), name="新部门", parent_id=0)
    with refuses(NotFound):
        change_unit(actor=actor_of(admin), unit_id=company.units["销售部"].pk, leader_id=0)


def test_refuses_without_the_permission(company: Company, manager: User) -> None:
    with refuses(NotAllowed):
        create_unit(actor=actor_of(manager), name="新部门")
    with refuses(NotAllowed):
        change_unit(actor=actor_of(manager), unit_id=company.units["销售部"].pk, name="新名")


LEADERS = [("rep", "manager"), ("northerner", "manager"), ("manager", "boss"), ("stranger", "boss"), ("boss", None)]


@pytest.mark.parametrize(("login", "leader"), LEADERS)
def test_the_leader_above_is_the_nearest_other_one(login: str, leader: str | None, company: Company) -> None:
    found = queries.leader_above(company.people[login].pk)
    assert (found.login if found else None) == leader


def test_an_inactive_leader_is_passed_over(company: Company, admin: User, manager: User, rep: User) -> None:
    change_user(actor=actor_of(admin), user_id=manager.pk, is_active=False)
    assert queries.leader_above(rep.pk) == company.people["boss"]


def test_nobody_leads_who_is_in_no_department(admin: User, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(unit=None)
    assert queries.leader_above(rep.pk) is None
