"""Where no deal can be started, the forms say why, and lead who may to where that is mended."""

import html
from typing import Any

import pytest

from dealrail.accounts.actions.roles import ensure_builtin_roles, save_role
from dealrail.accounts.actions.users import create_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.process.actions.lines import create_line
from dealrail.process.models import Definition
from tests.cast import actor_of
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()
FORMS = ("/deals/new/", "/new/deal/")


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def person(login: str, *roles: str) -> User:
    """Somebody of a company without any process."""
    ensure_builtin_roles(actor=SYSTEM)
    return create_user(actor=SYSTEM, login=login, name=login, password=None, roles=roles)


@pytest.mark.parametrize("address", FORMS)
def test_without_a_process_who_designs_is_led_to_the_designer(log_in: LogIn, address: str) -> None:
    client = log_in(person("boss", "admin"))
    page = text(client.get(address))
    assert "No process is published yet" in page
    assert 'href="/processes/drafts/new/"' in page
    assert "<select" not in page.partition("empty-state")[2].partition("</main>")[0]
    part = text(client.get(address, headers={"HX-Request": "true"}))
    assert "No process is published yet" in part
    assert client.post(address, {"name": "商机"}).status_code in {200, 403, 404, 422}


@pytest.mark.parametrize("address", FORMS)
def test_without_a_process_a_rep_is_told_whom_to_ask(log_in: LogIn, address: str) -> None:
    page = text(log_in(person("seller", "sales")).get(address))
    assert "Ask whoever designs your processes." in page
    assert "/processes/drafts/new/" not in page


def test_who_publishes_only_is_led_to_the_processes(log_in: LogIn) -> None:
    boss = person("boss", "admin")
    save_role(
        actor=actor_of(boss), key="clerk", name="发布", permissions=["deals.create", "process.publish"], scope="own"
    )
    clerk = create_user(actor=SYSTEM, login="clerk", name="clerk", password=None, roles=["clerk"])
    page = text(log_in(clerk).get("/deals/new/")).partition("empty-state")[2]
    assert 'href="/processes/"' in page


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("address", FORMS)
def test_who_is_in_no_line_is_told_so(log_in: LogIn, rep: User, colleague: User, address: str) -> None:
    keys = list(Definition.objects.values_list("key", flat=True))
    create_line(actor=SYSTEM, fields={"name": "全部", "processes": keys, "people": [rep.pk]})
    assert "Every process belongs to a business line" in text(log_in(colleague).get(address))
    assert 'name="process"' in text(log_in(rep).get(address))
