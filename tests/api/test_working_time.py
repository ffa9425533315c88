"""Working time over the API: everybody reads it, who manages the company says it."""

from typing import Any

import pytest

from dealrail.accounts.models import WorkCalendar
from tests.api.client import Api
from tests.cast import Company

pytestmark = pytest.mark.django_db
STANDARD = {
    "unit": None,
    "weekdays": [1, 2, 3, 4, 5],
    "opens_at": "09:00:00",
    "closes_at": "18:00:00",
    "with_holidays": True,
    "days": [],
}


def test_everybody_reads_it(company: Company, as_rep: Api) -> None:
    assert as_rep.get("working-time").body == STANDARD
    assert as_rep.get(f"working-time?unit={company.units['销售部'].pk}").status == 404


def test_it_is_said_for_the_company_and_for_a_department(company: Company, as_admin: Api) -> None:
    sales = company.units["销售部"].pk
    assert as_admin.send("patch", "working-time", {"opens_at": "08:30"}).body == {**STANDARD, "opens_at": "08:30:00"}
    own = as_admin.send("patch", f"working-time?unit={sales}", {"weekdays": [1, 6]}).body
    assert own == {**STANDARD, "unit": sales, "weekdays": [1, 6], "opens_at": "08:30:00"}
    days = {"first": "2026-11-26", "last": "2026-11-27", "worked": False, "name": "团建"}
    assert as_admin.send("put", f"working-time/days?unit={sales}", days).body["days"] == [
        {"day": "2026-11-26", "worked": False, "name": "团建"},
        {"day": "2026-11-27", "worked": False, "name": "团建"},
    ]
    as_admin.send("put", f"working-time/days?unit={sales}", {"first": "2026-11-26", "worked": None})
    assert [row["day"] for row in as_admin.get(f"working-time?unit={sales}").body["days"]] == ["2026-11-27"]
    assert as_admin.delete(f"units/{sales}/working-time").status == 204
    assert as_admin.get(f"working-time?unit={sales}").status == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"weekdays": []}),
        ("", {"weekdays": [99]}),
        ("", {"weekdays": list(range(1, 9))}),
        ("", {"opens_at": "neun"}),
        ("", {"closes_at": "08:00"}),
        ("/days", {"first": "2026-11-26", "last": "2026-11-25", "worked": True}),
        ("/days", {"first": "2026-02-30", "worked": True}),
        ("/days", {"first": "2026-02-01", "worked": "maybe"}),
    ],
)
def test_what_is_no_working_time_is_refused(path: str, body: dict[str, Any], as_admin: Api) -> None:
    answer = as_admin.send("put" if path else "patch", f"working-time{path}", body)
    assert answer.status == 422
    assert not WorkCalendar.objects.exists()


def test_a_manager_may_not_say_it(company: Company, as_manager: Api) -> None:
    assert as_manager.send("patch", "working-time", {"opens_at": "08:30"}).status == 403
    assert as_manager.send("put", "working-time/days", {"first": "2026-11-26", "worked": False}).status == 403
    assert as_manager.delete(f"units/{company.units['销售部'].pk}/working-time").status == 403
