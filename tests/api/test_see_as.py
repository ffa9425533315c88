"""Seeing as somebody else over the API: their answers, nothing changed, no more than one may see, all on record."""

from typing import Any

import pytest

from dealrail.accounts import queries as people
from dealrail.accounts.models import User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.crm import queries as crm
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.saved_views import create_view
from dealrail.events.models import Event
from tests import founding
from tests.api.client import Api
from tests.api.operations import belongings, operations
from tests.cast import actor_of, event_kinds, last_event_id, new_customer, new_deal

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_admin(admin: User) -> Api:
    """The administrator's token, already noted as used."""
    api = Api(admin)
    api.get("me")
    return api


def seen(api: Api, whom: str, path: str, **params: Any) -> Any:
    """What is answered as this person or role."""
    api.headers["see-as"] = whom
    try:
        return api.get(path, **params)
    finally:
        del api.headers["see-as"]


def test_answers_are_those_of_the_person_or_role(as_admin: Api, rep: User, stranger: User) -> None:
    new_customer(rep, name="云帆科技")
    other = new_customer(stranger, name="远山制造")
    assert set(as_admin.get("customers").names) == {"云帆科技", "远山制造"}
    for whom in (f"person:{rep.pk}", f"person:{rep.login}"):
        assert seen(as_admin, whom, "customers").names == ["云帆科技"]
    assert seen(as_admin, f"person:{rep.pk}", f"customers/{other.pk}").status == 404
    assert seen(as_admin, "role:sales", "customers").names == []
    assert seen(as_admin, f"person:{rep.pk}", "me").body["name"] == rep.name
    assert PEOPLE_MANAGE not in seen(as_admin, "role:sales", "me").body["permissions"]
    assert as_admin.get("me").body["name"] != rep.name


def test_a_hidden_field_is_hidden_and_the_layout_is_theirs(as_admin: Api, rep: User) -> None:
    create_field(
        actor=actor_of(None), kind="deal", fields={"name": "评级", "key": "rating", "access": {"sales": "hidden"}}
    )
    assert "custom.rating" in as_admin.get("layouts/mine").text
    assert "custom.rating" not in seen(as_admin, f"person:{rep.pk}", "layouts/mine").text


def test_private_views_tell_nothing_that_is_hidden_from_the_one_who_looks(
    as_admin: Api, admin: User, rep: User
) -> None:
    create_field(actor=actor_of(None), kind="deal", fields={"name": "评级", "key": "rating"})
    create_view(actor=actor_of(rep), name="好单", list_="deals", query="sort=-custom.rating", is_pinned=True)
    assert seen(as_admin, f"person:{rep.pk}", "views").names == ["好单"]
    for role, shown in (("sales", True), ("admin", False)):
        [field] = crm.custom_fields("deal")
        change_field(actor=actor_of(None), field_id=field.pk, fields={"access": {role: "hidden"}})
        assert seen(as_admin, f"person:{rep.pk}", "views").names == ["好单"] * shown
        looked = people.seen_as(actor_of(admin), user_id=rep.pk)
        assert [row.name for row in crm.pinned_views(looked)] == ["好单"] * shown
        assert Api(rep).get("views").names == ["好单"]


def test_each_request_stands_on_record_under_the_real_name(as_admin: Api, admin: User, rep: User) -> None:
    before = last_event_id()
    seen(as_admin, f"person:{rep.pk}", "deals")
    seen(as_admin, "role:legal", "customers")
    told = [(row.kind, row.actor_id, row.channel, row.payload) for row in Event.objects.filter(pk__gt=before)]
    about = {"as_role": "", "as_name": rep.name, "as_user_id": rep.pk, "user_id": admin.pk}
    assert told[0] == ("user.looked_as", admin.pk, "api", {**about, "path": "/api/v1/deals"})
    assert (told[1][3]["as_user_id"], told[1][3]["as_role"]) == (None, "legal")


def test_tokens_stay_ones_own_under_a_prefix_too(as_admin: Api, rep: User) -> None:
    headers = {**as_admin.headers, "see-as": f"person:{rep.pk}"}
    for prefix in ("", "/crm"):
        answer = as_admin.client.get("/api/v1/tokens", headers=headers, SCRIPT_NAME=prefix)
        assert answer.json()["code"] == "only_looking"


def rows() -> dict[str, Any]:
    """All that is kept but the log, in which each look stands."""
    return {table: founding.rows_of(table) for table in founding.tables() if not table.startswith("events_")}


def test_no_operation_changes_anything_while_one_only_looks(as_admin: Api, rep: User) -> None:
    ids = belongings(rep)
    before, since = rows(), last_event_id()
    as_admin.headers["see-as"] = f"person:{rep.pk}"
    for operation in operations():
        answer = operation.ask(as_admin, ids)
        assert answer.status < 500, operation.name
        assert operation.method == "get" or answer.code == "only_looking", operation.name
    assert rows() == before
    assert set(event_kinds(since)) == {"user.looked_as"}


def test_their_tokens_stay_theirs(as_admin: Api, rep: User) -> None:
    assert seen(as_admin, f"person:{rep.pk}", "tokens").code == "only_looking"


@pytest.mark.parametrize(
    ("whom", "code"),
    [
        ("rep", "bad_see_as"),
        ("person:", "bad_see_as"),
        ("unit:3", "bad_see_as"),
        ("person:nobody", "unknown_person"),
        ("role:king", "not_found"),
        ("person:admin", "not_found"),
    ],
)
def test_refuses_whom_nobody_can_be(as_admin: Api, whom: str, code: str) -> None:
    before = last_event_id()
    assert seen(as_admin, whom, "deals").code == code
    assert event_kinds(before) == []


def test_refuses_who_may_not_manage_people_or_sees_less(manager: User, rep: User, admin: User) -> None:
    new_deal(rep)
    before = last_event_id()
    assert seen(Api(manager), f"person:{rep.pk}", "deals").code == "not_allowed"
    kinds = event_kinds(before)
    assert "user.looked_as" not in kinds
