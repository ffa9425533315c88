"""The pictures of README and guide: what each shows, of the demo company, in both languages."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page, ViewportSize

from dealrail.accounts.models import User
from dealrail.crm.models import Deal

DESK = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=360, height=740)


def nothing(page: Page) -> None:
    """Take the page as it opens."""


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
    Picture("deal", "/deals/{deal}/"),
    Picture("deal-phone", "/deals/{deal}/", size=PHONE),
    Picture("gate", "/deals/{deal}/gate/"),
    Picture("follow-up-phone", "/deals/{deal}/follow-up/", size=PHONE),
    Picture("deals", "/deals/"),
    Picture("customer", "/customers/{customer}/"),
    Picture("pools", "/pools/"),
    Picture("funnel", "/insights/funnel/", login="chenjing"),
    Picture("handbook", "/processes/b2b-software/", login="chenjing"),
    Picture("import", "/imports/", login="admin"),
    Picture("people", "/people/", login="admin"),
]


def places(login: str) -> dict[str, int]:
    """A deal of this person with most to tell, in the middle of its way, and its customer."""
    person = User.objects.get(login=login)
    mine = Deal.objects.filter(run__state="open", customer__isnull=False).order_by("-run__stage__position", "-pk")
    deal = mine.filter(owner=person).first() or mine.first()
    assert deal is not None
    return {"deal": deal.pk, "customer": deal.customer.pk}
