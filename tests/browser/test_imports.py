"""A dirty sheet in a real browser: mapped, checked, imported, corrected, undone; with and without scripts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from dealrail.accounts.models import User
from dealrail.crm.actions.imports import start_import
from dealrail.crm.clocks import finish_import
from dealrail.crm.models import Customer, ImportJob
from tests.browser.conftest import OpenPage
from tests.cast import Company, MakeCustomer, MakeDeal, actor_of

HEADINGS = "公司名称,手机,地区,等级,说明"
ROWS = ["甲公司,138 0000 1111,江浙沪,A,展会认识", "乙公司,12,华东,B,", "丙公司,,华北,重点,老客户", "丁公司,12,火星,C,"]
DIRTY: FilePayload = {
    "name": "老客户.csv",
    "mimeType": "text/csv",
    "buffer": "\r\n".join([HEADINGS, *ROWS]).encode("gb18030"),
}
DESK = {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN"}
PHONE = {"viewport": {"width": 360, "height": 760}, "has_touch": True, "locale": "en-GB"}
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])


def upload(page: Page, sheet: FilePayload = DIRTY) -> None:
    page.locator("#file").set_input_files(sheet)
    page.locator("#kind").select_option("customers")
    page.locator(".import-upload .btn-primary").click()
    page.wait_for_url("**/imports/map/**")


def say(page: Page, field: str, word: str, ours: str) -> None:
    """What a word of the sheet stands for."""
    row = page.locator(".map-word", has=page.locator(f"[name='word.{field}'][value='{word}']"))
    row.locator("select").select_option(ours)


@SIZES
def test_a_sheet_with_faults_from_upload_over_correction_to_undo(
    open_page: OpenPage, rep: User, company: Company, size: dict[str, Any]
) -> None:
    page = open_page("/imports/", user=rep, **size)
    upload(page)
    expect(page.locator(".map-facts")).to_contain_text("GB18030")
    say(page, "region", "江浙沪", "华东")
    page.locator("[name='field.notes']").select_option("")  # asks the server anew, and keeps what was said
    expect(page.locator(".map-unused")).to_contain_text("说明")
    expect(page.locator("[name='ours.region']").first).to_have_value("华东")
    say(page, "grade", "重点", "A")
    page.locator("[value=check]").click()
    page.wait_for_url("**/imports/*/")
    expect(page.locator(".import-table .is-wrong")).to_have_count(3)
    expect(page.locator(".import-table .is-wrong").first).to_contain_text("12")
    expect(page.locator(".import-ours").first).to_contain_text("华东")
    assert not Customer.objects.exists()
    page.locator("form[action$='/start/'] button").click()
    expect(page.locator(".import-steps .is-done")).to_have_count(4)
    shows(page, "4", "2", "0", "2")
    first = [("丙公司", "华北", "A", ""), ("甲公司", "华东", "A", "13800001111")]
    assert brought_in() == first
    address = page.url
    refused = refused_rows(page)
    page.goto("/imports/")
    corrected = refused.replace(",12,", ",13900002222,", 1).replace(",12,", ",13900003333,").replace("火星", "华北")
    upload(page, {**DIRTY, "buffer": corrected.encode()})
    page.locator("[value=import]").click()
    expect(page.locator(".import-steps .is-done")).to_have_count(4)
    shows(page, "2", "2", "0", "0")
    second = [("丁公司", "华北", "C", "13900003333"), ("乙公司", "华东", "B", "13900002222")]
    assert brought_in() == sorted([*first, *second])
    undo(page)
    page.goto(address)
    undo(page)
    assert not Customer.objects.exists()


def shows(page: Page, *figures: str) -> None:
    """The screen shows so many rows: all, brought in, already there, refused."""
    expect(page.locator("#import-state .strip .figure-value")).to_have_text(figures)


def brought_in() -> list[tuple[str, str, str, str]]:
    """Name, region, grade and phone of every customer."""
    return sorted((row.name, row.region.name, row.grade, row.phone) for row in Customer.objects.all())


def refused_rows(page: Page) -> str:
    """Download the refused rows both ways; those for a text editor."""
    texts = {}
    for kind, beginning in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        with page.expect_download() as coming:
            page.locator(f"a[href$='/errors/?as={kind}']").click()
        texts[kind] = Path(coming.value.path()).read_bytes()
        assert texts[kind].startswith(beginning)
        assert coming.value.suggested_filename in {f"老客户-未导入行.{kind}", f"老客户-refused rows.{kind}"}
    return texts["csv"].decode("utf-8-sig")


def undo(page: Page) -> None:
    """Take an import back from its page."""
    page.locator("a[href$='/undo/']").click()
    expect(page.locator("main")).to_contain_text("2")
    page.locator(".btn-grave").click()
    expect(page.locator("#import-state .chip-grey").first).to_be_visible()


def test_a_sheet_comes_in_without_scripts(open_page: OpenPage, rep: User, company: Company) -> None:
    page = open_page("/imports/", user=rep, java_script_enabled=False)
    upload(page)
    say(page, "region", "江浙沪", "华东")
    page.locator(".map-foot [value=look]").click()
    expect(page.locator("[name='ours.region']").first).to_have_value("华东")
    page.locator("[value=check]").click()
    page.locator("a[href$='/map/']").click()
    expect(page.locator("[name='ours.region']").first).to_have_value("华东")
    page.locator("[value=import]").click()
    page.locator("a[href$='/undo/']").click()
    assert [customer.name for customer in Customer.objects.all()] == ["甲公司"]
    page.locator(".btn-grave").click()
    expect(page.locator("#import-state")).to_be_visible()
    assert not Customer.objects.exists()


def test_a_mapping_is_kept_and_used_again(open_page: OpenPage, rep: User, company: Company) -> None:
    page = open_page("/imports/", user=rep)
    upload(page)
    say(page, "region", "江浙沪", "华东")
    page.locator(".map-saved summary", has_text="保存").click()
    page.locator("#save-as").fill("展会名单")
    page.locator("[value=save]").click()
    expect(page.locator("#messages")).to_contain_text("展会名单")
    page.goto("/imports/")
    upload(page)
    page.locator(".map-saved summary").first.click()
    page.locator(".map-kept button", has_text="展会名单").click()
    expect(page.locator("[name='ours.region']").first).to_have_value("华东")


def test_progress_moves_by_itself(open_page: OpenPage, rep: User, tmp_path: Path) -> None:
    sheet = tmp_path / "多.csv"
    sheet.write_text("客户名称\n" + "".join(f"客户 {number}\n" for number in range(450)), "utf-8")
    mapping = {"name": "客户名称"}
    job = start_import(actor=actor_of(rep), path=sheet, name="多.csv", kind="customers", mapping=mapping)
    finish_import(job.pk, seconds=0)
    page = open_page(f"/imports/{job.pk}/", user=rep)
    expect(page.locator("progress")).to_have_attribute("value", "200")
    finish_import(job.pk)
    expect(page.locator("progress")).to_have_count(0)
    expect(page.locator("#import-state .chip-green").first).to_be_visible()


@pytest.fixture
def addresses(
    company: Company, rep: User, manager: User, tmp_path: Path, make_customer: MakeCustomer, make_deal: MakeDeal
) -> list[str]:
    """Screens of imports, pools, the catalogue and customers, with something in them."""
    customer = make_customer(name="江北精密机械制造股份有限公司", phone="13800001111")
    make_deal(customer=customer.pk)
    sheet = tmp_path / "表.csv"
    sheet.write_text("\n".join([HEADINGS, *ROWS]), "utf-8")
    about: dict[str, Any] = {"path": sheet, "name": "表.csv", "kind": "customers"}
    for dry_run in (True, False):
        finish_import(start_import(actor=actor_of(company.people["admin"]), dry_run=dry_run, **about).pk)
    jobs = ImportJob.objects.order_by("pk").values_list("pk", flat=True)
    pool = company.pool.pk
    return [
        "/imports/",
        *(f"/imports/{job}/" for job in jobs),
        f"/imports/{jobs[0]}/map/",
        f"/imports/{jobs[1]}/undo/",
        *(f"/pools/{way}" for way in ("", "new/", f"{pool}/", f"{pool}/settings/")),
        "/catalog/",
        "/catalog/products/new/",
        "/customers/",
        "/customers/new/",
        f"/customers/{customer.pk}/",
        f"/customers/{customer.pk}/contacts/new/",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_these_screens_have_no_barriers(
    open_page: OpenPage, admin: User, addresses: list[str], barriers: Callable[[Page], list[str]], scheme: str
) -> None:
    page = open_page("/", user=admin, color_scheme=scheme)
    found = {}
    for address in addresses:
        page.goto(address)
        found[address] = barriers(page)
    assert {address: faults for address, faults in found.items() if faults} == {}


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_these_screens_are_not_wider_than_a_phone(
    open_page: OpenPage, admin: User, addresses: list[str], locale: str
) -> None:
    page = open_page("/", user=admin, viewport={"width": 360, "height": 760}, has_touch=True, locale=locale)
    wide = {}
    for address in addresses:
        page.goto(address)
        wide[address] = page.evaluate("document.documentElement.scrollWidth")
    assert {address: width for address, width in wide.items() if width > 360} == {}
