"""Files kept with deals, customers and follow-ups."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities import queries
from dealrail.activities.actions.attachments import attach_file, remove_attachment, restore_attachment
from dealrail.activities.clocks import sweep_files
from dealrail.core.uploads import LARGEST_FILE, FileRefused
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from tests.cast import MakeCustomer, MakeDeal, actor_of, event_kinds, follow_up, last_event_id, new_deal, refuses


@pytest.fixture
def deal(make_deal: MakeDeal) -> Deal:
    """A deal of the rep."""
    return make_deal()


def photo(name: str = "现场.JPG", content: bytes = b"\xff\xd8\xff") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/html")


def test_a_file_is_kept_under_a_name_of_ours_with_the_type_of_its_ending(deal: Deal, rep: User) -> None:
    before = last_event_id()
    kept = attach_file(actor=actor_of(rep), deal_id=deal.pk, file=photo("..\\..\\etc/现场.JPG"))
    assert (kept.name, kept.size, kept.media_type, kept.uploaded_by) == ("现场.JPG", 3, "image/jpeg", rep)
    assert kept.file.startswith("attachments/")
    assert (Path(settings.MEDIA_ROOT) / kept.file).read_bytes() == b"\xff\xd8\xff"
    assert event_kinds(before) == ["deal.file_attached"]
    assert Event.objects.latest("pk").payload["file_name"] == "现场.JPG"


def test_a_file_is_kept_with_a_customer(rep: User, make_customer: MakeCustomer) -> None:
    before, customer = last_event_id(), make_customer()
    kept = attach_file(actor=actor_of(rep), customer_id=customer.pk, file=photo())
    assert kept.customer == customer
    assert event_kinds(before)[-1] == "customer.file_attached"


def test_a_file_belongs_to_a_follow_up_of_the_same_deal(deal: Deal, rep: User) -> None:
    follow_up(deal, actor=actor_of(rep))
    activity = deal.activities.get()
    kept = attach_file(actor=actor_of(rep), deal_id=deal.pk, activity_id=activity.pk, file=photo())
    assert kept.activity == activity
    other = new_deal(rep)
    with refuses(NotFound):
        attach_file(actor=actor_of(rep), deal_id=other.pk, activity_id=activity.pk, file=photo())


@pytest.mark.parametrize("name", ["virus.exe", "page.html", "picture.svg", "no-suffix"])
def test_refuses_files_of_other_kinds(name: str, deal: Deal, rep: User) -> None:
    with refuses(FileRefused):
        attach_file(actor=actor_of(rep), deal_id=deal.pk, file=photo(name))


def test_refuses_an_empty_and_a_too_large_file(deal: Deal, rep: User) -> None:
    with refuses(FileRefused):
        attach_file(actor=actor_of(rep), deal_id=deal.pk, file=photo(content=b""))
    large = photo()
    large.size = LARGEST_FILE + 1
    with refuses(FileRefused):
        attach_file(actor=actor_of(rep), deal_id=deal.pk, file=large)


def test_refuses_who_may_not_write_on_the_deal(deal: Deal, stranger: User) -> None:
    with refuses(NotFound):
        attach_file(actor=actor_of(stranger), deal_id=deal.pk, file=photo())
    boss = User.objects.get(login="boss")
    with refuses(NotAllowed):
        attach_file(actor=actor_of(boss), deal_id=deal.pk, file=photo())


def test_says_that_nothing_is_there_to_attach_to(rep: User) -> None:
    with refuses(NotFound):
        attach_file(actor=actor_of(rep), file=photo())


def test_a_removed_file_is_brought_back(deal: Deal, rep: User) -> None:
    kept = attach_file(actor=actor_of(rep), deal_id=deal.pk, file=photo())
    before = last_event_id()
    for _ in range(2):
        remove_attachment(actor=actor_of(rep), attachment_id=kept.pk)
    with pytest.raises(NotFound):
        queries.attachment_file(actor_of(rep), kept.pk)
    for _ in range(2):
        restore_attachment(actor=actor_of(rep), attachment_id=kept.pk)
    assert queries.attachment_file(actor_of(rep), kept.pk).name == "现场.JPG"
    assert event_kinds(before) == ["deal.file_removed", "deal.file_restored"]


def test_only_who_attached_it_or_may_change_the_deal_removes_a_file(
    deal: Deal, rep: User, manager: User, stranger: User
) -> None:
    kept = attach_file(actor=actor_of(rep), deal_id=deal.pk, file=photo())
    with refuses(NotFound):
        remove_attachment(actor=actor_of(stranger), attachment_id=kept.pk)
    with refuses(NotAllowed):
        remove_attachment(actor=actor_of(User.objects.get(login="boss")), attachment_id=kept.pk)
    assert remove_attachment(actor=actor_of(manager), attachment_id=kept.pk).deleted_by == manager


def test_a_file_is_found_by_who_sees_its_record_only(deal: Deal, rep: User, stranger: User) -> None:
    kept = attach_file(actor=actor_of(rep), deal_id=deal.pk, file=photo())
    assert queries.attachment_file(actor_of(rep), kept.pk).media_type == "image/jpeg"
    with pytest.raises(NotFound):
        queries.attachment_file(actor_of(stranger), kept.pk)


def test_files_that_are_gone_from_the_disk_are_counted(deal: Deal, rep: User) -> None:
    kept = attach_file(actor=actor_of(rep), deal_id=deal.pk, file=photo())
    before = queries.missing_files()
    (Path(settings.MEDIA_ROOT) / kept.file).unlink()
    assert queries.missing_files() == before + 1


def test_files_that_no_row_names_are_deleted_after_a_day(deal: Deal, rep: User) -> None:
    folder = Path(settings.MEDIA_ROOT) / "attachments"
    kept = Path(settings.MEDIA_ROOT) / attach_file(actor=actor_of(rep), deal_id=deal.pk, file=photo()).file
    left, fresh = folder / "left.jpg", folder / "fresh.jpg"
    for path in (left, fresh):
        path.write_bytes(b"\xff\xd8\xff")
    for path in (kept, left):
        os.utime(path, (0, 0))
    assert sweep_files() is False
    assert [path.exists() for path in (kept, left, fresh)] == [True, False, True]
