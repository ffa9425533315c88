"""Putting exports on record."""

import json

from django.db import transaction

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.permissions import LOG_READ
from dealrail.crm.facts import ExportTaken
from dealrail.crm.permissions import EXPORTS_RUN
from dealrail.events.engine import record


@transaction.atomic
def note_export(*, actor: Actor, kind: str, rows: int, filter_: object = None) -> None:
    """Record that somebody takes so many records out of the system, before they get them. Raises NotAllowed."""
    accounts.require(actor, EXPORTS_RUN)
    _note(actor, kind, rows, filter_)


@transaction.atomic
def note_log_export(*, actor: Actor, rows: int, filter_: object = None) -> None:
    """Record that somebody takes so many events of the log out of the system. Raises NotAllowed."""
    accounts.require(actor, LOG_READ)
    _note(actor, "log", rows, filter_)


def _note(actor: Actor, kind: str, rows: int, filter_: object) -> None:
    wanted = "" if not filter_ else json.dumps(filter_, ensure_ascii=False)[:500]
    record(ExportTaken(user_id=actor.user_id, what=kind, rows=rows, filter=wanted), actor=actor)
