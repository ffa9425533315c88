"""What is said after deleting, with a button that undoes it."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _


def say_deleted(request: HttpRequest, kind: str, record_id: int, name: str) -> None:
    """Say that this record lies in the recycle bin; the message carries what its undo button sends."""
    said = _("“%(name)s” is in the recycle bin.") % {"name": name}
    messages.success(request, said, extra_tags=f"undo:{kind}:{record_id}")
