"""What every screen needs: compression, a strict content policy, the person's language, refusals as pages."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils import translation

from dealrail.core.errors import Refusal
from dealrail.core.reading import reading
from dealrail.web.refusals import failure_page, refusal_page
from dealrail.web.signed_in import SEEING, company_of

Next = Callable[[HttpRequest], HttpResponse]
API = "/api/v1/"
POLICY = (
    "default-src 'self'; img-src 'self' data:; worker-src 'self'; manifest-src 'self'; object-src 'none'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)


class ReadOnce:
    """What one page asks for again and again, as for the processes there are, is asked once while it is made."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        with reading():
            return self.get_response(request)


class PastPages:
    """Leads the API past all that only screens need: its operations ask for a token, and answer failures themselves."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(API):
            return self.get_response(request)
        request.resolver_match = match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return response


class CompressedPages(GZipMiddleware):
    """Compresses screens, for phones on a thin line; what clients of the API fetch is theirs to ask of a proxy."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Leave files and JSON as they are."""
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class ContentSecurityPolicy:
    """Sends the same strict policy with every answer: no inline scripts, nothing from elsewhere."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class WhosePage:
    """Tells the service worker whose page this is; what is nobody's it doesn't keep, and caches keep neither."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.user.is_authenticated:
            return response
        is_page = response.get("Content-Type", "").startswith("text/html")
        response.headers.setdefault("Cache-Control", "private, no-cache" if is_page else "private, no-store")
        if is_page and SEEING not in vars(request):
            response.headers["X-Person"] = str(request.user.pk)
        return response


class PersonalLanguage:
    """A person's own language goes before what was chosen in this browser, that before the company's."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "") or self._companys(request)
        if not language:
            return self.get_response(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        return self.get_response(request)

    def _companys(self, request: HttpRequest) -> str:
        if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
            return ""
        return str(company_of(request).language)


class FormsOpenedAsPages:
    """Leads somebody who opens the address of a form's button (a restored tab, a link) to the page it belongs to."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or request.method != "GET":
            return response
        return redirect(_page_above(request.path))


def _page_above(path: str) -> str:
    """The nearest address above this one that is any; where that takes only forms too, the next step leads on."""
    parts = path.strip("/").split("/")
    for count in range(len(parts) - 1, 0, -1):
        above = f"/{'/'.join(parts[:count])}/"
        with suppress(Resolver404):
            resolve(above)
            return above
    return "/"


class RefusalPages:
    """A refusal that no view rendered becomes a page, or a short message for a part of a page.

    So does a failure of the database that means one: busy, the same done at once, a value that doesn't fit.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Render what is a Refusal or means one with its status; leave everything else to Django."""
        return refusal_page(request, error) if isinstance(error, Refusal) else failure_page(request, error)
