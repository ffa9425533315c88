"""The command line: what it prints, and its exit status."""

import json
from pathlib import Path
from typing import Any

import pytest

from dealrail.accounts.models import User
from dealrail.cli import main
from dealrail.crm.models import Customer
from tests.cast import MakeDeal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
Capture = pytest.CaptureFixture[str]


def _json(capsys: Capture) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Two customers, one of them with a wrong credit code."""
    path = tmp_path / "客户.csv"
    path.write_text("客户名称,统一社会信用代码\n甲公司,91110000600037341X\n乙公司,\n", "gb18030")
    return path


def test_a_token_is_printed_and_nothing_else(rep: User, capsys: Capture) -> None:
    assert main(["token", "create", rep.login]) == 0
    said = capsys.readouterr().out
    assert said.startswith("dr_")
    assert len(said.split()) == 1


@pytest.mark.parametrize(
    "line", [[], ["nonsense"], ["import"], ["import", "x.csv"], ["export", "deals"], ["move"], ["token", "create"]]
)
def test_wrong_use_is_a_sentence_and_status_2(line: list[str], capsys: Capture) -> None:
    assert main(line) == 2
    said = capsys.readouterr()
    assert said.err.strip()
    assert "Traceback" not in said.err


def test_a_sheet_is_imported_its_wrong_row_named_and_taken_back(sheet: Path, tmp_path: Path, capsys: Capture) -> None:
    errors = tmp_path / "errors.csv"
    assert main(["import", str(sheet), "--kind", "customers", "--errors", str(errors), "--json"]) == 1
    [job] = _json(capsys)["imports"]
    assert (job["created"], job["failed"]) == (1, 1)
    assert "91110000600037341X" in errors.read_text("utf-8-sig")
    assert main(["import", "undo", str(job["id"])]) == 0
    assert not Customer.objects.filter(name="乙公司").exists()


def test_a_dry_run_writes_nothing(sheet: Path) -> None:
    main(["import", str(sheet), "--kind", "customers", "--dry-run"])
    assert not Customer.objects.filter(name="乙公司").exists()


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_exports_what_one_sees(
    suffix: str, tmp_path: Path, make_deal: MakeDeal, stranger: User, capsys: Capture
) -> None:
    make_deal(name="只有一个")
    target = tmp_path / f"deals.{suffix}"
    assert main(["export", "deals", "--output", str(target), "--json"]) == 0
    assert _json(capsys)["rows"] == 1
    assert main(["export", "deals", "--output", str(target), "--as", stranger.login, "--json"]) in {0, 1}


def test_an_unknown_kind_is_refused_with_status_1(tmp_path: Path, capsys: Capture) -> None:
    assert main(["export", "nonsense", "--output", str(tmp_path / "x.csv")]) == 1
    assert "nonsense" in capsys.readouterr().err


def test_the_log_is_whole_and_the_doctor_content(make_deal: MakeDeal, capsys: Capture) -> None:
    make_deal()
    assert main(["verify-log", "--json"]) == 0
    assert _json(capsys)["faults"] == []


def test_a_process_goes_out_and_comes_in_unchanged(tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "trial.yaml"
    assert main(["process", "export", "trial", "--output", str(target)]) == 0
    assert main(["process", "import", str(target), "--json"]) == 0
    assert _json(capsys)["new"] is False
