"""Which role sees and fills which field, as one table; of built-in ones what is masked, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.core.errors import Refusal
from dealrail.core.problems import ChangedMeanwhile
from dealrail.crm import queries as crm
from dealrail.crm.actions.field_access import save_field_access
from dealrail.crm.permissions import POOLS_MANAGE
from dealrail.crm.rules import Access
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.web.people.naming import role_name
from dealrail.web.settings.fields import KINDS
from dealrail.web.signed_in import actor_of

CHOICES = {Access.EDIT: _("fills"), Access.READ: _("sees"), Access.HIDDEN: _("hidden")}
# What is masked while a customer lies in a public pool; who may manage pools reads it.
MASKED = {
    "customer": (_("Phone"),),
    "contact": (_("Phone"), _("Mail address"), _("WeChat")),
}


@dataclass(frozen=True)
class Cell:
    """What one role may with one field, and what it might when the table was opened."""

    name: str
    role: str
    allowed: str
    was: str


@dataclass(frozen=True)
class FieldLine:
    """A field that was added, with a cell for each role."""

    field: Any
    cells: list[Cell]


@dataclass(frozen=True)
class KindLines:
    """The fields of a kind of record: built-in ones that are masked, and those that were added."""

    label: Any
    masked: list[tuple[Any, list[bool]]]
    lines: list[FieldLine]


def field_access(request: HttpRequest) -> HttpResponse:
    """The table of fields and roles; saving it changes only the cells that one changed."""
    actor = actor_of(request)
    policy.require(actor, PROCESS_PUBLISH)
    if request.method != "POST":
        return _table(request, actor)
    wanted, seen = _typed(request.POST, "may"), _typed(request.POST, "was")
    try:
        changed = save_field_access(actor=actor, wanted=wanted, seen=seen)
    except Refusal as refusal:
        return _table(request, actor, refusal, wanted, {} if isinstance(refusal, ChangedMeanwhile) else seen)
    messages.success(request, ngettext("%(n)s field changed.", "%(n)s fields changed.", changed) % {"n": changed})
    return redirect("field_access")


def _typed(posted: QueryDict, prefix: str) -> dict[int, dict[str, str]]:
    """The cells as they were sent, named may-5-sales: field by id → role → what it may."""
    found: dict[int, dict[str, str]] = {}
    for field in crm.custom_fields():
        start = f"{prefix}-{field.pk}-"
        row = {name.removeprefix(start): str(posted[name]) for name in posted if name.startswith(start)}
        found |= {field.pk: row} if row else {}
    return found


def _table(
    request: HttpRequest,
    actor: Actor,
    refusal: Refusal | None = None,
    typed: Mapping[int, Mapping[str, str]] | None = None,
    seen: Mapping[int, Mapping[str, str]] | None = None,
) -> HttpResponse:
    roles = list(people.all_roles())
    added = list(crm.custom_fields().filter(is_active=True))
    sees = [POOLS_MANAGE in role.permissions for role in roles]
    kinds = [
        KindLines(
            label,
            [(words, sees) for words in MASKED.get(kind, ())],
            [_line(field, roles, typed or {}, seen or {}) for field in added if field.kind == kind],
        )
        for kind, label in KINDS.items()
    ]
    context = {
        "kinds": kinds,
        "roles": [(role.key, role_name(role.key, role.name)) for role in roles],
        "width": len(roles) + 1,
        "choices": CHOICES.items(),
        "refusal": refusal,
        "masked_words": gettext("masked until claimed"),
        "may_see_as": actor.may(PEOPLE_MANAGE),
        "may_save": any(kind.lines for kind in kinds),
    }
    return render(request, "settings/field_access.html", context, status=refusal.status if refusal else 200)


def _line(
    field: Any,
    roles: list[Any],
    typed: Mapping[int, Mapping[str, str]],
    seen: Mapping[int, Mapping[str, str]],
) -> FieldLine:
    cells = []
    for role in roles:
        now = field.access.get(role.key, Access.EDIT.value)
        was = seen.get(field.pk, {}).get(role.key, now)
        # what somebody else changed meanwhile is shown as it is now, unless one changed it too
        ours = typed.get(field.pk, {}).get(role.key, now)
        cells.append(Cell(f"{field.pk}-{role.key}", role_name(role.key, role.name), ours, was))
    return FieldLine(field, cells)
