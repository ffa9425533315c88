"""Requests whose bodies are too large are refused before anything of them is read.

Bodies that arrive slowly are the business of the proxy in front, which takes them in whole; see
docs/operating/production.md.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from dealrail.core.uploads import MEGABYTE
from dealrail.forms import queries as forms
from dealrail.forms.rules import LINK_ALL_MEGABYTES

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
# A login form; nobody we don't know has more to say, unless they hold a link to a form that may ask for files.
STRANGERS_LARGEST = 64 * 1024
BY_LINK_LARGEST = (LINK_ALL_MEGABYTES + 1) * MEGABYTE
_BY_LINK = re.compile(r"/f/([^/]+)/")
# The largest sheet, with the form around it.
LARGEST = 55 * 1024 * 1024


class Bodies:
    """Answers 413 to bodies that are too large, and hands everything else on."""

    def __init__(self, app: App) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if _length(environ) <= _largest(environ):
            return self.app(environ, start_response)
        text = _("This is too large to be sent here.").encode()
        about = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
        start_response("413 Content Too Large", [*about, ("Connection", "close")])
        return [text]


def _length(environ: dict[str, Any]) -> int:
    text = environ.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _largest(environ: dict[str, Any]) -> int:
    """Whoever has logged in may send files; that they have is looked at later."""
    is_known = "HTTP_AUTHORIZATION" in environ or f"{settings.SESSION_COOKIE_NAME}=" in environ.get("HTTP_COOKIE", "")
    if is_known:
        return LARGEST
    found = _BY_LINK.fullmatch(environ.get("PATH_INFO", ""))
    return BY_LINK_LARGEST if found and forms.is_signed(found[1]) else STRANGERS_LARGEST
