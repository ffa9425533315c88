"""The screens one may go to, found by their name in either language, by pinyin and initials."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from dealrail.core import search
from dealrail.web.navigation import Link, links
from dealrail.web.signed_in import actor_of


def pages(request: HttpRequest, text: str) -> list[Link]:
    """The places of the navigation and one's own account, where the text finds them."""
    mine = Link(_("My account"), "settings", reverse("my_account"), current=False)
    everywhere = [*links(actor_of(request), request.path), mine]
    return [place for place in everywhere if any(search.finds(text, name) for name in _names(place))]


def _names(place: Link) -> set[str]:
    names = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            names.add(str(place.label))
    return names
