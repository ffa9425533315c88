"""The command line: what it prints, and its exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from dealrail.accounts.models import User
from dealrail.activities.actions.sop import complete_action
from dealrail.cli import main
from dealrail.crm.models import Customer, ImportJob
from dealrail.process import queries as processes
from dealrail.process import texts
from tests.cast import MakeDeal, actor_of, trial
from tests.crash.running import free_port, is_listening, wait_until

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


def test_a_refusal_is_data_for_a_program_too(tmp_path: Path, capsys: Capture) -> None:
    assert main(["process", "import", str(tmp_path / "none.yaml"), "--json"]) == 1
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert (told["outcome"], told["code"]) == ("refused", "no_such_file")
    assert told["detail"] == said.err.strip()


def test_the_log_is_whole_and_the_doctor_content(make_deal: MakeDeal, capsys: Capture) -> None:
    make_deal()
    assert main(["verify-log", "--json"]) == 0
    assert _json(capsys)["faults"] == []


def test_a_process_goes_out_and_comes_in_unchanged(tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "trial.yaml"
    assert main(["process", "export", "trial", "--output", str(target)]) == 0
    assert main(["process", "import", str(target), "--json"]) == 0
    assert _json(capsys)["new"] is False


FIELDS = "fields: {deal: [{key: rating, name: 信用评级, required: true}]}"


def test_fields_go_out_and_come_in_unchanged(tmp_path: Path, capsys: Capture) -> None:
    asked, target = tmp_path / "字段.yaml", tmp_path / "fields.yaml"
    asked.write_text(FIELDS, "utf-8")
    assert main(["fields", "import", str(asked), "--dry-run"]) == 0
    assert "信用评级" in capsys.readouterr().out
    assert main(["fields", "export"]) == 0
    assert "信用评级" not in capsys.readouterr().out
    assert main(["fields", "import", str(asked), "--json"]) == 0
    [changed] = _json(capsys)["changed"]
    assert (changed["new"], len(changed["parts"])) == (True, 2)
    assert main(["fields", "export", "--output", str(target)]) == 0
    assert main(["fields", "import", str(target), "--json"]) == 0
    assert _json(capsys) == {"taken_over": True, "changed": [], "left": []}


@pytest.mark.parametrize(
    "text", ["fields: 5", "fields: {deal: [{key: A b, name: 甲}]}", "- [", "layouts: [{place: moon}]"]
)
def test_a_text_of_fields_that_makes_no_sense_is_refused_with_its_line(
    tmp_path: Path, capsys: Capture, text: str
) -> None:
    asked = tmp_path / "字段.yaml"
    asked.write_text(text, "utf-8")
    assert main(["fields", "import", str(asked)]) == 1
    assert "1" in capsys.readouterr().err


def test_only_who_puts_processes_in_force_takes_fields_over(tmp_path: Path, capsys: Capture) -> None:
    asked = tmp_path / "字段.yaml"
    asked.write_text(FIELDS, "utf-8")
    for words in (["import", str(asked)], ["export"]):
        assert main(["fields", *words, "--as", "rep"]) == 1
    assert "信用评级" not in capsys.readouterr().out


def test_a_process_is_tested_and_compared_without_being_published(tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "trial.yaml"
    target.write_text(texts.write_yaml(trial(name="新名", loss_reasons=[])), "utf-8")
    assert main(["process", "test", str(target), "--json"]) == 0
    warnings = [row["code"] for row in _json(capsys)["warnings"]]
    assert warnings[0] == "no_loss_reasons"
    assert main(["process", "test", str(target)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(warnings)
    assert main(["process", "diff", "trial", "--to", str(target)]) == 0
    assert "+name: 新名" in capsys.readouterr().out
    assert main(["process", "diff", "trial"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    for faulty in ("- 1\n", texts.write_yaml(trial(stages=[]))):
        target.write_text(faulty, "utf-8")
        assert main(["process", "test", str(target)]) == 1
    assert main(["process", "diff", "trial", "--to", "draft"]) == 1
    assert main(["process", "diff", "trial", "--since", "9"]) == 1
    assert processes.current_version("trial").number == 1


def test_a_version_in_force_is_replaced_only_with_a_reason(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "trial.yaml"
    assert main(["process", "export", "trial", "--output", str(path)]) == 0
    path.write_text(path.read_text("utf-8").replace("试用三阶段", "试用流程"), "utf-8")
    assert main(["process", "import", str(path)]) == 1
    assert processes.current_version("trial").number == 1
    assert main(["process", "import", str(path), "--note", "改名"]) == 0
    assert (processes.current_version("trial").number, processes.current_version("trial").note) == (2, "改名")


@pytest.mark.parametrize("option", [["--dry-run"], ["--kind", "deals"], ["--mode", "history"]])
def test_undo_takes_no_options_of_an_import(sheet: Path, capsys: Capture, option: list[str]) -> None:
    main(["import", str(sheet), "--kind", "customers", "--json"])
    [job] = _json(capsys)["imports"]
    assert main(["import", "undo", str(job["id"]), *option]) == 2
    assert option[0] in capsys.readouterr().err
    assert Customer.objects.filter(name="乙公司").exists()


def test_a_database_of_a_newer_version_is_not_migrated(capsys: Capture) -> None:
    MigrationRecorder.Migration.objects.create(app="crm", name="0999_future", applied=timezone.now())
    assert main(["migrate"]) == 1
    assert "0999_future" in capsys.readouterr().err


def test_the_doctor_sees_that_evidence_is_gone(make_deal: MakeDeal, rep: User, capsys: Capture) -> None:
    file = SimpleUploadedFile("方案.pdf", b"%PDF-1.4")
    done = complete_action(actor=actor_of(rep), deal_id=make_deal().pk, action="proposal", file=file)
    (Path(settings.MEDIA_ROOT) / done.file).unlink()
    main(["doctor", "--json"])
    problems = {row["check"]: row["problem"] for row in _json(capsys)["checks"]}
    assert "1" in problems["files"]


def test_a_sick_database_is_told_by_the_doctor_in_json(tmp_path: Path) -> None:
    (tmp_path / "dealrail.sqlite3").write_bytes(b"no database at all" * 100)
    environment = {**os.environ, "DEALRAIL_HOME": str(tmp_path)}
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'dealrail.sqlite3'}"
    line = [sys.executable, "-m", "dealrail", "doctor", "--json"]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["checks"][0]["problem"]


def test_a_key_that_stands_twice_is_refused(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "trial.yaml"
    assert main(["process", "export", "trial", "--output", str(path)]) == 0
    path.write_text(path.read_text("utf-8") + "\nname: 另一个\n", "utf-8")
    assert main(["process", "import", str(path)]) == 1
    assert "name" in capsys.readouterr().err
    assert processes.current_version("trial").number == 1


def test_a_sheet_of_deals_without_any_known_column_is_refused_as_a_whole(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "x.csv"
    path.write_text("foo,bar\n1,2\n", "utf-8")
    assert main(["import", str(path), "--kind", "deals", "--process", "trial"]) == 1
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(
    "setting",
    ["DEALRAIL_TIME_ZONE=Mars/X", "DEALRAIL_LANGUAGE=xx", "DEALRAIL_LOG_LEVEL=loud", "DATABASE_URL=postgres://"],
)
def test_nonsense_in_a_setting_is_named_with_status_2(tmp_path: Path, setting: str) -> None:
    name, value = setting.split("=", 1)
    environment = {**os.environ, "DEALRAIL_HOME": str(tmp_path), name: value}
    line = [sys.executable, "-m", "dealrail", "doctor"]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, name in done.stderr) == (2, True), done.stderr


def test_serve_in_an_empty_home_makes_the_tables_itself(tmp_path: Path) -> None:
    environment = {**os.environ, "DEALRAIL_HOME": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'd.sqlite3'}"}
    port, said = free_port(), tmp_path / "said"
    line = [sys.executable, "-m", "dealrail", "serve", "--port", str(port), "--workers", "1"]
    with said.open("wb") as output, subprocess.Popen(line, env=environment, stdout=output, stderr=output) as server:
        try:
            wait_until(lambda: is_listening(port) or server.poll() is not None, "serve answers")
        finally:
            server.terminate()
    assert "/setup/?code=" in said.read_text()


def test_serve_on_tables_of_an_older_version_says_which_command_brings_them_up_to_date(capsys: Capture) -> None:
    last = MigrationRecorder.Migration.objects.filter(app="crm").order_by("name").last()
    assert last is not None
    last.delete()
    assert main(["serve"]) == 1
    assert "dealrail migrate" in capsys.readouterr().err
