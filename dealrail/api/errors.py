"""Refusals of the API itself: requests that can't be read, before any action is called."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal


class NotSignedIn(Refusal):
    code = "not_signed_in"
    status = 401
    sentence = _("Send a valid token: “Authorization: Bearer …”. Tokens are made under “My account”.")


class MalformedRequest(Refusal):
    code = "malformed_request"
    status = 400
    sentence = _("The request can't be read. Send JSON in UTF-8, or multipart/form-data where a file belongs.")


class TooLarge(Refusal):
    code = "too_large"
    status = 413
    sentence = _("The request is too large.")


class NoSuchMethod(Refusal):
    code = "no_such_method"
    status = 405
    sentence = _("This address doesn't know %(method)s. Possible: %(allowed)s.")


class OwnFault(Refusal):
    code = "own_fault"
    status = 500
    sentence = _("Something went wrong inside Dealrail. What happened stands in its log.")


class InvalidInput(Refusal):
    """What was sent doesn't fit; `errors` names every field at once."""

    code = "invalid_input"
    sentence = _("%(problems)s")

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors=errors, problems=" ".join(error["message"] for error in errors))


class BadSeeAs(Refusal):
    code = "bad_see_as"
    sentence = _("Write See-As: person:LOGIN (or an id), or See-As: role:KEY.")


class UnknownParameter(Refusal):
    code = "unknown_parameter"
    sentence = _("There is no parameter “%(parameter)s” here. Parameters are: %(known)s.")


class UnstorableText(Refusal):
    code = "unstorable_text"
    sentence = _("The request holds characters that can't be stored.")


class BadCursor(Refusal):
    code = "bad_cursor"
    sentence = _("This cursor doesn't belong to this list. Start again without it.")


class BadKey(Refusal):
    code = "bad_idempotency_key"
    sentence = _("An Idempotency-Key has 1 to %(longest)s visible characters.")


class ProcessMissing(Refusal):
    code = "process_missing"
    sentence = _("Say which process: “process” is one of %(known)s.")


class ContentMissing(Refusal):
    code = "content_missing"
    sentence = _("Send the definition: “content” as JSON or “yaml” as text.")


class UnknownChoice(Refusal):
    code = "unknown_choice"
    sentence = _("“%(value)s” is no %(field)s. Give an id or a name from the list.")
