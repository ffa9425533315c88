"""What was answered, counted: how often each choice was made, and what numbers were written."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.crm import queries as crm
from dealrail.crm.models import CustomField
from dealrail.crm.queries.pointing import GONE, told_names
from dealrail.forms import queries, rules
from dealrail.forms.models import Form, FormVersion


@dataclass(frozen=True)
class Tally:
    """How often each answer to a question was chosen, by those who answered it; or the numbers that they wrote."""

    field: CustomField
    answered: int
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    numbers: Sequence[Decimal] = ()

    @property
    def figures(self) -> list[tuple[Any, Decimal]]:
        """What the numbers come to, each figure with what it is called."""
        if not self.numbers:
            return []
        total = sum(self.numbers, Decimal(0))
        mean = (total / len(self.numbers)).quantize(Decimal("0.01"))
        least, greatest = min(self.numbers), max(self.numbers)
        return [(_("Sum"), total), (_("Average"), mean), (_("Least"), least), (_("Greatest"), greatest)]


MOST_TALLIED = 1000
MOST_NAMED = 20
_COUNTED = {"choice", "choices", "yes_no", "person", "unit"}
_SUMMED = {"number", "money"}


def tallies(actor: Actor, of: Form) -> list[Tally]:
    """The answers chosen, and the numbers, in the latest records of a form that the actor may see, by question."""
    asked = queries.questions_seen(actor, queries.version(of).questions) if of.published else []
    fields = [queries.as_field(row) for row in asked if rules.holds(row) in _COUNTED | _SUMMED]
    if not fields:
        return []
    counted = queries.records(actor).filter(form=of, withdrawn_at__isnull=True)
    rows = list(counted.values_list("version", "custom")[:MOST_TALLIED])
    filled = FormVersion.objects.filter(pk__in={pk for pk, _held in rows})
    asked_then = {row.pk: queries.questions_seen(actor, row.questions) for row in filled}
    seen = {pk: {one["key"]: rules.holds(one) for one in questions} for pk, questions in asked_then.items()}
    return [
        _tally(field, [held.get(field.key) for pk, held in rows if seen[pk].get(field.key) == field.holds])
        for field in fields
    ]


def _tally(field: CustomField, values: Sequence[Any]) -> Tally:
    given = [value for value in values if value is not None]
    if field.holds in _SUMMED:
        return Tally(field, len(given), numbers=[Decimal(value) for value in given])
    counted = Counter(str(one) for value in given for one in (value if isinstance(value, list) else [value]))
    if what := crm.points_to(field):
        names = told_names(None, {what: counted})[what]
        most = counted.most_common(MOST_NAMED)
        # two may bear one name
        called = Counter(names.values())
        told = {pk: f"{name} #{pk}" if called[name] > 1 else name for pk, name in names.items()}
        return Tally(field, len(given), {told.get(pk, str(GONE)): number for pk, number in most})
    offered = {"True": crm.YES_NO["true"], "False": crm.YES_NO["false"]} if field.holds == "yes_no" else {}
    words = offered or dict.fromkeys([*field.choices, *counted])
    return Tally(field, len(given), {str(words[key] or key): counted[key] for key in words})
