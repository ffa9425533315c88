"""What one row of a sheet becomes, kind by kind, through the same actions as everywhere else."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from dealrail.accounts import queries as people
from dealrail.accounts import rules as accounts
from dealrail.accounts.actions.units import change_unit, create_unit
from dealrail.accounts.actions.users import create_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import Unit, User
from dealrail.core import formats
from dealrail.core.errors import Refusal
from dealrail.crm import mappings, policy
from dealrail.crm.actions import catalog
from dealrail.crm.actions.customers import change_customer, create_contact, create_customer
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal, create_deal
from dealrail.crm.actions.history import PastDeal, place_deals
from dealrail.crm.errors import BadStage, DuplicateCustomer, FieldRefused, NewMeansFirstStage
from dealrail.crm.mappings import ENTERED, ColumnMap
from dealrail.crm.models import Customer, Deal, ImportRow, Product, Region, Source
from dealrail.crm.queries import LABELS
from dealrail.process.errors import GateBlocked
from dealrail.process.history import Placement
from dealrail.process.rules import ProcessSpec, StageKind, State

Result = ImportRow.Result
HISTORY = "history"


@dataclass
class Outcome:
    """What became of a row: the record it made or met, others made on the way, or the sentence of its refusal."""

    result: Result
    kind: str = ""
    record_id: int | None = None
    about: str = ""
    message: str = ""
    also: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Job:
    """What every kind needs to know of an import."""

    actor: Actor
    columns: ColumnMap
    mode: str
    spec: ProcessSpec | None = None


Values = Mapping[str, str]


def _refused(refusal: Refusal) -> Outcome:
    message = str(refusal)
    if isinstance(refusal, GateBlocked):
        message += " " + "; ".join(demand.message for demand in refusal.demands)
    return Outcome(Result.FAILED, about=str(refusal.params.get("field", "")), message=message)


def _there(kind: str, record_id: int) -> Outcome:
    return Outcome(Result.SKIPPED, kind, record_id, message=_("This is there already."))


def _one_by_one(rows: Sequence[Values], take: Callable[[Values], Outcome]) -> list[Outcome]:
    """Each row in a savepoint of its own: a refused one leaves nothing behind."""
    outcomes = []
    for row in rows:
        try:
            with transaction.atomic():
                outcomes.append(take(row))
        except Refusal as refusal:
            outcomes.append(_refused(refusal))
    return outcomes


@dataclass
class Named:
    """Regions and sources: rows that are nothing but a name."""

    job: Job
    kind: str

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new."""
        return _one_by_one(rows, self._one)

    def _one(self, row: Values) -> Outcome:
        name = self.job.columns.value("name", row)
        record: Region | Source
        if self.kind == "region":
            record, created = catalog.ensure_region(actor=self.job.actor, name=name)
        else:
            record, created = catalog.ensure_source(actor=self.job.actor, name=name)
        return Outcome(Result.CREATED, self.kind, record.pk) if created else _there(self.kind, record.pk)


@dataclass
class People:
    """People with their department and its leader, both made when they are new."""

    job: Job

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new; nobody gets a password by an import."""
        return _one_by_one(rows, self._one)

    def _one(self, row: Values) -> Outcome:
        value = self.job.columns.value
        also: list[tuple[str, int]] = []
        unit = self._unit(value("unit", row), value("parent_unit", row), also)
        if leader := value("leader", row):
            self._lead(unit, leader, also)
        name, login = str(value("name", row)), str(value("login", row))
        if known := self._known(name, login):
            there = _there("user", known.pk)
            return Outcome(Result.CREATED, "", None, also=also) if also else there
        keys = [key.strip() for key in str(value("roles", row) or "sales").split(",")]
        person = self._person(name, login, unit, keys, email=str(value("email", row)), phone=str(value("phone", row)))
        return Outcome(Result.CREATED, "user", person.pk, also=also)

    def _known(self, name: str, login: str) -> User | None:
        same = User.objects.filter(login__iexact=login) if login else User.objects.filter(name=name.strip())
        return same.order_by("pk").first()

    def _person(self, name: str, login: str, unit: Unit | None, roles: Iterable[str], **ways: str) -> User:
        taken = people.logins_starting_with(accounts.login_of(name))
        return create_user(
            actor=self.job.actor,
            login=login or accounts.free_login(name, taken),
            name=name,
            unit_id=unit.pk if unit else None,
            roles=roles,
            **ways,
        )

    def _unit(self, name: str, above: str, also: list[tuple[str, int]]) -> Unit | None:
        parent = self._unit(above, "", also) if above else None
        if not name:
            return parent
        found = Unit.objects.filter(name=name.strip(), parent=parent).first()
        if found is None:
            found = create_unit(actor=self.job.actor, name=name, parent_id=parent.pk if parent else None)
            also.append(("unit", found.pk))
        return found

    def _lead(self, unit: Unit | None, name: str, also: list[tuple[str, int]]) -> None:
        leader = self._known(name, "")
        if leader is None:
            leader = self._person(name, "", unit, ["sales_manager"])
            also.append(("user", leader.pk))
        if unit is not None and unit.leader_id != leader.pk:
            change_unit(actor=self.job.actor, unit_id=unit.pk, leader_id=leader.pk)


@dataclass
class Products:
    """Products, known by their code or name."""

    job: Job

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new."""
        return _one_by_one(rows, self._one)

    def _one(self, row: Values) -> Outcome:
        fields = _given(self.job.columns, row)
        name, code = str(fields.get("name", "")), str(fields.get("code", ""))
        same = Product.objects.filter(name=name) | (
            Product.objects.filter(code=code) if code else Product.objects.none()
        )
        if found := same.order_by("pk").first():
            return _there("product", found.pk)
        return Outcome(Result.CREATED, "product", catalog.create_product(actor=self.job.actor, fields=fields).pk)


@dataclass
class Customers:
    """Customers; a parent that comes later in the sheet is linked at the end."""

    job: Job
    pending: Callable[[], Iterable[ImportRow]]

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new."""
        return _one_by_one(rows, self._one)

    def _one(self, row: Values) -> Outcome:
        fields = _given(self.job.columns, row)
        owner, parent = fields.pop("owner", ""), fields.pop("parent", "")
        owner_id = people.person(owner).pk if owner else None
        try:
            customer = create_customer(actor=self.job.actor, fields=fields, owner_id=owner_id)
        except DuplicateCustomer as refusal:
            if refusal.params["field"] in {"name", "code"}:
                return Outcome(Result.SKIPPED, "customer", refusal.params["customer_id"], message=str(refusal))
            raise
        return Outcome(Result.CREATED, "customer", customer.pk, about="parent" if parent else "", message=str(parent))

    def finish(self) -> None:
        """Link the customers whose parent is known by now; one that isn't is said at its row."""
        for row in self.pending():
            try:
                with transaction.atomic():
                    fields = {"parent": row.message}
                    change_customer(actor=self.job.actor, customer_id=row.record_id or 0, fields=fields)
                row.field, row.message = "", ""
            except Refusal as refusal:
                row.field, row.message = "", str(refusal)
            row.save(update_fields=["field", "message"])


@dataclass
class Contacts:
    """Contacts, known by their customer and name."""

    job: Job

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new."""
        return _one_by_one(rows, self._one)

    def _one(self, row: Values) -> Outcome:
        fields = _given(self.job.columns, row)
        name = str(fields.pop("customer", ""))
        visible = Customer.objects.filter(policy.visible_customers(self.job.actor), name_key=formats.name_key(name))
        customer = visible.order_by("pk").first()
        if customer is None:
            problem = _("There is no customer “%(value)s” that you can see.") % {"value": name[:80]}
            raise FieldRefused(field="customer", label=LABELS["customer"], problem=problem)
        if found := customer.contacts.filter(name=fields.get("name", "")).first():
            return _there("contact", found.pk)
        contact = create_contact(actor=self.job.actor, customer_id=customer.pk, fields=fields)
        return Outcome(Result.CREATED, "contact", contact.pk)


def _given(columns: ColumnMap, row: Values) -> dict[str, Any]:
    """The fields this row says something about."""
    given = {key: columns.value(key, row) for key in columns.sources}
    return {key: value for key, value in given.items() if value not in ("", None)}


@dataclass
class Deals:
    """Deals: new ones from the first stage on, through the gates; past ones where they stand."""

    job: Job
    _cache: dict[tuple[str, str], Any] = field(default_factory=dict)

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new, known by their code, or without one by name, customer and amount."""
        codes = [str(self.job.columns.value("code", row)).strip() for row in rows]
        known = dict(Deal.objects.filter(code__in={code for code in codes if code}).values_list("code", "pk"))
        fresh = [row for row, code in zip(rows, codes, strict=True) if code not in known]
        made = iter(self._place(fresh) if self.job.mode == HISTORY else _one_by_one(fresh, self._start))
        return [_there("deal", known[code]) if code in known else next(made) for code in codes]

    @property
    def _spec(self) -> ProcessSpec:
        assert self.job.spec is not None
        return self.job.spec

    def _fields(self, row: Values) -> dict[str, Any]:
        given = _given(self.job.columns, row)
        apart = {"owner", "code", "stage", "closed_at", "loss_reason"}
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
        return ["expected_close", *(row.key for row in self._spec.fields if row.type == "date")]

    def _name(self, given: Mapping[str, Any]) -> str:
        parts = [str(given[key]) for key in ("customer", "product") if key in given]
        return " · ".join(parts) or str(given.get("code", ""))

    def _known(self, key: str, text: str) -> Any:
        """The record of this name, asked for once; the text itself where there is none, for the field to refuse."""
        if (key, text) not in self._cache:
            self._cache[key, text] = self._find(key, text) or text
        return self._cache[key, text]

    def _find(self, key: str, text: str) -> Any:
        if key == "customer":
            visible = Customer.objects.filter(policy.visible_customers(self.job.actor))
            return visible.filter(name_key=formats.name_key(text)).order_by("pk").first()
        if key == "owner":
            return people.person(text)
        model = {"product": Product, "region": Region, "source": Source}[key]
        return model._default_manager.filter(name__iexact=text).first()

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
        stage, state = self._stage(self.job.columns.value("stage", row))
        keys = [key for key in self.job.columns.sources if key.startswith(ENTERED)]
        dates = {key.removeprefix(ENTERED): moment for key in keys if (moment := self._moment(key, row))}
        passed = {row.key for row in self._spec.path_to(stage)} | {stage}
        entered = {key: moment for key, moment in dates.items() if key in passed}
        closed_at = self._moment("closed_at", row) if state is not State.OPEN else None
        return Placement(stage=stage, state=state, entered=entered, closed_at=closed_at)

    def _stage(self, value: Any) -> tuple[str, State]:
        """A stage by key or name, or {stage, state} as an alias may say; nothing means the first stage."""
        if isinstance(value, Mapping):
            stage, _state = self._stage(value.get("stage", ""))
            return stage, State(value.get("state", State.OPEN))
        if value == "":
            return self._spec.stages[0].key, State.OPEN
        for spec in self._spec.stages:
            if value in {spec.key, spec.name}:
                return spec.key, State.WON if spec.kind is StageKind.WON else State.OPEN
        raise BadStage(field="stage", value=str(value)[:60], known=", ".join(stage.name for stage in self._spec.stages))

    def _place(self, rows: Sequence[Values]) -> list[Outcome]:
        """Past deals all at once; a refused one leaves the others as they are."""
        told = [self._past(row) for row in rows]
        past = [deal for deal in told if isinstance(deal, PastDeal)]
        placed = iter(place_deals(actor=self.job.actor, process=self._spec.key, deals=past))
        return [self._outcome(next(placed) if isinstance(deal, PastDeal) else deal) for deal in told]

    def _outcome(self, answer: Deal | Refusal) -> Outcome:
        return _refused(answer) if isinstance(answer, Refusal) else Outcome(Result.CREATED, "deal", answer.pk)

    def _past(self, row: Values) -> PastDeal | Refusal:
        value = self.job.columns.value
        try:
            return PastDeal(
                fields=self._fields(row),
                placement=self._placement(row),
                owner_id=self._owner_id(row),
                code=str(value("code", row)),
                loss_reason=str(value("loss_reason", row)),
            )
        except Refusal as refusal:
            return refusal

    def _start(self, row: Values) -> Outcome:
        fields = self._fields(row)
        if twin := self._twin(row, fields):
            return _there("deal", twin)
        target, state = self._stage(self.job.columns.value("stage", row))
        if state in {State.LOST, State.PARKED}:
            raise NewMeansFirstStage(stage=target, problem=_("Bring closed deals in as history."), field="stage")
        deal = create_deal(
            actor=self.job.actor,
            process=self._spec.key,
            fields=fields,
            owner_id=self._owner_id(row),
            code=str(self.job.columns.value("code", row)),
        )
        self._walk(deal, target)
        return Outcome(Result.CREATED, "deal", deal.pk)

    def _twin(self, row: Values, fields: Mapping[str, Any]) -> int | None:
        if self.job.columns.value("code", row):
            return None
        customer = fields.get("customer")
        if isinstance(customer, str):
            return None
        same = Deal.objects.filter(
            name=fields["name"], customer=customer, owner=self._owner_id(row) or self.job.actor.user_id or None
        )
        return same.values_list("pk", flat=True).first()

    def _walk(self, deal: Deal, target: str) -> None:
        """Move a new deal on to the stage its row names; the gates hold as everywhere."""
        path = [stage.key for stage in self._spec.stages]
        for key in path[1 : path.index(target) + 1]:
            try:
                moved = advance_deal(actor=self.job.actor, deal_id=deal.pk, to=key)
            except GateBlocked as blocked:
                problem = "; ".join(demand.message for demand in blocked.demands)
                name = self._spec.stage(key).name
                raise NewMeansFirstStage(stage=name, problem=problem, field="stage") from blocked
            if isinstance(moved, AwaitingApproval):
                name = self._spec.stage(key).name
                raise NewMeansFirstStage(stage=name, problem=_("It needs approval."), field="stage")
