"""Sheets from the lists on screen: what one sees, narrowed like the list, and on record."""

import pytest
from django.http import FileResponse, StreamingHttpResponse
from django.test import Client

from dealrail.accounts.models import User
from dealrail.events.models import Event
from tests.cast import MakeCustomer, MakeDeal
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def _sheet(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert isinstance(answer, FileResponse | StreamingHttpResponse), answer.status_code
    return answer.getvalue()


def test_deals_come_as_the_list_is_narrowed_and_go_on_record(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    make_deal(name="新厂看板")
    make_deal(name="旧厂看板")
    text = _sheet(log_in(rep), "/deals/export/?as=csv&q=新厂").decode("utf-8-sig")
    assert ("新厂看板" in text, "旧厂看板" in text) == (True, False)
    event = Event.objects.get(kind="export.taken")
    assert (event.actor_id, event.payload["what"], event.payload["rows"]) == (rep.pk, "deals", 1)
    assert "新厂" in event.payload["filter"]


def test_customers_come_as_a_workbook(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    make_customer(name="甲公司")
    assert _sheet(log_in(rep), "/customers/export/").startswith(b"PK")
    assert Event.objects.get(kind="export.taken").payload["rows"] == 1


def test_strangers_get_no_row(log_in: LogIn, stranger: User, make_deal: MakeDeal) -> None:
    make_deal(name="新厂看板")
    assert len(_sheet(log_in(stranger), "/deals/export/?as=csv").splitlines()) == 1


def test_who_may_not_export_gets_nothing(log_in: LogIn, legal: User) -> None:
    assert log_in(legal).get("/deals/export/").status_code == 403
    assert not Event.objects.filter(kind="export.taken").exists()


def test_another_format_is_refused_and_not_on_record(log_in: LogIn, rep: User) -> None:
    assert log_in(rep).get("/deals/export/?as=pdf").status_code == 422
    assert not Event.objects.filter(kind="export.taken").exists()
