"""The checks before the tests: each is reported, and one failure fails all."""

import sys

import pytest

from tools import check

FAILS = [sys.executable, "-c", "print('a line too long'); raise SystemExit(1)"]
PASSES = [sys.executable, "-c", "print('nothing to say')"]


def test_one_failing_check_fails_all_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main([], {"good": PASSES, "bad": FAILS}) == 1
    said = capsys.readouterr().out
    assert "bad: failed" in said
    assert "a line too long" in said
    assert "nothing to say" not in said


def test_an_unknown_check_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(["spelling"]) == 2
    assert "types" in capsys.readouterr().err
