"""Who did something, by the name that the log keeps."""

from django.utils.translation import gettext

from dealrail.accounts.actor import SYSTEM_NAME


def called(name: str) -> str:
    """A person's name; for the program itself a word in the reader's language."""
    return gettext("System") if name == SYSTEM_NAME else name
