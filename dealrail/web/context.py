"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dealrail.activities.permissions import EXAMPLES_PROMOTE
from dealrail.crm.permissions import DEALS_CREATE
from dealrail.notifications.queries import unread_count
from dealrail.web.navigation import links
from dealrail.web.quick.kinds import offers
from dealrail.web.saved_views.menu import pinned
from dealrail.web.setup.checklist import checklist
from dealrail.web.signed_in import SEEING, actor_of, company_of

FIXED_THEMES = ("light", "dark")
ON_THE_BAR = 4


def shell(request: HttpRequest) -> dict[str, Any]:
    """Values for the shell around every page: looks, languages, and the places one may go to."""
    looks: dict[str, Any] = {
        "theme": _theme(request),
        "languages": settings.LANGUAGES,
        "here": request.get_full_path() if request.method == "GET" else "",
        "company_name": SimpleLazyObject(lambda: company_of(request).name),
    }
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return looks
    actor = actor_of(request)
    places = links(actor, request.path)
    # counted where it is shown only: parts of a page have no bell
    unread = SimpleLazyObject(lambda: unread_count(actor))
    return {
        **looks,
        "seeing": vars(request).get(SEEING),
        # whose day the pages tell of: of who is seen as, while somebody looks as another one
        "reader_name": actor.name,
        "places": places,
        "bar": places[:ON_THE_BAR],
        "behind_bar": places[ON_THE_BAR:],
        "offers": offers(actor),
        "pinned": pinned(actor),
        "unread": unread,
        "may_create_deals": actor.may(DEALS_CREATE),
        "may_promote": actor.may(EXAMPLES_PROMOTE),
        # what is left of the first run; asked for by the first page only
        "checklist": SimpleLazyObject(lambda: checklist(actor)),
    }


def _theme(request: HttpRequest) -> str:
    """The looks this person chose, else this browser; nothing where the device is to decide."""
    chosen = getattr(getattr(request, "user", None), "theme", "") or request.COOKIES.get("theme", "")
    return chosen if chosen in FIXED_THEMES else ""
