"""Refusals of what moves records on: moves, gates, approvals, waivers and losses."""

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal
from dealrail.process.rules import Demand


class NoSuchMove(Refusal):
    code = "no_such_move"
    sentence = _("From “%(stage)s” there is no move to “%(to)s”. Possible: %(possible)s.")


class NotOpen(Refusal):
    """`state` is lost or parked; the sentence has the word for it."""

    code = "not_open"
    sentence = _("This is %(state)s and can't be moved on. Reopen it first.")

    def __str__(self) -> str:
        words = {"lost": _("lost"), "parked": _("set aside")}
        return str(self.sentence) % {"state": words.get(self.params["state"], self.params["state"])}


class NotClosed(Refusal):
    code = "not_closed"
    sentence = _("Only what is lost or parked can be reopened.")


class AlreadyFinished(Refusal):
    code = "already_finished"
    sentence = _("This process is finished; nothing is left to move.")


class StaleVersion(Refusal):
    code = "stale_version"
    status = 409
    sentence = _("Somebody changed this in the meantime. Look at it again and repeat your step.")


class GateBlocked(Refusal):
    """The gate is shut; `demands` are all that is unmet, at once; `approvals` will be asked for after that."""

    code = "gate_blocked"
    sentence = _("Not yet: %(count)s left to do before “%(to)s”.")

    def __init__(
        self, *, to: str, to_name: str, demands: tuple[Demand, ...], approvals: tuple[Demand, ...] = ()
    ) -> None:
        super().__init__(to=to_name, to_key=to, count=len(demands))
        self.demands = demands
        self.approvals = approvals


class NobodyToApprove(Refusal):
    code = "nobody_to_approve"
    sentence = _("Nobody may approve this: %(who)s. Ask an administrator to name somebody, or ask for a waiver.")


class NoSuchApproval(Refusal):
    code = "no_such_approval"
    status = 404
    sentence = _("This approval isn't waiting for you, or it is decided already.")


class AsksThemselves(Refusal):
    """`person` asked for the approval, so they can't give it."""

    code = "asks_themselves"
    sentence = _("%(person)s asked for this approval and can't give it. Choose somebody else.")


class AskedAlready(Refusal):
    code = "asked_already"
    sentence = _("%(person)s is asked for this approval already. Choose somebody else.")


class TooManyApprovers(Refusal):
    code = "too_many_approvers"
    sentence = _("This approval needs %(most)s answers already; no more can be added.")


class NotYourRequest(Refusal):
    code = "not_your_request"
    sentence = _("Only who asked for this approval, or the owner of the deal, can take the request back.")


class NoSuchCondition(Refusal):
    code = "no_such_condition"
    sentence = _("The stage “%(stage)s” has no condition “%(condition)s”. It has: %(known)s.")


class NotWaivable(Refusal):
    code = "not_waivable"
    sentence = _("“%(condition)s” is never waived in this process. Meet it, or move the deal another way.")


class NotYoursToWaive(Refusal):
    code = "not_yours_to_waive"
    status = 403
    sentence = _("“%(condition)s” is waived only by: %(roles)s.")


class AlreadyWaived(Refusal):
    code = "already_waived"
    sentence = _("This condition is waived already.")


class WaiverAskedAlready(Refusal):
    code = "waiver_asked_already"
    sentence = _("Somebody asked for this waiver already; it waits for an answer.")


class NoSuchWaiverRequest(Refusal):
    code = "no_such_waiver_request"
    status = 404
    sentence = _("This request for a waiver doesn't wait any more.")


class NextOwnerNeeded(Refusal):
    code = "next_owner_needed"
    sentence = _("“%(stage)s” belongs to somebody else. Choose who takes the deal over.")


class ReasonMissing(Refusal):
    code = "reason_missing"
    sentence = _("Write a reason of 2 to 500 characters.")


class UnknownLossReason(Refusal):
    code = "unknown_loss_reason"
    sentence = _("“%(reason)s” isn't a loss reason of this process. Choose one of: %(known)s.")


class LossReasonMissing(Refusal):
    code = "loss_reason_missing"
    sentence = _("Choose a loss reason.")


class UnknownWaiverReason(Refusal):
    code = "unknown_waiver_reason"
    sentence = _("“%(reason)s” isn't a waiver reason of this process. Choose one of: %(known)s.")


class WaiverReasonMissing(Refusal):
    code = "waiver_reason_missing"
    sentence = _("Choose the kind of reason: one of %(known)s.")


class DatesOutOfOrder(Refusal):
    code = "dates_out_of_order"
    sentence = _("The dates don't follow each other: %(later)s comes before %(earlier)s.")
