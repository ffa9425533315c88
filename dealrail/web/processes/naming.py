"""What conditions are called, by the names their process gives them, else by what they are about; why one is waived."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealrail.process.conditions import standing
from dealrail.process.rules import ConditionSpec, ProcessSpec

_BY_KIND: dict[str, Any] = {
    "fields.filled": _("Facts filled in"),
    "activities.done": _("Actions done"),
    "activities.follow_ups": _("Follow-ups made"),
    "files.attached": _("Files attached"),
    "form.filled": _("Form filled in"),
    "customer.filled": _("Facts of the customer filled in"),
    "contacts.known": _("Contacts known"),
    "process.approval": pgettext_lazy("condition", "Approval"),
    "process.cooling": _("Cooling time"),
    "deal.customer_known": _("Customer known"),
}


def condition_name(condition: ConditionSpec) -> str:
    """What a condition is called."""
    return condition.name or kind_name(condition.kind) or condition.key


def kind_name(kind: str) -> str:
    """What a condition without a name is called by its kind; nothing for a kind nobody knows."""
    return str(_BY_KIND.get(kind, ""))


def condition_names(spec: ProcessSpec) -> dict[str, str]:
    """What the conditions of a process are called, by key; those of every gate included."""
    own = [row for stage in spec.stages for row in stage.conditions]
    return {row.key: condition_name(row) for row in (*standing, *own)}


def waiver_why(spec: ProcessSpec, row: Any) -> str:
    """Why a waiver is asked for: the reason of the process that was chosen, if it has any, and what was written."""
    chosen = spec.waiver_reasons.get(row.reason_key, row.reason_key)
    return " · ".join(filter(None, [chosen, row.reason]))
