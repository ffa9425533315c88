"""The import of a sheet, from sending it until its last row is in: it takes as long as it takes."""

import csv
import http.client
import io
import json
import time
import uuid
from typing import Any

from bench.driving import Ask
from bench.served import Served
from bench.world import World

ROWS = 10_000
# Every so manieth row is a company that stands above it already.
TWICE = 10
LONGEST = 1800.0
_PAUSE = 0.5


class ImportFailed(RuntimeError):
    """The import didn't come to its end, or not all its rows were understood."""


def seconds_of_import(world: World, server: Served, rows: int = ROWS) -> float:
    """Import so many customers over the API; how long it took. Raises ImportFailed."""
    began = time.monotonic()
    job = _asked(server.port, _upload(world, rows))
    while job["status"] == "running" and time.monotonic() - began < LONGEST:
        time.sleep(_PAUSE)
        job = _asked(server.port, world.admin.read(f"/imports/{job['id']}"))
    taken = time.monotonic() - began
    if job["status"] != "done" or job["created"] + job["skipped"] != rows:
        raise ImportFailed(f"import: {job}")
    return taken


def _upload(world: World, rows: int) -> Ask:
    border = uuid.uuid4().hex
    parts = {"kind": "customers", "mode": "new"}
    body = "".join(
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    body += (
        f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="customers.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{_sheet(rows)}\r\n--{border}--\r\n"
    )
    headers = {
        "Authorization": f"Bearer {world.admin.token}",
        "Content-Type": f"multipart/form-data; boundary={border}",
        "Idempotency-Key": border,
    }
    return "POST", "/api/v1/imports", body.encode(), headers


def _sheet(rows: int) -> str:
    """Companies that nobody has yet, some of them twice."""
    mark, text = f"{uuid.uuid4().int % 10**6:06d}", io.StringIO()
    table = csv.writer(text)
    table.writerow(["客户名称", "电话", "等级", "地址"])
    for number in range(rows):
        known = number - 1 if number % TWICE == TWICE - 1 else number
        phone = f"139{(int(mark) * rows + known) % 10**8:08d}"
        table.writerow([f"苏州{mark}第{known}精密机械有限公司", phone, "BAC"[known % 3], f"工业园区{known}号"])
    return text.getvalue()


def _asked(port: int, ask: Ask) -> dict[str, Any]:
    method, address, body, headers = ask
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(method, address, body or None, headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status >= 300:
        raise ImportFailed(f"{method} {address}: {answer.status} {said[:300]!r}")
    found: dict[str, Any] = json.loads(said)
    return found
