"""Cooling time: nobody moves on too soon."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.process.conditions import Case
from dealrail.process.rules import ConditionSpec, Demand, Problem, ProcessSpec, StageSpec

MOST_DAYS = 365
MOST_GIVEN_DAYS = 3650


class Cooling:
    """Nobody moves on before so many days in the stage are over: a trial, a period of objection, a second thought."""

    key = "process.cooling"

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        days = condition.config.get("days")
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
            yield Problem("days", "bad_number", {"value": str(days)[:40], "low": 1, "high": MOST_DAYS})
        for name in set(condition.config) - {"days"}:
            yield Problem("", "unknown_key", {"key": name, "known": "days"})

    def load(self, cases: Sequence[Case]) -> None:
        """Nothing to load: the run says since when it stands where it does."""

    def load_past(self, cases: Sequence[Case]) -> None:
        """Nothing to load here either."""

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        """Nor here."""

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        if case.stay_id is None:  # of a stage that was passed long ago nobody has to wait any more
            return
        over = case.run.stage_entered_at + timedelta(days=condition.config["days"])
        shown = timezone.localtime(over + timedelta(minutes=1, microseconds=-1))
        yield Demand(
            condition=condition.key,
            kind=self.key,
            code="too_soon",
            sentence=_("Not before %(moment)s: %(days)s days in this stage"),
            params={"moment": f"{shown:%Y-%m-%d %H:%M}", "days": condition.config["days"]},
            met=case.now >= over,
        )


class DaysInStage:
    """For how many days the deal of an example has been in its stage."""

    key = "days"

    def problems(self, said: Any, spec: ProcessSpec, stage: StageSpec) -> Iterable[Problem]:
        if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said <= MOST_GIVEN_DAYS:
            yield Problem("", "bad_number", {"value": str(said)[:40], "low": 0, "high": MOST_GIVEN_DAYS})
