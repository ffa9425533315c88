"""What happened to the demo company's deals, day by day, each through its gates."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.activities.actions import activities, sop
from dealrail.activities.actions.tasks import change_task
from dealrail.activities.models import Task
from dealrail.core import clock
from dealrail.crm.actions import customers, deals, pools
from dealrail.crm.actions.deals import AwaitingApproval
from dealrail.crm.models import Deal
from dealrail.demo import words
from dealrail.demo.company import Company
from dealrail.process import engine
from dealrail.process.rules import ActionSpec, ConditionSpec, FieldSpec, ProcessSpec, StageKind, StageSpec

# How far deals get: share of deals that stop in the stage of this number (the last one is worked to its end).
REACH = {
    "b2b-software": (30, 27, 18, 11, 6, 8),
    "equipment": (30, 27, 18, 12, 13),
    "general": (30, 25, 15, 10, 8, 7, 5),
    "care": (30, 25, 15, 10, 8, 7, 5),
}
LOST_SHARE = 0.36
# What has not moved for so long is nearly always lost.
STALE, LOST_WHEN_STALE = timedelta(days=35), 0.92
STUCK_SHARE = 0.06
# Of the deals that stop before somebody's approval.
UNDECIDED_SHARE = 0.7
MONTHS = 7
PRICES = {code: Decimal(price) for code, _name, _series, price in words.PRODUCTS}


@dataclass
class Prospect:
    """A company that a deal is with, by its short name; a customer once one is needed."""

    short: str
    customer_id: int | None = None


@dataclass
class Story:
    """One seeded telling of some months; `now` is its end, `codes` what is sold, and `walk` how a deal goes its way."""

    company: Company
    random: Random
    now: datetime
    months: int = MONTHS
    codes: tuple[str, ...] = tuple(PRICES)
    walk: type["Walk"] = field(default_factory=lambda: Walk)
    customers: dict[str, list[Prospect]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def tell(self, process: str, count: int, tick: Callable[[int], None]) -> None:
        """Let `count` deals of a process happen, in the order in which they began."""
        starts = sorted(self._start() for _ in range(count))
        for number, start in enumerate(starts, 1):
            self._deal(process, start)
            tick(number)

    def go_on(self) -> None:
        """Talk about most of the deals that the old sheets left open."""
        for deal in Deal.objects.filter(run__state="open").select_related("owner").order_by("pk"):
            if self.random.random() > STUCK_SHARE + LOST_SHARE:
                by = self.company.actors[deal.owner.login]
                self.walk(self, deal, by, "", "", deal.created_at, Prospect(deal.name)).plan_next()

    def put_off(self) -> None:
        """Who is late with an action of the process mostly says when it will be done instead."""
        late = Task.objects.filter(done_at__isnull=True, owner__isnull=False, due_at__lt=self.now - timedelta(days=1))
        for task in late.select_related("owner").order_by("pk"):
            if self.random.random() > STUCK_SHARE * 2:
                due = self.working_hour(self.now - timedelta(days=1)) + timedelta(days=self.random.randint(1, 9))
                change_task(actor=self.company.actors[task.owner.login], task_id=task.pk, due_at=due)

    def _start(self) -> datetime:
        days = int(self.months * 30 * (1 - self.random.random() ** 0.4))
        return self.working_hour(self.now - timedelta(days=days + 1))

    def working_hour(self, moment: datetime) -> datetime:
        """The same day, or the Monday after a weekend, at some working hour; never after the end."""
        day = timezone.localtime(moment).date()
        day += timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
        hour = time(self.random.randint(9, 17), self.random.randint(0, 59))
        return min(timezone.make_aware(datetime.combine(day, hour)), self.now - timedelta(minutes=30))

    def _deal(self, process: str, start: datetime) -> None:
        rep = self.random.choices(list(self.company.reps), self.company.weights)[0]
        region = self.company.reps[rep]
        code = self.random.choice(self.codes)
        product = next(name for key, name, _series, _price in words.PRODUCTS if key == code)
        prospect = self._prospect(self.company.actors[rep], region)
        with clock.pretending(start):
            deal = self._create(process, rep, region, f"{prospect.short} · {product}")
        self.walk(self, deal, self.company.actors[rep], region, code, start, prospect).go()

    def _create(self, process: str, rep: str, region: str, name: str) -> Deal:
        owner = self.company.actors[rep]
        by = self.company.actors[self.random.choice(self.company.marketing)] if self.random.random() < 0.5 else owner
        fields = {"name": name, "source": self.random.choice(words.SOURCES), "region": region}
        return deals.create_deal(actor=by, process=process, fields=fields, owner_id=owner.user_id)

    def _prospect(self, owner: Actor, region: str) -> Prospect:
        """Whom a deal is with: somebody new, or now and then a customer this person has."""
        mine = self.customers.setdefault(owner.name, [])
        if mine and self.random.random() < 0.35:
            return self.random.choice(mine)
        while (short := self._short_name(region)) in self.names:
            pass
        self.names.add(short)
        return Prospect(short)

    def _short_name(self, region: str) -> str:
        brand = "".join(self.random.sample(words.BRANDS, self.random.choice((1, 1, 1, 2))))
        return f"{self.random.choice(words.CITIES[region])}{brand}"

    def customer(self, by: Actor, region: str, prospect: Prospect) -> int:
        """The customer that a prospect becomes when it is first needed."""
        if prospect.customer_id is None:
            trade, industry = self.random.choice(words.TRADES)
            name = f"{prospect.short}{trade}有限公司"
            fields = {"name": name, "industry": industry, "region": region, "phone": self.phone()}
            fields["grade"] = self.random.choices("ABC", weights=(2, 4, 4))[0]
            prospect.customer_id = customers.create_customer(actor=by, fields=fields).pk
            self.customers[by.name].append(prospect)
        return prospect.customer_id

    def phone(self) -> str:
        """A mobile number nobody has here yet."""
        while (number := f"13{self.random.randrange(10**9):09d}") in self.names:
            pass
        self.names.add(number)
        return number


@dataclass
class Walk:
    """One deal on its way: what its gates demand is done, some days apart, until its story ends."""

    story: Story
    deal: Deal
    by: Actor
    region: str
    code: str
    at: datetime
    prospect: Prospect
    known: set[str] = field(default_factory=set)

    def go(self) -> None:
        """Walk as far as this deal gets, then stop, stand still or be lost."""
        spec, _ = engine.spec_and_stage(self.deal.run)
        stages = range(len(spec.stages))
        last = self.story.random.choices(stages, weights=REACH[spec.key])[0]
        for number in stages:
            if number > last or not self._wait(number):
                break
            if number == last and last < len(spec.stages) - 1:
                if self._asks_for_approval(spec.stages[number]):
                    return
                break
            self._pass(spec, spec.stages[number])
        self._end(spec, last)

    def _asks_for_approval(self, stage: StageSpec) -> bool:
        """Now and then a deal stops because somebody hasn't decided yet."""
        asked = any(condition.kind == "process.approval" for condition in stage.demanded_by_default)
        if not asked or self.story.random.random() > UNDECIDED_SHARE:
            return False
        self.at = max(self.at, self.story.working_hour(self.story.now - timedelta(days=2)))
        spec, _ = engine.spec_and_stage(self.deal.run)
        self._pass(spec, stage, decide=False)
        return True

    def _wait(self, number: int) -> bool:
        """Let some days pass; False when that would be in the future."""
        days = self.story.random.lognormvariate(1.6 + 0.12 * number, 0.7)
        later = self.story.working_hour(self.at + timedelta(days=days))
        if self.at + timedelta(days=days) > self.story.now - timedelta(days=1):
            return False
        self.at = max(later, self.at + timedelta(minutes=5))
        return True

    @contextmanager
    def _moment(self) -> Iterator[None]:
        self.at = min(self.at + timedelta(minutes=self.story.random.randint(3, 50)), self.story.now)
        with clock.pretending(self.at):
            yield

    def _pass(self, spec: ProcessSpec, stage: StageSpec, *, decide: bool = True) -> None:
        fields: dict[str, Any] = {}
        for condition in stage.demanded_by_default:
            fields.update(self._meet(spec, condition))
        with self._moment():
            moved: Any = deals.advance_deal(actor=self.by, deal_id=self.deal.pk, fields=fields)
        while decide and isinstance(moved, AwaitingApproval):
            request = moved.requests[0]
            approver = self.story.company.by_id[request.waits_for[0].pk]
            self.at += timedelta(hours=self.story.random.randint(1, 20))
            with self._moment():
                moved = deals.decide_approval(
                    actor=approver, deal_id=self.deal.pk, request_id=request.pk, granted=True, note="同意"
                )
        if isinstance(moved, AwaitingApproval):
            return
        following = spec.stages[spec.stages.index(stage) + 1 :]
        if stage.kind is not StageKind.WON and following and following[0].kind is StageKind.WON:
            self._hand_over()

    def _hand_over(self) -> None:
        delivery = self.story.company.actors[self.story.random.choice(self.story.company.delivery)]
        with self._moment():
            deals.transfer_deal(
                actor=self.by, deal_id=self.deal.pk, owner_id=delivery.user_id, note="合同已签，转实施交付"
            )
        self.by = delivery

    def _meet(self, spec: ProcessSpec, condition: ConditionSpec) -> dict[str, Any]:
        """Do what a condition demands; fields are handed back, to be filled with the move itself."""
        if condition.kind == "fields.filled":
            return {key: self._value(spec, key) for key in condition.config["fields"] if key not in self.known}
        if condition.kind == "activities.follow_ups":
            for _ in range(condition.config.get("at_least", 1)):
                self._talk(condition.config.get("of") or list(words.TALKS))
        if condition.kind == "activities.done":
            for key in condition.config["actions"]:
                self._act(spec.action(key))
        if condition.kind == "contacts.known":
            self._meet_people(condition.config.get("at_least", 1), condition.config.get("role"))
        return {}

    def _value(self, spec: ProcessSpec, key: str) -> Any:
        self.known.add(key)
        random = self.story.random
        price = PRICES[self.code]
        fixed: dict[str, Callable[[], Any]] = {
            "customer": self._customer,
            "source": lambda: random.choice(words.SOURCES),
            "region": lambda: self.region,
            "product": lambda: self.code,
            "amount": lambda: str((price * random.randint(6, 22) / 10).quantize(Decimal(100))),
            "expected_close": lambda: (self.at + timedelta(days=random.randint(20, 90))).date().isoformat(),
        }
        return fixed[key]() if key in fixed else self._extra(next(row for row in spec.fields if row.key == key))

    def _customer(self) -> int:
        if self.deal.customer_id is None:  # reaches the database with the move that demands it
            with self._moment():
                self.deal.customer_id = self.story.customer(self.by, self.region, self.prospect)
        assert self.deal.customer_id is not None
        return self.deal.customer_id

    def _extra(self, row: FieldSpec) -> Any:
        random = self.story.random
        values: dict[str, Callable[[], Any]] = {
            "choice": lambda: random.choice(row.choices),
            "money": lambda: str(random.randint(5, 40) * 10_000),
            "number": lambda: str(random.randint(6, 10)),
            "date": lambda: self.at.date().isoformat(),
            "text": lambda: random.choice(words.TEXTS.get(row.key, (f"{row.name}已确认",))),
        }
        if row.key.endswith("_no"):
            return f"YF{self.at:%Y%m}-{self.deal.pk:04d}"
        if row.key == "discount":
            return str(random.choice((80, 85, 88, 90, 95, 100)))
        return values[row.type]()

    def _talk(self, kinds: list[str], **plan: Any) -> None:
        kind = self.story.random.choice(kinds)
        with self._moment():
            activities.record_activity(
                actor=self.by, deal_id=self.deal.pk, kind=kind, text=self.story.random.choice(words.TALKS[kind]), **plan
            )

    def _act(self, action: ActionSpec | None) -> None:
        assert action is not None
        file = evidence_file(action) if action.evidence == "file" else None
        if action.evidence == "follow_up":
            self._talk(["demo", "meeting"])
        with self._moment():
            note = self.story.random.choice(words.NOTES)
            answers = sop.Answers(self._answers()) if action.evidence == "form" else None
            sop.complete_action(
                actor=self.by, deal_id=self.deal.pk, action=action.key, note=note, file=file, answers=answers
            )

    def _answers(self) -> dict[str, Any]:
        """What the customer said in the needs survey; diced apart, so that it changes nothing else of the story."""
        random = Random(self.deal.pk)
        systems = random.sample(("Excel", "ERP", "CRM", "其他"), random.choice((1, 1, 2)))
        return {
            "now": random.choice(words.SURVEY_NOW),
            "systems": systems,
            **({"other_system": "自研系统"} if "其他" in systems else {}),
            "pain": random.choice(words.SURVEY_PAIN),
            "times": str(random.randint(1, 20)),
            "loss": str(random.choice((50_000, 80_000, 120_000, 300_000))),
            "cloud": random.random() < 0.7,
            "decides": random.choices(("老板一人决定", "部门提出后老板拍板", "比选", "公开招标"), (3, 5, 3, 1))[0],
        }

    def _meet_people(self, at_least: int, role: str | None) -> None:
        random, customer_id = self.story.random, self._customer()
        for number in range(at_least):
            mark = f"{role}{number}"
            if mark in self.known:
                continue
            self.known.add(mark)
            fitting = [row for row in words.TITLES if role in {None, row[1]}]
            title, part = random.choice(fitting)
            name = random.choice(words.SURNAMES) + random.choice(words.GIVEN)
            fields = {"name": name, "title": title, "role": part, "phone": self.story.phone()}
            with self._moment():
                customers.create_contact(actor=self.by, customer_id=customer_id, fields=fields)

    def _end(self, spec: ProcessSpec, last: int) -> None:
        random = self.story.random
        self.deal.run.refresh_from_db()
        if self.deal.run.finished_at or self.deal.run.closed_at:
            return
        luck = random.random()
        lost = LOST_WHEN_STALE if self.story.now - self.at > STALE else LOST_SHARE
        if luck < lost and self._wait(last):
            reason = random.choices(list(spec.loss_reasons), weights=range(len(spec.loss_reasons), 0, -1))[0]
            with self._moment():
                deals.lose_deal(actor=self.by, deal_id=self.deal.pk, reason=reason)
        elif luck < lost + 0.04:
            with self._moment():
                deals.park_deal(actor=self.by, deal_id=self.deal.pk, note="客户暂停项目，明年再谈")
        elif luck < lost + 0.08 and last <= 1:
            with self._moment():
                pools.release_deal(actor=self.by, deal_id=self.deal.pk, reason="多次联系未果，退回公海")
        elif luck > lost + STUCK_SHARE:
            self.plan_next()

    def plan_next(self) -> None:
        """Talk to them once more, lately, and say what comes next."""
        random = self.story.random
        self.at = max(self.at, self.story.working_hour(self.story.now - timedelta(days=random.randint(1, 6))))
        day = timezone.localtime(self.story.now).date() + timedelta(days=random.choice((-2, 0, 0, 1, 2, 3, 5, 8)))
        due = timezone.make_aware(datetime.combine(day, time(random.randint(9, 17), random.choice((0, 30)))))
        due = max(due, self.at + timedelta(hours=3))  # one plans ahead, however late it is by now
        self._talk(["call", "wechat"], next_step=random.choice(words.NEXT_STEPS), next_step_at=due)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Thousands of small actions in a row leave nothing to collect; not looking for it saves a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def evidence_file(action: ActionSpec) -> Any:
    """A small text file as evidence."""
    return SimpleUploadedFile(f"{action.name}.txt", f"{action.name}（演示附件）".encode())
