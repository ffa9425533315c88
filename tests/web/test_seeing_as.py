"""Seeing as somebody else: their pages, no changes, no more than one may see oneself, and all on record."""

from typing import Any

import pytest
from django.test import Client

from dealrail.accounts import queries
from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.seeing import begin_seeing
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NotAllowed, NotFound, SeesLess
from dealrail.accounts.models import User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.crm import policy as crm
from dealrail.crm.actions.fields import create_field
from dealrail.crm.rules import Access
from dealrail.events.models import Event
from tests import founding
from tests.cast import Company, actor_of, last_event_id, new_customer, new_deal, refuses
from tests.web.conftest import LogIn
from tests.web.pages import addresses, read

pytestmark = pytest.mark.django_db
SEE = "/people/see-as/"
END = "/see-as/end/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def see(client: Client, **whom: Any) -> str:
    """Begin, and what the first page says."""
    return text(client.post(SEE, whom, follow=True))


def rows() -> dict[str, Any]:
    """All that is kept, but for who is logged in."""
    return {table: founding.rows_of(table) for table in founding.tables() if "session" not in table}


@pytest.fixture
def customers(rep: User, stranger: User) -> tuple[Any, Any]:
    """One of the rep's, one of somebody's in another department."""
    return new_customer(rep, name="云帆科技"), new_customer(stranger, name="远山制造")


def test_pages_are_as_the_person_sees_them_with_a_banner_until_one_leaves(
    customers: tuple[Any, Any], log_in: LogIn, admin: User, rep: User
) -> None:
    client = log_in(admin)
    assert f"You see as “{rep.name}”" in see(client, person=rep.pk)
    page = text(client.get("/customers/"))
    assert "云帆科技" in page
    assert "远山制造" not in page
    assert client.get(f"/customers/{customers[1].pk}/").status_code == 404
    assert client.get("/people/").status_code == 403
    assert "You see as yourself again." in text(client.post(END, follow=True))
    assert "远山制造" in text(client.get("/customers/"))


def test_the_first_page_greets_the_person_seen_as(log_in: LogIn, admin: User, rep: User) -> None:
    client = log_in(admin)
    assert f", {admin.name}" in text(client.get("/?mine=1"))
    page = see(client, person=rep.pk)
    assert f", {rep.name}</h1>" in page.replace("\n", "")
    assert f", {admin.name}" not in page


def test_as_a_role_one_sees_what_one_would_see_with_that_role_only(
    customers: tuple[Any, Any], log_in: LogIn, admin: User
) -> None:
    new_customer(admin, name="自有客户")
    client = log_in(admin)
    see(client, role="sales")
    page = text(client.get("/customers/"))
    assert "自有客户" in page
    assert "云帆科技" not in page
    assert client.get("/people/roles/").status_code == 403


def test_beginning_and_end_stand_in_the_log_under_the_real_name(log_in: LogIn, admin: User, rep: User) -> None:
    client, before = log_in(admin), last_event_id()
    see(client, person=rep.pk)
    client.post(END)
    told = list(Event.objects.filter(pk__gt=before).values_list("kind", "actor_id", "payload__as_user_id"))
    assert told == [("user.seeing_began", admin.pk, rep.pk), ("user.seeing_ended", admin.pk, rep.pk)]


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/customers/new/", {"name": "新客户"}),
        ("/people/roles/sales/", {"name": "销售", "scope": "all", "permissions": [PEOPLE_MANAGE]}),
        ("/people/see-as/", {"role": "legal"}),
        ("/me/profile/", {"name": "改名"}),
        ("/me/tokens/new/", {"name": "偷"}),
        ("/language/", {"language": "en"}),
        ("/theme/", {"theme": "dark"}),
    ],
)
@pytest.mark.parametrize("whom", ["head", "rep", "chief"])
def test_nothing_is_changed_in_anybodys_name(
    whom: str, address: str, form: dict[str, Any], company: Company, log_in: LogIn, admin: User, rep: User
) -> None:
    if whom == "chief":  # also not as somebody who may do everything
        change_user(actor=actor_of(None), user_id=rep.pk, roles=["admin"])
    client = log_in(admin)
    see(client, **({"role": "head"} if whom == "head" else {"person": rep.pk}))
    before = rows()
    answer = client.post(address, form)
    assert answer.status_code == 403
    assert "nothing can be changed" in text(answer)
    assert rows() == before


def test_no_page_writes_while_one_only_looks(company: Company, log_in: LogIn, admin: User, rep: User) -> None:
    client, found = log_in(admin), list(addresses(rep))
    see(client, person=rep.pk)
    before = rows()
    answers = {address: read(client, address).status_code for address in found}
    assert rows() == before
    assert {address: status for address, status in answers.items() if status >= 500} == {}
    assert list(answers.values()).count(200) > 40


def test_the_account_of_whom_one_sees_as_stays_theirs(log_in: LogIn, admin: User, rep: User) -> None:
    client = log_in(admin)
    see(client, person=rep.pk)
    for address in ("/me/", "/me/calendar/", "/me/second-factor/"):
        assert client.get(address).status_code == 403, address


def test_pages_seen_as_somebody_else_are_kept_by_no_browser(log_in: LogIn, admin: User, rep: User) -> None:
    client = log_in(admin)
    assert client.get("/customers/").headers["X-Person"] == str(admin.pk)
    see(client, person=rep.pk)
    headers = client.get("/customers/").headers
    assert "X-Person" not in headers
    assert headers["Cache-Control"] == "private, no-store"


def test_it_ends_when_the_right_to_it_does(log_in: LogIn, company: Company, admin: User, rep: User) -> None:
    change_user(actor=actor_of(None), user_id=rep.pk, roles=["admin"])
    client = log_in(admin)
    see(client, role="sales")
    change_user(actor=actor_of(None), user_id=admin.pk, roles=["sales"])
    page = text(client.get("/customers/"))
    assert "You see as" not in page
    assert "You are not allowed" in page
    assert client.get("/people/").status_code == 403


def test_it_ends_when_the_person_leaves(log_in: LogIn, admin: User, rep: User) -> None:
    client = log_in(admin)
    see(client, person=rep.pk)
    change_user(actor=actor_of(None), user_id=rep.pk, is_active=False)
    assert client.get("/people/").status_code == 200


def test_refuses_who_may_not_manage_people(log_in: LogIn, manager: User, rep: User) -> None:
    client = log_in(manager)
    assert client.get(SEE).status_code == 403
    assert client.post(SEE, {"person": rep.pk}).status_code == 403
    with refuses(NotAllowed):
        begin_seeing(actor=actor_of(manager), user_id=rep.pk)


def test_refuses_whom_nobody_can_be(log_in: LogIn, admin: User) -> None:
    for whom in ({"user_id": 0}, {"user_id": admin.pk}, {"role_key": "king"}, {"role_key": ""}):
        with refuses(NotFound):
            begin_seeing(actor=actor_of(admin), **whom)


@pytest.mark.parametrize(
    ("permissions", "scope", "lacking"),
    [
        ([PEOPLE_MANAGE], "all", "deals.read"),
        ([PEOPLE_MANAGE, "deals.read", "customers.read"], "own", "deals.read"),
        ([PEOPLE_MANAGE, "deals.read", "customers.read"], "all", "deals.change"),
    ],
)
def test_refuses_to_show_more_than_one_may_see_oneself(
    permissions: list[str], scope: str, lacking: str, company: Company, admin: User, manager: User, rep: User
) -> None:
    save_role(actor=actor_of(admin), key="clerk", name="人事", permissions=permissions, scope=scope)
    change_user(actor=actor_of(admin), user_id=manager.pk, roles=["clerk"])
    clerk = actor_of(User.objects.get(pk=manager.pk))
    for whom in ({"user_id": rep.pk}, {"role_key": "sales"}):
        with refuses(SeesLess) as caught:
            begin_seeing(actor=clerk, **whom)
        assert lacking in caught.value.params["permissions"]


def test_a_field_hidden_from_the_one_who_looks_stays_hidden(company: Company, admin: User, rep: User) -> None:
    limits = {"secret": ("admin", Access.HIDDEN), "theirs": ("sales", Access.READ), "open": ("legal", Access.HIDDEN)}
    seen = queries.seen_as(actor_of(admin), user_id=rep.pk)
    expected = {"secret": Access.HIDDEN, "theirs": Access.READ, "open": Access.EDIT}
    for key, (role, allowed) in limits.items():
        field = create_field(
            actor=actor_of(None), kind="customer", fields={"name": key, "key": key, "access": {role: allowed.value}}
        )
        assert crm.access_to(seen, field) is expected[key], key


def test_the_page_offers_people_and_roles_and_keeps_what_was_chosen(log_in: LogIn, admin: User, rep: User) -> None:
    page = text(log_in(admin).get(f"{SEE}?role=legal&person={rep.pk}"))
    assert '<option value="legal" selected>' in page
    assert f'<option value="{rep.pk}" selected>' in page
    assert text(log_in(admin).get("/people/roles/legal/")).count(f"{SEE}?role=legal") == 1


def test_deals_are_those_of_the_person_seen_as(log_in: LogIn, admin: User, rep: User, stranger: User) -> None:
    mine, other = new_deal(rep), new_deal(stranger)
    client = log_in(admin)
    see(client, person=rep.pk)
    assert client.get(f"/deals/{mine.pk}/").status_code == 200
    assert client.get(f"/deals/{other.pk}/").status_code == 404
