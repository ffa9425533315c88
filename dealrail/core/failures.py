"""What a failure of the database means to whoever asked: a refusal with a code, a status and a sentence.

The edges look here, so that a screen and the API say the same.
"""

from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal


class Conflict(Refusal):
    code = "conflict"
    status = 409
    sentence = _("Somebody did the same at the same moment. Look at it again and repeat your step.")


class Busy(Refusal):
    code = "busy"
    status = 503
    sentence = _("The database is busy or can't be reached. Try again in a moment.")


class DoesNotFit(Refusal):
    code = "does_not_fit"
    sentence = _("Something here is too long, too large or holds characters that can't be stored. Correct it.")


MEANINGS: dict[type[Exception], type[Refusal]] = {
    IntegrityError: Conflict,
    OperationalError: Busy,
    InterfaceError: Busy,
    DataError: DoesNotFit,
}


def meaning(error: BaseException) -> Refusal | None:
    """The refusal that a failure means, None when it is a fault of ours."""
    return next((MEANINGS[kind]() for kind in type(error).__mro__ if kind in MEANINGS), None)
