"""The list of all shared views, for who administers the company: opened, taken back, handed over."""

import html
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.models import User
from dealrail.crm.actions.saved_views import create_view, set_standard_view
from dealrail.crm.models import SavedView
from tests.cast import Company, actor_of, event_kinds, last_event_id
from tests.crm.test_shared_views import let_share
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
PAGE = "/settings/views/"


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def shared(by: User, name: str = "大单", list_: str = "deals", **audience: Any) -> SavedView:
    return create_view(actor=actor_of(by), list_=list_, name=name, query="state=open", is_shared=True, **audience)


def test_the_list_tells_whose_a_view_is_and_who_sees_it(
    company: Company, log_in: LogIn, admin: User, manager: User
) -> None:
    view = shared(manager, audience="role", role_key="sales")
    shared(manager, "华北", audience="unit", unit_id=company.units["华北组"].pk)
    shared(manager, "看板", "board")
    set_standard_view(actor=actor_of(admin), view_id=view.pk, roles=["sales"])
    client = log_in(admin)
    page = text(client.get(PAGE))
    assert f"{manager.name} → Sales rep" in page
    assert f"{manager.name} → 华北组" in page
    assert f"{manager.name} → Everybody" in page
    assert "standard of Sales rep" in page
    assert f"/deals/?view={view.pk}&state=open" in page
    assert client.get(f"/deals/?view={view.pk}&state=open").status_code == 200
    assert ("看板" in text(client.get(f"{PAGE}?list=board")), "华北" in text(client.get(f"{PAGE}?list=board"))) == (
        True,
        False,
    )
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert "大单" in text(client.get(f"{PAGE}?by=left"))
    assert "No shared view is like this." in text(client.get(f"{PAGE}?by=here"))


def test_a_view_is_taken_back_and_its_owner_keeps_it(log_in: LogIn, admin: User, manager: User, rep: User) -> None:
    view, before = shared(manager), last_event_id()
    page = text(log_in(admin).post(f"{PAGE}{view.pk}/retract/", follow=True))
    assert f"“大单” is no longer shared; {manager.name} still has it." in page
    assert event_kinds(before) == ["view.saved"]
    assert SavedView.objects.get(pk=view.pk).owner == manager
    assert "Nobody shares a view yet." in page
    assert log_in(admin).post(f"{PAGE}{view.pk}/retract/").status_code == 404


def test_a_view_is_handed_to_another_owner(log_in: LogIn, admin: User, manager: User, rep: User) -> None:
    view = shared(manager)
    client, address = log_in(admin), f"{PAGE}{view.pk}/hand-over/"
    assert f'<option value="{rep.pk}">' not in text(client.get(address)), "who may not share views is not offered"
    assert f"{rep.name} may not share views" in text(client.post(address, {"owner": rep.pk}))
    let_share(rep)
    form = text(client.get(address))
    assert f'<option value="{rep.pk}">' in form
    assert f'<option value="{manager.pk}">' not in form
    create_view(actor=actor_of(rep), list_="deals", name="大单", query="")
    refused = client.post(address, {"owner": rep.pk})
    assert refused.status_code == 422
    assert f"{rep.name} has a view “大单” of this list already." in text(refused)
    assert f'<option value="{rep.pk}" selected>' in text(refused)
    assert client.post(address, {"owner": ""}).status_code == 422
    SavedView.objects.filter(owner=rep).delete()
    assert f"“大单” belongs to {rep.name} now." in text(client.post(address, {"owner": rep.pk}, follow=True))


def test_it_is_for_who_administers_the_company(log_in: LogIn, manager: User) -> None:
    view, before = shared(manager), last_event_id()
    client = log_in(manager)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}{view.pk}/retract/").status_code == 403
    assert client.post(f"{PAGE}{view.pk}/hand-over/", {"owner": manager.pk}).status_code == 403
    assert event_kinds(before) == []
    assert PAGE not in text(client.get("/settings/"))


def test_many_views_take_no_more_statements_and_pages(log_in: LogIn, admin: User, manager: User) -> None:
    client = log_in(admin)
    shared(manager)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for number in range(60):
        shared(manager, f"视图{number:02}")
    with CaptureQueriesContext(connection) as many:
        page = client.get(PAGE)
    assert len(many) <= len(few)
    following = client.get(f"{PAGE}?cursor={page.context['page'].next}")
    assert len(following.context["rows"]) == 11
