"""The deal page in a real browser: waivers asked for, hand-overs, comments, facts in place, files; desk and phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from dealrail.accounts.models import User
from dealrail.activities.models import Attachment, Comment
from dealrail.crm.actions.deals import advance_deal, change_deal
from dealrail.crm.models import Deal
from tests.browser.conftest import OpenPage
from tests.browser.steps import press_move
from tests.cast import (
    Company,
    MakeCustomer,
    MakeDeal,
    actor_of,
    fresh,
    fulfil,
    new_deal,
    publish,
    stage_of,
    trial,
    walk_on,
)

DESK = {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN"}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "locale": "en-GB"}
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])


@pytest.fixture
def deal(make_deal: MakeDeal, make_customer: MakeCustomer) -> Deal:
    """A deal whose gate lacks one field."""
    return make_deal(name="苏州项目", customer=make_customer().pk, amount="120000")


@SIZES
def test_a_waiver_is_asked_for_granted_and_the_deal_moves(
    open_page: OpenPage, rep: User, manager: User, deal: Deal, size: dict[str, object]
) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep, **size)
    press_move(page)
    page.locator("dialog[open] .gate-ask").click()
    page.locator("dialog[open] [name='reason.basics']").fill("老客户，需求已知")
    page.locator("dialog[open] .btn-primary").click()
    expect(page.locator(".approval-notice")).to_contain_text("老客户，需求已知")

    boss = open_page(f"/deals/{deal.pk}/", user=manager, **size)
    boss.locator(".decide [name=note]").fill("下不为例")
    boss.locator(".decide [value=grant]").click()
    expect(boss.locator(".approval-notice")).to_have_count(0)

    page.reload()
    press_move(page)
    page.locator("dialog[open] .dialog-foot .btn-primary").click()
    expect(page.locator(".path [aria-current=step]")).to_contain_text("洽谈")
    assert stage_of(deal) == "talk"


@SIZES
def test_a_deal_is_handed_to_its_next_owner_with_the_move(
    open_page: OpenPage, rep: User, company: Company, make_customer: MakeCustomer, size: dict[str, object]
) -> None:
    content = trial()
    content["stages"][0]["roles"], content["stages"][1]["roles"] = ["sales"], ["delivery"]
    publish(content)
    deal, delivery = new_deal(rep, need="记账", customer=make_customer().pk), company.people["delivery"]
    page = open_page(f"/deals/{deal.pk}/", user=rep, **size)
    press_move(page)
    page.locator("dialog[open] [name=next_owner]").select_option(str(delivery.pk))
    page.locator("dialog[open] [name=hand_over_note]").fill("客户月底要上线")
    page.locator("dialog[open] .dialog-foot .btn-primary").click()
    page.wait_for_url("**/")
    expect(page.locator("#messages")).to_contain_text("洽谈")
    assert (stage_of(deal), fresh(deal).owner) == ("talk", delivery)

    theirs = open_page(f"/deals/{deal.pk}/", user=delivery, **size)
    expect(theirs.locator(".hand-over")).to_contain_text("客户月底要上线")
    theirs.locator(".hand-over .btn-primary").click()
    expect(theirs.locator(".hand-over")).to_have_count(0)


@SIZES
def test_a_comment_mentions_somebody_chosen_with_the_keyboard(
    open_page: OpenPage, rep: User, manager: User, deal: Deal, size: dict[str, object]
) -> None:
    page = open_page(f"/deals/{deal.pk}/#timeline", user=rep, **size)
    field = page.locator("#comment-text")
    field.click()
    field.press_sequentially("请看报价 @销售")
    option = page.locator(".mention-list [role=option]")
    expect(option).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value("请看报价 @manager ")
    expect(page.locator(".mention-list")).to_be_hidden()
    page.locator(".comment-foot button").click()
    expect(page.locator("#timeline-part")).to_contain_text("请看报价 @manager")
    expect(page.locator("#comment-text")).to_have_value("")
    assert list(Comment.objects.get().mentions.all()) == [manager]


def test_a_comment_that_reaches_nobody_says_so_and_keeps_its_words(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    page.locator("#comment-text").fill("@小陌 你怎么看")
    page.locator(".comment-foot button").click()
    expect(page.locator("#comment-error")).to_contain_text("小陌")
    expect(page.locator("#comment-text")).to_have_value("@小陌 你怎么看")


@SIZES
def test_a_fact_is_changed_in_place_and_the_checklist_follows(
    open_page: OpenPage, rep: User, deal: Deal, size: dict[str, object]
) -> None:
    page = open_page(f"/deals/{deal.pk}/#about", user=rep, **size)
    page.locator("#fact-amount").hover()
    page.locator("#fact-amount .fact-edit").click()
    field = page.locator("#fact-amount [name=amount]")
    expect(field).to_be_focused()
    field.press("Escape")
    expect(field).to_have_count(0)
    page.locator("#fact-amount").hover()
    page.locator("#fact-amount .fact-edit").click()
    field.fill("很多")
    field.press("Enter")
    expect(page.locator("#fact-amount .field-error")).to_be_visible()
    field.fill("15万")
    field.press("Enter")
    expect(page.locator("#fact-amount")).to_contain_text("¥150,000.00")
    page.locator(".facts-empty summary").click()
    page.locator("#fact-need").hover()
    page.locator("#fact-need .fact-edit").click()
    page.locator("#fact-need textarea").fill("三十人记账")
    page.locator("#fact-need .btn-primary").click()
    expect(page.locator("#fact-need")).to_contain_text("三十人记账")
    expect(page.locator("#checklist .chip-green").first).to_be_attached()
    assert (str(fresh(deal).amount), fresh(deal).extra["need"]) == ("150000.00", "三十人记账")


def test_a_fact_that_somebody_else_changed_is_refused_politely(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    page.locator("#fact-amount").hover()
    page.locator("#fact-amount .fact-edit").click()
    expect(page.locator("#fact-amount [name=amount]")).to_be_focused()
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "5"})
    page.locator("#fact-amount [name=amount]").fill("9")
    page.locator("#fact-amount .btn-primary").click()
    expect(page.locator("#fact-amount .field-error")).to_be_visible()
    expect(page.locator("#fact-amount [name=amount]")).to_have_value("9")
    assert str(fresh(deal).amount) == "5.00"


@SIZES
def test_files_are_attached_previewed_removed_and_brought_back(
    open_page: OpenPage, rep: User, deal: Deal, size: dict[str, object]
) -> None:
    page = open_page(f"/deals/{deal.pk}/#about", user=rep, **size)
    picture: FilePayload = {"name": "现场.png", "mimeType": "image/png", "buffer": PNG}
    paper: FilePayload = {"name": "报价.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    page.locator("#files-input").set_input_files([picture, paper])
    expect(page.locator(".file-row")).to_have_count(2)
    page.locator("[data-preview]").click()
    expect(page.locator("#preview img")).to_be_visible()
    assert page.evaluate("document.querySelector('#preview img').naturalWidth") == 1
    page.locator("#preview [data-close]").click()
    page.locator(".file-rows form button").first.click()
    expect(page.locator(".file-rows .file-row")).to_have_count(1)
    page.locator(".files-removed summary").click()
    page.locator(".files-removed button").click()
    expect(page.locator(".file-rows .file-row")).to_have_count(2)
    assert Attachment.objects.filter(deleted_at=None).count() == 2


def test_the_timeline_is_narrowed_without_leaving_the_page(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep)
    page.locator("#comment-text").fill("价格已谈好")
    page.locator(".comment-foot button").click()
    expect(page.locator("#timeline-part")).to_contain_text("价格已谈好")
    page.locator(".chip-link").nth(2).click()
    expect(page.locator("#timeline-part")).not_to_contain_text("价格已谈好")
    page.locator(".chip-link").nth(4).click()
    expect(page.locator(".timeline-row")).to_have_count(1)


def test_on_a_phone_the_parts_are_tabs_and_the_move_is_under_the_thumb(
    open_page: OpenPage, rep: User, deal: Deal
) -> None:
    fulfil(deal)
    page = open_page(f"/deals/{deal.pk}/", user=rep, **PHONE)
    expect(page.locator("#checklist")).to_be_visible()
    expect(page.locator("#facts")).to_be_hidden()
    page.locator(".deal-tabs a").nth(1).click()
    expect(page.locator("#facts")).to_be_visible()
    expect(page.locator("#checklist")).to_be_hidden()
    expect(page.locator(".deal-foot .btn-primary")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_full_page_has_no_barriers(
    open_page: OpenPage, rep: User, manager: User, deal: Deal, barriers: Callable[[Page], list[str]], scheme: str
) -> None:
    from dealrail.crm.actions.collaborators import add_collaborator
    from dealrail.crm.actions.deals import transfer_deal
    from dealrail.crm.actions.waivers import ask_waiver

    ask_waiver(actor=actor_of(rep), deal_id=deal.pk, condition="basics", reason="老客户")
    add_collaborator(actor=actor_of(rep), deal_id=deal.pk, user_id=User.objects.get(login="stranger").pk)
    transfer_deal(actor=actor_of(rep), deal_id=deal.pk, owner_id=manager.pk, note="王总喜欢打电话")
    page = open_page(f"/deals/{deal.pk}/", user=manager, color_scheme=scheme, **DESK)
    page.locator("#fact-amount").hover()
    page.locator("#fact-amount .fact-edit").click()
    expect(page.locator("#fact-amount [name=amount]")).to_be_focused()
    assert barriers(page) == []


def test_facts_comments_and_files_work_without_scripts(open_page: OpenPage, rep: User, deal: Deal) -> None:
    page = open_page(f"/deals/{deal.pk}/", user=rep, java_script_enabled=False)
    page.locator("#fact-amount .fact-edit").click(force=True)
    page.locator("[name=amount]").fill("15万")
    page.locator(".card-footer .btn-primary").click()
    page.locator("#comment-text").fill("@销售主管 请看")
    page.locator(".comment-foot button").click()
    expect(page.locator("#timeline-part")).to_contain_text("@销售主管 请看")
    paper: FilePayload = {"name": "报价.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    page.locator("#files-input").set_input_files([paper])
    page.locator(".file-form button").click()
    expect(page.locator(".file-row")).to_have_count(1)
    assert str(fresh(deal).amount) == "150000.00"


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


@SIZES
def test_who_approves_sees_the_values_and_a_changed_one_takes_the_question_back(
    open_page: OpenPage, rep: User, manager: User, make_deal: MakeDeal, size: dict[str, object]
) -> None:
    deal = walk_on(make_deal(amount="43200"))
    fulfil(deal)
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    boss = open_page(f"/deals/{deal.pk}/", user=manager, **size)
    expect(boss.locator("#notices .about")).to_contain_text("¥120,000.00")

    page = open_page(f"/deals/{deal.pk}/#about", user=rep, **size)
    page.locator("#fact-budget .fact-edit").click()
    page.locator("#fact-budget input[name=budget]").fill("5")
    page.locator("#fact-budget .btn-primary").click()
    expect(page.locator("#notices .approval-notice")).to_have_count(0)

    boss.locator(".decide [value=grant]").click()
    expect(boss.locator("#messages .notice-warning")).to_be_visible()
    assert stage_of(deal) == "talk"


def test_on_a_phone_a_row_of_the_checklist_leads_to_its_field(
    open_page: OpenPage, rep: User, make_deal: MakeDeal
) -> None:
    deal = walk_on(make_deal())
    page = open_page(f"/deals/{deal.pk}/", user=rep, **PHONE)
    page.locator(".gate-row-open").nth(1).tap()
    expect(page.locator("dialog[open] [name='field.amount']")).to_be_focused()


@SIZES
def test_a_customer_is_chosen_by_its_pinyin_with_the_keyboard(
    open_page: OpenPage, rep: User, make_customer: MakeCustomer, size: dict[str, object]
) -> None:
    make_customer(name="合肥瑞丰包装有限公司")
    page = open_page("/new/deal/", user=rep, **size)
    page.locator("[name=customer]").click()
    page.keyboard.type("ruifeng")
    expect(page.locator(".mention-list:visible li")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[name=customer]")).to_have_value("合肥瑞丰包装有限公司")
    expect(page.locator(".mention-list:visible")).to_have_count(0)
