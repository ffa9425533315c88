"""What a form does happens once, however often the very same form is sent: it carries a key of its own."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actions.idempotency import Answer, answer_once
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import KeyReused
from dealrail.core.errors import Refusal

LONGEST_KEY = 100
SAVED = 201
NOT_SAID = ("csrfmiddlewaretoken", "next", "key", "written_at")


class SavedAlready(Refusal):
    code = "saved_already"
    status = 409
    sentence = _("This form was saved already. Open it anew to write something else.")


def new_key() -> str:
    """A key for a form that is about to be shown."""
    return secrets.token_urlsafe(16)


def once(request: HttpRequest, actor: Actor, save: Callable[[], str]) -> str:
    """Do what `save` does and keep what it answers, or find that this very form was sent before and answer the same.

    A form without a key is saved every time. A refusal keeps nothing. Raises SavedAlready for other words under a key.
    """
    key = request.POST.get("key", "")[:LONGEST_KEY]
    if not key:
        return save()
    asked: dict[str, Any] = {"actor": actor, "key": key, "fingerprint": _fingerprint(request), "lasting": True}
    try:
        return answer_once(**asked, answer=lambda: Answer(SAVED, save())).body
    except KeyReused as error:
        raise SavedAlready() from error


def _fingerprint(request: HttpRequest) -> str:
    """The same for the same form, however often it is sent."""
    said = sorted((name, values) for name, values in request.POST.lists() if name not in NOT_SAID)
    sent = sorted(request.FILES.lists())
    kept = [(name, file.name, file.size) for name, files in sent for file in files if file.name]
    return hashlib.sha256(repr((request.path, said, kept)).encode()).hexdigest()
