"""Backup and restore give the same rows, the same log and the same figures."""

import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from dealrail.accounts.actor import Actor
from dealrail.activities.models import ActionDone
from dealrail.cli import main
from dealrail.core.db import snapshot
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.models import Deal
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.events.queries import digest_of_heads, verify_log
from dealrail.insights.queries import funnel
from dealrail.insights.rules import Cohort
from tests import founding
from tests.cast import MakeDeal, walk_on
from tests.crash.running import Installation, wait_until

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


def test_others_go_on_writing_while_a_backup_is_made(make_deal: MakeDeal) -> None:
    deal = make_deal()
    with snapshot():
        before = Event.objects.count()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_change, deal).result(timeout=10)
        assert Event.objects.count() == before
    assert Event.objects.count() == before + 1


def _change(deal: Deal) -> None:
    try:
        change_deal(actor=Actor.system(), deal_id=deal.pk, fields={"amount": "5"})
    finally:
        connection.close()


def test_files_come_back_whole_and_only_with_the_rows(tmp_path: Path, make_deal: MakeDeal) -> None:
    kept, file = Path(settings.MEDIA_ROOT) / "evidence" / "a.pdf", tmp_path / "backup.zip"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(b"first")
    make_deal()
    assert main(["backup", str(file)]) == 0
    kept.write_bytes(b"second")
    assert main(["restore", str(file)]) == 1
    assert kept.read_bytes() == b"second"
    assert main(["restore", str(file), "--force"]) == 0
    assert kept.read_bytes() == b"first"
    assert [path.name for path in kept.parent.parent.parent.iterdir() if "restoring" in path.name] == []
    assert kept.stat().st_mode & 0o077 == 0


def _rewritten(file: Path, name: str, content: bytes) -> None:
    """The same backup with one entry replaced, or added."""
    with zipfile.ZipFile(file) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for entry, kept in {**entries, name: content}.items():
            archive.writestr(entry, kept)


BROKEN = {
    "a row with a field of another program": ("tables/crm.Deal.jsonl", b'{"model": "crm.deal", "fields": {"xx": 1}}\n'),
    "a row that is no JSON": ("tables/crm.Deal.jsonl", b"{\n"),
    "a row of no deal": ("tables/crm.Deal.jsonl", b'{"model": "crm.deal", "pk": 1, "fields": {"name": null}}\n'),
    "a manifest that is a list": ("manifest.json", b"[]"),
    "a manifest without counts": ("manifest.json", b'{"format": 1}'),
    "a file outside of its folder": ("files/../../evil.txt", b"x"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_backup_that_somebody_changed_is_refused_and_nothing_lost(
    tmp_path: Path, make_deal: MakeDeal, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    make_deal()
    before, file = _figures(), tmp_path / "backup.zip"
    assert main(["backup", str(file)]) == 0
    _rewritten(file, *BROKEN[what])
    capsys.readouterr()
    assert main(["restore", str(file), "--force"]) == 1
    assert "backup.zip" in capsys.readouterr().err or what == "a manifest without counts"
    assert _figures() == before
    assert not (Path(settings.HOME) / "evil.txt").exists()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Installation]:
    """Another home, empty and up to date, on SQLite whatever the tests are on."""
    home = tmp_path / "elsewhere"
    home.mkdir()
    made = Installation(home, f"sqlite:///{home / 'dealrail.sqlite3'}")
    assert made.run("migrate").status == 0
    yield made
    made.clear_away()


def _rows() -> list[object]:
    return [founding.rows_of(table) for table in founding.tables()]


def test_a_backup_goes_to_another_database_and_back_without_losing_anything(
    tmp_path: Path, make_deal: MakeDeal, elsewhere: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    walk_on(walk_on(make_deal(amount="98000.50")))
    make_deal(name="“引号”，\\ é 😀")
    drain()
    before, there, back = _rows(), tmp_path / "there.zip", tmp_path / "back.zip"
    assert main(["backup", str(there), "--json"]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert elsewhere.run("restore", there).status == 0
    log = json.loads(elsewhere.run("verify-log", "--json").said)
    assert log == {"events": manifest["counts"]["events.Event"], "digest": manifest["digest"], "faults": []}
    assert elsewhere.run("backup", back).status == 0
    _check_it_shows_the_same(elsewhere)
    _check_it_goes_on(elsewhere)
    assert main(["restore", str(back), "--force"]) == 0
    assert _rows() == before


def _check_it_shows_the_same(elsewhere: Installation) -> None:
    """What the other home exports and keeps as files is what we have."""
    for kind in ("deals", "customers"):
        here, there = elsewhere.home / f"{kind}-here.csv", elsewhere.home / f"{kind}-there.csv"
        assert main(["export", kind, "--output", str(here)]) == 0
        assert elsewhere.run("export", kind, "--output", there).status == 0
        assert there.read_bytes() == here.read_bytes()
    evidence = ActionDone.objects.exclude(file="").get()
    assert (elsewhere.home / "files" / evidence.file).read_bytes() == b"%PDF-1.4"


def _check_it_goes_on(elsewhere: Installation) -> None:
    """New rows get ids that nobody has yet, and a worker does what they owe."""
    sheet = elsewhere.home / "new.csv"
    sheet.write_text("客户名称\n恢复之后有限公司\n", "utf-8")
    assert elsewhere.run("import", sheet, "--kind", "customers").status == 0
    elsewhere.work()
    wait_until(lambda: elsewhere.run("doctor").status == 0, "the doctor is content")
    elsewhere.stop()
    assert elsewhere.run("verify-log").status == 0
