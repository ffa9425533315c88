"""Keeping the texts that follow-ups start from: one's own, and everybody's."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import policy
from dealrail.accounts.errors import NotFound
from dealrail.activities import queries as activities
from dealrail.activities.actions.texts import remove_text_template, save_text_template
from dealrail.activities.permissions import TEXTS_SHARE
from dealrail.core.errors import Refusal
from dealrail.web.inputs import Input, filled, options, typed
from dealrail.web.signed_in import actor_of

NAMES = ("name", "text", "kind")
FIELDS = {
    "template_incomplete": "text",
    "unknown_activity_kind": "kind",
}


@dataclass(frozen=True)
class Shelf:
    """Where texts are kept: `is_shared` are everybody's."""

    is_shared: bool

    @property
    def name(self) -> str:
        """The address of the list, by name; that of one text is the singular."""
        return "shared_texts" if self.is_shared else "own_texts"


OWN, SHARED = Shelf(is_shared=False), Shelf(is_shared=True)


def own_texts(request: HttpRequest) -> HttpResponse:
    """One's own texts, and a form for one more."""
    return _shelf(request, OWN)


def own_text(request: HttpRequest, template_id: int) -> HttpResponse:
    """Change or remove one of one's own."""
    return _shelf(request, OWN, template_id)


def shared_texts(request: HttpRequest) -> HttpResponse:
    """Everybody's texts, and a form for one more."""
    policy.require(actor_of(request), TEXTS_SHARE)
    return _shelf(request, SHARED)


def shared_text(request: HttpRequest, template_id: int) -> HttpResponse:
    """Change or remove one of everybody's."""
    policy.require(actor_of(request), TEXTS_SHARE)
    return _shelf(request, SHARED, template_id)


def _shelf(request: HttpRequest, shelf: Shelf, template_id: int | None = None) -> HttpResponse:
    found = _found(request, shelf, template_id)
    if request.method != "POST":
        return _page(request, shelf, found)
    try:
        said = _change(request, shelf, template_id)
    except Refusal as refusal:
        refusal.params.setdefault("field", FIELDS.get(refusal.code, "name"))
        return _page(request, shelf, found, refusal)
    messages.success(request, said)
    return redirect(shelf.name)


def _found(request: HttpRequest, shelf: Shelf, template_id: int | None) -> Any:
    if template_id is None:
        return None
    found = _rows(request, shelf).filter(pk=template_id).first()
    if found is None:
        raise NotFound()
    return found


def _change(request: HttpRequest, shelf: Shelf, template_id: int | None) -> str:
    actor = actor_of(request)
    if template_id is not None and request.POST.get("how") == "remove":
        remove_text_template(actor=actor, template_id=template_id)
        return _("The text is removed.")
    values = {name: request.POST.get(name, "") for name in NAMES}
    save_text_template(actor=actor, template_id=template_id, is_shared=shelf.is_shared, **values)
    return _("The text is saved.")


def _rows(request: HttpRequest, shelf: Shelf) -> Any:
    return activities.shared_texts() if shelf.is_shared else activities.own_texts(actor_of(request))


def _page(request: HttpRequest, shelf: Shelf, found: Any, refusal: Refusal | None = None) -> HttpResponse:
    inputs = _inputs()
    kept = {name: getattr(found, name) for name in NAMES} if found else {}
    context = {
        "shelf": shelf,
        "rows": _rows(request, shelf),
        "found": found,
        "inputs": filled(inputs, typed(request.POST, inputs) if refusal else kept, refusal),
        "refusal": refusal,
        "one": shelf.name.removesuffix("s"),
    }
    return render(request, "follow_ups/texts.html", context, status=refusal.status if refusal else 200)


def _inputs() -> list[Input]:
    kinds = options(activities.activity_kinds().items(), none=gettext_lazy("Every kind"))
    return [
        Input("name", gettext_lazy("Name of the text"), required=True),
        Input("kind", gettext_lazy("For which kind"), kind="select", options=kinds),
        Input("text", gettext_lazy("Text"), kind="textarea", required=True),
    ]
