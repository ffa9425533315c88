"""Two customers side by side, to be made one; and the duplicates told of while one types."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.core.errors import Refusal
from dealrail.core.texts import tidy
from dealrail.crm import permissions, policy
from dealrail.crm import queries as crm
from dealrail.crm.actions import merging as actions
from dealrail.crm.actions.pools import open_customer
from dealrail.crm.queries import LABELS
from dealrail.crm.rules import MERGED_FIELDS
from dealrail.web.customers.rows import CustomerRow, customer_row, customer_rows
from dealrail.web.inputs import whole
from dealrail.web.signed_in import actor_of

SHOWN = 10


@dataclass(frozen=True)
class Line:
    """A field of both customers; `take`: the other one's value is chosen. Where both are alike nothing is chosen."""

    name: str
    label: Any
    kept: str
    gone: str
    take: bool

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return self.kept != self.gone


def duplicates(request: HttpRequest) -> HttpResponse:
    """Customers like the one that is being typed, as a part of the form."""
    actor, typed = actor_of(request), request.GET
    accounts.require(actor, permissions.CUSTOMERS_READ)
    known = {name: tidy(typed.get(name, "")) for name in ("name", "code", "credit_code", "phone")}
    found = crm.duplicates(actor, **known, but=whole(typed.get("but")))
    return render(request, "customers/duplicates.html", {"found": found})


def merge_choose(request: HttpRequest, customer_id: int) -> HttpResponse:
    """With which other customer: those that look the same, or whom one looks for."""
    actor = actor_of(request)
    row = _to_change(actor, customer_id)
    text = tidy(request.GET.get("q", ""))
    rows = crm.customers(actor).exclude(pk=customer_id)
    if text:
        found = list(crm.search_customers(actor, rows, text).order_by("-pk")[:SHOWN])
    else:
        alike = crm.duplicates(actor, **_facts_of(row), but=customer_id)
        found = list(rows.filter(pk__in=[one.customer_id for one in alike if one.customer_id]))
    mine = [one for one in found if policy.may(actor, permissions.CUSTOMERS_CHANGE, one)]
    context = {"row": row, "found": customer_rows(actor, mine), "searched": text}
    return render(request, "customers/merge_choose.html", context)


def merge(request: HttpRequest, customer_id: int, other_id: int) -> HttpResponse:
    """Both side by side with a choice for each field; or make them one."""
    actor = actor_of(request)
    kept, gone = _to_change(actor, customer_id), _to_change(actor, other_id)
    if request.method != "POST":
        return _side_by_side(request, actor, kept, gone)
    take = [name for name in MERGED_FIELDS if request.POST.get(name) == "gone"]
    try:
        made = actions.merge_customers(actor=actor, kept_id=customer_id, gone_id=other_id, take=take)
    except Refusal as refusal:
        return _side_by_side(request, actor, kept, gone, refusal=refusal)
    said = _("“%(gone)s” is part of “%(kept)s” now.") % {"gone": gone.customer.name, "kept": made.kept.name}
    messages.success(request, said, extra_tags=f"merge:{made.pk}")
    return redirect("customer", customer_id)


@require_POST
def merge_undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Make two of one again."""
    made = actions.undo_merge(actor=actor_of(request), merge_id=merge_id)
    messages.success(request, _("“%(gone)s” is a customer of its own again.") % {"gone": made.gone.name})
    return redirect("customer", made.gone_id)


def _to_change(actor: Actor, customer_id: int) -> CustomerRow:
    row = customer_row(actor, open_customer(actor=actor, customer_id=customer_id))
    policy.require_can_change_customer(actor, row.customer)
    return row


def _facts_of(row: CustomerRow) -> dict[str, str]:
    customer = row.customer
    phone = "" if row.masked else customer.phone
    return {"name": customer.name, "code": customer.code, "credit_code": customer.credit_code, "phone": phone}


def _side_by_side(
    request: HttpRequest, actor: Actor, kept: CustomerRow, gone: CustomerRow, *, refusal: Refusal | None = None
) -> HttpResponse:
    context = {
        "kept": kept,
        "gone": gone,
        "lines": list(_lines(actor, kept, gone, request)),
        "belongings": [(label, count) for label, count in _belongings(actor, gone.customer.pk) if count],
        "refusal": refusal,
    }
    return render(request, "customers/merge.html", context, status=refusal.status if refusal else 200)


def _lines(actor: Actor, kept: CustomerRow, gone: CustomerRow, request: HttpRequest) -> list[Line]:
    """The fields in which they can differ; the owner only for who may choose one."""
    may_transfer = policy.may(actor, permissions.CUSTOMERS_TRANSFER, kept.customer) and gone.customer.owner_id
    names = [name for name in MERGED_FIELDS if name != "owner" or may_transfer]
    lines = [_line(name, kept, gone, request) for name in names]
    return [line for line in lines if line.kept or line.gone]


def _line(name: str, kept: CustomerRow, gone: CustomerRow, request: HttpRequest) -> Line:
    ours, theirs = (_shown(row, name) for row in (kept, gone))
    if name == "parent":  # none of the two can be its own parent
        ours, theirs = (_parent_of(row, besides={kept.customer.pk, gone.customer.pk}) for row in (kept, gone))
    chosen = request.POST.get(name)
    take = chosen == "gone" if chosen else bool(theirs and not ours and name != "owner")
    return Line(name=name, label=LABELS[name], kept=ours, gone=theirs, take=take)


def _parent_of(row: CustomerRow, *, besides: Container[int]) -> str:
    return "" if row.customer.parent_id in besides else _shown(row, "parent")


def _shown(row: CustomerRow, name: str) -> str:
    value = row.phone if name == "phone" else getattr(row.customer, name)
    text = "" if value is None else str(value)
    reason = row.customer.grade_reason if name == "grade" else ""
    return f"{text} · {reason}" if text and reason else text


def _belongings(actor: Actor, customer_id: int) -> list[tuple[Any, int]]:
    """What comes along, as far as the actor may see it."""
    return [
        (_("Deals"), crm.deals(actor).filter(customer=customer_id).count()),
        (_("Contacts"), crm.contacts_of(customer_id).count()),
        (_("Follow-ups"), activities.activities_about(actor, customer_id).count()),
        (_("Open tasks"), activities.tasks_about(actor, customer_id).count()),
        (_("Sub-companies"), crm.children(actor, customer_id).count()),
    ]
