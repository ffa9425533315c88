"""The company that the cast works in: departments, people, processes, and a fast way to set it up again."""

from collections.abc import Iterable
from copy import deepcopy
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import connection

from dealrail.accounts.actions import roles, units, users
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import Unit, User
from dealrail.crm.actions import catalog, pools
from dealrail.process import texts
from dealrail.process.actions import definitions

# A process of three stages that uses all five kinds of conditions.
TRIAL: dict[str, Any] = {
    "process": "trial",
    "name": "试用三阶段",
    "fields": [
        {"key": "need", "name": "需求", "type": "text"},
        {"key": "budget", "name": "预算", "type": "money"},
        {"key": "seats", "name": "人数", "type": "number"},
        {"key": "signed_on", "name": "签约日期", "type": "date"},
        {"key": "urgency", "name": "紧急程度", "type": "choice", "choices": ["高", "低"]},
    ],
    "actions": [
        {"key": "call", "name": "打电话", "evidence": "note"},
        {"key": "proposal", "name": "写方案", "evidence": "file"},
        {"key": "visit", "name": "拜访", "evidence": "follow_up"},
        {"key": "celebrate", "name": "庆祝"},
    ],
    "stages": [
        {
            "key": "lead",
            "name": "线索",
            "kind": "lead",
            "probability": 10,
            "time_limit_days": 7,
            "conditions": [{"key": "basics", "kind": "fields.filled", "fields": ["need"]}],
        },
        {
            "key": "talk",
            "name": "洽谈",
            "probability": 50,
            "time_limit_days": 7,
            "actions": ["call", "proposal"],
            "conditions": [
                {"key": "facts", "kind": "fields.filled", "fields": ["budget", "amount"]},
                {"key": "done", "kind": "activities.done", "actions": ["call", "proposal"]},
                {"key": "followed", "kind": "activities.follow_ups", "at_least": 2, "of": ["call", "visit"]},
                {"key": "known", "kind": "contacts.known", "at_least": 1, "role": "decision_maker"},
                {"key": "agreed", "name": "主管同意", "kind": "process.approval", "by": {"leader": True}},
            ],
        },
        {
            "key": "work",
            "name": "交付",
            "kind": "won",
            "probability": 100,
            "conditions": [{"key": "checked", "name": "法务审核", "kind": "process.approval", "by": {"role": "legal"}}],
        },
    ],
    "loss_reasons": [{"key": "price", "name": "价格"}, {"key": "silent", "name": "无回应"}],
}

UNITS = (
    ("总部", None),
    ("销售部", "总部"),
    ("华东组", "销售部"),
    ("华北组", "销售部"),
    ("市场部", "总部"),
    ("法务部", "总部"),
    ("财务部", "总部"),
    ("实施部", "总部"),
)
# login, name, department, roles, leads it
PEOPLE = (
    ("admin", "管理员", "总部", ["admin"], False),
    ("boss", "总经理", "总部", ["head"], True),
    ("manager", "销售主管", "销售部", ["sales_manager"], True),
    ("rep", "小销", "华东组", ["sales"], False),
    ("colleague", "小同", "华东组", ["sales"], False),
    ("northerner", "小北", "华北组", ["sales"], False),
    ("stranger", "小陌", "市场部", ["sales"], False),
    ("legal", "小法", "法务部", ["legal"], True),
    ("finance", "小财", "财务部", ["finance"], True),
    ("delivery", "小施", "实施部", ["delivery"], True),
)


@lru_cache
def template(name: str) -> Any:
    """A shipped template; read once, because YAML is slow."""
    return texts.template(name)


# Table, columns and rows of the company: writing it as rows takes a tenth of the time of the actions.
_copy: list[tuple[str, list[str], list[tuple[Any, ...]]]] = []


def tables() -> list[str]:
    """Every table of the project."""
    models = apps.get_models(include_auto_created=True)
    return [model._meta.db_table for model in models if model.__module__.startswith("dealrail.")]


def rows_of(table: str) -> tuple[str, list[str], list[tuple[Any, ...]]]:
    """A table with its columns and rows, in order."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        return table, [column[0] for column in cursor.description], cursor.fetchall()


def copy() -> None:
    """Set up the company in an empty database; from the second time on by copying rows."""
    if _copy:
        _write_copy()
    else:
        set_up()
        _copy.extend(rows_of(table) for table in tables())


def _write_copy() -> None:
    with connection.cursor() as cursor:
        for table, columns, rows in _copy:
            places = ", ".join(["%s"] * len(columns))
            names = ", ".join(f'"{name}"' for name in columns)
            if rows:
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)


def set_up() -> None:
    """Set up the company by the same actions that everybody uses; refuses nothing, expects no company there."""
    by = Actor.system()
    roles.ensure_builtin_roles(actor=by)
    found_units = _build_units(by)
    people = {login: _hire(by, login, name, found_units[unit], keys) for login, name, unit, keys, _ in PEOPLE}
    for login, _name, unit, _keys, leads in PEOPLE:
        if leads:
            found_units[unit] = units.change_unit(actor=by, unit_id=found_units[unit].pk, leader_id=people[login].pk)
    catalog.create_product(actor=by, fields={"code": "P1", "name": "协同平台", "price": "98000", "is_active": True})
    catalog.create_product(actor=by, fields={"code": "P2", "name": "移动版", "price": "18000", "is_active": True})
    for name in ("华东", "华北"):
        catalog.ensure_region(actor=by, name=name)
    for name in ("展会", "官网"):
        catalog.ensure_source(actor=by, name=name)
    pools.save_pool(actor=by, name="公海")
    for content in (TRIAL, *map(template, texts.template_names())):
        definitions.publish_process(actor=by, content=deepcopy(content))


def _build_units(by: Actor) -> dict[str, Unit]:
    built: dict[str, Unit] = {}
    for name, parent in UNITS:
        built[name] = units.create_unit(actor=by, name=name, parent_id=built[parent].pk if parent else None)
    return built


def _hire(by: Actor, login: str, name: str, unit: Unit, keys: Iterable[str]) -> User:
    return users.create_user(actor=by, login=login, name=name, unit_id=unit.pk, roles=keys)
