"""The condition that a form was filled: for the deal, or where the form is about customers, for its customer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dealrail.forms.models import Form, FormRecord
from dealrail.forms.rules import FILLED
from dealrail.process.conditions import Case
from dealrail.process.rules import ActionSpec, ConditionSpec, Demand, Problem, ProcessSpec, StageSpec
from dealrail.process.rules.dated import dated, dated_problems

MOST_DAYS = 365
SINCE = ("ever", "stage")
KNOWN = ("form", "since", "within_days")
# The verdict comes later than what it is made from: seven days ago is still within seven days.
_A_MOMENT = timedelta(minutes=1)
# what a form in use is called and about, and when it was filled, the latest last
Evidence = Mapping[str, tuple[str, str, Sequence[datetime]]]


# from when to when something that was filled in counted
Span = tuple[datetime, datetime | None]


def _at(now: datetime, spans: Sequence[Span]) -> list[datetime]:
    """When what counts at this moment was filled in."""
    return [start for start, end in spans if start <= now and (end is None or end > now)]


class FormFilled:
    """A form was filled: ever, since the deal entered its stage, or within the last days."""

    key = FILLED

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        form = condition.config.get("form")
        yield from _form_problems(form)
        if condition.config.get("since", "ever") not in SINCE:
            value = str(condition.config["since"])[:40]
            yield Problem("since", "not_one_of", {"value": value, "known": ", ".join(SINCE)})
        days = condition.config.get("within_days", 1)
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
            yield Problem("within_days", "bad_number", {"value": str(days)[:40], "low": 1, "high": MOST_DAYS})
        for name in set(condition.config) - set(KNOWN):
            yield Problem("", "unknown_key", {"key": name, "known": ", ".join(KNOWN)})

    def load(self, cases: Sequence[Case]) -> None:
        self._load(cases, FormRecord.objects.filter(withdrawn_at__isnull=True))

    def load_past(self, cases: Sequence[Case]) -> None:
        """What had been filled by then and was not withdrawn yet."""
        self._load(cases, FormRecord.objects.all())

    def _load(self, cases: Sequence[Case], rows: QuerySet[FormRecord]) -> None:
        asked = {row.config["form"] for case in cases for row in case.stage.conditions if row.kind == self.key}
        forms = {form.key: form for form in Form.objects.filter(key__in=asked, is_active=True)} if asked else {}
        told = [case for case in cases if not case.fresh]
        deals = {case.subject.pk for case in told}
        customers = {case.subject.customer_id for case in told} - {None}
        filled: dict[tuple[str, str, int | None], list[Span]] = defaultdict(list)
        if forms and deals:
            rows = rows.filter(Q(deal__in=deals) | Q(customer__in=customers), form__key__in=asked).order_by("filled_at")
            parts = rows.values_list("form__key", "deal", "customer", "filled_at", "withdrawn_at")
            for key, deal, customer, start, end in parts:
                filled[key, "deal" if deal else "customer", deal or customer].append((start, end))
        for case in cases:
            whose = {"deal": case.subject.pk, "customer": case.subject.customer_id}
            case.evidence[self.key] = {
                key: (form.name, form.about, _at(case.now, filled.get((key, form.about, whose[form.about]), ())))
                for key, form in forms.items()
            }

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        filled: dict[str, list[datetime]] = defaultdict(list)
        for key, days in dated(given.get(GivenForms.key, ())):
            filled[key].append(case.now - timedelta(days=days) + _A_MOMENT)
        asked = {row.config["form"] for row in case.stage.conditions if row.kind == self.key}
        forms = Form.objects.filter(key__in=asked, is_active=True)
        case.evidence[self.key] = {form.key: (form.name, form.about, filled[form.key]) for form in forms}

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        form, days = condition.config["form"], condition.config.get("within_days", 0)
        evidence: Evidence = case.evidence[self.key]
        if form not in evidence:
            return  # out of use while nobody went by this version: a lost deal that is taken up again can't fill it in
        name, about, filled = evidence[form]
        # of a stage that was passed long ago, whatever was filled since counts
        in_stage = condition.config.get("since") == "stage" and case.stay_id is not None
        bounds = [case.run.stage_entered_at] if in_stage else []
        bounds += [case.now - timedelta(days=days)] if days and case.stay_id else []
        params: dict[str, Any] = {"form": form, "label": name, "about": about, "within_days": days}
        yield Demand(
            condition=condition.key,
            kind=self.key,
            code="form_missing",
            sentence=_SENTENCES[in_stage, bool(days and case.stay_id)],
            params=params,
            met=any(all(at >= bound for bound in bounds) for at in filled),
        )


class FormEvidence:
    """The evidence of an action is a form that was filled in."""

    key = "form"

    def problems(self, action: ActionSpec) -> Iterable[Problem]:
        yield from _form_problems(action.form)


def _form_problems(form: Any) -> Iterable[Problem]:
    if not form:
        yield Problem("form", "no_form")
    elif not isinstance(form, str) or not Form.objects.filter(key=form, published__gt=0, is_active=True).exists():
        yield Problem("form", "no_such_form", {"form": str(form)[:40]})


class GivenForms:
    """The forms that were filled for the deal or its customer."""

    key = "forms"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        known = Form.objects.filter(published__gt=0).order_by("key").values_list("key", flat=True)
        yield from dated_problems(said, list(known))


_SENTENCES = {
    (False, False): _("Fill in the form “%(label)s”"),
    (True, False): _("Fill in the form “%(label)s” in this stage"),
    (False, True): _("Fill in the form “%(label)s”, not longer than %(within_days)s days ago"),
    (True, True): _("Fill in the form “%(label)s” in this stage, not longer than %(within_days)s days ago"),
}
