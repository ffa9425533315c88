"""Backup and restore give the same rows, the same log and the same figures."""

from pathlib import Path

import pytest

from dealrail.accounts.actor import Actor
from dealrail.cli import main
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from dealrail.events.queries import digest_of_heads, verify_log
from dealrail.insights.queries import funnel
from dealrail.insights.rules import Cohort
from tests.cast import MakeDeal, walk_on

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("company")]


def _figures() -> tuple[object, ...]:
    counted = funnel(Actor.system(), Cohort(process="trial"))
    return counted, Deal.objects.count(), Event.objects.count(), digest_of_heads()


def test_a_backup_restored_gives_the_same_figures(tmp_path: Path, make_deal: MakeDeal) -> None:
    walk_on(make_deal())
    make_deal()
    before, file = _figures(), tmp_path / "backup.zip"
    assert main(["backup", str(file)]) == 0
    make_deal()
    assert main(["restore", str(file)]) == 1
    assert main(["restore", str(file), "--force"]) == 0
    assert _figures() == before
    assert list(verify_log()) == []
    make_deal()


def test_a_damaged_backup_is_refused_and_nothing_lost(
    tmp_path: Path, make_deal: MakeDeal, capsys: pytest.CaptureFixture[str]
) -> None:
    make_deal()
    before, file = _figures(), tmp_path / "backup.zip"
    assert main(["backup", str(file)]) == 0
    file.write_bytes(file.read_bytes()[:-200])
    assert main(["restore", str(file), "--force"]) == 1
    assert "backup.zip" in capsys.readouterr().err
    assert _figures() == before
