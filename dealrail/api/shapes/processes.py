"""Processes as JSON: stages, moves, conditions, actions, fields, loss reasons."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from dealrail.accounts.actor import Actor
from dealrail.api.shapes.parts import Named
from dealrail.crm import queries as crm
from dealrail.process import queries as processes
from dealrail.process import rules, texts
from dealrail.process.rules import ConditionSpec, ProcessSpec, StageKind, StageSpec


class StageRow(BaseModel):
    """A stage in a list."""

    key: str
    name: str
    kind: StageKind


class ProcessRow(BaseModel):
    """A process in a list."""

    key: str
    name: str
    version: int
    stages: list[StageRow]


class ConditionOut(BaseModel):
    """What a gate asks for; `settings` is what its kind understands, `when` a filter of the deals it holds for."""

    key: str
    kind: str
    name: str
    to: list[str]
    settings: dict[str, Any]
    when: dict[str, Any]


class ScriptOut(BaseModel):
    """Words that proved good in a stage, for an occasion."""

    name: str
    text: str


class KpiOut(BaseModel):
    """The figure that a stage is measured by, with the value to reach."""

    name: str
    target: float
    unit: str


class HandOverOut(BaseModel):
    """Whose a deal becomes here (`to`), by which role or person, and what they do first within so many working days."""

    to: Literal["optional", "required", "keep", "leader", "person", "role", "turns"]
    role: str
    person: str
    task: str
    due_days: int


class StageOut(StageRow):
    """A stage with its SOP, its moves and what leaving it asks for."""

    roles: list[str]
    key_action: str
    goal: str
    sop: str
    time_limit_days: int | None
    follow_up_days: int | None
    probability: int
    actions: list[str]
    next: list[str]
    back: list[str]
    conditions: list[ConditionOut]
    scripts: list[ScriptOut]
    hand_over: HandOverOut
    kpi: KpiOut | None


class FieldOut(BaseModel):
    """A field that the process adds to its deals; `min` and `max` bound numbers and amounts of money.

    A text may have a `format` (phone, email, website, credit_code), or a `pattern`: # a digit, @ a letter, * either.
    """

    key: str
    name: str
    type: str
    choices: list[str]
    help: str
    min: float | None
    max: float | None
    format: str
    pattern: str


class ActionOut(BaseModel):
    """A standard thing to do."""

    key: str
    name: str
    how_to: str
    script: str
    evidence: str
    form: str
    expected_minutes: int | None


class ProcessOut(BaseModel):
    """A version of a process; `yaml` is its text, as it can be published again."""

    key: str
    name: str
    version: int
    published_at: datetime
    description: str
    fields: list[FieldOut]
    actions: list[ActionOut]
    stages: list[StageOut]
    loss_reasons: list[Named]
    waiver_reasons: list[Named]
    yaml: str


class PublishedOut(BaseModel):
    """What publishing did; `published` is false when the same text was in force already."""

    key: str
    name: str
    version: int
    published: bool


def process_rows(definitions: list[Any]) -> list[ProcessRow]:
    """Processes with the stages of the version in force."""
    versions = [processes.current_version(definition.key) for definition in definitions]
    return [_row(version, processes.spec_of(version.pk)) for version in versions]


def _row(version: Any, spec: ProcessSpec) -> ProcessRow:
    stages = [StageRow(key=stage.key, name=stage.name, kind=stage.kind) for stage in spec.stages]
    return ProcessRow(key=spec.key, name=spec.name, version=version.number, stages=stages)


def process_out(actor: Actor, key: str, number: int | None = None) -> ProcessOut:
    """One process in a version, the one in force unless told; refuse with NoSuchProcess.

    Fields that an older version asks about and that were hidden from the actor since aren't told.
    """
    version = processes.version(key, number)
    content = crm.content_as_seen(actor, version.content)
    spec = processes.spec_of(version.pk) if content == version.content else rules.parse(content)
    return ProcessOut(
        key=spec.key,
        name=spec.name,
        version=version.number,
        published_at=version.published_at,
        description=spec.description,
        fields=[FieldOut(**{**vars(row), "choices": list(row.choices)}) for row in spec.fields],
        actions=[ActionOut(**vars(row)) for row in spec.actions],
        stages=[_stage(stage) for stage in spec.stages],
        loss_reasons=_named(spec.loss_reasons),
        waiver_reasons=_named(spec.waiver_reasons),
        yaml=texts.write_yaml(content),
    )


def _named(reasons: Mapping[str, str]) -> list[Named]:
    return [Named(key=key, name=name) for key, name in reasons.items()]


def _stage(stage: StageSpec) -> StageOut:
    lists = {name: list(getattr(stage, name)) for name in ("roles", "actions", "next", "back")}
    conditions = [_condition(condition) for condition in stage.conditions]
    scripts = [ScriptOut(name=row.name, text=row.text) for row in stage.scripts]
    kpi = KpiOut(**vars(stage.kpi)) if stage.kpi else None
    rule = HandOverOut(**vars(stage.hand_over))
    parts = {"conditions": conditions, "scripts": scripts, "kpi": kpi, "hand_over": rule}
    return StageOut(**{**vars(stage), **lists, **parts})


def _condition(row: ConditionSpec) -> ConditionOut:
    return ConditionOut(
        key=row.key, kind=row.kind, name=row.name, to=list(row.to), settings=dict(row.config), when=dict(row.when)
    )
