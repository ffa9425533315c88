"""Every page of the navigation, and those behind it, open for who may see them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from dealrail.accounts.models import User
from dealrail.web.navigation import PLACES
from tests.cast import Company, MakeDeal

BEHIND = [
    "/processes/trial/",
    "/processes/publish/?from=trial",
    "/processes/drafts/new/",
    "/processes/trial/versions/",
    "/processes/trial/compare/",
    "/processes/trial/template/",
    "/processes/trial/running/",
    "/processes/trial/replay/",
    "/pools/new/",
    "/catalog/products/new/",
    "/people/new/",
    "/me/",
    "/me/texts/",
    "/me/calendar/",
    "/plans/?view=month",
    "/insights/funnel/?process=trial",
    "/insights/lines/",
    "/settings/fields/text/",
    "/settings/layouts/",
    "/settings/layouts/deal/",
    "/settings/layouts/customer/?role=sales",
    "/settings/layouts/card/",
    "/settings/lines/",
    "/settings/lines/new/",
]
DRAFT = "/processes/trial/draft/"
DRAWN = [
    "",
    "news/",
    "text/",
    "map/",
    "publish/",
    "stages/talk/",
    "stages/talk/condition/?key=facts",
    "parts/fields/",
    "parts/fields/need/",
    "parts/actions/",
    "parts/actions/call/",
    "parts/loss_reasons/",
    "parts/loss_reasons/price/",
    "parts/waiver_reasons/",
]


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("place", [place.name for place in PLACES])
def test_a_place_of_the_navigation_opens(place: str, admin: User, client: Client, make_deal: MakeDeal) -> None:
    make_deal()
    client.force_login(admin)
    assert client.get(reverse(place), follow=True).status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("address", BEHIND)
def test_a_page_behind_it_opens(address: str, admin: User, client: Client) -> None:
    client.force_login(admin)
    assert client.get(address).status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("page", DRAWN)
def test_a_page_of_the_designer_opens(page: str, admin: User, client: Client) -> None:
    client.force_login(admin)
    assert client.post(f"{DRAFT}start/", {"version": 1}).status_code == 302
    assert client.get(f"{DRAFT}{page}").status_code == 200


@pytest.mark.django_db
def test_every_figure_of_the_funnel_opens_as_many_deals(
    admin: User, client: Client, company: Company, make_deal: MakeDeal
) -> None:
    for _ in range(3):
        make_deal()
    client.force_login(admin)
    page = client.get("/insights/funnel/?process=trial").content.decode()
    links = re.findall(r'href="(/deals/\?[^"]*figure=[^"]*)">(\d+)<', page)
    assert links
    for address, count in links:
        shown = client.get(address.replace("&amp;", "&")).content.decode()
        assert len(set(re.findall(r'href="/deals/(\d+)/"', shown))) == int(count)
