"""SOP actions: done once, with the evidence they ask for."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from dealrail.accounts.models import User
from dealrail.activities.actions.sop import complete_action
from dealrail.activities.errors import ActionAlreadyDone, EvidenceMissing, NoSuchAction
from dealrail.activities.models import ActionDone
from dealrail.core.uploads import LARGEST_FILE, FileRefused
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from tests.cast import MakeDeal, actor_of, at_once, event_kinds, follow_up, last_event_id, new_deal, refuses, walk_on


@pytest.fixture
def deal(make_deal: MakeDeal) -> Deal:
    """A deal of the rep."""
    return make_deal()


def pdf(name: str = "方案.pdf", content: bytes = b"%PDF-1.4") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_an_action_is_done_with_a_note(deal: Deal, rep: User) -> None:
    before = last_event_id()
    done = complete_action(actor=actor_of(rep), deal_id=deal.pk, action="call", note=" 打通了\x00 ")
    assert (done.note, done.done_by, done.stay) == ("打通了", rep, deal.run.stays.get())
    assert event_kinds(before) == ["action.completed"]
    assert Event.objects.latest("pk").payload["action_name"] == "打电话"


def test_an_action_is_done_with_a_file_kept_under_a_name_of_ours(deal: Deal, rep: User) -> None:
    done = complete_action(actor=actor_of(rep), deal_id=deal.pk, action="proposal", file=pdf("../../etc/方案.PDF"))
    assert done.file_name == "方案.PDF"
    assert done.file.startswith("evidence/")
    assert done.file.endswith(".pdf")
    assert ".." not in done.file


def test_the_latest_follow_up_of_the_stage_is_evidence(deal: Deal, rep: User) -> None:
    follow_up(deal, actor=actor_of(rep))
    done = complete_action(actor=actor_of(rep), deal_id=deal.pk, action="visit")
    assert done.activity.deal == deal


def test_refuses_without_the_evidence(deal: Deal, rep: User) -> None:
    for action, needed in (("call", "note"), ("proposal", "file"), ("visit", "follow_up")):
        with refuses(EvidenceMissing) as caught:
            complete_action(actor=actor_of(rep), deal_id=deal.pk, action=action, note=" \x00 ")
        assert caught.value.params["needed"] == needed


def test_refuses_the_follow_up_of_another_deal_as_evidence(deal: Deal, rep: User) -> None:
    other = new_deal(rep)
    follow_up(other, actor=actor_of(rep))
    activity = other.activities.get()
    with refuses(EvidenceMissing):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="visit", activity_id=activity.pk)


@pytest.mark.parametrize("name", ["virus.exe", "page.html", "no-suffix", "double.pdf.svg"])
def test_refuses_files_of_other_kinds(name: str, deal: Deal, rep: User) -> None:
    with refuses(FileRefused):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="proposal", file=pdf(name))


def test_refuses_a_file_that_is_too_large(deal: Deal, rep: User) -> None:
    large = pdf()
    large.size = LARGEST_FILE + 1
    with refuses(FileRefused):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="proposal", file=large)


def test_refuses_an_action_twice_or_unknown(deal: Deal, rep: User) -> None:
    complete_action(actor=actor_of(rep), deal_id=deal.pk, action="celebrate")
    with refuses(ActionAlreadyDone):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="celebrate")
    with refuses(NoSuchAction):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="x" * 200)


@pytest.mark.django_db(transaction=True)
def test_doing_it_ten_times_at_once_is_doing_it_once(deal: Deal, rep: User) -> None:
    actor = actor_of(rep)
    results = at_once(*[lambda: complete_action(actor=actor, deal_id=deal.pk, action="celebrate")] * 10)
    assert sum(isinstance(result, ActionAlreadyDone) for result in results) == 9


def test_the_database_keeps_an_action_done_once(deal: Deal, rep: User) -> None:
    done = complete_action(actor=actor_of(rep), deal_id=deal.pk, action="celebrate")
    with pytest.raises(IntegrityError, match="action"), transaction.atomic():
        ActionDone.objects.create(run=deal.run, action="celebrate", done_at=done.done_at)


def test_a_follow_up_of_an_earlier_stage_is_no_evidence(deal: Deal, rep: User) -> None:
    follow_up(deal, actor=actor_of(rep))
    activity = deal.activities.get()
    deal = walk_on(deal)
    with refuses(EvidenceMissing):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="visit", activity_id=activity.pk)


def test_an_empty_file_is_no_evidence(deal: Deal, rep: User) -> None:
    with refuses(FileRefused):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="proposal", file=pdf(content=b""))
