"""Refusals about forms."""

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal


class TooManyForms(Refusal):
    code = "too_many_forms"
    sentence = _("There are %(most)s forms already. Change one that nobody uses instead.")


class TooManyQuestions(Refusal):
    code = "too_many_questions"
    sentence = _("A form takes %(most)s questions.")


class FormChanged(Refusal):
    """Somebody else changed what is being worked on; `revision` is what it stands at."""

    code = "form_changed"
    status = 409
    sentence = _("Somebody changed this form in the meantime. Look at it again and repeat your step.")


class NothingAsked(Refusal):
    code = "nothing_asked"
    sentence = _("“%(form)s” has no questions yet. Add one before you publish it.")


class NothingToPublish(Refusal):
    code = "nothing_to_publish"
    sentence = _("Nothing changed since version %(version)s of “%(form)s” was published.")


class FormNotOffered(Refusal):
    code = "form_not_offered"
    sentence = _("“%(form)s” can't be filled in: it isn't published, or out of use.")


class FormElsewhere(Refusal):
    code = "form_elsewhere"
    sentence = _("“%(form)s” can't be filled in here. It belongs to: %(about)s.")


class FilledForOne(Refusal):
    code = "filled_for_one"
    sentence = _("A form is filled in for a deal or for a customer. Name one of them only.")


class FormRenewed(Refusal):
    """The form was published anew while somebody filled it in."""

    code = "form_renewed"
    status = 409
    sentence = _(
        "“%(form)s” was published anew (version %(version)s) while you filled it in. Look at it and send it again."
    )


class WithdrawnWithoutReason(Refusal):
    code = "withdrawn_without_reason"
    sentence = _("Write why it is withdrawn, in 2 to 500 characters.")


class FormDemanded(Refusal):
    code = "form_demanded"
    sentence = _("Processes ask for “%(form)s” (%(processes)s). Take it out of their gates and actions before it goes.")


class LinkDead(Refusal):
    """Whichever way it died, and whether it ever lived: whoever holds it learns no more."""

    code = "form_link_dead"
    status = 404
    sentence = _("This link doesn't work any more. Ask whoever sent it to you for a new one.")


class TooManyLinks(Refusal):
    code = "too_many_form_links"
    sentence = _("“%(form)s” has %(most)s open links already. Shut one that nobody uses.")


class LinkFull(Refusal):
    """A link for everybody took as much as it takes in a day."""

    code = "form_link_full"
    status = 429
    sentence = _("So much was sent by this link today that it takes no more. Try again tomorrow.")


class LeadNeedsMore(Refusal):
    code = "lead_needs_more"
    sentence = _(
        "Whoever fills this form in isn't asked for “%(fields)s”, which every new record must have. "
        "Give it a default, or let it be empty."
    )


class LeadRefused(Refusal):
    code = "lead_refused"
    sentence = _("What you wrote couldn't be taken. Please call whoever gave you this link.")
