"""Saved views on screen: opened, changed, saved, pinned, deleted and brought back; none widens what one sees."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm.actions.saved_views import create_view
from dealrail.crm.models import SavedView
from tests.cast import Company, MakeDeal, actor_of
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def _text(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def _save(client: Client, query: str = "state=open&cols=owner", **more: str) -> str:
    answer = client.post(f"/views/deals/new/?{query}", {"name": "我的大单", **more})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_a_list_is_kept_and_opened_again(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    client = log_in(rep)
    query = parse_qs(urlsplit(_save(client, "state=open&cols=owner&cursor=x&view=7")).query)
    view = SavedView.objects.get()
    assert query == {"view": [str(view.pk)], "state": ["open"], "cols": ["owner"]}
    menu = client.get(f"/deals/?view={view.pk}&cols=owner&state=open").context["views"]
    assert (menu.current, menu.is_changed) == (view, False)
    assert client.get(f"/deals/?view={view.pk}&state=won").context["views"].is_changed


def test_what_was_changed_is_saved_in_the_same_view(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    _save(client)
    view = SavedView.objects.get()
    assert "Changed" in _text(client, f"/deals/?view={view.pk}&state=won")
    client.post(f"/views/{view.pk}/save/?view={view.pk}&state=won")
    view.refresh_from_db()
    assert view.query == "state=won"


def test_a_pinned_view_stands_in_the_navigation(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    _save(client)
    assert not re.search(r'href="/deals/\?view=', _text(client, "/pools/"))
    client.post(f"/views/{SavedView.objects.get().pk}/change/", {"name": "大单", "is_pinned": "1"})
    assert re.search(r'href="/deals/\?view=\d+&state=open&cols=owner"', _text(client, "/pools/"))


def test_a_shared_view_shows_nobody_more_than_they_may_see(
    log_in: LogIn, manager: User, stranger: User, make_deal: MakeDeal
) -> None:
    make_deal(name="新厂看板")
    create_view(actor=actor_of(manager), list_="deals", name="全公司", query="state=open", is_shared=True)
    view = SavedView.objects.get()
    client = log_in(stranger)
    text = _text(client, f"/deals/?view={view.pk}&state=open")
    assert "全公司" in text
    assert "新厂看板" not in text
    assert client.post(f"/views/{view.pk}/delete/").status_code == 403


def test_a_view_of_somebody_else_is_not_there(log_in: LogIn, rep: User, colleague: User) -> None:
    _save(log_in(rep))
    view, client = SavedView.objects.get(), log_in(colleague)
    assert client.get(f"/deals/?view={view.pk}&state=open").context["views"].current is None
    assert client.get(f"/views/{view.pk}/change/").status_code == 404


def test_a_deleted_view_comes_back_by_a_button(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    _save(client)
    page = client.post(f"/views/{SavedView.objects.get().pk}/delete/", follow=True).content.decode()
    sealed = re.search(r'name="view" value="([^"]+)"', page)
    assert sealed
    assert not SavedView.objects.exists()
    client.post("/views/restore/", {"view": sealed[1]})
    assert SavedView.objects.get().query == "state=open&cols=owner"
    assert client.post("/views/restore/", {"view": sealed[1] + "x"}).status_code == 404


def test_a_taken_name_is_said_and_kept(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    _save(client)
    answer = client.post("/views/deals/new/?state=won", {"name": "我的大单", "is_pinned": "1"})
    assert answer.status_code == 422
    assert answer.context["values"]["name"] == "我的大单"
    assert client.get("/views/nothing/new/").status_code == 404


def test_htmx_gets_the_form_as_a_dialog(log_in: LogIn, rep: User) -> None:
    text = log_in(rep).get("/views/deals/new/", headers={"HX-Request": "true"}).content.decode()
    assert '<div id="slot" hx-swap-oob="true">' in text
    assert "view-shared" not in text


def test_a_view_is_shared_with_a_role_or_a_department_and_the_form_says_so(
    company: Company, log_in: LogIn, manager: User
) -> None:
    northerner = company.people["northerner"]
    client = log_in(manager)
    _save(client, shared="role:sales")
    view = SavedView.objects.get()
    assert (view.is_shared, view.audience, view.role and view.role.key) == (True, "role", "sales")
    address = f"/views/{view.pk}/change/"
    assert '<option value="role:sales" selected>' in _text(client, address)
    client.post(address, {"name": "大单", "shared": f"unit:{northerner.unit_id}"})
    view.refresh_from_db()
    assert (view.audience, view.unit_id, view.role) == ("unit", northerner.unit_id, None)
    client.post(address, {"name": "大单", "shared": ""})
    view.refresh_from_db()
    assert not view.is_shared
    assert client.post(address, {"name": "大单", "shared": "role:king"}).status_code == 422


def test_a_list_opens_with_the_standard_view_and_without_it_on_demand(
    log_in: LogIn, admin: User, rep: User, make_deal: MakeDeal
) -> None:
    make_deal()
    view = create_view(actor=actor_of(admin), list_="deals", name="未结", query="state=won", is_shared=True)
    client = log_in(admin)
    address = f"/views/{view.pk}/standard/"
    assert 'value="sales"' in _text(client, address)
    assert client.post(address, {"roles": ["sales"]}).status_code == 302
    assert client.post(address, {"roles": ["king"]}).status_code == 422
    client = log_in(rep)
    assert client.get("/deals/").headers["Location"] == f"/deals/?view={view.pk}&state=won"
    assert client.get("/deals/?view=none").status_code == 200
    assert client.get("/deals/?state=open").status_code == 200
    assert client.get(address).status_code == 403


def test_the_board_opens_with_the_standard_view_too(log_in: LogIn, admin: User, rep: User, make_deal: MakeDeal) -> None:
    make_deal()
    view = create_view(actor=actor_of(admin), list_="board", name="试", query="process=trial", is_shared=True)
    log_in(admin).post(f"/views/{view.pk}/standard/", {"roles": ["sales"]})
    assert log_in(rep).get("/board/").headers["Location"] == f"/board/?view={view.pk}&process=trial"


def test_who_may_share_no_more_keeps_the_view_to_themselves(
    log_in: LogIn, manager: User, rep: User, make_deal: MakeDeal
) -> None:
    make_deal()
    view = create_view(actor=actor_of(manager), list_="deals", name="大单", query="state=open", is_shared=True)
    SavedView.objects.update(owner=rep)
    client, address = log_in(rep), f"/views/{view.pk}/change/"
    assert f"/views/{view.pk}/save/" not in _text(client, f"/deals/?view={view.pk}&state=won")
    assert '<option value="everybody" selected>' in _text(client, address)
    assert client.post(address, {"name": "别的", "shared": "everybody"}).status_code == 403
    assert client.post(address, {"name": "别的", "shared": ""}).status_code == 302
    assert f"/views/{view.pk}/save/" in _text(client, f"/deals/?view={view.pk}&state=won")
