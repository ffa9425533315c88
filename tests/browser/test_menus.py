"""Menus and pop-ups: each one opens inside the screen, on every page, with and without scripts."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dealrail.accounts.models import User
from dealrail.activities.actions.tasks import create_task
from dealrail.crm.actions.catalog import ensure_region
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.models import Region, SavedView
from tests.browser.conftest import OpenPage
from tests.cast import MakeCustomer, MakeDeal, actor_of
from tests.web.test_translated import pages, reader

MONDAY = date(2030, 5, 6)
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 760}, "has_touch": True}
# Opens every menu that is in sight, one after the other, and names those that lie outside the screen.
WALK = """
() => {
  const outside = [];
  document.querySelectorAll("[name=record]").forEach(tick => { tick.checked = true; });
  for (const menu of document.querySelectorAll("details.menu")) {
    if (!menu.querySelector("summary").getClientRects().length) continue;
    menu.open = true;
    for (const panel of menu.querySelectorAll(":scope > :not(summary)")) {
      const { left, right, top, bottom } = panel.getBoundingClientRect();
      const isFixed = getComputedStyle(panel).position === "fixed";
      const isIn = left >= 0 && right <= innerWidth && top + scrollY >= 0 && (!isFixed || bottom <= innerHeight);
      if (!isIn) outside.push([menu.querySelector("summary").textContent.trim(), left, right, top, bottom].join(" "));
    }
    const panels = [...menu.querySelectorAll(":scope > :not(summary)")];
    if (panels.length > 1) outside.push("one panel lies over the other: " + menu.textContent);
    menu.open = false;
  }
  return outside;
}
"""


@pytest.fixture
def things(admin: User, make_customer: MakeCustomer, make_deal: MakeDeal) -> None:
    """Something behind every menu: names, contacts, views, and plans on every day of the week."""
    actor = actor_of(admin)
    customer = make_customer(owner=admin)
    create_contact(actor=actor, customer_id=customer.pk, fields={"name": "王总"})
    for number in range(2):
        ensure_region(actor=actor, name=f"很长名字的地区{number}")
    SavedView.objects.create(
        owner=admin, list="deals", name="每周一上午看一遍的大单和快到期的单", created_at=timezone.now()
    )
    deal = make_deal(owner=admin, customer=customer.pk)
    days = [timezone.localdate(), *(MONDAY + timedelta(days=number) for number in range(7))]
    for day in days:
        due = timezone.make_aware(datetime.combine(day, time(23, 50)))
        create_task(actor=actor, kind="plan", title="回访", due_at=due, deal_id=deal.pk)


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_menu_opens_inside_the_screen(open_page: OpenPage, admin: User, width: int) -> None:
    opened = [address for address, text in pages(reader(admin, "zh-hans"), admin) if "details class" in text]
    page = open_page("/", user=admin, viewport={"width": width, "height": 760}, java_script_enabled=False)
    outside = {}
    for address in (*opened, f"/plans/?view=week&on={MONDAY}", f"/plans/?view=month&on={MONDAY}"):
        page.goto(address)
        outside[address] = page.evaluate(WALK)
    assert len(opened) > 50
    assert {address: menus for address, menus in outside.items() if menus} == {}


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_tap_beside_a_menu_closes_it_on_a_phone(
    open_page: OpenPage, rep: User, make_deal: MakeDeal, has_scripts: bool
) -> None:
    page = open_page(f"/deals/{make_deal().pk}/", user=rep, java_script_enabled=has_scripts, **PHONE)
    page.tap(".page-actions .menu > summary")
    expect(page.locator(".page-actions .menu .is-grave")).to_be_in_viewport()
    page.touchscreen.tap(180, 120)
    expect(page.locator(".page-actions .menu .is-grave")).to_be_hidden()


def test_the_further_steps_stand_beside_a_long_name_on_a_phone(
    open_page: OpenPage, rep: User, make_deal: MakeDeal
) -> None:
    deal = make_deal(name="合肥中能医疗器械股份有限公司 · 设备管理系统 EAM 二期扩容与维护")
    page = open_page(f"/deals/{deal.pk}/", user=rep, **PHONE)
    name, menu = (page.locator(what).bounding_box() for what in (".page-titles", ".page-actions .menu"))
    assert name
    assert menu
    assert menu["x"] >= name["x"] + name["width"]
    assert menu["y"] < name["y"] + name["height"]


@pytest.mark.usefixtures("things")
def test_a_region_is_renamed_and_taken_off_in_one_panel(open_page: OpenPage, admin: User) -> None:
    page = open_page("/catalog/", user=admin, viewport={"width": 768, "height": 900})
    page.locator(".name-menu summary", has_text="很长名字的地区0").click()
    page.locator(".name-menu[open] [name=name]").fill("西北")
    page.locator(".name-menu[open] .btn-primary").click()
    expect(page.locator(".names").first).to_contain_text("西北")
    page.locator(".name-menu summary", has_text="西北").click()
    page.locator(".name-menu[open] form").nth(1).locator("button").click()
    expect(page.locator(".name-menu .is-off", has_text="西北")).to_be_visible()
    assert not Region.objects.get(name="西北").is_active
