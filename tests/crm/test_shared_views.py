"""Views shared with everybody, a department or a role, and what a list opens with for who holds a role."""

from typing import Any

import pytest
from django.utils import translation

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NotAllowed, NotFound, UnknownPerson, UnknownRole, UnknownUnit
from dealrail.accounts.models import Role, Unit, User
from dealrail.core.errors import Refusal
from dealrail.crm import policy, queries
from dealrail.crm.actions.fields import create_field
from dealrail.crm.actions.saved_views import (
    MOST_VIEWS,
    change_view,
    create_view,
    delete_view,
    hand_over_view,
    restore_view,
    set_standard_view,
)
from dealrail.crm.errors import (
    NameTakenThere,
    NotSharedWithRole,
    NotYourView,
    OwnerMayNotShare,
    TooManyViews,
    UnknownAudience,
    ViewNotShared,
    ViewTellsTooMuch,
)
from dealrail.crm.models import SavedView
from dealrail.events.models import Event
from tests.cast import Company, actor_of, at_once, event_kinds, last_event_id, refuses

pytestmark = pytest.mark.django_db
PEOPLE = ("manager", "rep", "colleague", "northerner", "stranger")


def shared(by: User, **audience: Any) -> SavedView:
    """A view of deals that somebody shares."""
    return create_view(actor=actor_of(by), list_="deals", name="大单", query="state=open", is_shared=True, **audience)


def let_share(*people: User) -> None:
    """Let these people share views, by a role of their own."""
    save_role(actor=actor_of(None), key="sharing", name="分享", permissions=["views.share"], scope="own")
    for person in people:
        person.roles.add(Role.objects.get(key="sharing"))


def who_sees(company: Company, view: SavedView) -> set[str]:
    return {login for login in PEOPLE if view in queries.saved_views(actor_of(company.people[login]))}


def test_a_view_is_seen_by_whom_it_is_shared_with(company: Company, admin: User) -> None:
    north, sales = company.units["华北组"].pk, company.units["销售部"].pk
    expected: list[tuple[dict[str, Any], set[str]]] = [
        ({}, set(PEOPLE)),
        ({"audience": "unit", "unit_id": north}, {"northerner"}),
        ({"audience": "unit", "unit_id": sales}, set(PEOPLE) - {"stranger"}),
        ({"audience": "role", "role_key": "sales_manager"}, {"manager"}),
    ]
    for number, (audience, logins) in enumerate(expected):
        view = shared(admin, **audience)
        change_view(actor=actor_of(admin), view_id=view.pk, name=f"视图{number}")
        assert who_sees(company, view) == logins, audience
        change_view(actor=actor_of(admin), view_id=view.pk, is_shared=False)
        assert who_sees(company, view) == set()


def test_whom_it_is_shared_with_stands_in_the_log_and_can_change(company: Company, admin: User) -> None:
    view = shared(admin, audience="role", role_key="sales")
    assert (
        Event.objects.latest("pk").payload | {"audience": "role", "role": "sales"} == Event.objects.latest("pk").payload
    )
    unit = company.units["华北组"].pk
    change_view(actor=actor_of(admin), view_id=view.pk, audience="unit", unit_id=unit)
    told = Event.objects.latest("pk").payload
    assert (told["audience"], told["unit_id"], told["role"]) == ("unit", unit, "")


def test_what_was_shared_with_a_department_that_is_gone_is_its_owners_only(company: Company, admin: User) -> None:
    unit = Unit.objects.create(name="临时组", path="/999/")
    change_user(actor=actor_of(admin), user_id=company.people["rep"].pk, unit_id=unit.pk)
    view = shared(admin, audience="unit", unit_id=unit.pk)
    assert who_sees(company, view) == {"rep"}
    User.objects.filter(unit=unit).update(unit=None)
    unit.delete()
    assert who_sees(company, view) == set()
    assert view in queries.saved_views(actor_of(admin))


@pytest.mark.parametrize(
    ("audience", "refusal"),
    [
        ({"audience": "moon"}, UnknownAudience),
        ({"audience": "unit"}, UnknownUnit),
        ({"audience": "unit", "unit_id": 999999}, UnknownUnit),
        ({"audience": "role"}, UnknownRole),
        ({"audience": "role", "role_key": "king"}, UnknownRole),
    ],
)
def test_refuses_to_share_with_nobody(audience: dict[str, Any], refusal: type[Refusal], admin: User) -> None:
    with refuses(refusal):
        shared(admin, **audience)


def test_refuses_to_share_without_the_permission(company: Company, rep: User) -> None:
    mine = create_view(actor=actor_of(rep), list_="deals", name="我的", query="")
    asked: list[dict[str, Any]] = [{"audience": "role", "role_key": "sales"}, {}]
    for audience in asked:
        with refuses(NotAllowed):
            shared(rep, **audience)
        with refuses(NotAllowed):
            change_view(actor=actor_of(rep), view_id=mine.pk, is_shared=True, **audience)


def test_a_deleted_view_comes_back_shared_as_it_was(company: Company, admin: User) -> None:
    view = shared(admin, audience="role", role_key="sales_manager")
    was = delete_view(actor=actor_of(admin), view_id=view.pk)
    back = restore_view(actor=actor_of(admin), **was)
    assert who_sees(company, back) == {"manager"}


def test_who_administers_changes_and_deletes_what_others_share_among_themselves(
    company: Company, admin: User, manager: User, rep: User
) -> None:
    for audience in (
        {"audience": "role", "role_key": "sales_manager"},
        {"audience": "unit", "unit_id": company.units["华北组"].pk},
    ):
        view = shared(manager, **audience)
        assert view not in queries.saved_views(actor_of(admin))
        with refuses(NotFound):
            change_view(actor=actor_of(rep), view_id=view.pk, name="别的")
        assert change_view(actor=actor_of(admin), view_id=view.pk, name="别的").owner == manager
        was = delete_view(actor=actor_of(admin), view_id=view.pk)
        assert restore_view(actor=actor_of(admin), **was).owner == manager
        delete_view(actor=actor_of(manager), view_id=view.pk)


def test_who_may_share_no_more_changes_nothing_that_others_see(admin: User, rep: User) -> None:
    save_role(actor=actor_of(admin), key="probe", name="试用", permissions=["views.share"], scope="own")
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["sales", "probe"])
    view, gone = shared(rep), create_view(actor=actor_of(rep), list_="deals", name="旧", query="", is_shared=True)
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["sales"])
    changes: list[dict[str, Any]] = [
        {"name": "别的"},
        {"query": "state=won"},
        {"is_pinned": True},
        {"is_shared": True},
        {"audience": "role", "role_key": "sales"},
    ]
    for change in changes:
        with refuses(NotAllowed):
            change_view(actor=actor_of(rep), view_id=view.pk, **change)
    was = delete_view(actor=actor_of(rep), view_id=gone.pk)
    with refuses(NotAllowed):
        restore_view(actor=actor_of(rep), **was)
    change_view(actor=actor_of(rep), view_id=view.pk, is_shared=False, name="我的")
    assert change_view(actor=actor_of(rep), view_id=view.pk, query="state=won").query == "state=won"


# What a list opens with


def test_a_list_opens_with_the_view_of_ones_role(company: Company, admin: User, rep: User, manager: User) -> None:
    view, before = shared(admin), last_event_id()
    set_standard_view(actor=actor_of(admin), view_id=view.pk, roles=["sales", "legal"])
    assert queries.standard_view(actor_of(rep), "deals") == view
    assert queries.standard_view(actor_of(rep), "customers") is None
    assert queries.standard_view(actor_of(manager), "deals") is None
    assert queries.standard_roles(view) == ["legal", "sales"]
    set_standard_view(actor=actor_of(admin), view_id=view.pk, roles=["sales", "legal"])
    assert event_kinds(before) == ["view.made_standard"]


def test_a_role_has_one_standard_view_of_a_list(company: Company, admin: User, rep: User) -> None:
    first, second = (
        shared(admin),
        create_view(actor=actor_of(admin), list_="deals", name="新", query="", is_shared=True),
    )
    for view in (first, second):
        set_standard_view(actor=actor_of(admin), view_id=view.pk, roles=["sales"])
    assert queries.standard_view(actor_of(rep), "deals") == second
    assert queries.standard_roles(first) == []
    set_standard_view(actor=actor_of(admin), view_id=second.pk, roles=[])
    assert queries.standard_view(actor_of(rep), "deals") is None


def test_a_standard_that_is_no_longer_shared_opens_nothing(company: Company, admin: User, rep: User) -> None:
    view = shared(admin)
    set_standard_view(actor=actor_of(admin), view_id=view.pk, roles=["sales"])
    change_view(actor=actor_of(admin), view_id=view.pk, is_shared=False)
    assert queries.standard_view(actor_of(rep), "deals") is None


def test_with_several_roles_that_of_the_first_holds(company: Company, admin: User, rep: User) -> None:
    save_role(actor=actor_of(admin), key="probe", name="试用", permissions=[], scope="own")
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["sales", "probe"])
    views = {
        key: create_view(actor=actor_of(admin), list_="deals", name=key, query="", is_shared=True)
        for key in ("probe", "sales")
    }
    for key, view in views.items():
        set_standard_view(actor=actor_of(admin), view_id=view.pk, roles=[key])
    assert Role.objects.get(key="sales").pk < Role.objects.get(key="probe").pk
    assert queries.standard_view(actor_of(User.objects.get(pk=rep.pk)), "deals") == views["sales"]


def test_refuses_a_standard_that_its_holders_would_not_see(company: Company, admin: User) -> None:
    for audience in (
        {"audience": "role", "role_key": "legal"},
        {"audience": "unit", "unit_id": company.units["华北组"].pk},
    ):
        view = shared(admin, **audience)
        with refuses(NotSharedWithRole):
            set_standard_view(actor=actor_of(admin), view_id=view.pk, roles=["sales"])
        SavedView.objects.all().delete()
    own = create_view(actor=actor_of(admin), list_="deals", name="我的", query="")
    with refuses(NotSharedWithRole):
        set_standard_view(actor=actor_of(admin), view_id=own.pk, roles=["sales"])


def test_refuses_standards_of_who_may_not_and_of_what_is_not_there(company: Company, admin: User, rep: User) -> None:
    view = shared(admin)
    with refuses(NotAllowed):
        set_standard_view(actor=actor_of(rep), view_id=view.pk, roles=["sales"])
    with refuses(UnknownRole):
        set_standard_view(actor=actor_of(admin), view_id=view.pk, roles=["king"])
    with refuses(NotFound):
        set_standard_view(actor=actor_of(admin), view_id=0, roles=["sales"])


# Handed to another owner


def test_a_shared_view_of_who_left_gets_another_owner(company: Company, admin: User, manager: User, rep: User) -> None:
    view = shared(manager, audience="role", role_key="sales")
    User.objects.filter(pk=manager.pk).update(is_active=False)
    let_share(rep)
    before, seen = last_event_id(), who_sees(company, view) - {"manager"}
    hand_over_view(actor=actor_of(admin), view_id=view.pk, owner_id=rep.pk)
    assert event_kinds(before) == ["view.handed_over"]
    told = Event.objects.latest("pk").payload
    assert (told["from_owner_id"], told["to_owner_id"]) == (manager.pk, rep.pk)
    assert who_sees(company, view) - {"manager"} == seen | {"rep"}
    assert change_view(actor=actor_of(rep), view_id=view.pk, is_shared=False).owner == rep
    again = shared(admin)
    hand_over_view(actor=actor_of(admin), view_id=again.pk, owner_id=admin.pk)
    assert event_kinds(before).count("view.handed_over") == 1


def test_handing_over_is_refused_where_it_makes_no_sense(
    company: Company, admin: User, manager: User, rep: User, colleague: User
) -> None:
    view, own = shared(manager), create_view(actor=actor_of(admin), list_="deals", name="自己的", query="")
    with refuses(NotYourView):
        hand_over_view(actor=actor_of(rep), view_id=view.pk, owner_id=rep.pk)
    with refuses(ViewNotShared):
        hand_over_view(actor=actor_of(admin), view_id=own.pk, owner_id=rep.pk)
    with refuses(NotFound):
        hand_over_view(actor=actor_of(manager), view_id=own.pk, owner_id=rep.pk)
    for person in (rep, colleague):
        with refuses(OwnerMayNotShare) as caught:
            hand_over_view(actor=actor_of(admin), view_id=view.pk, owner_id=person.pk)
        assert caught.value.params["field"] == "owner"
        let_share(person)
    create_view(actor=actor_of(rep), list_="deals", name=view.name, query="")
    with refuses(NameTakenThere):
        hand_over_view(actor=actor_of(admin), view_id=view.pk, owner_id=rep.pk)
    User.objects.filter(pk=rep.pk).update(is_active=False)
    with refuses(UnknownPerson):
        hand_over_view(actor=actor_of(admin), view_id=view.pk, owner_id=rep.pk)
    rows = [
        SavedView(list="tasks", name=str(number), owner=colleague, created_at=view.created_at)
        for number in range(MOST_VIEWS)
    ]
    SavedView.objects.bulk_create(rows)
    with refuses(TooManyViews):
        hand_over_view(actor=actor_of(admin), view_id=view.pk, owner_id=colleague.pk)


@pytest.mark.django_db(transaction=True)
def test_who_waited_while_a_view_was_handed_on_changes_it_no_more(company: Company, admin: User, manager: User) -> None:
    for number in range(5):
        view = create_view(actor=actor_of(manager), list_="deals", name=f"{number}", query="", is_shared=True)
        before = last_event_id()

        def change(view: SavedView = view) -> Any:
            return change_view(actor=actor_of(manager), view_id=view.pk, query="state=won")

        def hand_over(view: SavedView = view) -> Any:
            return hand_over_view(actor=actor_of(admin), view_id=view.pk, owner_id=admin.pk)

        changed, _given = at_once(change, hand_over)
        kinds = ["view.handed_over"] if isinstance(changed, NotYourView) else ["view.saved", "view.handed_over"]
        assert event_kinds(before) == kinds
        found = SavedView.objects.get(pk=view.pk)
        assert (found.owner, found.query) == (admin, "state=won" if len(kinds) == 2 else "")


def test_a_view_is_handed_to_nobody_who_may_not_see_what_it_asks_about(
    company: Company, admin: User, manager: User, rep: User
) -> None:
    let_share(rep)
    limits = {"access": {"sales": "hidden", "sharing": "hidden"}}
    create_field(actor=actor_of(None), kind="deal", fields={"name": "评级", "key": "rating", **limits})
    view = create_view(
        actor=actor_of(manager), list_="deals", name="好单", query='filter={"field": "custom.rating"}', is_shared=True
    )
    with refuses(ViewTellsTooMuch) as caught:
        hand_over_view(actor=actor_of(admin), view_id=view.pk, owner_id=rep.pk)
    assert caught.value.params["field"] == "owner"
    assert view not in queries.saved_views(actor_of(rep))
    with translation.override("zh-hans"):
        assert str(caught.value) == f"“好单”用到了{rep.name}看不到的字段。请选择其他人。"
    assert hand_over_view(actor=actor_of(admin), view_id=view.pk, owner_id=admin.pk).owner == admin


def test_who_may_own_what_others_see_is_offered_and_accepted_alike(company: Company, admin: User, rep: User) -> None:
    let_share(rep)
    offered = set(queries.view_owners().values_list("login", flat=True))
    assert {"rep", admin.login} < offered
    assert offered == {one.login for one in User.objects.filter(is_active=True) if may_own(one)}


def may_own(person: User) -> bool:
    return policy.may_share_view(actor_of(person), SavedView(is_shared=True))


def test_all_shared_views_are_listed_for_who_administers_only(admin: User, manager: User, rep: User) -> None:
    view = shared(manager, audience="role", role_key="finance")
    create_view(actor=actor_of(manager), list_="deals", name="自己的", query="")
    assert list(queries.shared_views(actor_of(admin))) == [view]
    for person in (manager, rep):
        with refuses(NotAllowed):
            queries.shared_views(actor_of(person))
