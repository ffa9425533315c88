"""Creating, changing and deactivating people."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dealrail.accounts import queries
from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import (
    change_own_password,
    change_user,
    create_user,
    set_language,
    set_password,
)
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import (
    BadLogin,
    LastManager,
    LoginTaken,
    NameMissing,
    NotAllowed,
    NotFound,
    PersonFieldRefused,
    UnknownPerson,
    UnknownRole,
    UnknownUnit,
    WeakPassword,
    WrongPassword,
)
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.events.models import Event
from tests.cast import Company, actor_of, at_once, event_kinds, last_event_id, refuses

STRONG = "correct horse battery"


def test_a_person_is_created_with_department_and_roles(company: Company, admin: User) -> None:
    unit = company.units["华北组"]
    created = create_user(
        actor=actor_of(admin), login="New.One", name=" 新人 ", password=STRONG, unit_id=unit.pk, roles=["sales"]
    )
    assert (created.name, created.unit, created.check_password(STRONG)) == ("新人", unit, True)
    fact = Event.objects.get(subject_kind="user", subject_id=created.pk)
    assert (fact.kind, fact.payload["roles"]) == ("user.created", ["sales"])
    assert STRONG not in str(fact.payload)


def test_without_a_password_nobody_can_log_in(company: Company, admin: User) -> None:
    created = create_user(actor=actor_of(admin), login="silent", name="静")
    assert not created.has_usable_password()


CREATIONS: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"login": "x"}, BadLogin),
    ({"login": "中文"}, BadLogin),
    ({"login": "a b"}, BadLogin),
    ({"login": "REP"}, LoginTaken),
    ({"name": "  "}, NameMissing),
    ({"name": "n" * 81}, NameMissing),
    ({"password": "short"}, WeakPassword),
    ({"password": "1234567890123"}, WeakPassword),
    ({"password": "password123"}, WeakPassword),
    ({"unit_id": 0}, UnknownUnit),
    ({"roles": ["sales", "king"]}, UnknownRole),
    ({"email": "no mail"}, PersonFieldRefused),
    ({"email": "li.lei@"}, PersonFieldRefused),
    ({"email": f"{'l' * 64}@{'m' * 63}.{'m' * 63}.{'m' * 63}.cn"}, PersonFieldRefused),
    ({"phone": "1" * 60}, PersonFieldRefused),
    ({"phone": "12345678"}, PersonFieldRefused),
]


@pytest.mark.parametrize(("wrong", "refusal"), CREATIONS)
def test_refuses_to_create_a_person(
    wrong: dict[str, Any], refusal: type[Refusal], company: Company, admin: User
) -> None:
    fields: dict[str, Any] = {"login": "new", "name": "新人", **wrong}
    with refuses(refusal):
        create_user(actor=actor_of(admin), **fields)


def test_ways_to_reach_somebody_are_kept_in_one_spelling(admin: User) -> None:
    created = create_user(
        actor=actor_of(admin), login="reach", name="可达", email=" li.lei@example.com ", phone="+86 138-0000-1111"
    )
    longest = "(0755) 12345678 转 123456"
    changed = change_user(actor=actor_of(admin), user_id=created.pk, phone=longest)
    assert (created.email, created.phone, changed.phone) == (
        "li.lei@example.com",
        "13800001111",
        "0755-12345678-123456",
    )


def test_a_refused_way_to_reach_somebody_is_named(admin: User, rep: User) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [("email", {"email": "no mail"}), ("phone", {"phone": "1" * 60})]
    for field, values in wrong:
        with refuses(PersonFieldRefused) as caught:
            change_user(actor=actor_of(admin), user_id=rep.pk, **values)
        assert caught.value.params["field"] == field
        assert str(caught.value.params["label"]) in str(caught.value)


def test_only_who_manages_people_creates_them(manager: User) -> None:
    with refuses(NotAllowed) as caught:
        create_user(actor=actor_of(manager), login="new", name="新人")
    assert caught.value.params == {"permission": "people.manage"}


def test_two_logins_never_differ_by_case_only(rep: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(login="Rep", name="又一个")


def test_what_is_not_given_stays(company: Company, admin: User, rep: User) -> None:
    changed = change_user(actor=actor_of(admin), user_id=rep.pk, name="小销售", roles=["sales", "presales"])
    assert (changed.name, changed.unit, changed.login) == ("小销售", company.units["华东组"], "rep")
    payload = Event.objects.filter(kind="user.changed").latest("pk").payload
    assert payload["changes"] == {"name": ["小销", "小销售"], "roles": ["sales", "presales, sales"]}


def test_a_person_is_taken_out_of_department_and_ways_to_reach_them(company: Company, admin: User, rep: User) -> None:
    change_user(actor=actor_of(admin), user_id=rep.pk, email="rep@example.com", phone="13800001111")
    changed = change_user(actor=actor_of(admin), user_id=rep.pk, unit_id=None, email="", phone="")
    assert (changed.unit, changed.email, changed.phone, changed.name) == (None, "", "", "小销")
    assert Event.objects.latest("pk").payload["changes"]["unit"] == ["华东组", None]


def test_changing_nothing_leaves_no_trace(admin: User, rep: User) -> None:
    before = last_event_id()
    change_user(actor=actor_of(admin), user_id=rep.pk, name=rep.name, roles=["sales"], is_active=True)
    assert event_kinds(before) == []


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [({"name": ""}, NameMissing), ({"unit_id": 0}, UnknownUnit), ({"roles": ["king"]}, UnknownRole)],
)
def test_refuses_to_change_a_person(wrong: dict[str, Any], refusal: type[Refusal], admin: User, rep: User) -> None:
    with refuses(refusal):
        change_user(actor=actor_of(admin), user_id=rep.pk, **wrong)


def test_refuses_to_change_nobody(admin: User) -> None:
    with refuses(NotFound):
        change_user(actor=actor_of(admin), user_id=0, name="谁")


def test_nobody_changes_people_without_the_permission(rep: User) -> None:
    with refuses(NotAllowed):
        change_user(actor=actor_of(rep), user_id=rep.pk, roles=["admin"])


def test_an_inactive_person_is_no_longer_found_as_one_to_hand_things_to(admin: User, rep: User) -> None:
    change_user(actor=actor_of(admin), user_id=rep.pk, is_active=False)
    with pytest.raises(UnknownPerson):
        queries.person(rep.pk)
    assert rep not in queries.active_people()
    assert queries.user(rep.pk) == rep


def test_one_changes_ones_own_password_knowing_the_old_one(admin: User, rep: User) -> None:
    set_password(actor=actor_of(admin), user_id=rep.pk, password=STRONG)
    change_own_password(actor=actor_of(rep), old=STRONG, password=f"{STRONG} staple")
    rep.refresh_from_db()
    assert rep.check_password(f"{STRONG} staple")
    assert Event.objects.latest("pk").payload["changes"] == {"password": [None, None]}


def test_refuses_to_change_ones_own_password_without_the_old_one(admin: User, rep: User) -> None:
    for old in ("", "guess"):
        with refuses(WrongPassword):
            change_own_password(actor=actor_of(rep), old=old, password=STRONG)
    with refuses(NotFound):
        change_own_password(actor=Actor.system(), old="", password=STRONG)
    set_password(actor=actor_of(admin), user_id=rep.pk, password=STRONG)
    with refuses(WeakPassword):
        change_own_password(actor=actor_of(rep), old=STRONG, password="rep")


def test_refuses_to_set_a_password_without_the_permission(rep: User, colleague: User) -> None:
    for user in (colleague, rep):
        with refuses(NotAllowed):
            set_password(actor=actor_of(rep), user_id=user.pk, password=STRONG)


def test_refuses_a_weak_password(admin: User, rep: User) -> None:
    with refuses(WeakPassword):
        set_password(actor=actor_of(admin), user_id=rep.pk, password="rep")
    with refuses(NotFound):
        set_password(actor=actor_of(admin), user_id=0, password=STRONG)


def test_passwords_are_kept_by_argon2(admin: User, rep: User) -> None:
    set_password(actor=actor_of(admin), user_id=rep.pk, password=STRONG)
    rep.refresh_from_db()
    assert rep.password.startswith("argon2")


@pytest.mark.parametrize(("asked", "kept"), [("en", "en"), ("zh-hans", "zh-hans"), ("tlh", "")])
def test_the_language_of_ones_screens_is_one_we_have(asked: str, kept: str, rep: User) -> None:
    set_language(actor=actor_of(rep), language=asked)
    rep.refresh_from_db()
    assert rep.language == kept


def test_a_person_is_found_by_id_login_or_name(rep: User) -> None:
    assert [queries.person(text) for text in (rep.pk, " REP ", "小销")] == [rep, rep, rep]


def test_refuses_a_name_that_two_people_have(admin: User, rep: User) -> None:
    create_user(actor=actor_of(admin), login="rep2", name=rep.name)
    with refuses(UnknownPerson):
        queries.person(rep.name)


def test_a_text_that_cannot_be_stored_is_no_error(rep: User) -> None:
    before = last_event_id()
    assert queries.person("re\x00p") == rep
    with pytest.raises(UnknownUnit):
        queries.unit("\x00")
    assert event_kinds(before) == []


# Somebody always manages people


@pytest.mark.parametrize("loss", [{"is_active": False}, {"roles": ["sales"]}, {"roles": []}])
def test_refuses_to_lose_the_last_one_who_manages_people(loss: dict[str, Any], admin: User) -> None:
    with refuses(LastManager):
        change_user(actor=actor_of(admin), user_id=admin.pk, **loss)
    with refuses(LastManager):
        change_user(actor=Actor.system(), user_id=admin.pk, **loss)


def test_an_inactive_second_one_does_not_count(admin: User, rep: User) -> None:
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["admin"], is_active=False)
    with refuses(LastManager):
        change_user(actor=actor_of(admin), user_id=admin.pk, is_active=False)


def test_with_somebody_else_to_manage_people_one_may_go(admin: User, rep: User) -> None:
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["admin"])
    assert not change_user(actor=actor_of(admin), user_id=admin.pk, is_active=False).is_active


def test_another_role_that_manages_people_is_as_good(admin: User) -> None:
    save_role(actor=actor_of(admin), key="hr", name="人事", permissions=["people.manage"], scope="all")
    changed = change_user(actor=actor_of(admin), user_id=admin.pk, roles=["hr"])
    assert [role.key for role in changed.roles.all()] == ["hr"]


@pytest.mark.django_db(transaction=True)
def test_two_who_manage_people_never_leave_it_to_each_other(company: Company, admin: User, rep: User) -> None:
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["admin"])
    actor = actor_of(admin)
    results = at_once(
        lambda: change_user(actor=actor, user_id=admin.pk, is_active=False),
        lambda: change_user(actor=actor, user_id=rep.pk, roles=["sales"]),
    )
    assert sum(isinstance(result, LastManager) for result in results) == 1
    assert queries.active_holders("people.manage").count() == 1
