"""How often each page and write asks the database, and how many rows it reads, is written down: a change shows.

Statements are compared exactly, rows loosely: of two plans that cost the same PostgreSQL takes one or the other.
`BASELINE=write python -m pytest tests/bench/test_baseline.py` on SQLite and then on PostgreSQL writes it anew.
"""

import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from bench.driving import Ask
from bench.plans import plan
from bench.statements import asked_for
from dealrail.accounts.actions.tokens import create_token
from dealrail.accounts.models import User
from dealrail.crm.models import Deal
from tests.cast import Company, actor_of, follow_up, fulfil, new_customer, new_deal

FILE = Path(__file__).with_name("baseline.json")
DEALS, FOLLOW_UPS = 100, 40
# By so much may the rows read differ from what is written down: by a part of it, or by a few.
PART, FEW = 0.5, 40
PAGES = {
    "workbench": "/?mine=1",
    "board": "/board/?process=trial",
    "deals": "/deals/",
    "customers": "/customers/",
    "deal": "/deals/{deal}/",
    "customer": "/customers/{customer}/",
    "tasks": "/tasks/",
    "follow-ups": "/follow-ups/",
    "search": "/search/?q=商机",
    "funnel": "/insights/funnel/?process=trial",
}
LED = {"team": "/team/", "board of a team": "/board/?process=trial", "deals of a team": "/deals/"}
READS = {
    "api deal": "/deals/{deal}",
    "api deals": "/deals",
    "api funnel": "/insights/funnel?process=trial",
    "api search": "/search?q=商机",
}


@pytest.fixture
def deal(company: Company) -> Deal:
    """One deal with much to tell, among many, before an open gate."""
    rep = company.people["rep"]
    for _ in range(DEALS):
        new_deal(rep, customer=new_customer(rep).pk, amount="120000")
    told = new_deal(rep, customer=new_customer(rep).pk, amount="120000")
    for _ in range(FOLLOW_UPS):
        follow_up(told, actor=actor_of(rep))
    fulfil(told)
    return told


def session_of(person: User) -> dict[str, str]:
    """The head of a request by somebody who has logged in."""
    client = Client()
    client.force_login(person)
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


def asks(rep: User, manager: User, deal: Deal) -> dict[str, Ask]:
    """What is counted, by name; the writes last, as they change what there is to read."""
    cookie = session_of(rep)
    bearer = {"Authorization": f"Bearer {create_token(actor=actor_of(rep), user_id=rep.pk, name='baseline')}"}
    places: dict[str, Any] = {"deal": deal.pk, "customer": deal.customer_id}
    found: dict[str, Ask] = {name: ("GET", path.format(**places), b"", cookie) for name, path in PAGES.items()}
    found |= {name: ("GET", path, b"", session_of(manager)) for name, path in LED.items()}
    found |= {name: ("GET", f"/api/v1{path.format(**places)}", b"", bearer) for name, path in READS.items()}
    talk = {
        "kind": "call",
        "text": "聊了预算",
        "deal": deal.pk,
        "next_step": "报价",
        "next_step_at": "2030-01-07T09:00:00+08:00",
    }
    for name, path, body in (("follow-up", "/activities", talk), ("move", f"/deals/{deal.pk}/advance", {})):
        sent = {**bearer, "Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        found[name] = ("POST", f"/api/v1{path}", json.dumps(body).encode(), sent)
    return found


def counted(ask: Ask) -> dict[str, int]:
    """Statements; on PostgreSQL also the rows read by those that only read, by way of indexes where there are any."""
    statements = asked_for(ask)
    if connection.vendor != "postgresql":
        return {"statements": len(statements)}
    reading = [one for one in statements if one.sql.lstrip("( \n").startswith("SELECT")]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        return {"statements": len(statements), "rows": sum(plan(*one).read for one in reading)}


def alike(written: dict[str, int], found: dict[str, int]) -> bool:
    if written.keys() != found.keys() or written["statements"] != found["statements"]:
        return False
    return "rows" not in found or found["rows"] == pytest.approx(written["rows"], rel=PART, abs=FEW)


def forget_earlier_tests() -> None:
    """Write the tables anew in the order of their keys, and count them: plans depend on both, rows read on plans."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"CLUSTER {table} USING {table}_pkey")
        cursor.execute("ANALYZE")


@pytest.mark.django_db(transaction=True)  # tables can't be rewritten within one
def test_pages_and_writes_ask_no_more_and_no_less_than_is_written_down(company: Company, deal: Deal) -> None:
    asked = asks(company.people["rep"], company.people["manager"], deal)
    if connection.vendor == "postgresql":
        forget_earlier_tests()
    found = {name: counted(ask) for name, ask in asked.items()}
    known = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    if os.environ.get("BASELINE") == "write":
        known[connection.vendor] = found
        FILE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
    written = known[connection.vendor]
    differing = {name: (written.get(name), now) for name, now in found.items() if not alike(written.get(name, {}), now)}
    assert differing == {}, "If this is as it should be, write the baseline anew; see the head of this file."
