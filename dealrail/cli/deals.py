"""`move`: advancing a deal from the command line, through the same gate as everywhere."""

from typing import Any

from django.utils.translation import gettext as _

from dealrail.cli import acting, start
from dealrail.cli.arguments import Options
from dealrail.cli.output import say, say_json
from dealrail.crm.actions.deals import AwaitingApproval, Moved, advance_deal
from dealrail.process.errors import GateBlocked

REFUSED = 1


def move(options: Options) -> int:
    """Advance a deal; with --json a gate that is shut is told as data, with status 1 as ever."""
    start.require_database()
    try:
        moved = advance_deal(
            actor=acting.chosen(options),
            deal_id=options.deal_id,
            to=options.to,
            fields=dict(options.fields or []),
        )
    except GateBlocked as blocked:
        if not options.json:
            raise
        say_json(_refused(blocked))
        return REFUSED
    _tell(moved, as_json=options.json)
    return 0


def _refused(blocked: GateBlocked) -> dict[str, Any]:
    unmet = [
        {"code": demand.code, "condition": demand.condition, "message": demand.message, "item": demand.item}
        for demand in blocked.demands
    ]
    return {"outcome": "blocked", "to": blocked.params["to_key"], "detail": str(blocked), "unmet": unmet}


def _tell(moved: Moved | AwaitingApproval, *, as_json: bool) -> None:
    waiting = isinstance(moved, AwaitingApproval)
    if as_json:
        outcome = "awaiting_approval" if waiting else "moved"
        say_json({"outcome": outcome, "deal": moved.deal.pk, "to": moved.to, "version": moved.deal.run.revision})
        return
    said = (
        _("“%(deal)s” now waits for approval to move to “%(to)s”.") if waiting else _("“%(deal)s” moved to “%(to)s”.")
    )
    say(said % {"deal": moved.deal.name, "to": moved.to})
