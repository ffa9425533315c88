"""Who gets in: every screen and every API operation wants to know who asks, unless it stands here with a reason."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver, path
from ninja import NinjaAPI

from dealrail.api.root import api
from tests.architecture import guards

OPEN_VIEWS = {
    "api/v1/**": "asks for a token itself, see OPEN_OPERATIONS",
    "login/": "is how one gets in",
    "login/second-factor/": "is the second step of getting in; shut to who hasn't done the first",
    "theme/": "is chosen on the login page too",
    "language/": "is chosen on the login page too",
    "notifications/count/": "is polled; tells nothing to who isn't in, instead of leading a page away from its reader",
    "logout/": "does nothing for somebody who isn't in",
    "signup/": "tells that accounts are made by an administrator",
    "follow-ups/pass/": "tells a script that nobody is logged in, by a status and not by a login page",
    "sw.js": "is the same program for everybody",
    "manifest.webmanifest": "is fetched by browsers without cookies",
    "offline/<slug:language>/": "says that the network is away, and nothing else",
    "calendar/<str:secret>.ics": "is opened by a secret of its own, by calendars that can't log in",
    "setup/": "makes the first account, with the code of the console, while nobody exists",
    "invited/<str:token>/": "is how somebody invited gets in; the link is signed and works once",
    "f/<str:token>/": "is a form for people without a login; the link is signed, and slowed down",
    "f/thanks/": "says thank you, and nothing else",
    "inactive/": "tells somebody who may no longer log in",
}
OPEN_OPERATIONS: dict[str, str] = {}


def test_every_view_needs_login_unless_listed_with_a_reason() -> None:
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in settings.MIDDLEWARE
    assert guards.open_views(get_resolver().url_patterns, OPEN_VIEWS) == []


def test_every_operation_needs_a_token_unless_listed_with_a_reason() -> None:
    assert guards.open_operations(api, OPEN_OPERATIONS) == []


def test_an_open_view_is_seen() -> None:
    @login_not_required
    def peek(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert len(guards.open_views([path("peek/", peek)], {"pee": "a prefix must say so"})) == 1
    assert guards.open_views([path("peek/", peek)], {"peek/": "nothing to see"}) == []


def test_an_open_operation_is_seen() -> None:
    planted = NinjaAPI(urls_namespace="planted")
    planted.get("/peek")(lambda request: None)
    assert len(guards.open_operations(planted, {})) == 1
