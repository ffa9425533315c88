"""Ways in which these tests make forms, and have processes ask for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.crm.models import Deal
from dealrail.forms.actions.making import change_form, create_form, publish_form
from dealrail.forms.models import Form
from dealrail.forms.queries import form
from tests.cast import new_customer, new_deal, publish, trial

SURVEY: list[dict[str, Any]] = [
    {"key": "goal", "name": "目标", "type": "text", "required": True},
    {"key": "systems", "name": "在用系统", "type": "choices", "choices": ["ERP", "MES", "其他"]},
    {
        "key": "other",
        "name": "其他系统",
        "type": "text",
        "shown_when": {"field": "systems", "op": "eq", "value": "其他"},
        "required_when": {"field": "goal", "op": "contains", "value": "替换"},
    },
    {"key": "users", "name": "用户数", "type": "number", "low": "1", "high": "9999"},
    {"key": "online", "name": "要上云", "type": "yes_no"},
    {
        "key": "cloud",
        "name": "云厂商",
        "type": "choice",
        "choices": ["阿里云", "华为云"],
        "shown_when": {"field": "online", "op": "eq", "value": True},
        "required": True,
    },
]
ANSWERED = {"goal": "降低成本", "systems": "ERP、MES", "users": "30", "online": "否"}


def make_form(questions: list[dict[str, Any]] | None = None, *, about: str = "deal", **fields: Any) -> Form:
    """A published form, by the system."""
    named = {"name": "需求调研", "about": about, "questions": SURVEY if questions is None else questions, **fields}
    made = create_form(actor=Actor.system(), fields=named, key="survey")
    publish_form(actor=Actor.system(), key=made.key)
    return form(made.key)


def publish_questions(key: str, questions: Sequence[Mapping[str, Any]]) -> None:
    """Put other questions in force."""
    change_form(actor=Actor.system(), key=key, fields={"questions": questions})
    publish_form(actor=Actor.system(), key=key)


SURVEYED = {"key": "surveyed", "name": "做调研", "evidence": "form", "form": "survey"}


def demand_survey(**action: Any) -> None:
    """The first stage of the trial process demands an action whose evidence is the survey."""
    content = trial(actions=[*trial()["actions"], {**SURVEYED, **action}])
    conditions = [{"key": "done", "kind": "activities.done", "actions": ["surveyed"]}]
    content["stages"][0] |= {"actions": ["surveyed"], "conditions": conditions}
    publish(content)


def surveyed_deal(owner: User, **fields: Any) -> Deal:
    """A deal in that stage, with a customer."""
    return new_deal(owner, customer=new_customer(owner).pk, **fields)
