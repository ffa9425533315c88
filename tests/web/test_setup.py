"""The first run: the first account by the code of the console, four questions, a filled board."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts import queries as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import AlreadyFounded
from dealrail.accounts.models import Company, Role, Unit, User
from dealrail.crm.actions.founding import found_company
from dealrail.crm.actions.imports import undo_import
from dealrail.crm.clocks import finish_import
from dealrail.crm.models import Customer, Deal, ImportJob, Pool
from dealrail.process import queries as processes
from dealrail.process.models import Definition
from tests.cast import actor_of, refuses
from tests.web.conftest import LogIn

STRONG = "correct horse battery"


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def fresh_home(db: None) -> Iterator[Client]:
    """A browser before a home without anybody or anything; its processes get numbers that others had."""
    processes.forget_cached_versions()
    for model in (Deal, Customer, ImportJob, Pool, Definition, User, Role):
        assert not model.objects.exists()
    yield Client(headers={"Accept-Language": "en"})
    processes.forget_cached_versions()


def founder(**changed: str) -> dict[str, str]:
    code = accounts.first_run_code()
    return {"code": code, "name": "管理员", "login": "boss", "password": STRONG, "again": STRONG, **changed}


@pytest.mark.usefixtures("db")
def test_a_fresh_home_leads_to_the_first_account_and_asks_for_the_code(fresh_home: Client) -> None:
    assert fresh_home.get("/login/").headers["Location"] == "/setup/"
    assert f'value="{accounts.first_run_code()}"' not in text(fresh_home.get("/setup/"))
    assert 'value="abc"' in text(fresh_home.get("/setup/?code=abc"))
    for wrong in (
        {"code": ""},
        {"code": "abc"},
        {"again": "x"},
        {"password": "kurz", "again": "kurz"},
        {"login": "中"},
    ):
        answer = fresh_home.post("/setup/", founder(**wrong))
        assert answer.status_code in {403, 422}
        assert 'value="管理员"' in text(answer)
    assert not User.objects.exists()
    assert not Role.objects.exists()


def test_four_questions_end_on_a_filled_board(fresh_home: Client) -> None:
    client = fresh_home
    assert client.post("/setup/", founder()).headers["Location"] == "/setup/company/"
    assert client.post("/setup/company/", {"name": "", "language": ""}).status_code == 422
    answer = client.post("/setup/company/", {"name": "远航软件", "language": "en"})
    assert answer.headers["Location"] == "/setup/process/"
    assert "Choose at least one process." in text(client.post("/setup/process/", {}))
    assert client.post("/setup/process/", {"template": "general"}).headers["Location"] == "/setup/people/"
    roles, units = ["sales", "sales", "sales_manager"], ["华东组", "", "华东组"]
    asked = {"name": ["李雷", "", "韩梅梅"], "role": roles, "unit": units}
    assert client.post("/setup/people/", asked).headers["Location"] == "/setup/people/"
    page = text(client.get("/setup/people/"))
    assert "/invited/" not in text(client.get("/setup/people/"))
    (unit,) = Unit.objects.all()
    assert (unit.name, unit.leader.name, unit.people.count()) == ("华东组", "韩梅梅", 2)
    assert len(re.findall(r"http://testserver/invited/[^<]+/<", page)) == 2
    assert client.get("/setup/").headers["Location"] == "/setup/sheet/"
    assert client.post("/setup/sheet/", {"how": "sample"}).headers["Location"] == "/board/"
    assert Company.objects.get().set_up_at is not None
    assert (Deal.objects.count(), Customer.objects.count()) == (8, 8)
    assert "江北精密" in text(client.get("/board/"))


@pytest.mark.usefixtures("db")
def test_the_first_account_finds_its_device_in_the_list(fresh_home: Client) -> None:
    fresh_home.post("/setup/", founder())
    assert "This device" in text(fresh_home.get("/me/"))


@pytest.mark.usefixtures("db")
def test_sample_data_is_undone_like_any_import(fresh_home: Client) -> None:
    fresh_home.post("/setup/", founder())
    fresh_home.post("/setup/process/", {"template": "general"})
    fresh_home.post("/setup/sheet/", {"how": "sample"})
    for job in ImportJob.objects.order_by("-pk"):
        undo_import(actor=actor_of(User.objects.get()), job_id=job.pk)
        finish_import(job.pk)
    assert not Deal.objects.exists()
    assert not Customer.objects.exists()


def test_the_first_run_can_be_left_and_goes_on_where_it_was(fresh_home: Client) -> None:
    fresh_home.post("/setup/", founder())
    fresh_home.post("/setup/company/", {"name": "远航软件", "language": ""})
    assert "Choose how you sell" in text(fresh_home.get("/setup/process/"))
    assert fresh_home.get("/setup/").headers["Location"] == "/setup/process/"
    assert fresh_home.post("/setup/people/", {"name": [""], "role": ["sales"]}).headers["Location"] == "/setup/sheet/"
    assert fresh_home.post("/setup/sheet/", {"how": "sheet"}).headers["Location"] == "/imports/"


@pytest.mark.usefixtures("db")
def test_whoever_left_the_first_run_is_led_on_from_every_empty_page(fresh_home: Client) -> None:
    fresh_home.post("/setup/", founder())
    fresh_home.post("/setup/company/", {"name": "远航软件", "language": "en"})
    home = fresh_home.get("/", follow=True)
    assert home.redirect_chain == [("/team/", 302)]
    assert 'href="/setup/">Continue the set-up' in text(home)
    for address in ("/board/", "/insights/funnel/", "/processes/"):
        assert 'href="/setup/process/">Choose a process' in text(fresh_home.get(address))
    sheet = text(fresh_home.get("/imports/"))
    assert "No process is published yet, so no deals can be imported." in sheet
    assert 'name="process"' not in sheet


def test_a_refused_invitation_invites_nobody_and_keeps_the_names(fresh_home: Client) -> None:
    fresh_home.post("/setup/", founder())
    page = fresh_home.post("/setup/people/", {"name": ["李雷", "x" * 81], "role": ["sales", "sales"]})
    assert page.status_code == 422
    assert 'value="李雷"' in text(page)
    for part in ("name", "role", "unit"):
        assert re.search(
            rf'<label class="setup-word" for="{part}-1">\w+</label><(input|select)[^>]* id="{part}-1"', text(page)
        )
    assert User.objects.count() == 1


@pytest.mark.usefixtures("company")
def test_where_somebody_exists_there_is_no_first_account(client: Client, log_in: LogIn, rep: User) -> None:
    assert client.get("/setup/").headers["Location"] == "/login/"
    people = User.objects.count()
    client.post("/setup/", founder())
    assert User.objects.count() == people
    with refuses(AlreadyFounded):
        found_company(actor=Actor.system(), login="boss", name="甲", password=STRONG)
    assert log_in(rep).get("/setup/").headers["Location"] == "/"
    for step in ("company", "process", "people", "sheet"):
        assert log_in(rep).get(f"/setup/{step}/").status_code == 403
        assert log_in(rep).post(f"/setup/{step}/", {"how": "sample"}).status_code == 403


def test_the_first_form_names_everything_that_is_wrong(fresh_home: Client) -> None:
    answer = fresh_home.post("/setup/", {"code": "x", "name": "", "login": "王 芳", "password": "1", "again": "2"})
    page = answer.content.decode()
    for field in ("code", "name", "login", "password", "again"):
        assert f'id="f-{field}-error"' in page
    assert not User.objects.exists()
