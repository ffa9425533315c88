"""A POST under an Idempotency-Key happens once, however often and by however many it is sent."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dealrail.accounts.actions.idempotency import BATCH
from dealrail.accounts.clocks import forget
from dealrail.accounts.models import IdempotentAnswer, User
from dealrail.crm.models import Deal
from dealrail.process.models import Stay
from tests.api.client import Api
from tests.cast import Company, MakeDeal, at_once, event_kinds, found_company, last_event_id, new_deal, walk_to

NEW = {"name": "一次", "process": "trial"}


def test_the_same_request_gets_the_same_answer_and_nothing_happens_twice(as_rep: Api) -> None:
    first, again = (as_rep.post("deals", NEW, key="k-1") for _ in range(2))
    assert (first.status, again.status, again.text) == (201, 201, first.text)
    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"
    assert Deal.objects.count() == 1


def test_another_request_under_the_same_key_is_refused(as_rep: Api) -> None:
    as_rep.post("deals", NEW, key="k-1")
    for path, body in (("deals", {**NEW, "name": "二次"}), ("customers", {"name": "一次"})):
        assert as_rep.post(path, body, key="k-1").code == "idempotency_key_reused"
    assert Deal.objects.count() == 1


def test_everybody_has_keys_of_their_own(as_rep: Api, as_colleague: Api) -> None:
    assert as_rep.post("deals", NEW, key="k-1").status == as_colleague.post("deals", NEW, key="k-1").status == 201
    assert Deal.objects.count() == 2


def test_a_refusal_is_not_kept_so_that_it_can_be_tried_again(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = make_deal()
    before = last_event_id()
    assert as_rep.post(f"deals/{deal.pk}/reopen", {}, key="k-1").code == "not_closed"
    assert not IdempotentAnswer.objects.exists()
    assert event_kinds(before) == []
    as_rep.post(f"deals/{deal.pk}/park")
    assert as_rep.post(f"deals/{deal.pk}/reopen", {}, key="k-1").status == 200


def test_a_form_with_the_same_file_is_the_same_request(as_rep: Api, make_deal: MakeDeal) -> None:
    path = f"deals/{walk_to(make_deal(), 'talk').pk}/actions/proposal/complete"
    first, again, other = (
        as_rep.upload(path, key="k-1", note="一", file=SimpleUploadedFile("方案.pdf", content))
        for content in (b"%PDF-1.4", b"%PDF-1.4", b"%PDF-1.5")
    )
    assert (first.status, again.text) == (200, first.text)
    assert other.code == "idempotency_key_reused"


@pytest.mark.parametrize("key", ["k" * 256, "a\x07b"])
def test_a_key_that_cannot_be_one_is_refused(as_rep: Api, key: str) -> None:
    assert as_rep.post("deals", NEW, key=key).code == "bad_idempotency_key"
    assert not Deal.objects.exists()


def test_strangers_see_the_door_and_keep_no_keys(anonymous: Api) -> None:
    assert anonymous.post("deals", NEW, key="k-1").status == 401
    assert not IdempotentAnswer.objects.exists()


def test_after_a_day_a_key_is_free_again_and_cleaned_away(as_rep: Api, rep: User) -> None:
    as_rep.post("deals", NEW, key="k-1")
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    again = as_rep.post("deals", NEW, key="k-1")
    assert (again.status, "Idempotent-Replay" in again.headers, Deal.objects.count()) == (201, False, 2)
    rows = (IdempotentAnswer(user=rep, key=f"old-{n}", fingerprint="") for n in range(BATCH))
    IdempotentAnswer.objects.all().delete()
    IdempotentAnswer.objects.bulk_create(rows)
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    as_rep.post("deals", NEW, key="k-2")
    while forget():
        pass
    assert [row.key for row in IdempotentAnswer.objects.all()] == ["k-2"]


@pytest.fixture
def committed(transactional_db: None) -> Company:
    """The company, committed for real, so that threads see it."""
    return found_company()


def test_the_same_request_eight_times_at_once_happens_once(committed: Company) -> None:
    api = Api(committed.people["rep"])
    api.get("me")
    answers = at_once(*[lambda: _copy(api).post("deals", NEW, key="k-1")] * 8)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotent-Replay" in answer.headers for answer in answers) == 7
    assert Deal.objects.count() == 1


def test_a_key_of_the_day_before_yesterday_is_taken_over_by_one_of_eight(committed: Company) -> None:
    api = Api(committed.people["rep"])
    api.post("deals", {**NEW, "name": "旧"}, key="k-1")
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(days=2))
    answers = at_once(*[lambda: _copy(api).post("deals", NEW, key="k-1")] * 8)
    assert {answer.body["name"] for answer in answers} == {NEW["name"]}
    assert sum("Idempotent-Replay" in answer.headers for answer in answers) == 7
    assert Deal.objects.count() == 2


def test_ten_at_once_move_a_deal_once(committed: Company) -> None:
    rep = committed.people["rep"]
    deal = new_deal(rep, need="报表", customer=None)
    api = Api(rep)
    api.post("deals", {"name": "占位", "process": "trial"})
    customer = api.post("customers", name="甲公司").body["id"]
    seen = api.patch(f"deals/{deal.pk}", customer=customer).body["version"]
    press = {"seen_version": seen}
    answers = at_once(*[lambda: _copy(api).post(f"deals/{deal.pk}/advance", press)] * 10)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 9
    assert Stay.objects.filter(run=deal.run_id).count() == 2


def _copy(api: Api) -> Api:
    """The same token in a client of its own, for another thread."""
    return Api(token=api.headers["authorization"].removeprefix("Bearer "))
