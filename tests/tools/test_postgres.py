"""The PostgreSQL of the tests goes when the tests go, however they go."""

import subprocess
import sys
from pathlib import Path

import psycopg

from tests.architecture.source import ROOT

START = "from bench.postgres import Postgres; p = Postgres(); print(p.folder, flush=True); input()"


def test_it_answers_and_is_gone_after_kill_9() -> None:
    command = [sys.executable, "-c", START]
    owner = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    folder = Path(owner.stdout.readline().strip())
    with psycopg.connect(host=str(folder), user="postgres", dbname="postgres") as connection:
        connection.execute("select 1")
    owner.kill()
    # Whoever tidies up still holds the other end of this pipe.
    owner.communicate()
    assert not folder.exists()
