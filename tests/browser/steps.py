"""What people do over and over in a browser, in either language and on any screen: found a company, fill a gate."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import FilePayload, Locator, Page, expect

PASSWORD = "correct horse battery"
PAPER: FilePayload = {"name": "材料.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
OWN_INPUTS = "[name^='field.'], [name^='action.'], [name^='follow_up.'], [name^='contact.']"
LEFT_EMPTY = ("occurred_at", "next_step", "next_step_at", "title")


def begin_the_first_run(page: Page) -> None:
    """Make the first account, name the company, choose the general process: the question about people is next."""
    for name, text in (("name", "管理员"), ("login", "boss"), ("password", PASSWORD), ("again", PASSWORD)):
        page.locator(f"[name={name}]").fill(text)
    page.locator("form .btn-primary").click()
    page.wait_for_url("**/setup/company/")
    page.locator("[name=name]").fill("远航软件")
    page.locator("main .btn-primary").click()
    page.wait_for_url("**/setup/process/")
    page.locator("input[value=general]").check()
    page.locator("main .btn-primary").click()
    page.wait_for_url("**/setup/people/")


def end_the_first_run(page: Page, *, bring: str) -> None:
    """Bring sample data (`sample`) or nothing (`none`), and stand before the board."""
    page.locator(f"button[name=how][value={bring}]").click()
    page.wait_for_url("**/board/**")


def go_to(page: Page, path: str) -> None:
    """By the navigation: the sidebar, or on a phone the bar at the bottom and what is behind it."""
    more = page.locator(".bottom-bar > details:not(.new-things) > summary")
    if more.is_visible() and not page.locator(f".bottom-bar > a[href='{path}']").is_visible():
        more.click()
    page.locator(f"nav a[href='{path}']:visible").first.click()
    page.wait_for_url(f"**{path}**")


def wait_until_kept(page: Page, *paths: str) -> None:
    """Let the service worker rule the page, open it once more, and wait until these pages are kept (or else this one).

    Playwright's `wait_for_function` takes the promise of an asynchronous function for true, so this asks in the page;
    and of anything but a function the content policy lets it look only once.
    """
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.reload()
    page.evaluate(
        """async paths => {
            const pages = await caches.open("pages");
            const missing = async () => (await Promise.all(paths.map(path => pages.match(path)))).includes(undefined);
            const until = Date.now() + 20_000;
            while (await missing()) {
                if (Date.now() > until) throw new Error(`not kept: ${paths}`);
                await new Promise(again => setTimeout(again, 50));
            }
        }""",
        paths or (page.evaluate("location.pathname"),),
    )


def go_home_and_send(page: Page) -> None:
    """Open the first page and wait until it has sent the follow-up that waits in this browser.

    That nothing is shown to wait says little: the badge is hidden until the script has looked.
    """
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 201):
        page.goto("/")
    expect(page.locator("[data-unsent]")).to_be_hidden()


def press_move(page: Page) -> Locator:
    """Press the button of the next stage; the gate that answers."""
    button = page.locator(".path-go:visible, .deal-foot:visible .btn-primary").first
    expect(button, "until HTMX has taken it over, it opens the gate as a page").to_have_attribute(
        "data-htmx-powered", "true"
    )
    button.click()
    gate = page.locator("dialog[open]")
    expect(gate).to_be_visible()
    return gate


def stands_in(page: Page, stage: str) -> None:
    """The page shows the deal in this stage."""
    expect(page.locator(".path [aria-current=step]")).to_contain_text(stage)


def fill_the_gate(gate: Locator) -> None:
    """Fill every field, describe or prove every action, write every follow-up and contact that a gate asks for."""
    for control in gate.locator(OWN_INPUTS).all():
        name = str(control.get_attribute("name"))
        if not name.endswith(LEFT_EMPTY):
            _fill(control, name)


def _fill(control: Locator, name: str) -> None:
    kind = control.evaluate("one => one.matches('select, textarea') ? one.localName : one.type")
    if kind == "select":
        if not control.input_value():
            control.select_option(index=1)
    elif kind == "checkbox":
        control.check()
    elif kind == "file":
        control.set_input_files([PAPER])
    else:
        control.fill(_words(control, kind, name))


def _words(control: Locator, kind: Any, name: str) -> str:
    if control.get_attribute("inputmode") == "decimal":
        return "90"
    by_kind = {
        "date": str(timezone.localdate() + timedelta(days=9)),
        "tel": "13800001111",
        "textarea": "客户说可以，约好下周再谈",
    }
    return by_kind.get(str(kind), "王经理" if name.startswith("contact.") else "HT-2026-01")
