"""One step for many deals: each goes through the same action as alone, and each gets an answer of its own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownPerson
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.crm.actions import deals
from dealrail.process import queries as processes
from dealrail.process.errors import GateBlocked
from dealrail.process.rules import Demand
from dealrail.web.inputs import whole

MOST_ROWS = 200
Step = Callable[[Actor, int, int | None, QueryDict], Any]


class NothingChosen(Refusal):
    code = "nothing_chosen"
    sentence = _("Tick the deals first.")


class TooManyChosen(Refusal):
    code = "too_many_chosen"
    sentence = _("%(count)s deals are too many at once; %(most)s fit.")


class UnknownStep(Refusal):
    code = "unknown_step"
    sentence = _("Choose what to do with these deals.")


@dataclass(frozen=True)
class Answer:
    """What became of one deal: `kind` is done, waiting or refused; `demands` is all that is still missing."""

    deal_id: int
    name: str
    kind: str
    sentence: str
    demands: tuple[Demand, ...] = ()


def for_each(actor: Actor, chosen: Iterable[str], step: str, typed: QueryDict) -> list[Answer]:
    """Take the step for each chosen deal (`id` or `id:version`), in order; one refusal stops no other.

    Refuses as a whole with UnknownStep, NothingChosen or TooManyChosen.
    """
    rows = [_place(text) for text in dict.fromkeys(chosen)]
    if step not in STEPS:
        raise UnknownStep()
    if not rows:
        raise NothingChosen()
    if len(rows) > MOST_ROWS:
        raise TooManyChosen(count=len(rows), most=MOST_ROWS)
    names = dict(crm.deals(actor).filter(pk__in=[deal_id for deal_id, _ in rows]).values_list("pk", "name"))
    return [_one(actor, deal_id, names.get(deal_id, f"#{deal_id}"), seen, STEPS[step], typed) for deal_id, seen in rows]


def _place(text: str) -> tuple[int, int | None]:
    chosen, _colon, seen = text.partition(":")
    if (deal_id := whole(chosen)) is None:
        raise NothingChosen()
    return deal_id, whole(seen)


def _one(actor: Actor, deal_id: int, name: str, seen: int | None, step: Step, typed: QueryDict) -> Answer:
    try:
        done = step(actor, deal_id, seen, typed)
    except GateBlocked as refusal:
        return Answer(deal_id, name, "refused", str(refusal), refusal.demands)
    except Refusal as refusal:
        return Answer(deal_id, name, "refused", str(refusal))
    return _answer(deal_id, name, done)


def _answer(deal_id: int, name: str, done: Any) -> Answer:
    if isinstance(done, deals.AwaitingApproval):
        who = ", ".join(person.name for request in done.requests for person in request.approvers.all())
        return Answer(deal_id, name, "waiting", str(_("Waits for the approval of %(who)s.") % {"who": who}))
    if isinstance(done, deals.Moved):
        spec = processes.spec_of(done.deal.run.version_id)
        words = {"stage": processes.stage_name(spec, done.to)}
        sentence = _("The process is finished.") if done.to == "end" else _("Moved to “%(stage)s”.")
        return Answer(deal_id, name, "done", str(sentence) % words)
    return Answer(deal_id, name, "done", str(_("Done.")))


def _advance(actor: Actor, deal_id: int, seen: int | None, typed: QueryDict) -> Any:
    to = typed.get("to") or None
    return deals.advance_deal(actor=actor, deal_id=deal_id, to=to, seen_version=seen)


def _transfer(actor: Actor, deal_id: int, seen: int | None, typed: QueryDict) -> Any:
    owner, note = typed.get("owner", ""), typed.get("note", "")
    if (owner_id := whole(owner)) is None:
        raise UnknownPerson(person=owner[:40])
    return deals.transfer_deal(actor=actor, deal_id=deal_id, owner_id=owner_id, note=note, seen_version=seen)


def _lose(actor: Actor, deal_id: int, seen: int | None, typed: QueryDict) -> Any:
    reason, note = typed.get("reason", ""), typed.get("note", "")
    return deals.lose_deal(actor=actor, deal_id=deal_id, reason=reason, note=note, seen_version=seen)


def _change(actor: Actor, deal_id: int, seen: int | None, typed: QueryDict) -> Any:
    fields = {typed.get("field", ""): typed.get("value", "")}
    return deals.change_deal(actor=actor, deal_id=deal_id, fields=fields, seen_version=seen)


STEPS: dict[str, Step] = {"advance": _advance, "transfer": _transfer, "lose": _lose, "change": _change}
