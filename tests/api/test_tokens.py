"""One's own tokens over the API: shown once, listed without their secret, revoked."""

from typing import Any

import pytest

from dealrail.accounts.actions.tokens import create_token
from dealrail.accounts.models import ApiToken, IdempotentAnswer, User
from dealrail.events.models import Event
from tests.api.client import Api
from tests.cast import Company, MakeDeal, actor_of, at_once, found_company, last_event_id


def test_a_token_is_shown_once_and_works(as_rep: Api) -> None:
    made = as_rep.post("tokens", name="报表脚本", days=30)
    secret = made.body["token"]
    assert (made.status, made.body["name"], made.body["hint"]) == (201, "报表脚本", secret[:8])
    assert Api(token=secret).get("me").body["login"] == "rep"
    rows = as_rep.get("tokens").body["items"]
    assert rows[0] == {name: value for name, value in made.body.items() if name != "token"} | {
        "last_used_at": rows[0]["last_used_at"]
    }
    assert secret not in as_rep.get("tokens").text


def test_the_secret_is_kept_nowhere_not_even_for_a_repeated_request(as_rep: Api) -> None:
    first, again = (as_rep.post("tokens", {"name": "脚本"}, key="t-1") for _ in range(2))
    secret = first.body["token"]
    assert (first.status, again.status, again.headers["Idempotent-Replay"]) == (201, 201, "true")
    assert again.body == {**first.body, "token": None}
    assert secret not in again.text
    for table in (IdempotentAnswer, ApiToken, Event):
        rows: Any = table._default_manager
        assert not any(secret in str(row) for row in rows.values())
    assert ApiToken.objects.filter(name="脚本").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_once_makes_one_token_and_tells_one_secret() -> None:
    company = found_company()
    api = Api(company.people["rep"])
    api.get("me")
    token = api.headers["authorization"].removeprefix("Bearer ")
    answers = at_once(*[lambda: Api(token=token).post("tokens", {"name": "脚本"}, key="t-1")] * 6)
    assert {answer.status for answer in answers} == {201}
    assert sum(answer.body["token"] is not None for answer in answers) == 1
    assert ApiToken.objects.filter(name="脚本").count() == 1


@pytest.mark.parametrize("days", [0, 3651, "many", None])
def test_refuses_a_life_of_no_days_or_too_many(as_rep: Api, days: Any) -> None:
    before, tokens = last_event_id(), ApiToken.objects.count()
    assert as_rep.post("tokens", {"name": "脚本", "days": days}).code == "invalid_input"
    assert (last_event_id(), ApiToken.objects.count()) == (before, tokens)


def test_a_revoked_token_is_shut_out_and_still_listed(as_rep: Api) -> None:
    made = as_rep.post("tokens", name="脚本").body
    other = Api(token=made["token"])
    assert other.delete(f"tokens/{made['id']}").status == 204
    assert other.get("me").status == 401
    assert as_rep.get("tokens").body["items"][0]["revoked_at"] is not None
    assert as_rep.delete(f"tokens/{made['id']}").code == "not_found"


def test_a_stranger_neither_sees_nor_revokes_the_tokens_of_others(as_rep: Api, as_stranger: Api) -> None:
    made = as_rep.post("tokens", name="秘密脚本").body
    before = last_event_id()
    assert "秘密脚本" not in as_stranger.get("tokens").text
    assert as_stranger.delete(f"tokens/{made['id']}").code == "not_found"
    assert last_event_id() == before
    assert Api(token=made["token"]).get("me").status == 200


def test_a_token_made_with_another_ends_no_later_and_with_it(as_admin: Api, rep: User, admin: User) -> None:
    mother = Api(token=create_token(actor=actor_of(admin), user_id=rep.pk, name="长", days=2))
    child = mother.post("tokens", name="子", days=3650).body
    grandchild = Api(token=child["token"]).post("tokens", name="孙").body
    ends = ApiToken.objects.get(name="长").expires_at
    assert {row.expires_at for row in ApiToken.objects.filter(name__in=["子", "孙"])} == {ends}
    as_admin.delete(f"tokens/{ApiToken.objects.get(name='长').pk}")
    assert {Api(token=made["token"]).get("me").status for made in (child, grandchild)} == {401}


def test_a_password_set_by_another_and_being_stopped_end_tokens_for_good(as_admin: Api, rep: User) -> None:
    path = f"people/{rep.pk}"
    for body, way in (({"password": "correct horse battery"}, "put"), ({"is_active": False}, "patch")):
        token = create_token(actor=actor_of(rep), user_id=rep.pk, name="脚本")
        as_admin.send(way, f"{path}/password" if way == "put" else path, body)
        as_admin.patch(path, is_active=True)
        assert Api(token=token).get("me").status == 401, body


def test_who_manages_people_revokes_anybodys(as_admin: Api, as_rep: Api) -> None:
    made = as_rep.post("tokens", name="脚本").body
    assert as_admin.delete(f"tokens/{made['id']}").status == 204
    assert Api(token=made["token"]).get("me").status == 401


def test_what_a_role_allows_no_longer_is_refused_at_once(company: Company, as_rep: Api, make_deal: MakeDeal) -> None:
    address = f"deals/{make_deal().pk}"
    assert as_rep.patch(address, name="甲").status == 200
    held = company.people["rep"].roles.get()
    held.permissions.remove("deals.change")
    held.save()
    assert as_rep.patch(address, name="乙").code == "not_allowed"
    company.people["rep"].roles.clear()
    assert as_rep.get("me").status == 401


def test_who_may_not_use_tokens_gets_none(as_admin: Api, rep: User, admin: User) -> None:
    as_admin.send("put", "roles/quiet", {"name": "无令牌", "permissions": ["deals.read"], "scope": "own"})
    as_admin.patch(f"people/{rep.pk}", roles=["quiet"])
    given = Api(token=create_token(actor=actor_of(admin), user_id=rep.pk, name="发的"))
    tokens = ApiToken.objects.count()
    assert given.post("tokens", name="脚本").code == "not_signed_in"
    assert given.get("deals").code == "not_signed_in"
    assert ApiToken.objects.count() == tokens
