"""Which fields stand where: what is kept of a layout, what is refused, and whose layout somebody sees."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from dealrail.accounts.actions.retiring import retire_role
from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.errors import NotAllowed, NotFound, UnknownRole
from dealrail.accounts.models import Role, User
from dealrail.core.problems import ChangedMeanwhile
from dealrail.crm import queries as crm
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.layouts import remove_layout, save_layout
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import CustomField, Layout
from dealrail.crm.rules import MOST_GROUPS, MOST_ON_A_CARD, FieldGroup, arranged, with_places_kept
from dealrail.events.models import Event
from tests.cast import actor_of, event_kinds, last_event_id, refuses

names = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


def group(heading: str, *fields: str) -> FieldGroup:
    return FieldGroup(heading, fields)


# What stands where, without a database


def test_fields_stand_as_the_groups_have_them_and_the_others_behind() -> None:
    groups = [group("钱", "amount", "gone"), group("空", "gone"), group("", "region")]
    found = arranged(groups, ["region", "source", "amount"], with_rest=True)
    assert found == [group("钱", "amount"), group("", "region"), FieldGroup("", ("source",), is_rest=True)]
    assert arranged(groups, ["source", "amount"], with_rest=False) == [group("钱", "amount")]


@given(grouped=names, cut=st.integers(0, 8), offered=names, with_rest=st.booleans())
def test_every_field_stands_once_and_none_that_is_not_offered(
    grouped: list[str], cut: int, offered: list[str], with_rest: bool
) -> None:
    groups = [FieldGroup("一", tuple(grouped[:cut])), FieldGroup("二", tuple(grouped[cut:]))]
    shown = [name for part in arranged(groups, offered, with_rest=with_rest) for name in part.fields]
    assert len(shown) == len(set(shown))
    assert set(shown) == (set(offered) if with_rest else set(offered) & set(grouped))


ASLEEP = [
    ("甲abX 乙cd", "甲ab 乙cd", "甲abX 乙cd"),  # behind the one it stood behind
    ("甲Xab 乙cd", "甲ab 乙cd", "甲Xab 乙cd"),  # before the next, where it was the first
    ("甲abX 乙cd", "甲a 乙bcd", "甲a 乙bXcd"),  # it goes along with that one
    ("甲abX 乙cd", "甲ac 乙d", "甲aXc 乙d"),  # that one is in no group any more: behind the one before
    ("甲aXY 乙bZ", "甲ba", "甲bZaXY"),  # several keep their order
    ("甲X 乙ab", "甲 乙ab", "甲X 乙ab"),  # alone in its group, which is still there
    ("甲X 乙ab", "乙ab", "乙ab"),  # its group was dissolved
    ("甲abX", "甲cd", "甲cdX"),  # the group of its heading is still there
    ("甲ab", "甲ba", "甲ba"),
]


@pytest.mark.parametrize(("before", "now", "then"), ASLEEP)
def test_what_is_out_of_use_keeps_its_place(before: str, now: str, then: str) -> None:
    kept = with_places_kept(headed(now), headed(before), "XYZ")
    assert kept == headed(then)


def headed(text: str) -> list[FieldGroup]:
    """Groups in one text: 甲ab 乙c."""
    return [group(part[0], *part[1:]) for part in text.split()]


@given(before=names, cut=st.integers(0, 8), now=names, gone=st.sets(st.sampled_from("abcdefgh")))
def test_keeping_places_moves_nothing_and_doubles_nothing(
    before: list[str], cut: int, now: list[str], gone: set[str]
) -> None:
    there = [name for name in now if name not in gone]
    old = [group("一", *before[:cut]), group("二", *before[cut:])]
    kept = [name for part in with_places_kept([group("一", *there)], old, gone) for name in part.fields]
    assert [name for name in kept if name not in gone] == there
    assert len(kept) == len(set(kept))
    assert set(kept) <= {*there, *before}


# Saving, and taking back


@pytest.mark.django_db
def test_a_layout_is_saved_changed_and_taken_back_on_record(admin: User) -> None:
    before = last_event_id()
    actor = actor_of(admin)
    groups = [group(" 钱 ", "amount", "budget"), group("空的")]
    layout = save_layout(actor=actor, place="deal", groups=groups, with_rest=False)
    assert (layout.groups, layout.with_rest) == ([{"heading": "钱", "fields": ["amount", "budget"]}], False)
    assert event_kinds(before) == ["layout.saved"]
    assert Event.objects.latest("pk").payload["changes"]["groups"] == [None, "钱: amount, budget"]
    save_layout(actor=actor, place="deal", groups=groups, with_rest=False)
    assert event_kinds(before) == ["layout.saved"]
    save_layout(actor=actor, place="deal", groups=[group("", "amount")], with_rest=True)
    remove_layout(actor=actor, place="deal")
    assert event_kinds(before) == ["layout.saved", "layout.saved", "layout.removed"]
    told = Event.objects.latest("pk").payload
    assert (told["groups"], told["with_rest"], told["role"]) == (": amount", True, "")
    assert not Layout.objects.exists()


WRONG: list[dict[str, Any]] = [
    {"place": "page"},
    {"groups": [group("", "shoe_size")]},
    {"groups": [group("", "amount"), group("", "amount")]},
    {"groups": [group("长" * 61, "amount")]},
    {"groups": [group("空")], "with_rest": False},
    {"place": "card", "with_rest": True},
    {"place": "customer", "groups": [group("", "amount")]},
    {"place": "card", "with_rest": False, "groups": [group("", "notes")]},
]


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", WRONG)
def test_a_layout_that_makes_no_sense_is_refused_by_name(admin: User, wrong: dict[str, Any]) -> None:
    wanted = {"place": "deal", "groups": [group("", "amount")], "with_rest": True, **wrong}
    with refuses(FieldRefused) as caught:
        save_layout(actor=actor_of(admin), **wanted)
    assert caught.value.params["field"] in {"place", "groups", "with_rest"}


@pytest.mark.django_db
def test_too_many_groups_and_a_full_card_are_refused(admin: User) -> None:
    fields = list(crm.layout_fields("deal"))
    assert len(fields) > MOST_GROUPS
    with refuses(FieldRefused):
        groups = [group("", name) for name in fields[: MOST_GROUPS + 1]]
        save_layout(actor=actor_of(admin), place="deal", groups=groups, with_rest=True)
    on_card = list(crm.layout_fields("card"))[: MOST_ON_A_CARD + 1]
    with refuses(FieldRefused):
        save_layout(actor=actor_of(admin), place="card", groups=[group("", *on_card)], with_rest=False)
    save_layout(actor=actor_of(admin), place="card", groups=[group("", *on_card[1:])], with_rest=False)


@pytest.mark.django_db
def test_only_who_puts_processes_in_force_lays_out(rep: User, admin: User) -> None:
    with refuses(NotAllowed):
        save_layout(actor=actor_of(rep), place="deal", groups=[group("", "amount")], with_rest=True)
    save_layout(actor=actor_of(admin), place="deal", groups=[group("", "amount")], with_rest=True)
    with refuses(NotAllowed):
        remove_layout(actor=actor_of(rep), place="deal")


@pytest.mark.django_db
def test_a_role_or_layout_that_is_not_there_is_refused(admin: User) -> None:
    actor = actor_of(admin)
    with refuses(UnknownRole):
        save_layout(actor=actor, place="deal", groups=[group("", "amount")], with_rest=True, role="king")
    with refuses(NotFound):
        remove_layout(actor=actor, place="deal", role="sales")


@pytest.mark.django_db
def test_what_somebody_else_laid_out_meanwhile_is_not_replaced_unseen(admin: User) -> None:
    actor = actor_of(admin)
    none = {"groups": "", "with_rest": ""}
    layout = save_layout(actor=actor, place="deal", groups=[group("", "amount")], with_rest=True, seen=none)
    with refuses(ChangedMeanwhile):
        save_layout(actor=actor, place="deal", groups=[group("", "region")], with_rest=True, seen=none)
    told = crm.layout_told(layout)
    save_layout(actor=actor, place="deal", groups=[group("", "region")], with_rest=True, seen=told)
    with refuses(ChangedMeanwhile):
        save_layout(actor=actor, place="deal", groups=[group("", "source")], with_rest=True, seen=told)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, "sales"])
def test_a_place_has_one_layout_for_everybody_and_one_for_each_role(admin: User, role: str | None) -> None:
    holder = Role.objects.get(key=role) if role else None
    Layout.objects.create(place="deal", role=holder)
    with pytest.raises(IntegrityError), transaction.atomic():
        Layout.objects.create(place="deal", role=holder)


# Whose layout somebody sees


def seen_by(user: User, place: str = "deal") -> list[str]:
    shown = crm.groups_seen(actor_of(user), place, ["amount", "region", "source"])
    return [name for part in shown for name in part.fields]


@pytest.mark.django_db
def test_a_role_sees_its_own_layout_and_all_others_that_for_everybody(admin: User, rep: User, legal: User) -> None:
    assert seen_by(rep) == ["amount", "region", "source"]
    save_layout(actor=actor_of(admin), place="deal", groups=[group("", "source")], with_rest=False)
    save_layout(actor=actor_of(admin), place="deal", groups=[group("", "region")], with_rest=True, role="sales")
    assert (seen_by(rep), seen_by(legal)) == (["region", "amount", "source"], ["source"])
    remove_layout(actor=actor_of(admin), place="deal", role="sales")
    assert seen_by(rep) == ["source"]


@pytest.mark.django_db
def test_with_several_roles_that_of_the_first_role_holds(admin: User, rep: User) -> None:
    actor = actor_of(admin)
    for key in ("late", "later"):
        save_role(actor=actor, key=key, name=key, permissions=[], scope="own")
    rep.roles.set(Role.objects.filter(key__in=["late", "later"]))
    save_layout(actor=actor, place="deal", groups=[group("", "source")], with_rest=False, role="later")
    assert seen_by(rep) == ["source"]
    save_layout(actor=actor, place="deal", groups=[group("", "region")], with_rest=False, role="late")
    assert seen_by(rep) == ["region"]


@pytest.mark.django_db
def test_who_held_a_retired_role_sees_the_layout_of_its_heir(admin: User, rep: User) -> None:
    actor = actor_of(admin)
    save_role(actor=actor, key="probe", name="试用", permissions=[], scope="own")
    rep.roles.set(Role.objects.filter(key="probe"))
    save_layout(actor=actor, place="deal", groups=[group("", "region")], with_rest=False, role="probe")
    save_layout(actor=actor, place="deal", groups=[group("", "source")], with_rest=False, role="sales")
    retire_role(actor=actor, key="probe", heir="sales")
    assert seen_by(rep) == ["source"]
    with refuses(UnknownRole):
        save_layout(actor=actor, place="deal", groups=[group("", "amount")], with_rest=False, role="probe")


# Fields that come and go


@pytest.fixture
def rating(company: Any) -> CustomField:
    return create_field(actor=actor_of(None), kind="deal", fields={"name": "信用评级", "key": "rating"})


@pytest.mark.django_db
def test_an_added_field_is_laid_out_drops_out_retired_and_comes_back(admin: User, rating: CustomField) -> None:
    actor = actor_of(admin)
    layout = save_layout(actor=actor, place="deal", groups=[group("", "custom.rating", "amount")], with_rest=False)
    change_field(actor=actor, field_id=rating.pk, fields={"is_active": False})
    assert "custom.rating" not in crm.layout_fields("deal")
    with refuses(FieldRefused):
        save_layout(actor=actor, place="deal", groups=[group("", "custom.rating")], with_rest=False)
    change_field(actor=actor, field_id=rating.pk, fields={"is_active": True})
    assert crm.groups_of(layout) == [group("", "custom.rating", "amount")]


@pytest.mark.django_db
def test_a_layout_saved_while_a_field_is_out_of_use_keeps_its_place(admin: User, rating: CustomField) -> None:
    actor = actor_of(admin)
    save_layout(actor=actor, place="deal", groups=[group("", "amount", "custom.rating")], with_rest=False)
    change_field(actor=actor, field_id=rating.pk, fields={"is_active": False})
    layout = save_layout(actor=actor, place="deal", groups=[group("", "region", "amount")], with_rest=False)
    assert "custom.rating" not in [name for part in crm.groups_seen(actor, "deal", ["region"]) for name in part.fields]
    after = last_event_id()
    save_layout(actor=actor, place="deal", groups=[group("", "region", "amount")], with_rest=False)
    assert event_kinds(after) == []
    change_field(actor=actor, field_id=rating.pk, fields={"is_active": True})
    assert crm.groups_of(layout) == [group("", "region", "amount", "custom.rating")]


@pytest.mark.django_db
@pytest.mark.parametrize(("others", "is_kept"), [(MOST_ON_A_CARD - 1, True), (MOST_ON_A_CARD, False)])
def test_a_card_keeps_a_place_as_long_as_there_is_room(
    admin: User, rating: CustomField, others: int, is_kept: bool
) -> None:
    actor = actor_of(admin)
    save_layout(actor=actor, place="card", groups=[group("", "custom.rating")], with_rest=False)
    change_field(actor=actor, field_id=rating.pk, fields={"is_active": False})
    on_card = list(crm.layout_fields("card"))[:others]
    layout = save_layout(actor=actor, place="card", groups=[group("", *on_card)], with_rest=False)
    assert ("custom.rating" in crm.groups_of(layout)[0].fields) is is_kept


@pytest.mark.django_db
def test_what_can_be_laid_out_is_named_to_nobody_who_may_not_see_it(
    rep: User, admin: User, rating: CustomField
) -> None:
    change_field(actor=actor_of(admin), field_id=rating.pk, fields={"access": {"sales": "hidden"}})
    assert crm.layout_fields("deal")["custom.rating"] == "信用评级"
    assert "custom.rating" not in crm.layout_fields("deal", actor=actor_of(rep))
    assert "custom.rating" in crm.layout_fields("deal", actor=actor_of(admin))
