"""The browser of the tests is a real one: it has our font, our styles and our scripts, under the strict policy."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import OpenPage, jumped

JUMP = """() => {
    const banner = document.createElement("div");
    banner.style.height = "400px";
    document.body.prepend(banner);
    return new Promise(seen => new PerformanceObserver(() => seen()).observe({ type: "layout-shift", buffered: true }));
}"""


def test_chinese_text_has_glyphs_of_its_own(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<canvas width=64 height=64></canvas>")
    drawn = """character => {
        const canvas = document.querySelector("canvas");
        const ink = canvas.getContext("2d");
        ink.clearRect(0, 0, 64, 64);
        ink.font = "48px sans-serif";
        ink.fillText(character, 0, 50);
        return canvas.toDataURL();
    }"""
    assert page.evaluate(drawn, "销") != page.evaluate(drawn, "轨")
    page.close()


@pytest.mark.parametrize(("scheme", "page_colour"), [("light", "rgb(245, 247, 250)"), ("dark", "rgb(17, 24, 39)")])
def test_the_login_page_wears_our_colours(open_page: OpenPage, scheme: str, page_colour: str) -> None:
    page = open_page("/login/", color_scheme=scheme)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == page_colour


def test_scripts_run_under_the_policy(open_page: OpenPage) -> None:
    page = open_page("/login/")
    assert page.evaluate("htmx.version").startswith("4.")


def test_a_page_that_jumps_is_noticed(open_page: OpenPage) -> None:
    page = open_page("/login/")
    assert jumped(page) == []
    page.evaluate(JUMP)
    assert "layout shift" in jumped(page)[0]
    page.evaluate("sessionStorage.clear()")
