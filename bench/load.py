"""`load`: the reference data, in an empty database: model deals made by actions, and as many copies as wanted."""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from bench import company, samples
from bench.bulk import Bulk, bulk, spelling
from bench.company import Company, Seat
from bench.copying import Copier, Telling
from bench.filling import Copy, filled, processes_for
from bench.output import say, status
from bench.patterns import CUSTOMER_TABLES, DEAL_TABLES, LOG_TABLES, Pattern, Reader, Table
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.cli import start
from dealrail.core.errors import Refusal
from dealrail.crm.models import Deal
from dealrail.demo import words
from dealrail.demo.story import without_garbage_collection
from dealrail.events.rules import RECEIPTS_KEPT_FOR
from dealrail.insights import indexing
from dealrail.process.models import Run, Stay

SEED = 20_260_901
CUSTOMERS_A_DEAL = 0.2
WEEKS = 104
# Of the open deals this share moved lately; the rest has stood still for some weeks more.
LIVELY, STUCK_WEEKS = 0.7, 8
TABLES = (*CUSTOMER_TABLES, *DEAL_TABLES, *LOG_TABLES)
# What the sums of the funnel are read from.
SUMMED = (Run, Stay, Deal)
_LUCKY = "鑫隆兴旺达盛通和瑞丰茂源泰安康宁宏昌荣华益德信诚立恒久长永庆祥福禄寿喜金银宝玉龙凤翔飞"


class NotEmpty(Refusal):
    """The reference data never mixes with anything else."""

    code = "not_empty"
    sentence = "This database holds data already. Name an empty one, or remove its folder."


@dataclass(frozen=True)
class Known:
    """A copied customer that deals can be with."""

    pk: int
    seat: Seat
    short: str


def load(options: argparse.Namespace) -> None:
    """Fill an empty database with so many deals and what belongs to them. Refuses with NotEmpty."""
    began = time.monotonic()
    if not _is_empty():
        raise NotEmpty()
    start.migrate()
    fill(options.deals)
    say(f"{options.deals:,} deals in {time.monotonic() - began:,.0f} s.")


def _is_empty() -> bool:
    """Whether there are no tables in this database, or our own without anybody; asked before anything is changed."""
    tables = connection.introspection.table_names()
    return not tables or (User._meta.db_table in tables and people.is_empty())


def fill(deals: int, shares: Mapping[str, int] = samples.SHARES) -> None:
    """Found the company, tell model deals of each process, copy them until there are so many. Refuses with NotEmpty."""
    if not people.is_empty():
        raise NotEmpty()
    random, now = Random(SEED), timezone.now()
    say("The company and its model deals, through the program's own actions …")
    founded = company.found(Actor.system("bench"))
    samples.tell(founded, random, now, shares)
    reader = Reader(founded, spelling())
    loader = Loader(founded, reader, random)
    with without_garbage_collection():
        with bulk(TABLES, status, SUMMED) as writing:
            loader.run(max(deals - len(loader.deals), 0), writing)
        # Each leaves a processor idle.
        with ThreadPoolExecutor(1) as beside:
            finishing = beside.submit(writing.finish)
            indexing.rebuild(lambda done, total: status(f"sums of the funnel: {done} of {total} days"))
            finishing.result()


class Loader:
    """Copies patterns until there are enough."""

    def __init__(self, founded: Company, reader: Reader, random: Random) -> None:
        self.customers, self.deals, self.random = reader.customers(), reader.deals(), random
        self.today = timezone.now().date()
        self._reps = founded.reps()
        self._weights = [1 / (number + 6) for number in range(len(self._reps))]  # a few sell much, many a little
        named = {seat: (actor.user_id, actor.name) for seat, actor in founded.seats.items()}
        self._copier = Copier(named, self.today, RECEIPTS_KEPT_FOR, reader.spelling.escape)
        self._next: dict[Table, int] = {table: _after(table) for table in TABLES}
        self._known: dict[int, list[Known]] = defaultdict(list)
        self._told = 0

    def run(self, deals: int, writing: Bulk) -> None:
        """Copy as many customers as `deals` deals have, then the deals."""
        count = int(deals * CUSTOMERS_A_DEAL)
        self._write(self.customers, self._copied_customers(count), writing, "customers", count)
        self._write(self.deals, self._copied_deals(deals), writing, "deals", deals)

    def _write(self, patterns: Sequence[Pattern], copies: Iterator[Copy], writing: Bulk, what: str, count: int) -> None:
        began, done = time.monotonic(), 0
        for number, rows in filled(self._copier, patterns, copies, processes_for(count)):
            writing.write(rows)
            done += number
            status(f"{what}: {done:,} ({done / (time.monotonic() - began):,.0f}/s)")

    def _copied_customers(self, count: int) -> Iterator[Copy]:
        """In the order in which they came, over two years."""
        each = max(count // len(self.customers), 1)
        for number in range(each):
            for place, pattern in enumerate(self.customers):
                oldest = (pattern.first - self.today).days // 7 + WEEKS
                weeks = max(oldest - number * WEEKS // each, 0)
                telling = self._telling(pattern, self._seat(), weeks, self._short())
                self._known[pattern.key].append(Known(telling.first[CUSTOMER_TABLES[0]], telling.seat, telling.short))
                yield place, telling

    def _copied_deals(self, count: int) -> Iterator[Copy]:
        for _ in range(count):
            place = self.random.randrange(len(self.deals))
            pattern = self.deals[place]
            weeks = self._weeks(pattern)
            if pattern.customer is None:
                yield place, self._telling(pattern, self._seat(), weeks, self._short())
            else:
                known = self._customer(pattern, weeks)
                yield place, self._telling(pattern, known.seat, weeks, known.short, known.pk)

    def _weeks(self, pattern: Pattern) -> int:
        if pattern.is_open:
            return 0 if self.random.random() < LIVELY else self.random.randint(1, STUCK_WEEKS)
        return self.random.randint(0, max(WEEKS - (self.today - pattern.first).days // 7, 0))

    def _customer(self, pattern: Pattern, weeks: int) -> Known:
        """One who was known by then; the early ones have the most deals."""
        known = self._known[pattern.customer or 0]
        age = (self.today - pattern.first).days // 7 + weeks
        there = max(len(known) * (WEEKS - age) // WEEKS, 1)
        return known[int(there * self.random.random() ** 2)]

    def _telling(self, pattern: Pattern, seat: Seat, weeks: int, short: str, customer: int | None = None) -> Telling:
        first = {table: self._next[table] for table in pattern.counts}
        for table, count in pattern.counts.items():
            self._next[table] += count
        self._told += 1
        return Telling(first, seat, weeks, short, self._told * 16, customer)

    def _seat(self) -> Seat:
        return self.random.choices(self._reps, self._weights)[0]

    def _short(self) -> str:
        """A name nobody has yet."""
        cities = [city for region in words.CITIES.values() for city in region]
        number = self._told * 7919  # spreads neighbours over all names
        parts = []
        for choices in (cities, words.BRANDS, _LUCKY, _LUCKY):
            number, place = divmod(number, len(choices))
            parts.append(choices[place])
        return "".join(parts)


def _after(table: Table) -> int:
    key = table._meta.pk.name
    return int(table._default_manager.aggregate(last=Max(key))["last"] or 0) + 1
