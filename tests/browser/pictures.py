"""The pictures of README and guide: what each shows, of the demo company, in both languages."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page, ViewportSize

from dealrail.accounts.models import User
from dealrail.crm.models import Deal

DESK = ViewportSize(width=1200, height=720)
PHONE = ViewportSize(width=360, height=740)


def nothing(page: Page) -> None:
    """Take the page as it opens."""


def search(page: Page) -> None:
    """Look for a town by its pinyin in the palette."""
    page.keyboard.press("Control+k")
    page.keyboard.type("suzhou", delay=20)
    page.locator("dialog[open] [role=option]").nth(2).wait_for()


def blocked(page: Page) -> None:
    """Open the gate of a card that may not move on yet."""
    page.locator(".board-column:nth-child(n + 2) a[href*='/gate/']").first.click()
    page.locator("dialog[open] .gate-row").first.wait_for()


def select(page: Page) -> None:
    """Tick two rows, so that what may be done with them shows."""
    for number in (0, 1):
        page.locator("tbody .list-tick input").nth(number).check()


def visited(page: Page) -> None:
    """Tell of a visit and when to see the customer again."""
    page.locator("[name=kind][value=visit]").check(force=True)
    said = {"zh-hans": "看了两条产线，报工滞后一天，想要实时报工。", "en": "Saw two lines; reports lag a day behind."}
    page.locator(".follow-up [name=text]").fill(said["zh-hans" if page.locator("html[lang^=zh]").count() else "en"])


def matrix(page: Page) -> None:
    """Bring the table of who may do what into sight."""
    page.mouse.move(640, 400)
    page.mouse.wheel(0, 460)
    page.wait_for_function("() => scrollY > 400")


@dataclass(frozen=True)
class Picture:
    """A screen as somebody of the demo company sees it; `{deal}` and `{customer}` in the path are two of theirs."""

    name: str
    path: str
    login: str = "liwei"
    size: ViewportSize = field(default_factory=lambda: DESK)
    before: Callable[[Page], None] = nothing


PICTURES = [
    Picture("my-day", "/"),
    Picture("my-day-phone", "/", size=PHONE),
    Picture("board", "/board/"),
    Picture("gate", "/board/", before=blocked),
    Picture("deal", "/deals/{deal}/"),
    Picture("follow-up-phone", "/deals/{deal}/follow-up/", size=PHONE, before=visited),
    Picture("calendar", "/plans/"),
    Picture("search", "/settings/", before=search),
    Picture("deals", "/deals/?state=open", before=select),
    Picture("customer", "/customers/{customer}/"),
    Picture("pool", "/pools/1/"),
    Picture("team", "/team/", login="chenjing"),
    Picture("funnel", "/insights/funnel/", login="chenjing"),
    Picture("handbook", "/processes/b2b-software/", login="chenjing"),
    Picture("settings", "/settings/", login="admin"),
    Picture("person", "/people/{person}/", login="admin"),
    Picture("roles", "/people/roles/", login="admin", before=matrix),
    Picture("log", "/settings/log/", login="admin"),
    Picture("import", "/imports/", login="admin"),
]


def places(login: str) -> dict[str, int]:
    """A deal of this person with most to tell, in the middle of its way, its customer, and a colleague."""
    person = User.objects.get(login=login)
    mine = Deal.objects.filter(run__state="open", customer__isnull=False).order_by("-run__stage__position", "-pk")
    deal = mine.filter(owner=person).first() or mine.first()
    assert deal is not None
    return {"deal": deal.pk, "customer": deal.customer.pk, "person": User.objects.get(login="wangfang").pk}
