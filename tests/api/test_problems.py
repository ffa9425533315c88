"""What can't be done is a problem document, with a sentence in the reader's language and a code for programs."""

from typing import Any

import pytest

from dealrail.accounts.actions.tokens import revoke_token
from dealrail.accounts.models import ApiToken, User
from dealrail.crm.models import Deal
from tests.api.client import Api
from tests.cast import Company, MakeDeal, actor_of

TOO_LARGE = 10**30


def test_a_problem_has_all_its_parts(as_rep: Api) -> None:
    refused = as_rep.get("deals/1")
    assert refused.body == {
        "type": "urn:dealrail:not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing here, or it is not yours to see.",
        "code": "not_found",
    }


def test_speaks_the_language_asked_for_else_ones_own_else_the_companys(rep: User) -> None:
    def spoken(language: str) -> str:
        return str(Api(rep, language=language).get("deals/1").headers["Content-Language"])

    assert (spoken("en"), spoken("zh-Hans"), spoken("")) == ("en", "zh-hans", "zh-hans")
    User.objects.filter(pk=rep.pk).update(language="en")
    assert (spoken(""), spoken("zh-Hans")) == ("en", "zh-hans")


@pytest.mark.parametrize(
    "path", ["deals/0", "deals/-1", "deals/x", f"deals/{TOO_LARGE}", "nothing", "deals/1/nothing", ""]
)
def test_what_is_not_there_is_a_problem_too(as_rep: Api, path: str) -> None:
    assert as_rep.get(path).code == "not_found"


def test_a_method_an_address_does_not_know(as_rep: Api) -> None:
    refused = as_rep.delete("deals")
    assert (refused.status, refused.code) == (405, "no_such_method")
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize("body", ["{", "", "[]", "null", "1", '"a"', '{"name": NaN}', b"\xff", "[" * 100_000])
def test_a_body_that_is_no_object_is_refused(as_rep: Api, body: str | bytes) -> None:
    refused = as_rep.send("post", "deals", body)
    assert (refused.status, refused.code) in {(400, "malformed_request"), (422, "invalid_input")}
    assert not Deal.objects.exists()


@pytest.mark.parametrize("text", ["\x00", "\ud800"])
def test_text_that_cannot_be_stored_is_refused_wherever_it_stands(as_rep: Api, text: str) -> None:
    for body in ({"name": text}, {"name": "一", "fields": {text: "1"}}, {"name": "一", "need": f"a{text}"}):
        assert as_rep.post("deals", {"process": "trial", **body}).code == "unstorable_text"
    assert not Deal.objects.exists()


def test_a_body_that_is_too_large_is_refused(as_rep: Api) -> None:
    refused = as_rep.post("deals", name="一" * 3_000_000)
    assert (refused.status, refused.code) == (413, "too_large")


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "name", "is missing"),
        ({"name": 5}, "name", "must be a text"),
        ({"name": "一", "owner": TOO_LARGE}, "owner", "or less"),
        ({"name": "一", "owner": True}, "owner", "doesn't fit"),
        ({"name": "一", "amount": {"a": 1}}, "amount", "must be"),
        ({"name": "一", "expected_close": [1]}, "expected_close", "must be"),
        ({"name": "一", "fields": 5}, "fields", "object"),
    ],
)
def test_a_field_that_does_not_fit_is_named_in_a_sentence(as_rep: Api, body: Any, field: str, words: str) -> None:
    refused = as_rep.post("deals", {"process": "trial", **body})
    assert (refused.status, refused.code) == (422, "invalid_input")
    assert (refused.body["errors"][0]["field"], words in refused.body["detail"]) == (field, True)


def test_unknown_fields_of_a_body_are_named(as_rep: Api, make_deal: MakeDeal) -> None:
    refused = as_rep.post(f"deals/{make_deal().pk}/lose", reason="price", colour="red")
    assert (refused.code, refused.body["detail"]) == ("invalid_input", "There is no field “colour” here.")


@pytest.mark.parametrize("token", ["", "dr_nonsense", "\ud7ff"])
def test_without_a_valid_token_nobody_gets_in(db: None, token: str) -> None:
    refused = Api(token=token).get("me")
    assert (refused.status, refused.code, refused.headers["WWW-Authenticate"]) == (401, "not_signed_in", "Bearer")


def test_an_expired_or_revoked_token_or_an_inactive_person_is_out(rep: User) -> None:
    api = Api(rep)
    assert api.get("me").status == 200
    User.objects.filter(pk=rep.pk).update(is_active=False)
    assert api.get("me").status == 401
    User.objects.filter(pk=rep.pk).update(is_active=True)
    revoke_token(actor=actor_of(rep), token_id=ApiToken.objects.get().pk)
    assert api.get("me").status == 401


def test_a_session_is_no_token(rep: User) -> None:
    api = Api()
    api.client.force_login(rep)
    assert api.get("me").status == 401


def test_the_use_of_a_token_is_noted_once_a_day(rep: User) -> None:
    api = Api(rep)
    api.get("me")
    first = ApiToken.objects.get().last_used_at
    assert first
    api.get("me")
    assert ApiToken.objects.get().last_used_at == first


def test_me_tells_who_asks_and_what_they_may(as_rep: Api, rep: User, company: Company) -> None:
    me = as_rep.get("me").body
    assert (me["id"], me["login"], me["unit"]["name"]) == (rep.pk, "rep", "华东组")
    assert "deals.move" in me["permissions"]
    assert "process.publish" not in me["permissions"]


def test_pickers_give_names(as_rep: Api) -> None:
    assert set(as_rep.get("regions").names) == {"华东", "华北"}
    assert set(as_rep.get("sources").names) == {"展会", "官网"}
    assert as_rep.get("pools").names == ["公海"]
    assert "小同" in as_rep.get("people").names
    assert "销售部" in as_rep.get("units").names
