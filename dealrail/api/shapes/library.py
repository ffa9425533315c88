"""Actions of the library as JSON, with where they are used."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from dealrail.activities import queries
from dealrail.activities.queries import ActionUse
from dealrail.api.shapes.parts import Named
from dealrail.insights.rules import ActionFigure, ActionUsage


class UseOut(BaseModel):
    """A process whose version in force has the action, in these stages."""

    process: Named
    stages: list[Named]
    differs_in: list[str] = Field(description="The parts in which the process's own text differs from the library's.")


class LibraryActionOut(BaseModel):
    """An action of the library; one that is not active is retired and no longer offered."""

    key: str
    name: str
    how_to: str
    script: str
    evidence: str
    form: str = Field(description="The key of the form that is the evidence, where that is one.")
    expected_minutes: int | None
    is_active: bool
    revision: int
    changed_at: datetime
    used_in: list[UseOut]


def library_actions_out(templates: list[Any]) -> list[LibraryActionOut]:
    """Actions of the library."""
    uses = queries.action_uses()
    return [_action(template, uses.get(template.key, [])) for template in templates]


def library_action_out(template: Any) -> LibraryActionOut:
    """One action of the library."""
    return library_actions_out([template])[0]


def _action(template: Any, uses: list[ActionUse]) -> LibraryActionOut:
    own = {name: getattr(template, name) for name in LibraryActionOut.model_fields if name != "used_in"}
    return LibraryActionOut(**own, used_in=[_use(use, template) for use in uses])


def _use(use: ActionUse, template: Any) -> UseOut:
    return UseOut(
        process=Named(key=use.process.key, name=use.process.name),
        stages=[Named(key=stage.key, name=stage.name) for stage in use.stages],
        differs_in=list(use.differs_from(template)),
    )


class UsageOut(BaseModel):
    """How an action was carried out in one process; `has_more`: only the latest deals are counted."""

    process: str
    due: int
    done: int
    waived: int
    skipped: int
    timed: int = Field(description="Of those done, in a stage with a time limit.")
    on_time: int
    done_rate: float | None = Field(description="done ÷ due")
    on_time_rate: float | None = Field(description="on_time ÷ timed")
    has_more: bool


class ActionUsageOut(BaseModel):
    """How an action was carried out by the deals one sees that left its stages in [from, to)."""

    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    processes: list[UsageOut]


def action_usage_out(start: date, end: date, usages: dict[str, ActionUsage]) -> ActionUsageOut:
    """The figures of an action, process by process."""
    return ActionUsageOut(start=start, end=end, processes=[_usage(key, usage) for key, usage in usages.items()])


def _usage(process: str, usage: ActionUsage) -> UsageOut:
    counts = {figure.value: usage.count(figure) for figure in ActionFigure}
    return UsageOut(
        process=process,
        **counts,
        done_rate=usage.done_rate,
        on_time_rate=usage.on_time_rate,
        has_more=usage.has_more,
    )
