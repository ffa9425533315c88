"""Refusals of the kernel, and the sentences for what is wrong in a definition."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal
from dealrail.process.rules import Demand, Problem
from dealrail.process.rules.deviations import Part


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


class NoSuchProcess(Refusal):
    code = "no_such_process"
    status = 404
    sentence = _("There is no process “%(process)s”.")


class NoSuchVersion(Refusal):
    code = "no_such_version"
    status = 404
    sentence = _("The process “%(process)s” has no version “%(version)s”.")


class UnknownStage(Refusal):
    code = "unknown_stage"
    sentence = _("The process has no stage “%(stage)s”. It has: %(known)s.")


class MappingChangesWins(Refusal):
    code = "mapping_changes_wins"
    sentence = _(
        "Deals in one of “%(stage)s” and “%(to)s” are won, in the other not. A migration wins no deal and takes no win "
        "back: choose another stage, or let these deals stay."
    )


class DatesOutOfOrder(Refusal):
    code = "dates_out_of_order"
    sentence = _("The dates don't follow each other: %(later)s comes before %(earlier)s.")


class NoSuchDraft(Refusal):
    code = "no_such_draft"
    status = 404
    sentence = _("“%(process)s” has no draft. Begin one.")


class DraftThere(Refusal):
    code = "draft_there"
    status = 409
    sentence = _("“%(process)s” has a draft already, begun by %(who)s. Go on with it, or discard it first.")


class StaleDraft(Refusal):
    """Somebody changed the draft since the editor saw it: who, and when; `revision` is the one it has now."""

    code = "stale_draft"
    status = 409
    sentence = _("%(who)s changed this draft at %(moment)s, after you opened it. Load it anew and repeat your change.")


class UnkeepableDraft(Refusal):
    code = "unkeepable_draft"
    sentence = _("This can't be kept as a draft. %(problem)s")


class OtherProcess(Refusal):
    code = "other_process"
    sentence = _(
        "The text is of the process “%(given)s”, and this is the draft of “%(process)s”. Change “process” in it."
    )


class NoStepBefore(Refusal):
    code = "no_step_before"
    sentence = _("There is nothing left to undo.")


class NoStepAfter(Refusal):
    code = "no_step_after"
    sentence = _("There is nothing to redo.")


class NoteMissing(Refusal):
    code = "note_missing"
    sentence = _("Say what changes and why, in 2 to %(longest)s characters.")


class PublishedMeanwhile(Refusal):
    """Another version came into force since the draft began: which one, by whom and when."""

    code = "published_meanwhile"
    status = 409
    sentence = _(
        "%(who)s published version %(number)s at %(moment)s, after this draft began. Compare the draft with it, take "
        "over what is missing, and publish over version %(number)s."
    )


class LineUnnamed(Refusal):
    code = "line_unnamed"
    sentence = _("You are in charge of several business lines. Say which one the process is for.")


class NotYourLine(Refusal):
    code = "not_your_line"
    sentence = _("There is no such business line, or you aren't in charge of it. Choose another one.")


class LineRetired(Refusal):
    code = "line_retired"
    sentence = _("The business line “%(line)s” is retired, so nothing new begins in it. Choose another one.")


class NotYourProcess(Refusal):
    """Somebody wants to start a deal in a process of a line they don't belong to."""

    code = "not_your_process"
    status = 403
    sentence = _(
        "“%(process)s” is a process of the business line “%(line)s”, and you don't belong to it. Choose another "
        "process, or ask who manages business lines to take you in."
    )


class NoSuchLine(Refusal):
    code = "no_such_line"
    status = 404
    sentence = _("There is no business line “%(line)s”.")


class NoSuchTemplate(Refusal):
    code = "no_such_template"
    status = 404
    sentence = _("“%(process)s” is no template of the group.")


class NothingNew(Refusal):
    code = "nothing_new"
    sentence = _(
        "“%(process)s” goes by the latest version of a template, or by none, so there is nothing to take over."
    )


class DraftUnreadable(Refusal):
    code = "draft_unreadable"
    sentence = _("The text of this draft has mistakes, so nothing can be taken over into it. Put them right first.")


class UnknownPart(Refusal):
    code = "unknown_part"
    sentence = _("“%(part)s” is no part in which lines may deviate. Known: %(known)s.")


class FollowsTemplate(Refusal):
    code = "follows_template"
    sentence = _("“%(process)s” follows a template itself, so it can't be one.")


class TemplateFollowed(Refusal):
    code = "template_followed"
    sentence = _("“%(process)s” stays a template: it is followed by %(names)s.")


class LineFieldRefused(Refusal):
    """Something of a business line can't be kept like this; `field` says what."""

    code = "line_field_refused"
    sentence = _("%(label)s: %(problem)s")


class UnreadableDefinition(Refusal):
    code = "unreadable_definition"
    sentence = _("This is not readable as YAML: %(problem)s")


class BadDefinition(Refusal):
    """A definition can't be published; `problems` names every place."""

    code = "bad_definition"
    sentence = _("The process can't be published. %(problems)s")

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(problems=" ".join(describe(problem) for problem in problems[:20]))


_PROBLEMS: dict[str, Any] = {
    "not_plain": _("Write only texts, numbers, yes or no, lists and mappings here; put dates in quotes."),
    "too_deep": _("It is nested more than %(most)s levels deep."),
    "too_large": _("It holds more than %(values)s values or %(characters)s characters."),
    "not_a_mapping": _("Write names and values here (key: value)."),
    "not_a_list": _("Write a list here."),
    "stage_count": _("Write 1 to %(most)s stages."),
    "unknown_key": _("“%(key)s” is not known here. Known: %(known)s."),
    "only_for": _("“%(key)s” is known only where `to` is: %(values)s."),
    "missing_key": _("“%(key)s” is missing."),
    "bad_key": _("“%(value)s” is no key. Start with a small letter; then small letters, digits, - and _."),
    "reserved_key": _("The key “%(key)s” is reserved. Choose another one."),
    "bad_text": _("Write a text of 1 to %(longest)s characters."),
    "bad_number": _("“%(value)s” is not a whole number from %(low)s to %(high)s."),
    "not_one_of": _("“%(value)s” is none of: %(known)s."),
    "bad_bound": _("“%(value)s” is not a number."),
    "bounds_of_numbers": _("Only fields of the type number or money have min and max."),
    "bounds_crossed": _("min (%(min)s) is larger than max (%(max)s)."),
    "no_choices": _("A choice field needs its choices."),
    "bad_pattern": _(
        "A pattern has at most %(longest)s signs: # for a digit, @ for a letter, * for either, all else as it is."
    ),
    "format_of_texts": _("Only fields of the type text have a format or a pattern."),
    "format_or_pattern": _("A field has a format or a pattern, not both."),
    "twice": _("The key “%(key)s” stands here twice."),
    "no_such_stage": _("There is no stage “%(stage)s”."),
    "no_such_action": _("There is no action “%(action)s”."),
    "no_such_field": _("There is no field “%(field)s”."),
    "hidden_field": _("Some roles may not see “%(field)s”, so no gate can demand it."),
    "no_such_form": _("There is no form “%(form)s” that can be filled in."),
    "no_such_kind": _("There is no condition kind “%(kind)s”. Known: %(known)s."),
    "bad_filter": _("%(problem)s"),
    "empty_filter": _("The filter compares nothing. Write at least one comparison, or leave it out."),
    "bad_reminder": _(
        "“%(value)s” is no time to remind after. Write 4h or 2d, each later than the last, up to %(most)sd."
    ),
    "no_such_person": _("Nobody who may log in has the login “%(person)s”."),
    "count_of": _("Write a list of %(low)s to %(high)s entries here."),
    "bad_step": _("Write up_to and by in each step; in the last one only by."),
    "not_rising": _("“%(value)s” is no amount above %(below)s; each step reaches further than the one before."),
    "no_such_role": _("There is no role “%(role)s”."),
    "no_way_forward": _("No move leads on from here, so a deal would be trapped."),
    "not_back": _("“%(stage)s” doesn't lie before this stage, so a deal can't be sent back to it."),
    "no_way_out": _("From here no way leads to the end of the process: the stages only lead to each other."),
    "no_loss_reasons": _("There is no loss reason, so no deal can be closed as lost. Add at least one."),
    "html_in_text": _("HTML such as %(tag)s is shown as it is written. Use Markdown."),
    "no_move_there": _(
        "It is asked for moves to “%(stage)s”, but no move leads there from here, so it is never asked."
    ),
    "never_holds": _("No deal can ever be like this (“%(field)s” contradicts itself), so it is never asked."),
    "action_unused": _("The action “%(action)s” is neither offered nor demanded anywhere."),
    "nobody_has_role": _("Nobody active has the role “%(role)s”, so nobody can approve."),
    "nobody_to_take": _("Nobody active has the role “%(role)s”, so deals stay with their owner."),
    "both_changed": _("The group and the line changed this differently; the draft keeps what the line has."),
    "deviates": _("The group's template “%(template)s” lets no line change this: %(what)s."),
    "too_many_examples": _("Write at most %(most)s examples."),
    "too_many_conditions": _("Write at most %(most)s conditions for a stage."),
    "needs_reason": _("Say which conditions refuse it, or ask for approval (because)."),
    "needs_no_reason": _("Leave the reasons (because) out: nothing refuses this deal."),
    "bad_said": _("%(problem)s"),
    "bad_day": _("“%(value)s” is no day. Write 2024-03-01 in quotes, today, -7d or +30d."),
    "bad_example": _("The example “%(name)s” fails. %(said)s"),
    "unreachable": _("No deal can ever reach this stage."),
}


PARTS: dict[Part, Any] = {
    Part.STAGES_ADDED: _("stages added"),
    Part.STAGES_REMOVED: _("stages taken out or renamed"),
    Part.LIMITS: _("time limits"),
    Part.PROBABILITY: _("probabilities"),
    Part.TEXTS: _("goals, SOP texts and scripts"),
    Part.CONDITIONS_ADDED: _("conditions added or made stricter"),
    Part.CONDITIONS_LOOSENED: _("conditions taken out or loosened"),
    Part.ACTIONS: _("actions offered and required"),
    Part.LOSS_REASONS: _("loss reasons and waiver reasons"),
    Part.FIELDS: _("fields"),
    Part.APPROVERS: _("approvers"),
    Part.ORDER: _("order, kinds and moves of stages"),
    Part.OWNERS: _("owning roles and hand-over"),
}


def describe(problem: Problem) -> str:
    """One problem of a definition as a sentence, with its place."""
    params = dict(problem.params)
    if problem.code == "deviates":
        params["what"] = " · ".join(part for part in (str(PARTS[Part(params["part"])]), params["name"]) if part)
    sentence = str(_PROBLEMS[problem.code]) % params
    return f"{problem.where}: {sentence}" if problem.where else sentence
