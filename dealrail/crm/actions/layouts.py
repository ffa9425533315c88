"""Deciding which fields stand where: on the pages of deals and customers, and on the board's card."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound, UnknownRole
from dealrail.accounts.models import Role
from dealrail.core.db import take_turns
from dealrail.core.problems import ChangedMeanwhile, plain
from dealrail.core.texts import is_storable, tidy
from dealrail.crm.errors import FieldRefused
from dealrail.crm.facts import LayoutRemoved, LayoutSaved
from dealrail.crm.models import Layout
from dealrail.crm.queries.layouts import groups_of, layout_fields, layout_told
from dealrail.crm.rules import (
    CARD,
    LONGEST_HEADING,
    MOST_GROUPS,
    MOST_ON_A_CARD,
    PLACES,
    FieldGroup,
    changes,
    with_places_kept,
)
from dealrail.events.engine import record
from dealrail.process.permissions import PROCESS_PUBLISH

LAYOUT_PARTS: dict[str, Any] = {
    "place": gettext_lazy("Place"),
    "groups": gettext_lazy("Groups"),
    "with_rest": gettext_lazy("Fields in no group"),
}


@transaction.atomic
def save_layout(
    *,
    actor: Actor,
    place: str,
    groups: Iterable[FieldGroup],
    with_rest: bool,
    role: str = "",
    seen: Mapping[str, str] | None = None,
    like: Iterable[FieldGroup] | None = None,
) -> Layout:
    """Decide which fields stand on a page or card, in which order and groups: for everybody, or for a role.

    A role's layout holds in the place of that for everybody. Fields in no group stand behind (`with_rest`) or are left
    out; a card has no room for them. `seen` is what the layout said when one looked; it is empty where there was none.
    Fields out of use keep the place they have in the layout there was, or in the groups that this is to be `like`; on a
    card as long as there is room. Saving it as it is leaves no trace.

    Raises NotAllowed, UnknownRole, FieldRefused or ChangedMeanwhile.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    holder = _role(role) if role else None
    _refuse_unknown_place(place)
    take_turns("layouts", [place])
    layout = Layout.objects.filter(place=place, role=holder).first() or Layout(place=place, role=holder)
    wanted = _checked(place, groups, with_rest)
    kept = _with_those_out_of_use(place, wanted, groups_of(layout) if like is None else like)
    before = layout_told(layout) if layout.pk else {"groups": "", "with_rest": ""}
    layout.groups = [{"heading": group.heading, "fields": list(group.fields)} for group in kept]
    layout.with_rest = with_rest
    now = layout_told(layout)
    if layout.pk and now == before:
        return layout
    _refuse_stale(before, seen, _("It stands otherwise by now. Save once more to put yours in its place."))
    layout.save()
    record(LayoutSaved(layout_id=layout.pk, place=place, role=role, changes=changes(before, now)), actor=actor)
    return layout


@transaction.atomic
def remove_layout(*, actor: Actor, place: str, role: str = "", seen: Mapping[str, str] | None = None) -> Layout:
    """Take a layout back: a role sees what everybody sees, everybody what the page shows without one.

    `seen` is what it said when one looked. What comes back is what it was.
    Raises NotAllowed, UnknownRole, FieldRefused, ChangedMeanwhile, or NotFound where there is none.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    holder = _role(role) if role else None
    _refuse_unknown_place(place)
    take_turns("layouts", [place])
    layout = Layout.objects.select_for_update().filter(place=place, role=holder).first()
    if layout is None:
        raise NotFound()
    told = layout_told(layout)
    _refuse_stale(told, seen, _("It stands otherwise by now. Take it back once more if you still mean to."))
    fact = LayoutRemoved(layout_id=layout.pk, place=place, role=role, groups=told["groups"], with_rest=layout.with_rest)
    record(fact, actor=actor)
    layout.delete()
    return layout


def _role(key: str) -> Role:
    offered = {role.key: role for role in people.all_roles()}
    if key not in offered:
        raise UnknownRole(role=key[:40], roles=", ".join(offered), field="role")
    return offered[key]


def _refuse_unknown_place(place: str) -> None:
    if place not in PLACES:
        raise _refused("place", _("Write one of: %(known)s.") % {"known": ", ".join(PLACES)})


def _refuse_stale(now: Mapping[str, str], seen: Mapping[str, str] | None, problem: str) -> None:
    """Refuse where somebody else saved or took back the layout since one looked: two orders can't be put together."""
    if seen is not None and any(plain(seen.get(name)) != plain(now[name]) for name in now):
        raise ChangedMeanwhile(problems=[{"field": "groups", "label": str(LAYOUT_PARTS["groups"]), "problem": problem}])


def _refused(name: str, problem: Any) -> FieldRefused:
    return FieldRefused(field=name, label=LAYOUT_PARTS[name], problem=problem)


def _checked(place: str, groups: Iterable[FieldGroup], with_rest: bool) -> list[FieldGroup]:
    """The groups with their headings tidied."""
    kept = [FieldGroup(_heading(group.heading), tuple(group.fields)) for group in groups]
    names = [name for group in kept for name in group.fields]
    known = layout_fields(place)
    if unknown := next((name for name in names if name not in known), None):
        raise _refused(
            "groups",
            _("There is no field “%(field)s” here. Fields are: %(known)s.")
            % {"field": unknown[:60], "known": ", ".join(known)},
        )
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise _refused("groups", _("“%(field)s” stands in it twice.") % {"field": known[twice]})
    if sum(bool(group.fields) for group in kept) > MOST_GROUPS:
        raise _refused("groups", _("Make at most %(most)s groups.") % {"most": MOST_GROUPS})
    if place == CARD:
        _refuse_full_card(names, with_rest)
    elif not names and not with_rest:
        raise _refused("groups", _("Put at least one field into a group, or nobody would see anything."))
    return kept


def _with_those_out_of_use(place: str, wanted: list[FieldGroup], before: Iterable[FieldGroup]) -> list[FieldGroup]:
    """The groups with the fields out of use that stood in those of before; without groups that hold nothing."""
    known, old = layout_fields(place), list(before)
    room = MOST_ON_A_CARD - sum(len(group.fields) for group in wanted) if place == CARD else None
    gone = [name for group in old for name in group.fields if name not in known][:room]
    return [group for group in with_places_kept(wanted, old, gone) if group.fields]


def _heading(text: str) -> str:
    heading = tidy(text)
    if len(heading) > LONGEST_HEADING or not is_storable(heading):
        raise _refused("groups", _("Write headings of at most %(most)s characters.") % {"most": LONGEST_HEADING})
    return heading


def _refuse_full_card(names: list[str], with_rest: bool) -> None:
    if len(names) > MOST_ON_A_CARD:
        raise _refused("groups", _("A card has room for %(most)s fields.") % {"most": MOST_ON_A_CARD})
    if with_rest:
        raise _refused("with_rest", _("A card shows only the fields in its groups."))
