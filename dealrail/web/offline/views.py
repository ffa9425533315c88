"""The manifest, the service worker, and the page that says that the network is away."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from dealrail.accounts.errors import NotFound

SIZES = (192, 512)
DARK_BLUE = "#066fd1"


@login_not_required
@require_GET
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps pages for times without network; asked for anew every time, so that it is never old."""
    found = finders.find("dealrail/sw.js")
    if not isinstance(found, str):
        raise NotFound()
    headers = {"Service-Worker-Allowed": "/"}
    return HttpResponse(Path(found).read_bytes(), content_type="text/javascript; charset=utf-8", headers=headers)


@login_not_required
@require_GET
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the app on its screen."""
    icons = [
        {"src": static(f"dealrail/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in SIZES
        for purpose in ("any", "maskable")
    ]
    follow_up = {"name": _("Write a follow-up"), "url": reverse("follow_up_pick"), "icons": icons[:1]}
    content = {
        "id": "/",
        "name": _("Dealrail"),
        "short_name": _("Dealrail"),
        "description": _("Sales on rails: every deal one sure step after the other."),
        "lang": translation.get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f5f7fa",
        "theme_color": DARK_BLUE,
        "icons": icons,
        "shortcuts": [follow_up],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@login_not_required
@require_GET
def offline(request: HttpRequest, language: str) -> HttpResponse:
    """Shown instead of a page that isn't kept, in the language of its address. Refuses with NotFound for another."""
    if language not in dict(settings.LANGUAGES):
        raise NotFound()
    with translation.override(language):
        return render(request, "offline/page.html", {"theme": "", "shown_in": language})
