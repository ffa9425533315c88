"""What happens to forms, as facts that actions record; what was answered stands in the record only."""

from dataclasses import dataclass, field
from typing import ClassVar

from dealrail.crm.facts.customers import CustomerFact
from dealrail.crm.facts.deals import DealFact
from dealrail.events.facts import Fact


@dataclass(frozen=True, kw_only=True)
class FormFact(Fact):
    subject_kind: ClassVar[str] = "form"
    form_id: int
    key: str
    name: str


@dataclass(frozen=True, kw_only=True)
class FormSaved(FormFact):
    """A form was made or changed; `changes` tells questions by their names, and what changed of one as name.setting."""

    kind: ClassVar[str] = "form.saved"
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FormPublished(FormFact):
    kind: ClassVar[str] = "form.published"
    version: int
    questions: list[str]


@dataclass(frozen=True, kw_only=True)
class FormLinkFact(FormFact):
    link_id: int
    link_name: str


@dataclass(frozen=True, kw_only=True)
class FormLinkMade(FormLinkFact):
    """A link was made by which somebody without a login fills the form in; `about` is the record it is for, if any."""

    kind: ClassVar[str] = "form.link_made"
    about: str


@dataclass(frozen=True, kw_only=True)
class FormLinkShut(FormLinkFact):
    kind: ClassVar[str] = "form.link_shut"


@dataclass(frozen=True, kw_only=True)
class Filled(Fact):
    form: str
    form_name: str
    version: int
    form_record_id: int


@dataclass(frozen=True, kw_only=True)
class DealFormFilled(DealFact, Filled):
    kind: ClassVar[str] = "deal.form_filled"


@dataclass(frozen=True, kw_only=True)
class CustomerFormFilled(CustomerFact, Filled):
    kind: ClassVar[str] = "customer.form_filled"
    owner_id: int | None


@dataclass(frozen=True, kw_only=True)
class DealFormWithdrawn(DealFact, Filled):
    """What was filled in counts no more, for this `reason`."""

    kind: ClassVar[str] = "deal.form_withdrawn"
    reason: str


@dataclass(frozen=True, kw_only=True)
class CustomerFormWithdrawn(CustomerFact, Filled):
    """The same for a customer."""

    kind: ClassVar[str] = "customer.form_withdrawn"
    owner_id: int | None
    reason: str
