"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from dealrail.web.navigation import links
from dealrail.web.saved_views.menu import pinned
from dealrail.web.signed_in import actor_of

THEMES = ("light", "dark")
ON_THE_BAR = 4


def shell(request: HttpRequest) -> dict[str, Any]:
    """Values for the shell around every page: looks, languages, and the places one may go to."""
    theme = request.COOKIES.get("theme", "")
    looks: dict[str, Any] = {
        "theme": theme if theme in THEMES else "",
        "languages": settings.LANGUAGES,
        "here": request.get_full_path() if request.method == "GET" else "",
    }
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return looks
    places = links(actor_of(request), request.path)
    looks["pinned"] = pinned(actor_of(request))
    return {**looks, "places": places, "bar": places[:ON_THE_BAR], "behind_bar": places[ON_THE_BAR:]}
