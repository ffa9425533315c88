"""What the measures make of what they saw."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.db import connection

from bench import cli, compare, plans
from bench.driving import Figures, drive
from bench.explain import OnlyPostgres, explain
from bench.run import NoSuchMeasure, chosen
from bench.statements import asked_for
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal

ROW: dict[str, Any] = {
    "measure": "move",
    "clients": 8,
    "rate": 80.0,
    "limit": 200.0,
    "ratio": 0.4,
    "cpu": 8.0,
    "statements": 9,
    "p50": 8.0,
    "failed": 0,
}
BARE = {**ROW, "measure": "bare", "rate": 100.0, "ratio": 0.5}
WITHOUT_LIMIT = {"limit": 0.0, "ratio": 0.0}


def test_percentiles_are_nearest_ranks() -> None:
    figures = Figures(2.0, tuple(float(number) for number in range(100, 0, -1)))
    assert (figures.percentile(0.5), figures.percentile(0.99), figures.rate) == (50.0, 99.0, 50.0)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_clients_ask_a_real_server_until_the_time_is_up_and_tell_of_refusals(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("here")
    line = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        port = int(server.stdout.readline().split("port ")[1].split()[0])
        fine = drive(port, [[("GET", "/here", b"", {})]] * 2, 0.3)
        lost = drive(port, [[("GET", "/here", b"", {}), ("GET", "/gone", b"", {})]], 0.3)
        server.terminate()
    assert fine.failed == 0
    assert len(fine.taken) > 1
    assert lost.failed
    assert abs(len(lost.taken) - lost.failed) <= 1, "what failed is no answer"
    assert "/gone: 404" in lost.problem
    nobody = drive(port, [[("GET", "/here", b"", {})]], 0.1)
    assert (nobody.taken, nobody.failed > 0, "GET /here" in nobody.problem) == ((), True, True)


@pytest.mark.parametrize(
    ("before", "after", "status", "says"),
    [
        ({}, {}, 0, "Nothing got slower."),
        ({}, {"ratio": 0.2}, 1, "2.00 times as far"),
        ({}, {"statements": 11}, 1, "+2 statements"),
        ({}, {"ratio": 0.8, "cpu": 4.0}, 0, "Nothing got slower."),
        ({}, {"failed": 3}, 1, "3 answers failed, 0 before"),
        ({}, {"ratio": 0.0, "rate": 0.0}, 1, "nothing was answered"),
        ({}, {"measure": "board"}, 1, "move with 8 clients: not measured any more"),
        (WITHOUT_LIMIT, {**WITHOUT_LIMIT, "rate": 40.0}, 1, "2.00 times as far"),
        (WITHOUT_LIMIT, WITHOUT_LIMIT, 0, "Nothing got slower."),
        ({}, {"deals": 99}, 2, "of 10 and 99 deals"),
    ],
)
def test_two_runs_are_compared_as_ratios(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    before: dict[str, Any],
    after: dict[str, Any],
    status: int,
    says: str,
) -> None:
    for name, change in (("before", before), ("after", after)):
        figures = {"deals": change.get("deals", 10), "measures": [BARE, {**ROW, **change}]}
        (tmp_path / name).write_text(json.dumps(figures))
    assert cli.main(["compare", str(tmp_path / "before"), str(tmp_path / "after")]) == status
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("number of 1 or more", ["load", "--deals", "0"]),
        ("number of 1 or more", ["run", "--clients", "-1"]),
        ("seconds above 0", ["run", "--seconds", "soon"]),
        ("not allowed with", ["run", "--sqlite", "--database-url", "postgres://nowhere/"]),
        ("can't be made", ["run", "--sqlite", "--folder", f"{__file__}/below"]),
    ],
)
def test_wrong_use_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str], said: str, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_figures_that_are_none_are_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken").write_text("{")
    options = argparse.Namespace(before=tmp_path / "broken", after=tmp_path / "missing")
    assert compare.compare(options) == 2
    assert "can't be read" in capsys.readouterr().err


@pytest.mark.django_db
def test_statements_of_a_request_are_counted_with_their_parameters(admin: User) -> None:
    asked = asked_for(("GET", "/login/", b"", {}))
    assert [one for one in asked if "SELECT" in one.sql]
    with pytest.raises(RuntimeError, match="404"):
        asked_for(("GET", "/nowhere/", b"", {}))


@pytest.mark.django_db
def test_a_plan_tells_rows_read_from_rows_returned(company: object) -> None:
    if connection.vendor != "postgresql":
        with pytest.raises(OnlyPostgres):
            explain(argparse.Namespace(only=None))
        return
    found = plans.plan(
        "SELECT * FROM accounts_user u CROSS JOIN generate_series(1, 300) WHERE u.name || '' = %s", ["nobody"]
    )
    assert found.returned == 0
    assert found.read >= User.objects.count()
    assert "accounts_user" in found.text
    wasteful = plans.Plan("", read=5000, returned=3, text="")
    assert (wasteful.is_wasteful, plans.Plan("", read=100, returned=0, text="").is_wasteful) == (True, False)


def test_an_unknown_measure_is_named_with_those_there_are() -> None:
    with pytest.raises(NoSuchMeasure) as refused:
        chosen(["speed"])
    assert isinstance(refused.value, Refusal)
    assert "speed" in str(refused.value)
    assert "move" in str(refused.value)


def run_over(folder: Path, deals: int, **taken: float) -> str:
    """A file of figures: how long an answer took, in milliseconds."""
    rows = [{**ROW, "measure": name, "clients": 1, "p50": p50} for name, p50 in taken.items()]
    file = folder / f"{deals}.json"
    file.write_text(json.dumps({"deals": deals, "measures": rows}))
    return str(file)


def test_runs_of_several_sizes_are_told_in_bare_pages_and_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    large = run_over(tmp_path, 1_000_000, bare=20, move=40, board=200)
    small = run_over(tmp_path, 10_000, bare=10, move=20, board=50)
    picture = tmp_path / "growth.svg"
    assert cli.main(["report", large, small, "--picture", str(picture)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| measure | SQL | cost, 10,000 | cost, 1,000,000 | grows at last |")
    assert "| move | 9 | 2.0 | 2.0 | 1.00 × | 0.40 | 0.40 |" in lines
    assert "| board | 9 | 5.0 | 10.0 | **2.00 ×** | 0.40 | 0.40 |" in lines
    drawn = ET.parse(picture).getroot()
    assert {"move", "board", "deals", "1,000,000"} <= {
        text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")
    }


def test_what_cant_be_read_or_drawn_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.json").write_text("[]")
    for name in ("gone.json", "list.json"):
        assert cli.main(["report", str(tmp_path / name)]) == 2
        assert "can't be read" in capsys.readouterr().err
    without_bare = run_over(tmp_path, 10, move=4)
    assert cli.main(["report", without_bare, "--picture", str(tmp_path / "growth.svg")]) == 2
    assert "measure “bare”" in capsys.readouterr().err
    whole = run_over(tmp_path, 10, bare=1, move=4)
    assert cli.main(["report", whole, "--picture", str(tmp_path / "nowhere" / "growth.svg")]) == 2
    assert "growth.svg" in capsys.readouterr().err


def test_one_answer_for_many_things_is_shared_among_them() -> None:
    each = Figures(4.0, (1.0, 3.0)).each(10)
    assert (each.rate, each.percentile(0.5), each.percentile(0.99)) == (5.0, 0.1, 0.3)
