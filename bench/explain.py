"""`explain`: every statement of every measure with its plan; those that read much for what they return are named."""

import argparse

from django.db import connection, transaction

from bench.driving import Ask
from bench.output import say
from bench.plans import plan
from bench.run import FEW, chosen
from bench.statements import Asked, asked_for
from bench.world import World
from dealrail.core.errors import Refusal


class OnlyPostgres(Refusal):
    """Plans are read as PostgreSQL writes them."""

    code = "only_postgres"
    sentence = "Plans are shown for PostgreSQL only."


def explain(options: argparse.Namespace) -> int:
    """Print the plans; 1 when a statement is wasteful. Refuses with OnlyPostgres, NoSuchMeasure or NothingLoaded."""
    if connection.vendor != "postgresql":
        raise OnlyPostgres()
    measures, world, wasteful = chosen(options.only), World(), []
    for measure in measures:
        for number, asked in enumerate(_different(measure.asks(world, 1)[:FEW]), 1):
            found = plan(*asked)
            print(f"\n{measure.name} {number}: reads {found.read}, returns {found.returned}\n{asked.sql}\n{found.text}")
            if found.is_wasteful:
                wasteful.append(f"{measure.name} {number}: reads {found.read} rows for {found.returned}")
    say("\n".join(wasteful) or "No statement reads many more rows than it hands back.")
    return 1 if wasteful else 0


def _different(asks: list[Ask]) -> list[Asked]:
    """The statements of these requests, each text once; what a request writes is taken back."""
    found: dict[str, Asked] = {}
    for ask in asks:
        with transaction.atomic():
            for asked in asked_for(ask):
                found.setdefault(asked.sql, asked)
            transaction.set_rollback(True)
    return list(found.values())
