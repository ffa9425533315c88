"""Saved views: kept for oneself or shared by who may, changed, deleted and brought back."""

from typing import Any

import pytest

from dealrail.accounts.errors import NameMissing, NotAllowed, NotFound
from dealrail.accounts.models import Unit, User
from dealrail.core import clock
from dealrail.core.errors import Refusal
from dealrail.crm import queries
from dealrail.crm.actions.saved_views import MOST_VIEWS, change_view, create_view, delete_view, restore_view
from dealrail.crm.errors import NotYourView, TooManyViews, UnknownList, ViewNameTaken, ViewTooLong
from dealrail.crm.models import SavedView
from tests.cast import actor_of, event_kinds, last_event_id, refuses

pytestmark = pytest.mark.django_db


def keep(user: User, **given: Any) -> SavedView:
    return create_view(actor=actor_of(user), **{"list_": "deals", "name": "我的大单", "query": "state=open", **given})


def test_a_view_is_kept_for_oneself_and_on_record(rep: User, colleague: User) -> None:
    before = last_event_id()
    view = keep(rep)
    assert event_kinds(before) == ["view.saved"]
    assert list(queries.saved_views(actor_of(rep), "deals")) == [view]
    assert list(queries.saved_views(actor_of(rep), "board")) == []
    assert list(queries.saved_views(actor_of(colleague))) == []


def test_a_shared_view_is_everybodys_to_use_and_a_managers_to_make(manager: User, rep: User) -> None:
    view = keep(manager, is_shared=True, is_pinned=True)
    assert queries.saved_view(actor_of(rep), view.pk) == view
    assert queries.pinned_views(actor_of(rep)) == [view]
    with refuses(NotAllowed):
        keep(rep, is_shared=True)


def test_who_leads_a_department_may_share_without_the_permission(rep: User) -> None:
    Unit.objects.filter(name=rep.unit.name).update(leader=rep)
    assert keep(rep, is_shared=True).is_shared


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"list_": "nothing"}, UnknownList),
        ({"name": "  "}, NameMissing),
        ({"name": "长" * 61}, NameMissing),
        ({"query": "q=" + "x" * 9000}, ViewTooLong),
    ],
)
def test_what_can_not_be_kept_is_refused(rep: User, given: dict[str, Any], refusal: type[Refusal]) -> None:
    with refuses(refusal):
        keep(rep, **given)


def test_a_name_is_taken_once_per_list_and_person(rep: User, colleague: User) -> None:
    keep(rep)
    keep(rep, list_="board")
    keep(colleague)
    with refuses(ViewNameTaken):
        keep(rep)


def test_nobody_keeps_views_without_end(rep: User) -> None:
    rows = [SavedView(list="deals", name=str(n), owner=rep, created_at=clock.now()) for n in range(MOST_VIEWS)]
    SavedView.objects.bulk_create(rows)
    with refuses(TooManyViews):
        keep(rep)


def test_changes_what_is_given_and_nothing_else(rep: User) -> None:
    view = keep(rep, is_pinned=True)
    changed = change_view(actor=actor_of(rep), view_id=view.pk, query="state=won")
    assert (changed.name, changed.query, changed.is_pinned) == ("我的大单", "state=won", True)
    assert change_view(actor=actor_of(rep), view_id=view.pk, name="赢单", is_pinned=False).name == "赢单"


def test_somebody_elses_view_is_changed_only_when_shared_and_by_who_administers(
    rep: User, colleague: User, manager: User, admin: User
) -> None:
    own, shared = keep(rep), keep(manager, is_shared=True)
    with refuses(NotFound):
        change_view(actor=actor_of(colleague), view_id=own.pk, name="别的")
    leader = rep
    Unit.objects.filter(people=rep).update(leader=leader)
    for theirs in (change_view, delete_view):
        with refuses(NotYourView):
            theirs(actor=actor_of(leader), view_id=shared.pk)
    assert change_view(actor=actor_of(admin), view_id=shared.pk, name="别的").owner == manager
    with refuses(NotFound):
        change_view(actor=actor_of(admin), view_id=own.pk, name="别的")


def test_a_view_an_administrator_deleted_goes_back_to_its_owner_under_its_address(
    manager: User, rep: User, admin: User
) -> None:
    shared = keep(manager, is_shared=True, is_pinned=True)
    was = delete_view(actor=actor_of(admin), view_id=shared.pk)
    with refuses(NotYourView):
        restore_view(actor=actor_of(rep), **was)
    assert not SavedView.objects.exists()
    for _twice in range(2):
        back = restore_view(actor=actor_of(admin), **was)
        assert (back.pk, back.owner, back.is_shared, back.is_pinned) == (shared.pk, manager, True, True)


def test_a_deleted_view_can_be_made_again_from_what_comes_back(rep: User) -> None:
    view = keep(rep, is_pinned=True)
    before = last_event_id()
    was = delete_view(actor=actor_of(rep), view_id=view.pk)
    assert event_kinds(before) == ["view.deleted"]
    assert not SavedView.objects.exists()
    again = restore_view(actor=actor_of(rep), **was)
    assert (again.name, again.query, again.is_pinned) == ("我的大单", "state=open", True)
