"""run.py: `test` is pytest on both databases, everything else is the dealrail command."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import run
from tests.architecture.source import ROOT


def test_test_runs_every_test_once_on_each_database() -> None:
    line = run.command(["test", "-k", "gate"])
    assert line[1:3] == ["-m", "pytest"]
    assert line[-2:] == ["-k", "gate"]
    assert [part.rpartition("=")[2] for part in line if part.startswith("--tx")] == ["sqlite", "postgres"]


def test_anything_else_is_dealrail() -> None:
    line = run.command(["export", "deals", "--output", "deals.csv"])
    assert Path(line[0]).name.startswith("dealrail")
    assert line[1:] == ["export", "deals", "--output", "deals.csv"]


def test_set_up_ignores_another_environment_that_is_active(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "elsewhere")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    assert "elsewhere" not in run._environment().values()


def test_a_failing_step_says_what_went_wrong_without_a_traceback(tmp_path: Path) -> None:
    """With a uv that can do nothing, in a copy that has no environment yet."""
    for name in ("run.py", "pyproject.toml", "uv.lock", "tools"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text('#!/bin/sh\n[ "$1" = --version ] && echo uv 99.0 || { echo no space left >&2; exit 2; }\n')
    uv.chmod(0o755)
    path = f"{uv.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, tmp_path / "run.py", "demo"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no space left\n" in done.stderr
    assert "Traceback" not in done.stderr
