"""Comments and files on the pages of deals and customers."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import FileResponse

from dealrail.accounts.models import User
from dealrail.activities.actions.attachments import attach_file
from dealrail.activities.actions.comments import add_comment
from dealrail.activities.models import Attachment, Comment
from tests.cast import MakeCustomer, MakeDeal, actor_of, event_kinds, last_event_id
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


def photo(name: str = "现场.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"\x89PNG")


def test_several_files_are_attached_at_once_and_the_refused_one_is_named(
    log_in: LogIn, rep: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(rep)
    files = [photo(), photo("报价.pdf"), photo("virus.exe")]
    answer = client.post(f"/deals/{deal.pk}/files/", {"files": files}, headers=PART)
    assert answer.status_code == 422
    assert "virus.exe" in answer.content.decode()
    assert set(Attachment.objects.values_list("name", flat=True)) == {"现场.png", "报价.pdf"}
    text = client.get(f"/deals/{deal.pk}/").content.decode()
    assert "报价.pdf" in text
    assert "data-preview" in text


def test_files_are_attached_without_scripts_too(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    answer = client.post(f"/deals/{deal.pk}/files/", {"files": [photo()]})
    assert answer.headers["Location"] == f"/deals/{deal.pk}/"
    answer = client.post(f"/deals/{deal.pk}/files/", {}, follow=True)
    assert "Choose a file first." in answer.content.decode()


def test_a_file_is_a_download_whatever_is_in_it(log_in: LogIn, rep: User, stranger: User, make_deal: MakeDeal) -> None:
    kept = attach_file(actor=actor_of(rep), deal_id=make_deal().pk, file=photo())
    answer = log_in(rep).get(f"/files/{kept.pk}/")
    assert isinstance(answer, FileResponse)
    assert answer.getvalue() == b"\x89PNG"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert log_in(stranger).get(f"/files/{kept.pk}/").status_code == 404


def test_a_removed_file_is_brought_back_from_the_page(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    kept = attach_file(actor=actor_of(rep), deal_id=deal.pk, file=photo())
    text = client.post(f"/files/{kept.pk}/remove/", headers=PART).content.decode()
    assert f"/files/{kept.pk}/restore/" in text
    assert client.get(f"/files/{kept.pk}/").status_code == 404
    answer = client.post(f"/files/{kept.pk}/restore/", {"next": f"/deals/{deal.pk}/"})
    assert answer.headers["Location"] == f"/deals/{deal.pk}/"
    answer = client.get(f"/files/{kept.pk}/")
    assert isinstance(answer, FileResponse)
    assert answer.getvalue() == b"\x89PNG"


def test_files_and_comments_stand_on_a_customer_too(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    customer, client = make_customer(), log_in(rep)
    answer = client.post(f"/customers/{customer.pk}/files/", {"files": [photo()]}, headers=PART)
    assert "现场.png" in answer.content.decode()
    client.post(f"/customers/{customer.pk}/comments/", {"text": "老客户"})
    assert Comment.objects.get().customer == customer
    page = client.get(f"/customers/{customer.pk}/").content.decode()
    assert "现场.png" in page
    assert "老客户" in page
    assert f"/comments/{Comment.objects.get().pk}/remove/" in page


def test_a_comment_is_written_shown_and_taken_back(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(rep)
    answer = client.post(f"/deals/{deal.pk}/comments/", {"text": "@manager 请看报价"}, headers=PART)
    assert answer.headers["HX-Trigger"] == "commented"
    address = f"/comments/{Comment.objects.get().pk}/remove/"
    text = client.get(f"/deals/{deal.pk}/").content.decode()
    assert "@manager 请看报价" in text
    assert address in text
    assert address not in log_in(manager).get(f"/deals/{deal.pk}/").content.decode()
    client.post(address)
    text = client.get(f"/deals/{deal.pk}/").content.decode()
    assert "请看报价" not in text
    assert "A comment that was taken back" in text


@pytest.mark.parametrize("headers", [{}, PART])
def test_a_refused_comment_keeps_its_words(
    log_in: LogIn, rep: User, make_deal: MakeDeal, headers: dict[str, Any]
) -> None:
    deal, before = make_deal(), last_event_id()
    answer = log_in(rep).post(f"/deals/{deal.pk}/comments/", {"text": "@小陌 你怎么看"}, headers=headers)
    assert answer.status_code == 422
    assert "@小陌 你怎么看" in answer.content.decode()
    assert "小陌 can&#x27;t see this" in answer.content.decode()
    assert last_event_id() == before


def test_only_people_who_see_it_are_suggested(
    log_in: LogIn, rep: User, stranger: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    deal, customer, client = make_deal(), make_customer(), log_in(rep)
    for address in (f"/deals/{deal.pk}/people/", f"/customers/{customer.pk}/people/"):
        found = {row["login"] for row in client.get(address).json()["people"]}
        assert "manager" in found
        assert not found & {"stranger", "rep"}
        assert [row["name"] for row in client.get(f"{address}?q=销售").json()["people"]] == ["销售主管"]
        assert log_in(stranger).get(address).status_code == 404


def test_a_stranger_writes_and_attaches_nothing(log_in: LogIn, stranger: User, rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal()
    comment = add_comment(actor=actor_of(rep), deal_id=deal.pk, text="内部")
    kept = attach_file(actor=actor_of(rep), deal_id=deal.pk, file=photo())
    before, client = last_event_id(), log_in(stranger)
    for address in (f"/deals/{deal.pk}/comments/", f"/comments/{comment.pk}/remove/", f"/files/{kept.pk}/remove/"):
        assert client.post(address, {"text": "你好"}).status_code == 404
    assert client.post(f"/deals/{deal.pk}/files/", {"files": [photo()]}).status_code == 404
    assert last_event_id() == before


def test_a_comment_sent_twice_is_written_and_told_once(
    log_in: LogIn, rep: User, manager: User, make_deal: MakeDeal
) -> None:
    deal, client = make_deal(), log_in(rep)
    typed = {"text": "@manager 请看报价", "key": "k1"}
    answers = [client.post(f"/deals/{deal.pk}/comments/", typed, headers=PART) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert Comment.objects.get().text == "@manager 请看报价"
    assert event_kinds().count("deal.comment_added") == 1
    other = client.post(f"/deals/{deal.pk}/comments/", {**typed, "text": "别的"}, headers=PART)
    assert other.status_code == 409
    assert "别的" in other.content.decode()
    assert 'value="k1"' not in other.content.decode()
    assert Comment.objects.count() == 1


def test_a_refused_comment_is_sent_again_under_its_key(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    answer = client.post(f"/deals/{deal.pk}/comments/", {"text": "@小陌 看看", "key": "k1"}, headers=PART)
    assert 'value="k1"' in answer.content.decode()
    assert client.post(f"/deals/{deal.pk}/comments/", {"text": "看看", "key": "k1"}, headers=PART).status_code == 200
    assert Comment.objects.get().text == "看看"


def test_a_file_sent_twice_is_attached_once(log_in: LogIn, rep: User, make_deal: MakeDeal) -> None:
    deal, client = make_deal(), log_in(rep)
    for _ in range(2):
        sent = {"files": [photo(), photo("virus.exe")], "key": "k1"}
        answer = client.post(f"/deals/{deal.pk}/files/", sent, headers=PART)
        assert "virus.exe" in answer.content.decode()
    assert Attachment.objects.get().name == "现场.png"
