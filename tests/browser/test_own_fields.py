"""Fields of one's own as a browser shows them: a link is found while one types, and a formula follows."""

import pytest

from dealrail.accounts.models import User
from dealrail.crm.actions.fields import create_field
from dealrail.crm.models import Deal
from tests.browser.conftest import OpenPage
from tests.cast import actor_of, fresh, new_customer, new_deal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("company")]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def deal(rep: User) -> Deal:
    """A deal of the rep's, with fields of every kind that points at something, and a formula."""
    for fields in (
        {"name": "转介绍客户", "key": "by", "type": "link", "target": "customer"},
        {"name": "售前", "key": "presales", "type": "person"},
        {"name": "安装地点", "key": "site", "type": "place"},
        {"name": "成本", "key": "cost", "type": "money"},
        {"name": "毛利", "key": "profit", "type": "formula", "formula": "{amount} - {成本}"},
    ):
        create_field(actor=actor_of(None), kind="deal", fields=fields)
    for name in ("远航重工", "远航物流"):
        new_customer(rep, name=name)
    return new_deal(rep, amount="1000", customer=new_customer(rep).pk)


def test_a_link_is_chosen_while_one_types_and_a_formula_follows(open_page: OpenPage, deal: Deal, rep: User) -> None:
    page = open_page(f"/deals/{deal.pk}/change/", user=rep, viewport=PHONE)
    page.locator("[name='custom.by']").press_sequentially("远航")
    page.get_by_role("option", name="远航物流").click()
    page.locator("[name='custom.presales']").select_option(label="小同")
    page.locator("[name='custom.site']").fill("虹桥路1号 (31.2, 121.4)")
    page.locator("[name='custom.cost']").fill("400")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url(f"**/deals/{deal.pk}/")
    held = fresh(deal).custom
    assert (held["site"], held["profit"]) == ("虹桥路1号 (31.200000, 121.400000)", "600.00")
    facts = page.locator("#facts").inner_text()
    assert [word for word in ("远航物流", "小同", "600.00", "虹桥路1号") if word not in facts] == []
