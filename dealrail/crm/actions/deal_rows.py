"""What a row of a sheet of deals becomes: a new deal that walks through the gates, or a past one where it stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from dealrail.core import formats
from dealrail.core.errors import Refusal
from dealrail.core.texts import LONGEST_ASKED
from dealrail.crm import mappings, ownership, policy, queries
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal, create_deal
from dealrail.crm.actions.history import PastDeal, place_deals
from dealrail.crm.actions.rows import HISTORY, Job, Outcome, Result, Values
from dealrail.crm.engine import DEAL_READERS, read_fields
from dealrail.crm.errors import BadStage, BadState, ClosedIsHistory, FieldRefused, NewMeansFirstStage, WonTooEarly
from dealrail.crm.mappings import ENTERED
from dealrail.crm.models import Customer, Deal, Product, Region, Source
from dealrail.crm.queries import LABELS
from dealrail.process.errors import GateBlocked
from dealrail.process.history import Placement
from dealrail.process.rules import ProcessSpec, StageKind, State


def _outcome(answer: Deal | Refusal) -> Outcome:
    return Outcome.refused(answer) if isinstance(answer, Refusal) else Outcome(Result.CREATED, "deal", answer.pk)


@dataclass
class Deals:
    """Deals: new ones from the first stage on, through the gates; past ones where they stand."""

    job: Job
    _cache: dict[tuple[str, str], Any] = field(default_factory=dict)

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new, known by their code, or without one by name, customer and owner."""
        codes = [self._code(row) for row in rows]
        named = Deal.objects.filter(policy.LIVING, code__in={code for code in codes if code})
        known = dict(named.values_list("code", "pk"))
        fresh = [row for row, code in zip(rows, codes, strict=True) if code not in known]
        self._find_customers(fresh)
        made = iter(self._place(fresh) if self.job.mode == HISTORY else Outcome.one_by_one(fresh, self._start))
        seen = self._visible(known.values())
        return [Outcome.there("deal", seen.get(known[code])) if code in known else next(made) for code in codes]

    def _visible(self, deals: Iterable[int]) -> dict[int, int]:
        """Those of these deals that the importer may see, by id; of others nobody learns the id."""
        visible = Deal.objects.filter(policy.visible_deals(self.job.actor), pk__in=list(deals))
        return {pk: pk for pk in visible.values_list("pk", flat=True)}

    @property
    def _spec(self) -> ProcessSpec:
        assert self.job.spec is not None
        return self.job.spec

    def _fields(self, row: Values) -> dict[str, Any]:
        given = self.job.columns.given(row)
        apart = {"owner", "code", "stage", "state", "closed_at", "loss_reason"}
        fields = {key: value for key, value in given.items() if key not in apart and not key.startswith(ENTERED)}
        for key in ("customer", "product", "region", "source"):
            if key in fields:
                fields[key] = self._known(key, str(fields[key]))
        for key in self._dates():
            if key in fields:
                fields[key] = self._day(key, fields[key])
        fields.setdefault("name", self._name(given))
        return fields

    def _dates(self) -> list[str]:
        own = (row.key for row in self._spec.fields if row.type == "date")
        return ["expected_close", *own, *(name for name in self._added_dates if name in self.job.columns.sources)]

    @cached_property
    def _added_dates(self) -> list[str]:
        return [queries.field_name(row) for row in queries.fields_in_use("deal") if row.type == "date"]

    def _name(self, given: Mapping[str, Any]) -> str:
        parts = [str(given[key]) for key in ("customer", "product") if key in given]
        return " · ".join(parts) or str(given.get("code", ""))

    def _known(self, key: str, text: str) -> Any:
        """The record of this name, asked for once; a sheet holds names, never our ids. Refuses with FieldRefused."""
        if (key, text) not in self._cache:
            self._cache[key, text] = self._find(key, text)
        if self._cache[key, text] is None:
            problem = _("There is no “%(value)s” that you can see.") % {"value": text[:80]}
            raise FieldRefused(field=key, label=LABELS[key], problem=problem)
        return self._cache[key, text]

    def _find_customers(self, rows: Sequence[Values]) -> None:
        """Those of all rows at once: a sheet names more customers than anything else."""
        names = {str(self.job.columns.value("customer", row)) for row in rows} - {""}
        keys = {name: formats.name_key(name) for name in names}
        named = Customer.objects.filter(name_key__in={*keys.values()} - {""})
        visible = named.filter(policy.visible_customers(self.job.actor))
        found = {customer.name_key: customer for customer in visible.order_by("-pk")}
        self._cache |= {("customer", name): found.get(key) for name, key in keys.items()}

    def _find(self, key: str, text: str) -> Any:
        text = text[:LONGEST_ASKED]
        if key == "owner":
            return ownership.owner_named(text)
        if key == "product":
            same = Product.objects.filter(name__iexact=text) | Product.objects.filter(code__iexact=text)
            return same.order_by("pk").first()
        model = {"region": Region, "source": Source}[key]
        return model._default_manager.filter(name__iexact=text).order_by("pk").first()

    def _owner_id(self, row: Values) -> int | None:
        owner = str(self.job.columns.value("owner", row))
        return self._known("owner", owner).pk if owner else None

    def _day(self, key: str, value: Any) -> date:
        try:
            return formats.parse_date(str(value), date_order=self.job.columns.date_order)
        except Refusal as problem:
            raise FieldRefused(field=key, label=LABELS.get(key, key), problem=problem) from problem

    def _moment(self, key: str, row: Values) -> datetime | None:
        text = str(self.job.columns.value(key, row))
        if not text:
            return None
        try:
            zone = ZoneInfo(settings.TIME_ZONE)
            return formats.parse_datetime(text, tz=zone, date_order=self.job.columns.date_order)
        except Refusal as problem:
            label = next(target.label for target in mappings.targets("deals", self._spec) if target.key == key)
            raise FieldRefused(field=key, label=label, problem=problem) from problem

    def _placement(self, row: Values) -> Placement:
        stage, state = self._standing(row)
        keys = [key for key in self.job.columns.sources if key.startswith(ENTERED)]
        dates = {key.removeprefix(ENTERED): moment for key in keys if (moment := self._moment(key, row))}
        passed = {row.key for row in self._spec.path_to(stage)} | {stage}
        entered = {key: moment for key, moment in dates.items() if key in passed}
        closed_at = self._moment("closed_at", row) if state is not State.OPEN else None
        return Placement(stage=stage, state=state, entered=entered, closed_at=closed_at)

    def _standing(self, row: Values) -> tuple[str, State]:
        """Stage and state; one that is won without a stage stands in the first that is won."""
        named, word = self.job.columns.value("stage", row), str(self.job.columns.value("state", row)).strip()
        if not word:
            return self._stage(named)
        if (told := mappings.STATES.get(word.casefold())) is None:
            raise BadState(field="state", value=word[:60], known=", ".join(mappings.STATES))
        won = next((stage.key for stage in self._spec.stages if stage.kind is StageKind.WON), "")
        stage, usual = self._stage(won if told is State.WON and named == "" else named)
        if told is State.WON and usual is not State.WON:
            raise WonTooEarly(field="state", stage=self._spec.stage(stage).name)
        return stage, usual if told is State.OPEN else told

    def _stage(self, value: Any) -> tuple[str, State]:
        """A stage by key or name, or {stage, state} as an alias may say; nothing means the first stage."""
        if isinstance(value, Mapping):
            stage, usual = self._stage(value["stage"])
            state = State(value["state"])
            return stage, usual if state is State.OPEN else state
        if value == "":
            return self._spec.stages[0].key, State.OPEN
        for spec in self._spec.stages:
            if value in {spec.key, spec.name}:
                return spec.key, State.WON if spec.kind is StageKind.WON else State.OPEN
        raise BadStage(field="stage", value=str(value)[:60], known=", ".join(stage.name for stage in self._spec.stages))

    def _place(self, rows: Sequence[Values]) -> list[Outcome]:
        """Past deals all at once; a refused one leaves the others as they are."""
        seen: set[Any] = set()
        told = [self._past(row, seen) for row in rows]
        past = [deal for deal in told if isinstance(deal, PastDeal)]
        placed = iter(place_deals(actor=self.job.actor, process=self._spec.key, deals=past))
        return [_outcome(next(placed)) if isinstance(deal, PastDeal) else deal for deal in told]

    def _past(self, row: Values, seen: set[Any]) -> PastDeal | Outcome:
        value = self.job.columns.value
        try:
            past = PastDeal(
                fields=self._fields(row),
                placement=self._placement(row),
                owner_id=self._owner_id(row),
                code=self._code(row),
                loss_reason=str(value("loss_reason", row)),
            )
            twin = None if past.code else self._past_twin(past, seen)
        except Refusal as refusal:
            return Outcome.refused(refusal)
        return past if twin is None else Outcome.there("deal", self._visible([twin]).get(twin))

    def _past_twin(self, past: PastDeal, seen: set[Any]) -> int | None:
        """The past deal of this name, customer, owner, amount and beginning; one of these rows has no id yet: 0."""
        amounts = {"amount": past.fields.get("amount", "")}
        like = {
            "name": past.fields["name"],
            "customer": past.fields.get("customer"),
            "owner": past.owner_id or self.job.actor.user_id or None,
            **read_fields(amounts, DEAL_READERS, actor=self.job.actor),
        }
        if past.placement.entered:
            like["run__started_at"] = min(past.placement.entered.values())
        if (key := tuple(like.values())) in seen:
            return 0
        seen.add(key)
        return self._like(**like)

    def _like(self, **like: Any) -> int | None:
        same = Deal.objects.filter(policy.LIVING, run__version__definition__key=self._spec.key, **like)
        return same.order_by("pk").values_list("pk", flat=True).first()

    def _start(self, row: Values) -> Outcome:
        fields = self._fields(row)
        if twin := self._twin(row, fields):
            return Outcome.there("deal", self._visible([twin]).get(twin))
        target, state = self._standing(row)
        if state in {State.LOST, State.PARKED}:
            told = self.job.columns.sources.keys() & {"state"}
            words = {State.LOST: _("Lost"), State.PARKED: _("Parked")}
            raise ClosedIsHistory(state=words[state], field="state" if told else "stage")
        deal = create_deal(
            actor=self.job.actor,
            process=self._spec.key,
            fields=fields,
            owner_id=self._owner_id(row),
            code=self._code(row),
        )
        self._walk(deal, target)
        return Outcome(Result.CREATED, "deal", deal.pk)

    def _twin(self, row: Values, fields: Mapping[str, Any]) -> int | None:
        if self._code(row):
            return None
        owner = self._owner_id(row) or self.job.actor.user_id or None
        return self._like(name=fields["name"], customer=fields.get("customer"), owner=owner)

    def _code(self, row: Values) -> str:
        return ownership.deal_code(str(self.job.columns.value("code", row)))

    def _walk(self, deal: Deal, target: str) -> None:
        """Move a new deal on to the stage its row names; the gates hold as everywhere."""
        path = [*(stage.key for stage in self._spec.path_to(target)), target]
        for key in path[1:]:
            try:
                moved = advance_deal(actor=self.job.actor, deal_id=deal.pk, to=key)
            except GateBlocked as blocked:
                problem = "; ".join(demand.message for demand in blocked.demands)
                name = self._spec.stage(key).name
                raise NewMeansFirstStage(stage=name, problem=problem, field="stage") from blocked
            if isinstance(moved, AwaitingApproval):
                name = self._spec.stage(key).name
                raise NewMeansFirstStage(stage=name, problem=_("It needs approval."), field="stage")
