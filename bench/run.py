"""`run`: drives the served program, with the limit before and after each measure in the same run."""

import argparse
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection, connections

from bench import limits
from bench.driving import Ask, Figures, drive, together, writes
from bench.limits import SCRATCH, Limit
from bench.measures import MEASURES, Measure
from bench.output import status
from bench.served import Served, served
from bench.sheets import ROWS, seconds_of_import
from bench.statements import asked_for
from bench.world import World
from dealrail.core.errors import Refusal
from dealrail.crm.models import Deal

# Of the time of a measure, for the limit before it, and for that after it.
LIMIT_SHARE = 0.4
IMPORT = "import"
# More than this many writes a second and client aren't expected.
WRITES = 150
# These measures move deals, another one with every request.
MOVING = {"move", "mix"}
FEW = 10


class NoSuchMeasure(Refusal):
    """`--only` names something that isn't measured."""

    code = "no_such_measure"
    sentence = "There is no measure “%(name)s”. Measures: %(known)s."


class CannotWrite(Refusal):
    """`--json` names a file that can't be written."""

    code = "cannot_write"
    sentence = "The figures can't be written to %(file)s: %(problem)s."


@dataclass(frozen=True)
class Result:
    """One measure with so many clients; times in milliseconds, `limit` the rate of the least SQL at as many clients.

    `cpu` is what the program's processes used for one answer, `database_cpu` what the database's did.
    """

    measure: str
    clients: int
    p50: float
    p95: float
    p99: float
    rate: float
    limit: float
    limit_before: float
    limit_after: float
    limit_p50: float
    ratio: float
    cpu: float
    database_cpu: float
    statements: int
    failed: int
    problem: str


def run(options: argparse.Namespace) -> int:
    """Measure and print; 1 when an answer was a refusal or a fault."""
    measures = chosen(options.only, also=(IMPORT,))
    world = World()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(SCRATCH)
    counts = {measure.name: _count(measure, world) for measure in measures}
    most = {clients: int(WRITES * options.seconds * min(clients, 4)) for clients in options.clients}
    world.ration(len(MOVING & {measure.name for measure in measures}) * sum(most.values()))
    asks = {(measure.name, clients): measure.asks(world, most[clients]) for measure in measures for clients in most}
    deals = Deal.objects.count()
    connections.close_all()
    results: list[Result] = []
    _keep(options.json, {"deals": deals, "measures": []})  # a file that can't be written is told before hours of work
    with served(_free_port()) as server:
        print(_HEAD, flush=True)
        for result in _results(options, measures, asks, counts, world, server):
            results.append(result)
            print(_line(result), flush=True)
            _keep(options.json, _figures(deals, server, results))
        print(f"start {server.started_in:.1f} s; memory {_sizes(server.memory())}; at most {_sizes(server.peaks())}")
    return 1 if any(result.failed for result in results) else 0


def _results(
    options: argparse.Namespace,
    measures: list[Measure],
    asks: dict[tuple[str, int], list[Ask]],
    counts: dict[str, int],
    world: World,
    server: Served,
) -> Iterator[Result]:
    for measure in measures:
        for clients in options.clients:
            wanted = asks[measure.name, clients]
            yield _measured(measure, world, server, wanted, clients, options.seconds, counts[measure.name])
    if options.only is None or IMPORT in options.only:
        yield _imported(world, server, options.seconds)


def _figures(deals: int, server: Served, results: list[Result]) -> dict[str, Any]:
    measured = [asdict(result) for result in results]
    sizes = {"memory": server.memory(), "peaks": server.peaks()}
    return {"deals": deals, "start": server.started_in, **sizes, "measures": measured}


def _keep(file: Path | None, figures: dict[str, Any]) -> None:
    """Write what is known so far, so that a run broken off has told something."""
    if file:
        try:
            file.write_text(json.dumps(figures, indent=1, ensure_ascii=False), "utf-8")
        except OSError as error:
            raise CannotWrite(file=str(file), problem=error.strerror or str(error)) from error


def _sizes(sizes: list[int]) -> str:
    return ", ".join(f"{size / 2**20:.0f} MiB" for size in sizes)


def chosen(names: list[str] | None, also: tuple[str, ...] = ()) -> list[Measure]:
    """The measures of these names, or all; those in `also` are passed over. Refuses with NoSuchMeasure."""
    if unknown := [name for name in names or [] if name not in {*MEASURES, *also}]:
        raise NoSuchMeasure(name=unknown[0], known=", ".join([*MEASURES, *also]))
    return [measure for name, measure in MEASURES.items() if names is None or name in names]


def _count(measure: Measure, world: World) -> int:
    """Statements for one answer: the mean of the first few that differ."""
    asks = measure.asks(world, 1)[:FEW]
    return round(sum(len(asked_for(ask)) for ask in asks) / len(asks))


def _measured(
    measure: Measure, world: World, server: Served, asks: list[Ask], clients: int, seconds: float, statements: int
) -> Result:
    status(f"{measure.name}, {clients} clients …")
    before = _limit(measure.limit, world, clients, seconds)
    _warm(server, asks)
    used = _Used(server)
    figures = drive(server.port, _dealt(asks, clients), seconds)
    spent = used.since()
    after = _limit(measure.limit, world, clients, seconds)
    return _result(measure.name, clients, figures, before, after, spent, statements)


def _imported(world: World, server: Served, seconds: float) -> Result:
    """Rows of a sheet by one person; each row is given the same share of the time."""
    status(f"{IMPORT}, {ROWS:,} rows …")
    before = _limit(limits.imported, world, 1, seconds).each(limits.PIECE)
    used = _Used(server)
    figures = Figures(seconds_of_import(world, server), (1.0,)).each(ROWS)
    spent = used.since()
    after = _limit(limits.imported, world, 1, seconds).each(limits.PIECE)
    return _result(IMPORT, 1, figures, before, after, spent, 0)


class _Used:
    """What the program's and the database's processes had used at some moment."""

    def __init__(self, server: Served) -> None:
        self._server = server
        self._then = server.cpu_seconds(), server.database_seconds()

    def since(self) -> tuple[float, float]:
        """How many seconds each has used since then."""
        return self._server.cpu_seconds() - self._then[0], self._server.database_seconds() - self._then[1]


def _result(
    name: str,
    clients: int,
    figures: Figures,
    before: Figures,
    after: Figures,
    spent: tuple[float, float],
    statements: int,
) -> Result:
    limit, answers = (before.rate + after.rate) / 2, len(figures.taken)
    cpu, database_cpu = (1000 * seconds / answers if answers else 0.0 for seconds in spent)
    return Result(
        measure=name,
        clients=clients,
        **{f"p{share}": 1000 * figures.percentile(share / 100) for share in (50, 95, 99)},
        rate=figures.rate,
        limit=limit,
        limit_before=before.rate,
        limit_after=after.rate,
        limit_p50=500 * (before.percentile(0.5) + after.percentile(0.5)),
        ratio=figures.rate / limit if limit else 0.0,
        cpu=cpu,
        database_cpu=database_cpu,
        statements=statements,
        failed=figures.failed,
        problem=figures.problem,
    )


def _dealt(asks: list[Ask], clients: int) -> list[list[Ask]]:
    """Each client its share; pages that are too few to share are asked for by all, beginning at different ones."""
    if writes(asks):
        return [asks[number::clients] for number in range(clients)]
    return [asks[number % len(asks) :] + asks[: number % len(asks)] for number in range(clients)]


def _warm(server: Served, asks: list[Ask]) -> None:
    """Every web process has answered a page of this kind before time is taken; nothing is written."""
    if looked_at := [ask for ask in asks[:10] if not writes([ask])]:
        drive(server.port, [looked_at] * 4, 1.0)


def _limit(limit: Limit, world: World, clients: int, seconds: float) -> Figures:
    if connection.vendor != "postgresql":
        return Figures(0.0, ())
    return together([_Least(limit, world) for _ in range(clients)], seconds * LIMIT_SHARE)


@dataclass(frozen=True)
class _Least:
    """One client of the limit, with a connection of its own and every statement prepared."""

    limit: Limit
    world: World

    def __call__(self, until: float) -> Figures:
        self.world.random.seed()  # no two clients write the same keys
        taken, began = [], time.monotonic()
        with connections["default"].copy().cursor() as cursor:
            raw = cursor.connection
            raw.prepare_threshold = 0
            raw.autocommit = True
            for work in self.limit(self.world):
                start = time.perf_counter()
                if time.monotonic() >= until:
                    break
                with raw.transaction():
                    for sql, parameters in work:
                        done = raw.execute(sql, parameters)
                        if done.description:
                            done.fetchall()
                taken.append(time.perf_counter() - start)
        return Figures(time.monotonic() - began, tuple(taken))


def _line(result: Result) -> str:
    figures = (result.p50, result.p95, result.p99, result.rate, result.limit)
    line = _row(
        result.measure,
        result.clients,
        *(f"{figure:.1f}" for figure in figures),
        f"{result.ratio:.2f}",
        f"{result.cpu:.1f}",
        f"{result.database_cpu:.1f}",
        result.statements,
    )
    return f"{line}  {result.failed} failed: {result.problem}" if result.failed else line


def _row(name: str, *cells: object) -> str:
    return f"{name:12}" + "".join(f"{cell:>10}" for cell in cells)


_HEAD = _row("measure", "clients", "p50 ms", "p95", "p99", "a second", "limit", "ratio", "CPU ms", "database", "SQL")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
