"""Condition kinds about a deal and its customer: fields filled, contacts known, customer known."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.crm.condition_kinds.imagined import customer_of
from dealrail.crm.models import Contact, Customer, Deal
from dealrail.crm.policy import LIVING, is_seen_by_all
from dealrail.crm.queries import LABELS, added_fields_asked, deal_labels, deal_value
from dealrail.crm.queries.custom import field_name, fields_for_gates, fields_in_use
from dealrail.crm.rules import (
    CUSTOMER_FIELDS,
    CUSTOMER_FILLED,
    DEAL_FIELDS,
    FILLED,
    custom_key,
    is_custom,
    is_empty,
)
from dealrail.process.conditions import Case
from dealrail.process.rules import END, ConditionSpec, Demand, Problem, ProcessSpec, StageKind

FILL_IN = _("Fill in “%(label)s”")


class FieldsFilled:
    """These fields of the deal hold something."""

    key = FILLED

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        fields = condition.config.get("fields")
        if not isinstance(fields, list) or not fields:
            yield Problem("fields", "not_a_list")
            return
        for field in fields:
            if is_custom(str(field)):
                yield from _added_problems("deal", str(field))
            elif field not in [*DEAL_FIELDS, *spec.field_names()]:
                yield Problem("fields", "no_such_field", {"field": str(field)[:40]})
        for name in set(condition.config) - {"fields"}:
            yield Problem("", "unknown_key", {"key": name, "known": "fields"})

    def load(self, cases: Sequence[Case]) -> None:
        """The names of the added fields it may ask for, where any process asks for one; the deals are at hand."""
        names = _added_names("deal", cases)
        for case in cases:
            case.evidence[self.key] = names

    def load_past(self, cases: Sequence[Case]) -> None:
        """The same: the deal as it was then is at hand."""
        self.load(cases)

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        """The names again: the deal as the example has it is at hand."""
        self.load([case])

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        labels = {**LABELS, **case.spec.field_names(), **case.evidence[self.key]}
        for field in condition.config["fields"]:
            if is_custom(field) and field not in labels:
                continue  # out of use, or hidden from some: see `_added_names`
            yield Demand(
                condition=condition.key,
                kind=self.key,
                code="field_missing",
                sentence=FILL_IN,
                params={"field": field, "label": labels.get(field, field)},
                met=not is_empty(deal_value(case.subject, field)),
            )


def _added_problems(kind: str, name: str) -> Iterable[Problem]:
    """A gate can't demand what isn't there, nor what some of those who meet it may not see: both are told alike."""
    if name not in {field_name(field) for field in fields_in_use(kind) if is_seen_by_all(field)}:
        yield Problem("fields", "no_field_for_all", {"field": name[:80]})


def _added_names(kind: str, cases: Iterable[Case]) -> dict[str, str]:
    """The names of the fields added to this kind of record that a gate may ask for, where any process asks for one.

    A lost deal that is taken up again goes on by a version that nobody followed meanwhile: what it asks for may have
    gone out of use, or be hidden from some by now, so that who meets the gate could not fill it in.
    """
    specs = {id(case.spec): case.spec for case in cases}
    asks = any(asked == kind for spec in specs.values() for asked, _name in added_fields_asked(spec))
    return {field_name(field): field.name for field in fields_for_gates(kind)} if asks else {}


class CustomerFilled:
    """These fields of the deal's customer hold something."""

    key = CUSTOMER_FILLED

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        fields = condition.config.get("fields")
        if not isinstance(fields, list) or not fields:
            yield Problem("fields", "not_a_list")
            return
        for field in fields:
            if is_custom(str(field)):
                yield from _added_problems("customer", str(field))
            elif field not in CUSTOMER_FIELDS:
                yield Problem("fields", "not_one_of", {"value": str(field)[:40], "known": ", ".join(CUSTOMER_FIELDS)})
        for name in set(condition.config) - {"fields"}:
            yield Problem("", "unknown_key", {"key": name, "known": "fields"})

    def load(self, cases: Sequence[Case]) -> None:
        ids = {case.subject.customer_id for case in cases if case.subject.customer_id}
        rows = Customer.objects.filter(pk__in=ids).values("pk", *CUSTOMER_FIELDS, "custom") if ids else ()
        found = {row["pk"]: row for row in rows}
        names = _added_names("customer", cases)
        for case in cases:
            case.evidence[self.key] = found.get(case.subject.customer_id, {}), names

    def load_past(self, cases: Sequence[Case]) -> None:
        """The customer as it is; not known where it is another one by now, or was changed since."""
        self.load(cases)
        for case in (case for case in cases if case.changed & {"customer", "customer_facts"}):
            case.forget(self.key)

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        case.evidence[self.key] = customer_of(given), _added_names("customer", [case])

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        row, added = case.evidence[self.key]
        labels = {**LABELS, **added}
        for field in condition.config["fields"]:
            if field not in labels:
                continue
            held = row.get("custom", {}).get(custom_key(field)) if is_custom(field) else row.get(field)
            yield Demand(
                condition=condition.key,
                kind=self.key,
                code="customer_field_missing",
                sentence=_("Fill in “%(label)s” of the customer"),
                params={"customer_field": field, "label": labels[field]},
                met=not is_empty(held),
            )


class ContactsKnown:
    """At least so many contacts (of a role) are known at the deal's customer."""

    key = "contacts.known"

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        at_least, role = condition.config.get("at_least", 1), condition.config.get("role")
        if not isinstance(at_least, int) or not 1 <= at_least <= 50:
            yield Problem("at_least", "bad_number", {"value": str(at_least)[:40], "low": 1, "high": 50})
        if role is not None and role not in Contact.Part.values:
            yield Problem("role", "not_one_of", {"value": str(role)[:40], "known": ", ".join(Contact.Part.values)})
        for name in set(condition.config) - {"at_least", "role"}:
            yield Problem("", "unknown_key", {"key": name, "known": "at_least, role"})

    def load(self, cases: Sequence[Case]) -> None:
        known: dict[int, list[str]] = defaultdict(list)
        customers = {case.subject.customer_id for case in cases if case.subject.customer_id}
        if customers:
            living = Contact.objects.filter(LIVING, customer__in=customers)
            for customer, role in living.values_list("customer", "role"):
                known[customer].append(role)
        for case in cases:
            case.evidence[self.key] = known.get(case.subject.customer_id, [])

    def load_past(self, cases: Sequence[Case]) -> None:
        """Who was on record then; not known where the customer or what is said of its contacts changed since."""
        known = [case for case in cases if not case.changed & {"customer", "contacts"}]
        for case in (case for case in cases if case.changed & {"customer", "contacts"}):
            case.forget(self.key)
        customers = {case.subject.customer_id for case in known if case.subject.customer_id}
        rows = list(Contact.objects.filter(customer__in=customers)) if customers else []
        for case in known:
            case.evidence[self.key] = [row.role for row in rows if _was_there(row, case)]

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        case.evidence[self.key] = list(given.get("contacts", ()))

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        at_least, role = condition.config.get("at_least", 1), condition.config.get("role")
        roles = case.evidence[self.key]
        known = len(roles) if role is None else roles.count(role)
        label = Contact.Part(role).label if role else _("any part")
        yield Demand(
            condition=condition.key,
            kind=self.key,
            code="contacts_missing",
            sentence=_("Contacts known (%(label)s): %(known)s of %(at_least)s"),
            params={"at_least": at_least, "known": known, "role": role or "", "label": label},
            met=known >= at_least,
        )


def _was_there(contact: Contact, case: Case) -> bool:
    gone = contact.deleted_at is not None and contact.deleted_at <= case.now
    return contact.customer_id == case.subject.customer_id and contact.created_at <= case.now and not gone


class CustomerKnown:
    """Stands before every stage that is no lead stage: there a deal must have a customer."""

    key = "deal.customer_known"

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        for name in condition.config:
            yield Problem("", "unknown_key", {"key": name, "known": "—"})

    def load(self, cases: Sequence[Case]) -> None:
        """Nothing to load: the deal itself is at hand."""

    def load_past(self, cases: Sequence[Case]) -> None:
        """Nothing to load: the deal as it was then is at hand."""

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        """Nothing to load here either."""

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        target = case.evidence["target"]
        if target != END and case.spec.stage(target).kind is StageKind.LEAD:
            return
        deal: Deal = case.subject
        if deal.customer_id is None:
            params = {"field": "customer", "label": deal_labels(case.spec)["customer"]}
            yield Demand(condition=condition.key, kind=self.key, code="field_missing", sentence=FILL_IN, params=params)


CUSTOMER_KNOWN = ConditionSpec(key="customer_known", kind=CustomerKnown.key, name="", to=(), config={})
