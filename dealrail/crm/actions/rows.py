"""What one row of a sheet becomes, kind by kind, through the same actions as everywhere else."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from dealrail.accounts import queries as people
from dealrail.accounts import rules as accounts
from dealrail.accounts.actions.units import change_unit, create_unit
from dealrail.accounts.actions.users import create_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownUnit
from dealrail.accounts.models import Unit, User
from dealrail.core import formats
from dealrail.core.errors import Refusal
from dealrail.core.problems import problems_of
from dealrail.core.texts import LONGEST_ASKED
from dealrail.crm import ownership, policy, queries
from dealrail.crm.actions import catalog
from dealrail.crm.actions.customers import change_customer, create_contact, create_customer, create_customers
from dealrail.crm.engine import CONTACT_READERS, read_fields
from dealrail.crm.errors import DuplicateCustomer, FieldRefused
from dealrail.crm.mappings import ColumnMap
from dealrail.crm.models import Customer, ImportRow, Product, Region, Source
from dealrail.crm.queries import LABELS
from dealrail.process.errors import GateBlocked
from dealrail.process.rules import ProcessSpec

log = logging.getLogger(__name__)
Result = ImportRow.Result
HISTORY = "history"


Values = Mapping[str, str]


@dataclass
class Outcome:
    """What became of a row: the record it made or met, others made on the way, or the sentence of its refusal."""

    result: Result
    kind: str = ""
    record_id: int | None = None
    about: str = ""
    message: str = ""
    also: list[tuple[str, int]] = field(default_factory=list)

    @classmethod
    def refused(cls, refusal: Refusal) -> "Outcome":
        """A row that was refused, with the sentence; of a gate with everything that is unmet."""
        message = str(refusal)
        if isinstance(refusal, GateBlocked):
            message += " " + "; ".join(demand.message for demand in refusal.demands)
        about = next((row["field"] for row in problems_of(refusal)), "")
        return cls(Result.FAILED, about=about, message=message)

    @classmethod
    def there(cls, kind: str, record_id: int | None) -> "Outcome":
        """A row whose record exists already."""
        return cls(Result.SKIPPED, kind, record_id, message=_("This is there already."))

    @classmethod
    def one_by_one(cls, rows: Sequence[Values], take: Callable[[Values], "Outcome"]) -> list["Outcome"]:
        """Each row in a savepoint of its own: a refused one leaves nothing behind."""
        outcomes = []
        for row in rows:
            try:
                with transaction.atomic():
                    outcomes.append(take(row))
            except Refusal as refusal:
                outcomes.append(cls.refused(refusal))
            except (DataError, IntegrityError):
                log.exception("a row could not be stored")
                outcomes.append(cls(Result.FAILED, message=_("The database can't hold this row as it is.")))
        return outcomes


@dataclass
class Job:
    """What every kind needs to know of an import."""

    actor: Actor
    columns: ColumnMap
    mode: str
    spec: ProcessSpec | None = None


@dataclass
class Named:
    """Regions and sources: rows that are nothing but a name."""

    job: Job
    kind: str

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new."""
        return Outcome.one_by_one(rows, self._one)

    def _one(self, row: Values) -> Outcome:
        name = self.job.columns.value("name", row)
        record: Region | Source
        if self.kind == "region":
            record, created = catalog.ensure_region(actor=self.job.actor, name=name)
        else:
            record, created = catalog.ensure_source(actor=self.job.actor, name=name)
        return Outcome(Result.CREATED, self.kind, record.pk) if created else Outcome.there(self.kind, record.pk)


@dataclass
class People:
    """People with their department and its leader, both made when they are new."""

    job: Job

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new; nobody gets a password by an import."""
        return Outcome.one_by_one(rows, self._one)

    def _one(self, row: Values) -> Outcome:
        value = self.job.columns.value
        also: list[tuple[str, int]] = []
        unit = self._unit(value("unit", row), value("parent_unit", row), also)
        if leader := value("leader", row):
            self._lead(unit, leader, also)
        name, login = str(value("name", row)), str(value("login", row))
        if known := self._known(name, login):
            return Outcome(Result.CREATED, "", None, also=also) if also else Outcome.there("user", known.pk)
        named = {role.name: role.key for role in people.all_roles()}
        words = [word.strip() for word in re.split("[,，、;；]", str(value("roles", row) or "sales"))]
        keys = [named.get(word, word) for word in words]
        ways = {"email": value("email", row), "phone": value("phone", row)}
        person = self._person(name, login, unit, keys, **read_fields(ways, CONTACT_READERS, actor=self.job.actor))
        return Outcome(Result.CREATED, "user", person.pk, also=also)

    def _known(self, name: str, login: str) -> User | None:
        by_login, by_name = {"login__iexact": login[:LONGEST_ASKED]}, {"name": name.strip()}
        same = User.objects.filter(**(by_login if login else by_name))
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
        if found := self._known_unit(name.strip(), parent):
            return found
        made = create_unit(actor=self.job.actor, name=name, parent_id=parent.pk if parent else None)
        also.append(("unit", made.pk))
        return made

    def _known_unit(self, name: str, parent: Unit | None) -> Unit | None:
        """The department below this one; without one, the only one of this name. Refuses with UnknownUnit."""
        same = Unit.objects.filter(name=name)
        found = list((same.filter(parent=parent) if parent else same)[:2])
        if len(found) > 1:
            raise UnknownUnit(unit=name)
        return found[0] if found else None

    def _lead(self, unit: Unit | None, name: str, also: list[tuple[str, int]]) -> None:
        leader = self._known(name, "")
        if leader is None:
            leader = self._person(name, "", unit, ["sales_manager"])
            also.append(("user", leader.pk))
        if unit is not None and unit.leader_id is None:
            change_unit(actor=self.job.actor, unit_id=unit.pk, leader_id=leader.pk)


@dataclass
class Products:
    """Products, known by their code or name."""

    job: Job

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new."""
        return Outcome.one_by_one(rows, self._one)

    def _one(self, row: Values) -> Outcome:
        fields = self.job.columns.given(row)
        name, code = str(fields.get("name", "")), str(fields.get("code", ""))
        same = Product.objects.filter(name=name) | (
            Product.objects.filter(code=code) if code else Product.objects.none()
        )
        if found := same.order_by("pk").first():
            return Outcome.there("product", found.pk)
        return Outcome(Result.CREATED, "product", catalog.create_product(actor=self.job.actor, fields=fields).pk)


@dataclass
class Customers:
    """Customers; a parent that comes later in the sheet is linked at the end."""

    job: Job
    pending: Callable[[], Iterable[ImportRow]]

    _owners: dict[str, int] = field(default_factory=dict)

    def take(self, rows: Sequence[Values]) -> list[Outcome]:
        """Make those that are new: all that nothing speaks against at once, then the others one by one."""
        made = self._at_once(rows)
        others = [row for number, row in enumerate(rows) if number not in made]
        told = iter(Outcome.one_by_one(others, self._one))
        return [made[number] if number in made else next(told) for number in range(len(rows))]

    def _at_once(self, rows: Sequence[Values]) -> dict[int, Outcome]:
        given: dict[int, tuple[dict[str, Any], int | None]] = {}
        for number, row in enumerate(rows):
            with suppress(Refusal):
                given[number] = self._read(row)
        try:
            with transaction.atomic():
                customers = create_customers(actor=self.job.actor, several=list(given.values()))
        except (Refusal, DataError, IntegrityError):  # which row it was is told one by one
            return {}
        made = zip(given, customers, strict=True)
        return {number: self._made(rows[number], customer) for number, customer in made if customer}

    def _read(self, row: Values) -> tuple[dict[str, Any], int | None]:
        fields = self.job.columns.given(row)
        fields.pop("parent", "")
        owner = str(fields.pop("owner", ""))
        if owner and owner not in self._owners:
            self._owners[owner] = ownership.owner_named(owner).pk
        return fields, self._owners.get(owner)

    def _made(self, row: Values, customer: Customer) -> Outcome:
        parent = self.job.columns.value("parent", row)
        return Outcome(Result.CREATED, "customer", customer.pk, about="parent" if parent else "", message=str(parent))

    def _one(self, row: Values) -> Outcome:
        fields, owner_id = self._read(row)
        try:
            customer = create_customer(actor=self.job.actor, fields=fields, owner_id=owner_id)
        except DuplicateCustomer as refusal:
            if refusal.params["field"] in {"name", "code"}:
                return Outcome(Result.SKIPPED, "customer", refusal.params["customer_id"], message=str(refusal))
            raise
        return self._made(row, customer)

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
        return Outcome.one_by_one(rows, self._one)

    def _one(self, row: Values) -> Outcome:
        fields = self.job.columns.given(row)
        name = str(fields.pop("customer", ""))
        visible = Customer.objects.filter(policy.visible_customers(self.job.actor), name_key=formats.name_key(name))
        customer = visible.order_by("pk").first()
        if customer is None:
            problem = _("There is no customer “%(value)s” that you can see.") % {"value": name[:80]}
            raise FieldRefused(field="customer", label=LABELS["customer"], problem=problem)
        if found := queries.contacts_of(customer.pk).filter(name=fields.get("name", "")).first():
            return Outcome.there("contact", found.pk)
        contact = create_contact(actor=self.job.actor, customer_id=customer.pk, fields=fields)
        return Outcome(Result.CREATED, "contact", contact.pk)
