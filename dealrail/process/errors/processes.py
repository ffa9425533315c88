"""Refusals about processes themselves: versions, drafts, business lines and group templates."""

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal


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


class ProcessThere(Refusal):
    """A process is to be drawn up under a key that one has already; `field` says where it was typed."""

    code = "process_there"
    sentence = _("There is a process or a draft of this key already. Choose another one.")

    def __init__(self) -> None:
        super().__init__(field="key")


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
