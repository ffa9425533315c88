"""A real browser on a live server. Whatever goes wrong in the page fails the test that opened it."""

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from dealrail.accounts.models import User
from dealrail.process import queries as processes
from tests.browser.chromium import axe, chromium

# Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
# How long a page may take for what a test waits for, on a machine that has much else to do.
SECONDS = 30
expect.set_options(timeout=SECONDS * 1000)
# What Chromium says of itself: of an answer such as 422, and of the service worker's script when the page is left or
# closed while it is being fetched.
NO_FAULTS = ("Failed to load resource", "An unknown error occurred when fetching the script.")
# Remembers, over all pages of a tab, how far the worst of them jumped while nobody touched it.
SHIFTS = """
let sum = 0;
new PerformanceObserver(list => {
    for (const shift of list.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
    try {
        if (sum <= Number(sessionStorage.getItem("shift"))) return;
        sessionStorage.setItem("shift", sum);
        sessionStorage.setItem("shifted", location.pathname);
    } catch { /* a page without an origin has no storage */ }
}).observe({ type: "layout-shift", buffered: true });
"""
MOST_SHIFT = 0.1


class OpenPage(Protocol):
    """Opens a page: logged in as somebody, on a screen of some size, in light or dark, in some language."""

    def __call__(self, path: str, *, user: User | None = None, **context: Any) -> Page: ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the run; each page has a profile of its own."""
    found = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found.path, env=found.environment, args=found.flags)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[OpenPage]:
    """Open pages; `context` goes to Playwright (viewport, color_scheme, locale, java_script_enabled, …)."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opened(path: str, *, user: User | None = None, **context: Any) -> Page:
        defaults = {"base_url": live_server.url, "locale": "zh-CN", "viewport": {"width": 1280, "height": 800}}
        contexts.append(browser.new_context(**{**defaults, **context}))
        if user:
            contexts[-1].add_cookies([_session(user, live_server.url)])
        contexts[-1].add_init_script(SHIFTS)
        page = contexts[-1].new_page()
        page.set_default_timeout(SECONDS * 1000)
        _watch(page, faults, live_server.url)
        page.goto(path)
        return page

    yield opened
    try:
        for tab in [tab for made in contexts for tab in made.pages]:
            faults += jumped(tab)
    finally:
        for made in contexts:
            made.close()
        _wait_until_answered()
    assert faults == []


def _wait_until_answered() -> None:
    """What pages had still asked for is answered before the database is emptied under it."""
    for thread in threading.enumerate():
        if thread.name.endswith("(process_request_thread)"):
            thread.join(SECONDS)
            assert not thread.is_alive(), "a request of a closed page is still being answered"


@pytest.fixture
def fresh_home(transactional_db: None) -> Iterator[None]:
    """A home without anybody or anything; its processes get numbers that others had."""
    processes.forget_cached_versions()
    assert not User.objects.exists()
    yield
    processes.forget_cached_versions()


def log_in_as(page: Page, user: User) -> None:
    """From the next page on, the browser is somebody else's."""
    page.context.clear_cookies()
    page.context.add_cookies([_session(user, page.evaluate("location.origin"))])


def _session(user: User, url: str) -> Any:
    client = Client()
    client.force_login(user)
    cookie = settings.SESSION_COOKIE_NAME
    return {"name": cookie, "value": client.cookies[cookie].value, "url": url}


def jumped(page: Page) -> list[str]:
    """Which of the pages shown in this tab moved about by itself, and how far."""
    if not page.url.startswith("http"):
        return []
    shift = float(page.evaluate("Number(sessionStorage.getItem('shift'))"))
    where = page.evaluate("sessionStorage.getItem('shifted')")
    return [f"{where}: layout shift {shift:.2f}"] if shift > MOST_SHIFT else []


def _watch(page: Page, faults: list[str], server: str) -> None:
    """Note requests to elsewhere, errors of scripts and of the content policy."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(NO_FAULTS):
            faults.append(message.text)

    def on_request(request: Request) -> None:
        if not request.url.startswith((server, "data:", "blob:")):
            faults.append(f"request to {request.url}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("pageerror", lambda error: faults.append(str(error)))


@pytest.fixture
def barriers() -> Callable[[Page], list[str]]:
    """What keeps people out of a page, by axe: the rule, and the elements that break it."""

    def found(page: Page) -> list[str]:
        page.evaluate(axe())
        result = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
        return [f"{v['id']}: {node['html']}" for v in result["violations"] for node in v["nodes"]]

    return found
