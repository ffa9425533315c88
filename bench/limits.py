"""The least SQL that does the same work on the same data: what a program without anything of its own would ask.

It reads what is stored; a program that keeps sums may be faster. Rows it adds go to empty copies of the tables, and
rows it changes keep their values, so that the data stays true; both make it faster than the same work would be.
"""

from collections.abc import Callable, Iterator
from typing import Any

from bench.world import World
from dealrail.core import search as words
from dealrail.crm.queries.search import statement

Statement = tuple[str, list[Any]]
# Yields the statements of one transaction after the other.
Limit = Callable[[World], Iterator[list[Statement]]]
SCRATCH = """
    DROP SCHEMA IF EXISTS bench CASCADE;
    CREATE SCHEMA bench;
    CREATE TABLE bench.stay (LIKE process_stay INCLUDING ALL);
    CREATE TABLE bench.event (LIKE events_event INCLUDING ALL);
    CREATE TABLE bench.head (LIKE events_chainhead INCLUDING ALL);
    CREATE TABLE bench.receipt (LIKE events_receipt INCLUDING ALL);
    CREATE TABLE bench.activity (LIKE activities_activity INCLUDING ALL);
    CREATE TABLE bench.task (LIKE activities_task INCLUDING ALL);
    CREATE TABLE bench.customer (LIKE crm_customer INCLUDING ALL);
    CREATE TABLE bench.words (LIKE crm_customerwords INCLUDING ALL);
"""
_LOCK = "SELECT d.*, r.* FROM crm_deal d JOIN process_run r ON r.id = d.run_id WHERE d.id = %s FOR UPDATE"
_PAYLOAD = (
    '{"deal_id": 1, "deal_name": "苏州恒瑞达 · 生产执行系统 MES", "from_stage": "lead", "to_stage": "contact", '
    '"how": "forward"}'
)
_EVENT = f"""
    INSERT INTO bench.event (subject_kind, subject_id, seq, kind, payload, actor_id, actor_name, channel, occurred_at,
        recorded_at, hash)
    VALUES ('deal', %s, 1, 'deal.stage_changed', '{_PAYLOAD}', 1, '李伟', 'api', now(), now(), repeat('0', 64))
"""
_HEAD = """
    INSERT INTO bench.head (subject_kind, subject_id, seq, hash) VALUES ('deal', %s, 1, repeat('0', 64))
    ON CONFLICT (subject_kind, subject_id) DO UPDATE SET seq = bench.head.seq + 1
"""
_RECEIPTS = """
    INSERT INTO bench.receipt (event_id, subscriber, due_at, state, attempts, lease, last_error)
    SELECT %s, name, now(), 'owed', 0, '', '' FROM unnest(ARRAY['a', 'b', 'c']) AS name
"""
_STAY = """
    INSERT INTO bench.stay (run_id, stage_id, entered_at, exit, assumed, conditions_due, conditions_waived)
    VALUES (%s, 1, now(), '', false, 0, 0)
"""
_ACTIVITY = """
    INSERT INTO bench.activity (kind, deal_id, customer_id, text, next_step, next_step_at, author_id, occurred_at,
        recorded_at, place)
    VALUES ('call', %s, 1, '电话确认了预算和时间表。', '发送报价', now(), 1, now(), now(), '')
"""
_PLAN = """
    INSERT INTO bench.task (kind, title, deal_id, action, owner_id, due_at, dropped, created_at)
    VALUES ('plan', '发送报价', %s, '', 1, now(), false, now())
"""


def _fresh(world: World) -> int:
    """A key that nothing has."""
    return 10**12 + world.random.randrange(10**12)


def _one(world: World, kind: str) -> int:
    ids: list[int] = getattr(world, kind)
    return ids[world.random.randrange(len(ids))]


def move(world: World) -> Iterator[list[Statement]]:
    """Lock the deal with its run, leave a stay, enter one, change the run; an event, its chain's head, its receipts."""
    while True:
        deal, key = _one(world, "deals"), _fresh(world)
        run = "(SELECT run_id FROM crm_deal WHERE id = %s)"
        yield [
            (_LOCK, [deal]),
            (f"UPDATE process_stay SET assumed = assumed WHERE run_id = {run} AND left_at IS NULL", [deal]),
            (_STAY, [key]),
            (f"UPDATE process_run SET revision = revision WHERE id = {run}", [deal]),
            (_EVENT, [key]),
            (_HEAD, [key]),
            (_RECEIPTS, [key]),
        ]


def follow_up(world: World) -> Iterator[list[Statement]]:
    """Lock the deal, write the follow-up and the plan, note both on the deal; two events, heads and receipts."""
    while True:
        deal, key = _one(world, "deals"), _fresh(world)
        yield [
            (_LOCK, [deal]),
            (_ACTIVITY, [deal]),
            (_PLAN, [deal]),
            ("UPDATE crm_deal SET next_step_at = next_step_at WHERE id = %s", [deal]),
            *[(sql, [number]) for number in (key, key + 1) for sql in (_EVENT, _HEAD, _RECEIPTS)],
        ]


# So many rows of a sheet are written in one transaction.
PIECE = 200
_LIKE_IT = "SELECT id FROM crm_customer WHERE (name_key = %s OR phone_key = %s) AND deleted_at IS NULL"
_CUSTOMER = """
    INSERT INTO bench.customer (name, name_key, code, credit_code, phone, phone_key, grade, grade_reason, industry,
        address, website, notes, custom, created_at)
    VALUES (%s, %s, '', '', %s, %s, 'B', '', '', '工业园区1号', '', '', '{}', now())
"""
_WORDS = """
    INSERT INTO bench.words (customer_id, words)
    VALUES (%s, '苏州 州精 精密 密机 机械 械有 有限 限公 公司 szjmjxyxgs suzhoujingmijixie 13912345678 5678')
"""


def imported(world: World) -> Iterator[list[Statement]]:
    """A piece of a sheet: each row looked up and written with what it is found by, its event, head and receipts."""
    while True:
        work: list[Statement] = []
        for _ in range(PIECE):
            key = _fresh(world)
            name, phone = f"苏州{key}精密机械有限公司", f"1{key}"
            work += [(_LIKE_IT, [name, phone]), (_CUSTOMER, [name, name, phone, phone]), (_WORDS, [key])]
            work += [(sql, [key]) for sql in (_EVENT, _HEAD, _RECEIPTS)]
        yield work


_LANES = """
    SELECT r.stage_id, count(*), sum(d.amount) FROM process_run r JOIN crm_deal d ON d.run_id = r.id
    WHERE r.state IN ('open', 'won') AND r.finished_at IS NULL AND d.deleted_at IS NULL AND d.owner_id = ANY(%s)
      AND r.version_id = %s
    GROUP BY 1
"""
_CARDS = """
    SELECT d.*, r.*, c.name, u.name FROM process_run r JOIN crm_deal d ON d.run_id = r.id
    LEFT JOIN crm_customer c ON c.id = d.customer_id JOIN accounts_user u ON u.id = d.owner_id
    WHERE r.stage_id = %s AND r.state IN ('open', 'won') AND d.owner_id = ANY(%s) AND d.deleted_at IS NULL
    ORDER BY d.id DESC LIMIT 40
"""


def board(world: World) -> Iterator[list[Statement]]:
    """Counts and sums of each stage, and forty cards of each."""
    return _board(world, world.team)


def whole_board(world: World) -> Iterator[list[Statement]]:
    """The same of everybody's deals."""
    return _board(world, world.everybody)


def _board(world: World, people: list[int]) -> Iterator[list[Statement]]:
    version, stages = world.board
    lanes: Statement = (_LANES, [people, version])
    while True:
        yield [lanes, *[(_CARDS, [stage, people]) for stage in stages]]


def deals(world: World) -> Iterator[list[Statement]]:
    """Fifty open deals of a department, the newest first."""
    sql = """
        SELECT d.*, r.*, c.name, u.name FROM crm_deal d JOIN process_run r ON d.run_id = r.id
        LEFT JOIN crm_customer c ON c.id = d.customer_id JOIN accounts_user u ON u.id = d.owner_id
        WHERE r.state = 'open' AND d.owner_id = ANY(%s) AND d.deleted_at IS NULL
        ORDER BY d.created_at DESC, d.id DESC LIMIT 50
    """
    while True:
        yield [(sql, [world.team])]


def deal(world: World) -> Iterator[list[Statement]]:
    """A deal with its run, customer, stays, the newest of its timeline, what is done and to be done."""
    by_run = "WHERE run_id = (SELECT run_id FROM crm_deal WHERE id = %s)"
    while True:
        key = _one(world, "deals")
        yield [
            (_LOCK.replace(" FOR UPDATE", ""), [key]),
            ("SELECT * FROM crm_customer WHERE id = (SELECT customer_id FROM crm_deal WHERE id = %s)", [key]),
            (f"SELECT * FROM process_stay {by_run}", [key]),
            (f"SELECT * FROM activities_actiondone {by_run}", [key]),
            ("SELECT * FROM activities_task WHERE deal_id = %s AND done_at IS NULL", [key]),
            (_EVENTS, ["deal", key]),
        ]


_EVENTS = """
    SELECT * FROM events_event WHERE subject_kind = %s AND subject_id = %s ORDER BY occurred_at DESC, id DESC LIMIT 30
"""


def customer(world: World) -> Iterator[list[Statement]]:
    """A customer with contacts, deals, tasks and the newest of all their timelines."""
    events = """
        SELECT * FROM events_event WHERE (subject_kind, subject_id) IN (
            SELECT 'customer', %s::bigint UNION ALL SELECT 'deal', id FROM crm_deal WHERE customer_id = %s)
        ORDER BY occurred_at DESC, id DESC LIMIT 30
    """
    while True:
        key = _one(world, "customers")
        yield [
            ("SELECT * FROM crm_customer WHERE id = %s", [key]),
            ("SELECT * FROM crm_contact WHERE customer_id = %s", [key]),
            (
                "SELECT * FROM crm_deal JOIN process_run ON run_id = process_run.id WHERE customer_id = %s LIMIT 50",
                [key],
            ),
            ("SELECT * FROM activities_task WHERE customer_id = %s AND done_at IS NULL LIMIT 50", [key]),
            (events, [key, key]),
        ]


def workbench(world: World) -> Iterator[list[Statement]]:
    """Somebody's tasks for today, and their deals without a next step."""
    me = world.rep.user.pk
    tasks = "SELECT * FROM activities_task WHERE owner_id = %s AND done_at IS NULL ORDER BY due_at LIMIT 50"
    idle = """
        SELECT d.* FROM crm_deal d JOIN process_run r ON r.id = d.run_id
        WHERE d.owner_id = %s AND r.state = 'open' AND d.next_step_at IS NULL AND d.deleted_at IS NULL LIMIT 20
    """
    while True:
        yield [(tasks, [me]), (idle, [me])]


def team(world: World) -> Iterator[list[Statement]]:
    """For each of a department: open deals, those without a next step, overdue tasks, follow-ups of the week."""
    deals = """
        SELECT d.owner_id, count(*), count(*) FILTER (WHERE d.next_step_at IS NULL), sum(d.amount)
        FROM crm_deal d JOIN process_run r ON r.id = d.run_id
        WHERE d.owner_id = ANY(%s) AND r.state = 'open' AND d.deleted_at IS NULL GROUP BY 1
    """
    tasks = "SELECT owner_id, count(*) FROM activities_task WHERE owner_id = ANY(%s) AND done_at IS NULL GROUP BY 1"
    talks = """
        SELECT author_id, count(*) FROM activities_activity
        WHERE author_id = ANY(%s) AND occurred_at > now() - interval '7 days' GROUP BY 1
    """
    while True:
        yield [(sql, [world.team]) for sql in (deals, tasks, talks)]


def funnel(world: World) -> Iterator[list[Statement]]:
    """Counts by stage of a process, over all its deals."""
    version, _stages = world.board
    stays = """
        SELECT s.stage_id, count(*), count(*) FILTER (WHERE s.exit IN ('forward', 'end'))
        FROM process_stay s JOIN process_run r ON r.id = s.run_id WHERE r.version_id = %s GROUP BY 1
    """
    states = """
        SELECT r.stage_id, r.state, count(*), sum(d.amount) FROM process_run r JOIN crm_deal d ON d.run_id = r.id
        WHERE r.version_id = %s AND d.deleted_at IS NULL GROUP BY 1, 2
    """
    while True:
        yield [(stays, [version]), (states, [version])]


def search(world: World) -> Iterator[list[Statement]]:
    """The first customers that hold what was typed."""
    while True:
        for name in world.names:
            wanted = [term for chunk in words.asked(name).chunks for term in chunk]
            sql, params = statement("customer", wanted)
            yield [(f"SELECT * FROM crm_customer WHERE id IN ({sql}) LIMIT 20", list(params))]


def bare(_world: World) -> Iterator[list[Statement]]:
    """Nothing but the way to the database and back."""
    while True:
        yield [("SELECT 1", [])]


# Ten things done in a day's work: seven are looked at, three are written.
DAY = (workbench, deal, follow_up, board, customer, move, deals, search, follow_up, deal)


def mix(world: World) -> Iterator[list[Statement]]:
    """A day's work, over and over."""
    parts = {limit: limit(world) for limit in DAY}
    while True:
        for limit in DAY:
            yield next(parts[limit])
