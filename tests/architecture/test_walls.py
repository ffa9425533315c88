"""The walls between apps and layers, as import-linter's contracts in pyproject.toml."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.architecture import guards
from tests.architecture.source import ROOT, module, modules

# One line each that breaks a wall, and the module it is planted in.
BREACHES = {
    "Wall 1": ("dealrail/core/money.py", "import dealrail.crm.models"),
    "Wall 2": ("dealrail/crm/models/deals.py", "import dealrail.crm.queries"),
    "Wall 3": ("dealrail/crm/rules.py", "import django.db"),
    "Wall 4": ("dealrail/crm/handlers.py", "import ninja"),
    "Wall 6": ("dealrail/web/context.py", "import dealrail.crm.models"),
}


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the packages in this folder."""
    linter = str(Path(sys.executable).with_name("lint-imports"))
    command = [linter, "--no-logo", "--no-cache", "pyproject.toml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_wall_stands() -> None:
    verdict = contracts(ROOT)
    assert verdict.returncode == 0, verdict.stdout


def test_a_breach_of_each_wall_is_seen(tmp_path: Path) -> None:
    for package in ("config", "dealrail"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("static", "assets", "__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, line in BREACHES.values():
        planted = f"{(tmp_path / name).read_text('utf-8')}\n{line}\n"
        (tmp_path / name).write_text(planted, "utf-8")
    said = contracts(tmp_path).stdout
    assert [wall for wall in BREACHES if f"{wall}:" in said.split("Broken contracts")[1]] == list(BREACHES)


def test_incentives_learn_from_events_only() -> None:
    assert guards.domain_tables_in_incentives(modules()) == []


def test_a_domain_table_in_incentives_is_seen() -> None:
    planted = module("dealrail.incentives.handlers", "from dealrail.crm.models import Deal")
    assert len(guards.domain_tables_in_incentives([planted])) == 1
