"""The business lines of the demo company; the process of one of them deviates from the group's template."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.demo import words
from dealrail.demo.company import Company
from dealrail.demo.story import Story
from dealrail.process.actions.drafts import publish_draft, save_draft
from dealrail.process.actions.lines import create_line
from dealrail.process.actions.templates import set_template, start_from_template

CARE = "care"
TEMPLATE = "general"
# in what the lines of the group may deviate from its template
ALLOWED = ("limits", "texts")
HURRIED, DAYS = "quote", 3


def draw(company: Company, *, by: Actor) -> None:
    """Set up the lines with their people and who is in charge, and the process of the one that deviates."""
    set_template(actor=by, key=TEMPLATE, allowed=ALLOWED)
    departments = {login: unit for login, _name, unit, _roles, _leads in words.PEOPLE}
    for key, name, processes, units, in_charge in words.LINES:
        people = [company.actors[login].user_id for login, unit in departments.items() if unit in units]
        leading = [company.actors[login].user_id for login in in_charge]
        fields = {"name": name, "key": key, "processes": list(processes), "people": people, "in_charge": leading}
        line = create_line(actor=by, fields=fields)
        if key == CARE:
            _deviate(line.pk, by)


def _deviate(line_id: int, by: Actor) -> None:
    """The template of the group, but with fewer days in one stage."""
    draft = start_from_template(actor=by, of=TEMPLATE, key=CARE, name=words.CARE_PROCESS, line_id=line_id)
    stages = [_hurried(stage) for stage in draft.content["stages"]]
    saved = save_draft(actor=by, key=CARE, seen=draft.revision, content={**draft.content, "stages": stages})
    publish_draft(actor=by, key=CARE, seen=saved.revision, note=words.CARE_NOTE)


def _hurried(stage: Mapping[str, Any]) -> dict[str, Any]:
    return {**stage, "time_limit_days": DAYS} if stage["key"] == HURRIED else dict(stage)


def of_care(story: Story) -> Story:
    """The same story, told of the line that looks after what was sold: by its reps, about its products."""
    region = words.REGION_OF[words.CARE_UNIT]
    reps = {login: of for login, of in story.company.reps.items() if of == region}
    return replace(story, company=replace(story.company, reps=reps), codes=words.CARE_PRODUCTS)
