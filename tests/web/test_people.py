"""People, departments and roles on screen: for who manages people, and nobody else."""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.actions.users import change_user, create_user
from dealrail.accounts.models import Role, Unit, User
from tests.cast import Company, MakeCustomer, MakeDeal, actor_of, event_kinds, last_event_id
from tests.web.conftest import LogIn

STRONG = "correct horse battery"
ROLE = {"name": "区域", "scope": "own", "permissions": ["deals.read"]}


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def refused(client: Client, address: str, form: dict[str, Any]) -> str:
    """The page of a form that was refused, checked to have written nothing."""
    before = last_event_id()
    answer = client.post(address, form)
    assert answer.status_code in {403, 404, 422}
    assert event_kinds(before) == []
    return text(answer)


def held_by(user: User) -> set[str]:
    return set(user.roles.values_list("key", flat=True))


# Who gets in


@pytest.mark.parametrize("login", ["rep", "manager", "stranger"])
def test_nobody_else_opens_or_changes_anything(login: str, company: Company, log_in: LogIn) -> None:
    client, rep = log_in(company.people[login]), company.people["rep"]
    pages = ["", "new/", f"{rep.pk}/", "units/", "units/new/", "units/1/", "roles/", "new-role/", "roles/sales/"]
    for page in pages:
        assert client.get(f"/people/{page}").status_code == 403, page
    before = last_event_id()
    forms: dict[str, dict[str, Any]] = {
        "new/": {"login": "new", "name": "新人"},
        f"{rep.pk}/": {"name": "改名", "roles": ["admin"]},
        f"{rep.pk}/password/": {"password": STRONG},
        f"{rep.pk}/activate/": {},
        f"{rep.pk}/leave/": {"successor": str(rep.pk)},
        "invite/": {"name": "新人"},
        f"{rep.pk}/invite/": {},
        f"{rep.pk}/invite/revoke/": {},
        f"units/{company.units['销售部'].pk}/move/": {"parent": ""},
        "roles/": {"role": "sales", "may-sales": "people.manage", "scope-sales": "all"},
        "units/new/": {"name": "新部门"},
        f"units/{company.units['销售部'].pk}/": {"name": "新名", "parent": "", "leader": ""},
        "new-role/": ROLE,
        "roles/sales/": {**ROLE, "permissions": ["people.manage"]},
        "roles/sales/retire/": {"heir": "admin"},
        "roles/sales/restore/": {},
    }
    for page, form in forms.items():
        assert client.post(f"/people/{page}", form).status_code == 403, page
    assert event_kinds(before) == []


# People


def test_people_are_found_by_name_department_role_and_state(
    company: Company, log_in: LogIn, admin: User, rep: User
) -> None:
    client = log_in(admin)
    change_user(actor=actor_of(admin), user_id=rep.pk, is_active=False)

    def shown(query: str = "") -> set[str]:
        return set(re.findall(r'href="/people/\d+/">([^<]+)</a>', text(client.get(f"/people/?{query}"))))

    assert "小销" not in shown()
    assert shown("state=inactive") == {"小销"}
    assert {"小销", "小同"} <= shown("state=all")
    assert shown(f"unit={company.units['销售部'].pk}") == {"销售主管", "小同", "小北"}
    assert shown("role=legal") == {"小法"}
    assert shown("q=STRANG") == {"小陌"}
    assert shown("q=小北") == {"小北"}
    assert "Nothing fits" in text(client.get("/people/?q=nobody"))


def test_the_list_takes_as_many_statements_for_many_people_as_for_few(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)

    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/people/").status_code == 200
        return len(queries)

    counted()
    few = counted()
    for number in range(60):
        create_user(actor=actor_of(admin), login=f"more{number}", name=f"更多{number}", roles=["sales", "presales"])
    assert counted() == few
    first = text(client.get("/people/"))
    following = re.search(r'href="(\?[^"]*cursor=[^"]*)"', first)
    assert following
    second = text(client.get(f"/people/{following[1]}"))
    names = [set(re.findall(r'href="/people/(\d+)/"', page)) for page in (first, second)]
    assert (len(names[0] | names[1]), names[0] & names[1]) == (70, set())


def test_a_person_is_added_with_department_roles_and_password(company: Company, log_in: LogIn, admin: User) -> None:
    unit = company.units["华北组"]
    form = {"login": "li.lei", "name": "李雷", "unit": unit.pk, "email": "", "phone": "13800001111", "password": STRONG}
    answer = log_in(admin).post("/people/new/", {**form, "roles": ["sales", "presales"]}, follow=True)
    made = User.objects.get(login="li.lei")
    assert (made.name, made.unit, made.phone, held_by(made)) == ("李雷", unit, "13800001111", {"sales", "presales"})
    assert made.check_password(STRONG)
    assert "李雷 can log in now." in text(answer)


def test_a_refused_person_keeps_what_was_typed_but_the_password(log_in: LogIn, admin: User) -> None:
    form = {
        "login": "REP",
        "name": "李雷",
        "unit": "",
        "email": "",
        "phone": "",
        "password": STRONG,
        "roles": ["legal"],
    }
    page = refused(log_in(admin), "/people/new/", {**form, "roles": ["legal"]})
    assert 'value="李雷"' in page
    assert STRONG not in page
    assert re.search(r'value="legal" checked', page)
    assert 'id="f-login-error"' in page
    assert "is taken" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": ""}, "name"), ({"email": "no mail"}, "email"), ({"phone": "1" * 60}, "phone")],
)
def test_a_refused_change_says_at_which_field(
    wrong: dict[str, str], field: str, log_in: LogIn, admin: User, rep: User
) -> None:
    form = {"name": "小销", "unit": "", "email": "", "phone": "", "roles": ["sales"], **wrong}
    page = refused(log_in(admin), f"/people/{rep.pk}/", form)
    assert f'id="f-{field}-error"' in page
    rep.refresh_from_db()
    assert (rep.name, rep.unit is None) == ("小销", False)


def test_a_person_is_changed_and_taken_out_of_their_department(log_in: LogIn, admin: User, rep: User) -> None:
    form = {"name": "小销售", "unit": "", "email": "rep@example.com", "phone": "", "roles": ["presales"]}
    answer = log_in(admin).post(f"/people/{rep.pk}/", form)
    assert answer.headers["Location"] == f"/people/{rep.pk}/"
    rep.refresh_from_db()
    assert (rep.name, rep.unit, rep.email, held_by(rep)) == ("小销售", None, "rep@example.com", {"presales"})


def test_a_password_is_set_apart_and_a_weak_one_refused(log_in: LogIn, admin: User, rep: User) -> None:
    client = log_in(admin)
    assert "none yet: can't log in" in text(client.get(f"/people/{rep.pk}/"))
    assert "won't do" in refused(client, f"/people/{rep.pk}/password/", {"password": "rep"})
    client.post(f"/people/{rep.pk}/password/", {"password": STRONG})
    rep.refresh_from_db()
    assert rep.check_password(STRONG)
    assert "none yet: can't log in" not in text(client.get(f"/people/{rep.pk}/"))


def test_a_person_is_stopped_and_let_in_again_and_what_is_theirs_is_named(
    log_in: LogIn, admin: User, rep: User, colleague: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    make_deal()
    make_customer()
    client = log_in(admin)
    page = text(client.get(f"/people/{rep.pk}/"))
    assert "1 open deal" in page
    assert "1 customer" in page
    for step, active in (("leave", False), ("activate", True)):
        client.post(f"/people/{rep.pk}/{step}/", {"successor": str(colleague.pk), "confirmed": "1"})
        rep.refresh_from_db()
        assert rep.is_active is active


def test_the_last_one_who_manages_people_stays(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    assert "Nobody active could manage people" in refused(client, f"/people/{admin.pk}/leave/", {})
    form = {"name": "管理员", "unit": "", "email": "", "phone": "", "roles": ["sales"]}
    assert "Nobody active could manage people" in refused(client, f"/people/{admin.pk}/", form)


# Departments


def test_the_tree_shows_who_leads_and_how_many_there_are(company: Company, log_in: LogIn, admin: User) -> None:
    page = text(log_in(admin).get("/people/units/"))
    rows = re.findall(r'unit-depth-(\d)">.*?<a href="/people/units/\d+/">([^<]+)</a>.*?</tr>', page, re.DOTALL)
    assert rows[:4] == [("0", "总部"), ("1", "销售部"), ("2", "华东组"), ("2", "华北组")]
    assert f'<a href="/people/?unit={company.units["销售部"].pk}">4</a>' in page
    assert "销售主管" in page


def test_a_department_is_added_below_another_and_changed(
    company: Company, log_in: LogIn, admin: User, rep: User
) -> None:
    client, east = log_in(admin), company.units["华东组"]
    asked = text(client.get(f"/people/units/new/?parent={east.pk}"))
    assert f'<option value="{east.pk}" selected>' in asked
    client.post("/people/units/new/", {"name": "上海组", "parent": east.pk, "leader": rep.pk})
    made = Unit.objects.get(name="上海组")
    assert (made.parent, made.leader) == (east, rep)
    answer = client.post(f"/people/units/{made.pk}/", {"name": "上海一组", "parent": "", "leader": ""})
    assert answer.headers["Location"] == "/people/units/"
    made.refresh_from_db()
    assert (made.name, made.parent, made.leader, made.path) == ("上海一组", None, None, f"/{made.pk}/")


def test_a_department_offers_no_place_below_itself_and_refuses_one(
    company: Company, log_in: LogIn, admin: User
) -> None:
    client, sales = log_in(admin), company.units["销售部"]
    page = text(client.get(f"/people/units/{sales.pk}/"))
    offered = re.search(r'<select[^>]*name="parent".*?</select>', page, re.DOTALL)
    assert offered
    assert "市场部" in offered[0]
    assert "华东组" not in offered[0]
    form = {"name": "销售部", "parent": company.units["华东组"].pk, "leader": ""}
    assert "below itself" in refused(client, f"/people/units/{sales.pk}/", form)
    assert "already" in refused(
        client, f"/people/units/{sales.pk}/", {**form, "name": "市场部", "parent": sales.parent_id}
    )


def test_a_leader_who_left_is_still_shown(company: Company, log_in: LogIn, admin: User, manager: User) -> None:
    change_user(actor=actor_of(admin), user_id=manager.pk, is_active=False)
    client, sales = log_in(admin), company.units["销售部"]
    assert "Deactivated" in text(client.get("/people/units/"))
    page = text(client.get(f"/people/units/{sales.pk}/"))
    assert f'<option value="{manager.pk}" selected>' in page


def test_a_department_that_is_not_there_is_not_found(log_in: LogIn, admin: User) -> None:
    assert log_in(admin).get("/people/units/999999/").status_code == 404


# Roles


def test_roles_are_shown_with_scope_holders_and_permissions_by_name(log_in: LogIn, admin: User) -> None:
    page = text(log_in(admin).get("/people/roles/"))
    assert 'href="/people/?role=sales">4</a>' in page
    assert "Own department and below" in page
    assert "Hand deals over" in page


def test_a_role_is_added_with_chosen_departments_and_a_key_from_its_name(
    company: Company, log_in: LogIn, admin: User
) -> None:
    units = [company.units[name].pk for name in ("华北组", "市场部")]
    form = {
        "name": "区域经理",
        "key": "",
        "scope": "units",
        "units": units,
        "permissions": ["deals.read", "deals.move"],
    }
    log_in(admin).post("/people/new-role/", form)
    role = Role.objects.get(name="区域经理")
    assert (role.key, role.scope, role.permissions) == ("quyujingli", "units", ["deals.move", "deals.read"])
    assert {unit.pk for unit in role.units.all()} == set(units)


def test_a_copy_begins_with_what_the_other_role_allows(log_in: LogIn, admin: User) -> None:
    page = text(log_in(admin).get("/people/new-role/?from=legal"))
    ticked = re.findall(r'name="permissions" value="([^"]+)" checked', page)
    assert set(ticked) == set(Role.objects.get(key="legal").permissions)
    assert "法务" not in re.findall(r'name="name"[^>]*value="([^"]*)"', page)


def test_a_role_is_changed_and_binds_at_once(log_in: LogIn, admin: User, rep: User) -> None:
    client = log_in(admin)
    page = text(client.get("/people/roles/sales/"))
    assert "小销" in page
    client.post("/people/roles/sales/", {"name": "销售员", "scope": "all", "permissions": ["deals.read"]})
    assert Role.objects.get(key="sales").name == "销售员"
    actor = actor_of(rep)
    assert actor.reach("deals.read").everything
    assert not actor.may("deals.create")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Write a name"),
        ({"scope": ""}, "no data scope"),
        ({"scope": "units"}, "Choose the departments"),
        ({"scope": "units", "units": ["999999"]}, "no department"),
        ({"permissions": ["deals.eat"]}, "no permission"),
    ],
)
def test_a_refused_role_keeps_what_was_chosen(wrong: dict[str, Any], said: str, log_in: LogIn, admin: User) -> None:
    page = refused(log_in(admin), "/people/roles/sales/", {"name": "销售员", **ROLE, **wrong})
    assert said in page
    assert "deals.eat" in str(wrong) or 'value="deals.read" checked' in page
    assert Role.objects.get(key="sales").name == "销售"


def test_refuses_a_key_that_is_taken_or_none(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    assert 'id="f-key-error"' in refused(client, "/people/new-role/", {**ROLE, "key": "sales"})
    assert 'id="f-key-error"' in refused(client, "/people/new-role/", {**ROLE, "key": "Big Boss"})
    assert "could manage people" in refused(client, "/people/roles/admin/", {**ROLE, "name": "系统管理员"})
    assert client.get("/people/roles/king/").status_code == 404


# One's own password


def test_one_changes_ones_own_password_knowing_the_old_one(log_in: LogIn, admin: User, rep: User) -> None:
    log_in(admin).post(f"/people/{rep.pk}/password/", {"password": STRONG})
    client, new = log_in(User.objects.get(pk=rep.pk)), f"{STRONG} staple"
    assert "old password is not right" in refused(client, "/me/password/", {"old": "guess", "new": new, "again": new})
    assert "not the same" in refused(client, "/me/password/", {"old": STRONG, "new": new, "again": "other"})
    client.post("/me/password/", {"old": STRONG, "new": new, "again": new})
    assert User.objects.get(pk=rep.pk).check_password(new)
    assert client.get("/me/").status_code == 200


# Inviting, leaving, dragging, the table of roles


def test_somebody_is_invited_by_a_link_shown_once_and_joins_by_it(log_in: LogIn, admin: User) -> None:
    client, unit = log_in(admin), Unit.objects.order_by("pk")[0]
    form = {"name": "李雷", "roles": ["sales"], "unit": str(unit.pk)}
    page = text(client.post("/people/invite/", form, follow=True))
    assert "data-copy" in page
    link = re.findall(r"http://testserver(/invited/[^<]+/)<", page)[0]
    invited = User.objects.get(login="lilei")
    assert "/invited/" not in text(client.get(f"/people/{invited.pk}/"))
    newcomer = Client(headers={"Accept-Language": "en"})
    assert "Welcome, 李雷." in text(newcomer.get(link))
    assert "The two passwords differ." in text(newcomer.post(link, {"password": STRONG, "again": "x"}))
    assert newcomer.post(link, {"password": STRONG, "again": STRONG}).headers["Location"] == "/"
    assert newcomer.get("/").status_code == 200
    assert "This device" in text(newcomer.get("/me/"))
    again = newcomer.get(link)
    assert again.status_code == 422
    assert "doesn't work any more" in text(again)


def test_an_invitation_keeps_what_was_typed_when_it_is_refused(log_in: LogIn, admin: User) -> None:
    page = refused(log_in(admin), "/people/invite/", {"name": "李雷", "login": "rep", "roles": ["sales"]})
    assert 'value="李雷"' in page
    assert 'value="sales" checked' in page


def test_who_would_have_no_role_or_department_is_asked_about_before_the_link_is_made(
    log_in: LogIn, admin: User
) -> None:
    client = log_in(admin)
    for form in ({"name": "李雷"}, {"name": "李雷", "roles": ["sales"]}):
        page = refused(client, "/people/invite/", form)
        assert "Without a role somebody may do nothing here" in page
        assert 'name="anyway"' in page
    assert not User.objects.filter(name="李雷").exists()
    client.post("/people/invite/", {"name": "李雷", "anyway": "1"})
    assert User.objects.filter(name="李雷").exists()


def test_a_link_is_made_anew_and_revoked(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    client.post("/people/invite/", {"name": "李雷", "anyway": "1"})
    invited = User.objects.get(login="lilei")
    shown = text(client.post(f"/people/{invited.pk}/invite/", follow=True))
    link = re.findall(r"http://testserver(/invited/[^<]+/)<", shown)[0]
    assert client.get(link).status_code == 200
    client.post(f"/people/{invited.pk}/invite/revoke/")
    assert client.get(link).status_code == 422


def test_who_leaves_names_a_successor_and_the_page_says_what_went_over(
    log_in: LogIn, admin: User, rep: User, colleague: User, make_deal: MakeDeal
) -> None:
    make_deal()
    client = log_in(admin)
    assert "Choose who takes them over." in refused(client, f"/people/{rep.pk}/leave/", {"successor": ""})
    assert "To be handed over: 1 open deal" in text(client.get(f"/people/{rep.pk}/"))
    asked = text(client.post(f"/people/{rep.pk}/leave/", {"successor": str(colleague.pk)}))
    assert f"All this goes to {colleague.name}" in asked
    rep.refresh_from_db()
    assert rep.is_active
    form = {"successor": str(colleague.pk), "confirmed": "1"}
    page = text(client.post(f"/people/{rep.pk}/leave/", form, follow=True))
    assert re.search(f"can't log in any more. [0-9]+ things? went to {colleague.name}.", page)
    rep.refresh_from_db()
    assert not rep.is_active


def test_a_department_is_dragged_below_another_but_never_below_itself(
    company: Company, log_in: LogIn, admin: User
) -> None:
    client, north, sales = log_in(admin), company.units["华北组"], company.units["销售部"]
    client.post(f"/people/units/{north.pk}/move/", {"parent": ""})
    north.refresh_from_db()
    assert north.parent is None
    client.post(f"/people/units/{north.pk}/move/", {"parent": str(sales.pk)})
    said = text(client.post(f"/people/units/{sales.pk}/move/", {"parent": str(north.pk)}, follow=True))
    assert "A department can't be moved below itself." in said


def test_a_move_of_a_department_is_taken_back_from_the_message(company: Company, log_in: LogIn, admin: User) -> None:
    client, north = log_in(admin), company.units["华北组"]
    before = north.parent_id
    said = text(client.post(f"/people/units/{north.pk}/move/", {"parent": ""}, follow=True))
    assert "“华北组” is at the top now" in said
    move = re.findall(r'name="move" value="([^"]+)"', said)[0]
    assert "stands where it stood" in text(client.post("/people/units/move-back/", {"move": move}, follow=True))
    north.refresh_from_db()
    assert north.parent_id == before
    events = last_event_id()
    client.post(f"/people/units/{north.pk}/move/", {"parent": str(before)})
    client.post("/people/units/move-back/", {"move": "x:y"})
    assert last_event_id() == events


def _table(**changed: dict[str, Any]) -> dict[str, Any]:
    form: dict[str, Any] = {"role": []}
    for role in Role.objects.all():
        form["role"].append(role.key)
        form |= {f"may-{role.key}": role.permissions, f"scope-{role.key}": str(role.scope)}
    return {**form, **changed}


def test_the_table_of_roles_saves_what_differs_and_nothing_else(log_in: LogIn, admin: User) -> None:
    before, client = last_event_id(), log_in(admin)
    form = _table()
    form["may-legal"] = [*form["may-legal"], "exports.run"]
    form["scope-sales"] = "unit"
    assert "2 roles changed." in text(client.post("/people/roles/", form, follow=True))
    assert event_kinds(before) == ["role.saved", "role.saved"]
    assert "exports.run" in Role.objects.get(key="legal").permissions
    assert Role.objects.get(key="sales").scope == "unit"


def test_the_table_of_roles_is_saved_whole_or_not_at_all(log_in: LogIn, admin: User) -> None:
    form = _table()
    form["scope-sales"] = "unit"
    form["may-admin"] = ["deals.read"]
    page = refused(log_in(admin), "/people/roles/", form)
    assert "Nobody active could manage people any more." in page
    assert Role.objects.get(key="sales").scope == "own"
