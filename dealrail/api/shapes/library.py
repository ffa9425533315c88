"""Actions of the library as JSON, with where they are used."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from dealrail.activities import queries
from dealrail.activities.queries import ActionUse
from dealrail.api.shapes.parts import Named


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
