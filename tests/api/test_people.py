"""People, departments and roles over the API: added, changed, and refused to who doesn't manage them."""

from typing import Any

import pytest

from dealrail.accounts.models import Role, Unit, User
from tests.api.client import Api
from tests.cast import Company, MakeDeal, last_event_id

STRONG = "correct horse battery"


def refused(api: Api, method: str, path: str, body: dict[str, Any]) -> tuple[int, str]:
    """Status and code of a refusal, checked to have written nothing."""
    before, people = last_event_id(), list(User.objects.values().order_by("pk"))
    answer = api.send(method, path, body)
    assert (last_event_id(), list(User.objects.values().order_by("pk"))) == (before, people)
    return answer.status, answer.code


# People


def test_a_person_is_added_and_logs_in_when_a_password_is_set(as_admin: Api, company: Company) -> None:
    made = as_admin.post(
        "people",
        login="li.lei",
        name="李雷",
        unit="华北组",
        roles=["sales"],
        email="li@example.com",
        phone="138 0000 1111",
    )
    assert made.status == 201, made.text
    shown = {name: made.body[name] for name in ("login", "unit", "roles", "email", "phone", "is_active")}
    unit = company.units["华北组"]
    assert shown == {
        "login": "li.lei",
        "unit": {"id": unit.pk, "name": "华北组"},
        "roles": [{"key": "sales", "name": "销售"}],
        "email": "li@example.com",
        "phone": "13800001111",
        "is_active": True,
    }
    assert made.body["has_password"] is False
    path = f"people/{made.body['id']}"
    assert as_admin.send("put", f"{path}/password", {"password": STRONG}).status == 204
    assert User.objects.get(login="li.lei").check_password(STRONG)
    assert as_admin.get(path).body == {**made.body, "has_password": True}


def test_what_a_change_leaves_out_stays_and_null_empties(as_admin: Api, rep: User) -> None:
    path = f"people/{rep.pk}"
    as_admin.patch(path, email="rep@example.com", phone="13800001111")
    changed = as_admin.patch(path, unit=None, email=None, roles=["sales", "presales"])
    assert changed.status == 200, changed.text
    assert (changed.body["unit"], changed.body["email"], changed.body["phone"]) == (None, "", "13800001111")
    assert {role["key"] for role in changed.body["roles"]} == {"sales", "presales"}
    assert changed.body["name"] == "小销"


def test_somebody_inactive_is_off_the_list_but_may_be_read_and_brought_back(as_admin: Api, rep: User) -> None:
    assert as_admin.patch(f"people/{rep.pk}", is_active=False).body["is_active"] is False
    assert "小销" not in as_admin.get("people").names
    assert as_admin.get(f"people/{rep.pk}").body["is_active"] is False
    as_admin.patch(f"people/{rep.pk}", is_active=True)
    assert "小销" in as_admin.get("people").names


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"login": "x"}, "bad_login"),
        ({"login": "REP"}, "login_taken"),
        ({"name": " "}, "name_missing"),
        ({"unit": "火星部"}, "unknown_unit"),
        ({"roles": ["king"]}, "unknown_role"),
        ({"email": "no mail"}, "person_field_refused"),
        ({"phone": "1" * 60}, "person_field_refused"),
        ({"password": STRONG}, "invalid_input"),
        ({"unit": True}, "invalid_input"),
    ],
)
def test_refuses_to_add_a_person(as_admin: Api, wrong: dict[str, Any], code: str) -> None:
    assert refused(as_admin, "post", "people", {"login": "new", "name": "新人", **wrong}) == (422, code)


def test_who_owns_something_is_not_stopped_without_a_successor(as_admin: Api, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    body = {"is_active": False, "name": "改名"}
    assert refused(as_admin, "patch", f"people/{rep.pk}", body) == (422, "successor_missing")
    assert (as_admin.get(f"people/{rep.pk}").body["is_active"], rep.name) == (True, "小销")


def test_refuses_what_would_leave_nobody_to_manage_people(as_admin: Api, admin: User) -> None:
    for body in ({"is_active": False}, {"roles": ["sales"]}):
        assert refused(as_admin, "patch", f"people/{admin.pk}", body) == (422, "last_manager")


def test_refuses_a_weak_password_and_sets_none_of_nobody(as_admin: Api, rep: User) -> None:
    path = f"people/{rep.pk}/password"
    assert refused(as_admin, "put", path, {"password": "rep"}) == (422, "weak_password")
    assert refused(as_admin, "put", path, {}) == (422, "invalid_input")
    assert refused(as_admin, "put", f"people/{10**9}/password", {"password": STRONG}) == (404, "not_found")


def test_who_does_not_manage_people_reads_only_themselves(
    as_rep: Api, as_manager: Api, rep: User, colleague: User
) -> None:
    assert as_rep.get(f"people/{rep.pk}").body["login"] == "rep"
    assert as_rep.get(f"people/{colleague.pk}").code == "not_allowed"
    for api, body in ((as_rep, {"roles": ["admin"]}), (as_manager, {"is_active": False})):
        assert refused(api, "patch", f"people/{rep.pk}", body) == (403, "not_allowed")
    assert refused(as_rep, "put", f"people/{rep.pk}/password", {"password": STRONG}) == (403, "not_allowed")
    assert refused(as_manager, "post", "people", {"login": "new", "name": "新人"}) == (403, "not_allowed")


def test_the_same_person_is_added_once_under_a_key(as_admin: Api) -> None:
    body = {"login": "once", "name": "一次"}
    first, again = (as_admin.post("people", body, key="p-1") for _ in range(2))
    assert (first.status, again.text) == (201, first.text)
    assert User.objects.filter(login="once").count() == 1


# Departments


def test_a_department_is_added_moved_and_led(as_admin: Api, company: Company, rep: User) -> None:
    made = as_admin.post("units", name="上海组", parent="华东组")
    assert (made.status, made.body["parent"]["name"], made.body["leader"]) == (201, "华东组", None)
    path = f"units/{made.body['id']}"
    changed = as_admin.patch(path, parent=company.units["市场部"].pk, leader="rep", name="上海一组")
    assert changed.body == {
        "id": made.body["id"],
        "name": "上海一组",
        "parent": {"id": company.units["市场部"].pk, "name": "市场部"},
        "leader": {"id": rep.pk, "name": "小销"},
    }
    top = as_admin.patch(path, parent=None, leader=None)
    assert (top.body["parent"], top.body["leader"], top.body["name"]) == (None, None, "上海一组")
    assert as_admin.get(path).body == top.body
    assert as_admin.get("units").body["items"][0] == top.body


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": ""}, "name_missing"),
        ({"parent": "华东组"}, "unit_in_itself"),
        ({"parent": "火星部"}, "unknown_unit"),
        ({"leader": "nobody"}, "unknown_person"),
        ({"parent": "总部", "name": "市场部"}, "unit_name_taken"),
        ({"leads": "rep"}, "invalid_input"),
    ],
)
def test_refuses_to_change_a_department(as_admin: Api, company: Company, wrong: dict[str, Any], code: str) -> None:
    unit = company.units["销售部"]
    assert refused(as_admin, "patch", f"units/{unit.pk}", wrong) == (422, code)
    assert Unit.objects.get(pk=unit.pk).name == "销售部"


def test_departments_are_read_by_all_and_changed_by_who_manages_people(as_stranger: Api, company: Company) -> None:
    unit = company.units["销售部"]
    assert as_stranger.get(f"units/{unit.pk}").body["leader"]["name"] == "销售主管"
    assert as_stranger.get(f"units/{10**9}").code == "not_found"
    assert refused(as_stranger, "patch", f"units/{unit.pk}", {"name": "新名"}) == (403, "not_allowed")
    assert refused(as_stranger, "post", "units", {"name": "新部门"}) == (403, "not_allowed")


# Roles


def test_a_role_is_created_replaced_and_read(as_admin: Api, company: Company) -> None:
    body = {
        "name": "区域",
        "permissions": ["deals.read"],
        "scope": "units",
        "units": ["华北组", company.units["市场部"].pk],
    }
    made = as_admin.send("put", "roles/regional", body)
    assert (made.status, made.body["key"], made.body["scope"]) == (201, "regional", "units")
    assert {unit["name"] for unit in made.body["units"]} == {"华北组", "市场部"}
    replaced = as_admin.send("put", "roles/regional", {"name": "全部", "permissions": [], "scope": "all"})
    assert (replaced.status, replaced.body["units"]) == (200, [])
    assert as_admin.get("roles/regional").body == replaced.body
    keys = [role["key"] for role in as_admin.get("roles").body["items"]]
    assert {"admin", "sales", "regional"} <= set(keys)


@pytest.mark.parametrize(
    ("key", "wrong", "code"),
    [
        ("Big", {}, "bad_role_key"),
        ("probe", {"name": ""}, "name_missing"),
        ("probe", {"scope": "galaxy"}, "invalid_input"),
        ("probe", {"scope": "units"}, "units_missing"),
        ("probe", {"scope": "units", "units": ["火星部"]}, "unknown_unit"),
        ("probe", {"permissions": ["deals.eat"]}, "unknown_permission"),
        ("admin", {}, "last_manager"),
    ],
)
def test_refuses_a_role_that_makes_no_sense(as_admin: Api, key: str, wrong: dict[str, Any], code: str) -> None:
    before = list(Role.objects.values().order_by("pk"))
    body = {"name": "试", "permissions": ["deals.read"], "scope": "own", **wrong}
    assert refused(as_admin, "put", f"roles/{key}", body) == (422, code)
    assert list(Role.objects.values().order_by("pk")) == before


def test_roles_are_for_who_manages_people(as_manager: Api) -> None:
    assert as_manager.get("roles").code == "not_allowed"
    assert as_manager.get("roles/sales").code == "not_allowed"
    body = {"name": "销售", "permissions": ["people.manage"], "scope": "all"}
    assert refused(as_manager, "put", "roles/sales_manager", body) == (403, "not_allowed")


def test_a_role_that_is_not_there_is_not_found(as_admin: Api) -> None:
    assert as_admin.get("roles/king").code == "not_found"
    assert as_admin.get("roles/%00").code in {"not_found", "unstorable_text"}


def test_a_role_is_retired_with_an_heir_and_restored(as_admin: Api) -> None:
    as_admin.send("put", "roles/probe", {"name": "试用", "permissions": [], "scope": "own"})
    gone = as_admin.post("roles/probe/retire", heir="")
    assert (gone.status, gone.body["is_active"]) == (200, False)
    assert as_admin.post("roles/probe/restore").body["is_active"] is True
    assert refused(as_admin, "post", "roles/admin/retire", {"heir": ""}) == (422, "role_held")


def test_roles_are_retired_by_who_manages_people(as_manager: Api) -> None:
    for step in ("retire", "restore"):
        assert refused(as_manager, "post", f"roles/legal/{step}", {}) == (403, "not_allowed")
