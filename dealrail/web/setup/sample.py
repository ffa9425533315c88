"""Sample data to look around with: two small sheets that are imported, and can hence be undone."""

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dealrail.accounts.actor import Actor
from dealrail.core import sheets
from dealrail.crm import importing
from dealrail.crm.actions.imports import start_import
from dealrail.crm.clocks import finish_import
from dealrail.process import queries as processes

COMPANIES = (
    "示例·江北精密", "示例·海川物流", "示例·明德教育", "示例·晨光电商", "示例·北辰制药", "示例·同济餐饮",
    "示例·长风机电", "示例·四方建材",
)  # fmt: skip
AMOUNTS = (120_000, 48_000, 260_000, 75_000, 380_000, 36_000, 150_000, 92_000)


def bring_sample(actor: Actor) -> list[Any]:
    """Import sample customers, then a deal for each, spread over the stages of the first process."""
    customers = [[name] for name in COMPANIES]
    jobs = [_bring(actor, "customers", "new", ["name"], customers, _("Sample customers"))]
    definition = processes.definitions().first()
    if definition is not None:
        jobs.append(_deals(actor, definition.key))
    return jobs


def _deals(actor: Actor, process: str) -> Any:
    stages = [stage.name for stage in processes.spec_of(processes.current_version(process).pk).stages]
    today = timezone.localdate()
    rows = [
        [f"{name.removeprefix('示例·')}采购", name, str(amount), stages[number % len(stages)], str(_day(today, number))]
        for number, (name, amount) in enumerate(zip(COMPANIES, AMOUNTS, strict=True))
    ]
    headers = ["name", "customer", "amount", "stage", "expected_close"]
    return _bring(actor, "deals", "history", headers, rows, _("Sample deals"), process=process)


def _day(today: Any, number: int) -> Any:
    return today + timedelta(days=20 + 9 * number)


def _bring(
    actor: Actor, kind: str, mode: str, headers: list[str], rows: Sequence[Sequence[str]], name: str, process: str = ""
) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.csv"
        with path.open("wb") as file:
            sheets.write_csv(file, headers, rows)
        file_name = f"{name}.csv"
        importing.look_at(actor, path, name=file_name)
        about: dict[str, Any] = {"kind": kind, "mode": mode, "process": process}
        job = start_import(actor=actor, path=path, name=file_name, mapping={key: key for key in headers}, **about)
    return finish_import(job.pk)
