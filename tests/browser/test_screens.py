"""Every screen: no barriers, in light and dark; nothing wider than a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from dealrail.accounts.models import User
from tests.browser.conftest import OpenPage
from tests.cast import MakeDeal, walk_to
from tests.web.test_translated import pages, reader

SCREENS = {
    "login": "/login/",
    "my day": "/",
    "board": "/board/?process=trial",
    "deal": "/deals/{deal}/",
    "gate": "/deals/{deal}/gate/",
    "moves": "/deals/{deal}/moves/",
    "follow-up": "/deals/{deal}/follow-up/",
    "plans": "/plans/?view=week",
    "plans of a month": "/plans/?view=month",
    "calendar link": "/me/calendar/",
    "own texts": "/me/texts/",
    "shared texts": "/settings/texts/",
    "no network": "/offline/en/",
    "losing": "/deals/{deal}/lose/",
    "facts": "/deals/{deal}/change/",
    "new deal": "/deals/new/",
    "waiver": "/deals/{deal}/waive/",
    "action": "/deals/{deal}/actions/visit/",
    "task": "/deals/{deal}/task/",
    "search": "/search/?q=商机",
    "funnel": "/insights/funnel/?process=trial",
    "processes": "/processes/",
    "handbook": "/processes/trial/",
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


def test_every_page_fits_a_phone_and_has_no_barriers(
    open_page: OpenPage, admin: User, barriers: Callable[[Page], list[str]]
) -> None:
    opened = [address for address, text in pages(reader(admin, "zh-hans"), admin) if "<html" in text]
    page = open_page("/", user=admin, viewport={"width": 360, "height": 760}, has_touch=True)
    wide, barred = {}, {}
    for address in opened:
        page.goto(address)
        wide[address] = page.evaluate("document.documentElement.scrollWidth")
        whole_page(page)
        barred[address] = barriers(page)
    assert len(opened) > 50
    assert {address: width for address, width in wide.items() if width > 360} == {}
    assert {address: faults for address, faults in barred.items() if faults} == {}


def whole_page(page: Page) -> None:
    """Make the screen as long as the page, so that no bar at its edge covers what one could scroll to."""
    page.set_viewport_size({"width": 360, "height": page.evaluate("document.documentElement.scrollHeight")})


def test_short_pages_do_not_scroll(open_page: OpenPage, manager: User, addresses: dict[str, str]) -> None:
    page = open_page("/", user=manager, viewport={"width": 1280, "height": 800})
    for name in ("search", "moves", "action", "not found"):
        page.goto(addresses[name])
        assert page.evaluate("document.documentElement.scrollHeight") <= 800, name


def test_filters_of_the_board_can_be_read_on_a_phone(open_page: OpenPage, manager: User, make_deal: MakeDeal) -> None:
    make_deal()
    page = open_page("/board/?process=trial", user=manager, viewport={"width": 360, "height": 760}, has_touch=True)
    widths = page.eval_on_selector_all(".board-filters select", "all => all.map(one => one.clientWidth)")
    assert len(widths) == 5
    assert min(widths) >= 80


def test_no_table_squeezes_its_words_on_a_phone(open_page: OpenPage, manager: User, make_deal: MakeDeal) -> None:
    make_deal()
    page = open_page("/insights/funnel/?process=trial", user=manager, viewport={"width": 360, "height": 760})
    heads = page.eval_on_selector_all(".funnel-table tbody th", "all => all.map(one => one.clientHeight)")
    assert max(heads) < 70


def test_cards_below_each_other_keep_a_distance(open_page: OpenPage, manager: User, make_deal: MakeDeal) -> None:
    make_deal()
    page = open_page("/insights/funnel/?process=trial", user=manager)
    boxes = [card.bounding_box() for card in page.locator("main > .card").all()]
    (first, second) = [box for box in boxes if box is not None][:2]
    assert second["y"] - (first["y"] + first["height"]) >= 12
