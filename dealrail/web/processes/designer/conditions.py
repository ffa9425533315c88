"""The conditions of a stage as sentences."""

from dataclasses import dataclass

from dealrail.process import checks
from dealrail.process.rules import ConditionSpec, StageSpec
from dealrail.web.processes.designer.desk import Desk
from dealrail.web.processes.designer.places import said
from dealrail.web.processes.handbook import ConditionWords, condition_words
from dealrail.web.processes.naming import condition_name


@dataclass(frozen=True)
class ConditionLine:
    """A condition in the list: what it is called, its sentence, or what is wrong with it."""

    spec: ConditionSpec
    name: str
    words: ConditionWords | None
    problems: list[str]


def condition_lines(desk: Desk, stage: StageSpec) -> list[ConditionLine]:
    """The conditions of a stage in order."""
    return [_line(desk, stage, condition) for condition in stage.conditions]


def _line(desk: Desk, stage: StageSpec, condition: ConditionSpec) -> ConditionLine:
    problems = [said(problem) for problem in checks.condition_problems(desk.spec, stage, condition)]
    words = None if problems else condition_words(desk.spec, condition)
    return ConditionLine(condition, condition_name(condition), words, problems)
