"""What is wrong in the text of a process, in sentences."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal
from dealrail.process.rules import Problem
from dealrail.process.rules.deviations import Part


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


class PictureTooLarge(Refusal):
    code = "picture_too_large"
    sentence = _("This picture is larger than %(most)s MB. Make it smaller first.")


class NoPicture(Refusal):
    code = "no_picture"
    sentence = _("“%(name)s” can't be shown: it is no PNG or JPEG, damaged, or of more than 25 million pixels.")


class UnknownPicture(Refusal):
    code = "unknown_picture"
    sentence = _("There is no picture “%(picture)s” here. Upload it under Pictures, or take it out of the text.")


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
    "named_twice": _("“%(name)s” is called like another one here, and people can't tell them apart."),
    "twice": _("The key “%(key)s” stands here twice."),
    "no_such_stage": _("There is no stage “%(stage)s”."),
    "no_such_action": _("There is no action “%(action)s”."),
    "no_such_field": _("There is no field “%(field)s”."),
    "no_field_for_all": _("There is no field “%(field)s” that all roles may see, so no gate can demand it."),
    "no_form": _("Choose a form."),
    "no_such_form": _("There is no form “%(form)s” that can be filled in."),
    "no_such_picture": _(
        "There is no picture “%(picture)s” here. Upload it under Pictures, or take it out of the text."
    ),
    "form_of_evidence": _("Only an action whose evidence is a form (evidence: form) names one."),
    "no_such_kind": _("There is no condition kind “%(kind)s”. Known: %(known)s."),
    "bad_filter": _("%(problem)s"),
    "empty_filter": _("The filter compares nothing. Write at least one comparison, or leave it out."),
    "bad_reminder": _(
        "“%(value)s” is no time to remind after. Write 4h or 2d, each later than the last, up to %(most)sd."
    ),
    "no_such_person": _("Nobody who may log in has the login “%(person)s”."),
    "count_of": _("Write a list of %(low)s to %(high)s entries here."),
    "no_approver": _("Choose who is asked: 1 to %(high)s roles, leaders or persons."),
    "steps_count": _("Write 2 to %(high)s steps: each up to an amount, and the last one for everything above."),
    "no_amount": _("Write up to which amount step %(step)s goes."),
    "bad_step": _("Write up_to and by in each step; in the last one only by."),
    "not_rising": _("“%(value)s” is no amount above %(below)s; each step reaches further than the one before."),
    "no_such_role": _("There is no role “%(role)s”."),
    "no_way_forward": _("No move leads on from here, so a deal would be trapped."),
    "not_back": _("“%(stage)s” doesn't lie before this stage, so a deal can't be sent back to it."),
    "back_to_win": _("“%(stage)s” is a win, and sending a deal back to it from here would win it without a gate."),
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
