"""Examples of a process, tried on its own gates: which of them the definition doesn't keep, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from dealrail.core import clock
from dealrail.core.texts import listed
from dealrail.process import checks, engine, rules
from dealrail.process.errors import NoSuchMove
from dealrail.process.models import Run
from dealrail.process.rules import Demand, ExampleSpec, Outcome, Problem, ProcessSpec

_EXPECTED = {
    "passes": gettext_lazy("It should pass."),
    "approval": gettext_lazy("It should need an approval and nothing else."),
    "refused": gettext_lazy("It should be refused."),
    "no_move": gettext_lazy("There should be no such move."),
}
_FOUND = {
    "passes": gettext_lazy("The gate lets it pass."),
    "approval": gettext_lazy("The gate only wants an approval: %(why)s."),
    "refused": gettext_lazy("The gate refuses it: %(why)s."),
    "no_move": gettext_lazy("There is no such move."),
}
_WORDS = {Outcome.OPEN: "passes", Outcome.BLOCKED: "refused", Outcome.NEEDS_APPROVAL: "approval"}


@dataclass(frozen=True)
class Judged:
    """An example, what its gate said (as `ExampleSpec.expect`), and by what.

    `missing` are the reasons that were expected and aren't among them; `unknown` the conditions of a kind that can't
    judge an example.
    """

    example: ExampleSpec
    verdict: str
    demands: tuple[Demand, ...] = ()
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it came out as it should."""
        return self.verdict == self.example.expect and not self.missing

    @property
    def found(self) -> str:
        """What the gate says to it, in a sentence."""
        return str(_FOUND[self.verdict]) % {"why": listed(row.message for row in self.demands)}

    @property
    def says(self) -> str:
        """What should have come out, and what came out instead."""
        should = str(_EXPECTED[self.example.expect])
        if self.verdict == self.example.expect:
            should = gettext("It should be because of: %(missing)s.") % {"missing": listed(self.missing)}
        return gettext("%(should)s %(does)s") % {"should": should, "does": self.found}


def judged(spec: ProcessSpec) -> list[Judged]:
    """Every example of a definition that `checks.problems` finds nothing wrong with, with what its gate says."""
    return [_judge(example, spec) for example in spec.examples]


def problems(content: Any) -> list[Problem]:
    """Everything that keeps a definition from being published: what is wrong with it, or else examples that fail."""
    if found := checks.problems(content):
        return found
    return [_failure(row) for row in judged(rules.parse(content)) if not row.holds]


def _judge(example: ExampleSpec, spec: ProcessSpec) -> Judged:
    stage = spec.stage(example.stage)
    run = Run(stage_entered_at=clock.now() - timedelta(days=example.given.get("days", 0)))
    try:
        said = engine.example_gate(run, spec, stage, example.to, example.given)
    except NoSuchMove:
        return Judged(example, "no_move")
    gate, unknown = said.gate, said.unknown
    holding = gate.unmet or gate.approvals
    missing = tuple(reason for reason in example.because if reason not in _reasons(holding))
    return Judged(example, _WORDS[gate.outcome], holding, missing, unknown)


def _reasons(demands: Iterable[Demand]) -> set[str]:
    return {name for row in demands for name in (row.condition, f"{row.condition}.{row.item}")}


def _failure(row: Judged) -> Problem:
    return Problem(f"examples.{row.example.key}", "bad_example", {"name": row.example.name, "said": row.says})
