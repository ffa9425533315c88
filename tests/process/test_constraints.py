"""What the database itself refuses, whatever the program does."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from dealrail.crm.models import Deal
from dealrail.process.models import ApprovalRequest, Debt, DefinitionVersion, Run, Stage, Stay, Waiver
from tests.cast import MakeDeal


@pytest.fixture
def deal(make_deal: MakeDeal) -> Deal:
    """A deal in its first stage."""
    return make_deal()


def refuses_row(model: type[Model], why: str, **fields: Any) -> None:
    with pytest.raises(IntegrityError, match=why), transaction.atomic():
        model._default_manager.create(**fields)


def refuses_update(model: type[Model], pk: int, why: str, **fields: Any) -> None:
    with pytest.raises(IntegrityError, match=why), transaction.atomic():
        model._default_manager.filter(pk=pk).update(**fields)


def test_one_open_stay_a_run(deal: Deal) -> None:
    refuses_row(Stay, "run_id|one_open_stay_per_run", run=deal.run, stage=deal.run.stage, entered_at=timezone.now())


@pytest.mark.parametrize("fields", [{"exit": "forward"}, {"left_at": datetime(2100, 1, 1, tzinfo=UTC)}])
def test_a_stay_is_left_with_a_way_out_or_not_at_all(fields: dict[str, Any], deal: Deal) -> None:
    refuses_update(Stay, deal.run.stays.get().pk, "stay_left_at_and_exit_together", **fields)


def test_a_stay_is_not_left_before_it_was_entered(deal: Deal) -> None:
    stay = deal.run.stays.get()
    left_at = stay.entered_at.replace(year=2000)
    refuses_update(Stay, stay.pk, "stay_left_after_entered", left_at=left_at, exit="back")


def test_no_more_conditions_are_waived_than_due(deal: Deal) -> None:
    refuses_update(Stay, deal.run.stays.get().pk, "stay_waived_at_most_due", conditions_waived=1)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "won"},
        {"state": "lost"},
        {"closed_at": timezone.now()},
        {"state": "parked", "closed_at": timezone.now()},
    ],
)
def test_a_run_is_closed_exactly_when_won_or_lost(fields: dict[str, Any], deal: Deal) -> None:
    refuses_update(Run, deal.run_id, "run_closed_exactly_when_won_or_lost", **fields)


def test_one_live_approval_a_condition(deal: Deal) -> None:
    fields = {"run": deal.run, "stay": deal.run.stays.get(), "condition": "x", "to": "y", "asked_at": timezone.now()}
    ApprovalRequest.objects.create(**fields, status="refused")
    ApprovalRequest.objects.create(**fields, status="granted")
    refuses_row(ApprovalRequest, "stay_id|one_live_approval_per_condition_and_move", **fields)


def test_one_waiver_a_condition_and_never_without_reason(deal: Deal) -> None:
    fields = {"run": deal.run, "stay": deal.run.stays.get(), "condition": "x", "given_at": timezone.now()}
    refuses_row(Waiver, "waiver_has_reason", **fields, reason="")
    Waiver.objects.create(**fields, reason="老客户")
    refuses_row(Waiver, "stay_id|one_waiver_per_condition", **fields, reason="老客户")


def test_a_debt_is_owed_once(deal: Deal) -> None:
    fields = {"run": deal.run, "stage": deal.run.stage, "condition": "x", "code": "y", "item": "z"}
    Debt.objects.create(**fields)
    refuses_row(Debt, "run_id|debt_once", **fields)


def test_a_version_has_its_number_and_its_stages_once(deal: Deal) -> None:
    version = deal.run.version
    refuses_row(
        DefinitionVersion,
        "definition_id|version_once_per_number",
        definition=version.definition,
        number=1,
        content={},
        published_at=timezone.now(),
    )
    common = {"version": version, "name": "x", "kind": "open", "probability": 0}
    refuses_row(Stage, "key|stage_key_once_per_version", **common, key="lead", position=9)
    refuses_row(Stage, "position|stage_position_once_per_version", **common, key="new", position=0)


def test_a_version_with_runs_is_never_deleted(deal: Deal) -> None:
    with pytest.raises(IntegrityError):
        deal.run.version.delete()
