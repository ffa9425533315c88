"""The stages of a draft as the list beside the editor shows them."""

from dataclasses import dataclass
from typing import Any

from dealrail.core.texts import listed
from dealrail.process.rules import StageSpec
from dealrail.web.processes.designer.desk import Desk
from dealrail.web.processes.designer.stage_form import KIND_WORDS
from dealrail.web.processes.handbook import role_names


@dataclass(frozen=True)
class StageLine:
    """A stage in the list: its number, kind and owning roles in words, and how much is wrong with it."""

    number: int
    spec: StageSpec
    kind: Any
    owners: str
    problems: int
    is_chosen: bool
    is_first: bool
    is_last: bool


def stage_lines(desk: Desk, chosen: str = "") -> list[StageLine]:
    """The stages in order."""
    roles = role_names()
    count = len(desk.spec.stages)
    return [
        StageLine(
            number=number,
            spec=stage,
            kind=KIND_WORDS[stage.kind],
            owners=listed(roles.get(role, role) for role in stage.roles),
            problems=sum(place.stage == stage.key for place in desk.places),
            is_chosen=stage.key == chosen,
            is_first=number == 1,
            is_last=number == count,
        )
        for number, stage in enumerate(desk.spec.stages, 1)
    ]
