"""Every screen: no barriers, in light and dark; nothing wider than a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from dealrail.accounts.models import User
from tests.browser.conftest import OpenPage
from tests.cast import MakeDeal, walk_to

SCREENS = {
    "login": "/login/",
    "my day": "/",
    "board": "/board/?process=trial",
    "deal": "/deals/{deal}/",
    "gate": "/deals/{deal}/gate/",
    "moves": "/deals/{deal}/moves/",
    "follow-up": "/deals/{deal}/follow-up/",
    "losing": "/deals/{deal}/lose/",
    "facts": "/deals/{deal}/change/",
    "new deal": "/deals/new/",
    "not found": "/deals/0/",
}


@pytest.fixture
def addresses(make_deal: MakeDeal) -> dict[str, str]:
    """The screens' addresses, with a deal in the middle of its way."""
    deal = walk_to(make_deal(), "talk")
    return {name: address.format(deal=deal.pk) for name, address in SCREENS.items()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_has_barriers(
    open_page: OpenPage, manager: User, addresses: dict[str, str], barriers: Callable[[Page], list[str]], scheme: str
) -> None:
    page = open_page("/", user=manager, color_scheme=scheme)
    found = {}
    for name, address in addresses.items():
        page.goto(address)
        found[name] = barriers(page)
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_no_screen_is_wider_than_a_phone(
    open_page: OpenPage, manager: User, addresses: dict[str, str], locale: str
) -> None:
    page = open_page("/", user=manager, viewport={"width": 360, "height": 760}, has_touch=True, locale=locale)
    wide = {}
    for name, address in addresses.items():
        page.goto(address)
        wide[name] = page.evaluate("document.documentElement.scrollWidth")
    assert {name: width for name, width in wide.items() if width > 360} == {}
