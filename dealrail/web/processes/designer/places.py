"""Where in a draft something is wrong: the stage in words, and the page on which it can be put right."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.process.errors import describe
from dealrail.process.rules import Problem
from dealrail.web.processes.naming import kind_name

_STAGE = re.compile(r"stages(?:\[(?P<number>\d+)\]|\.(?P<key>[^.]+))(?:\.(?P<rest>.*))?")
PARTS = ("fields", "actions", "loss_reasons", "waiver_reasons")
REASONS = {"loss_reasons": gettext_lazy("Loss reasons"), "waiver_reasons": gettext_lazy("Waiver reasons")}
_CONDITION = re.compile(r"conditions(?:\[(?P<number>\d+)\]|\.(?P<key>[^.]+))")


@dataclass(frozen=True)
class Place:
    """Something wrong with a draft: where, in words and as an address, and what."""

    where: str
    href: str
    says: str
    stage: str = ""


def place_of(problem: Problem, key: str, content: Mapping[str, Any]) -> Place:
    """A problem of a draft that can be shown in parts, with the way to it."""
    found = _STAGE.fullmatch(problem.where)
    stage = _row(content["stages"], found["number"], found["key"]) if found else None
    if found and stage:
        return _in_stage(problem, key, stage, found["rest"] or "")
    part = re.split(r"[.\[]", problem.where)[0]
    if part in PARTS:
        return Place(_row_name(problem, content, part), reverse("draft_part", args=[key, part]), said(problem))
    if part == "examples" and (row := _row_of(problem, content, part)):
        return Place(str(row["name"]), reverse("draft_examples", args=[key]), said(problem))
    if problem.code == "stage_count":
        return Place("", reverse("draft", args=[key]), said(problem))
    return in_text(problem, key)


def in_text(problem: Problem, key: str) -> Place:
    """A problem that only the text of a draft shows."""
    return Place("", reverse("draft_text", args=[key]), describe(problem))


def _in_stage(problem: Problem, key: str, stage: Mapping[str, Any], rest: str) -> Place:
    name = stage["name"]
    href = reverse("draft_stage", args=[key, stage["key"]])
    found = _CONDITION.match(rest)
    row = _row(stage.get("conditions", []), found["number"], found["key"]) if found else None
    if row:
        called = row.get("name") or kind_name(str(row.get("kind"))) or row["key"]
        name = _("%(stage)s, condition “%(condition)s”") % {"stage": name, "condition": called}
        href = f"{href}#conditions"
    return Place(name, href, said(problem), stage["key"])


def _row(rows: list[Mapping[str, Any]], number: str | None, key: str | None) -> Mapping[str, Any] | None:
    """The row that a problem names, by its number or its key."""
    named = rows[int(number) - 1 : int(number)] if number else [row for row in rows if row["key"] == key]
    return next(iter(named), None)


def _row_name(problem: Problem, content: Mapping[str, Any], part: str) -> str:
    row = _row_of(problem, content, part)
    return str(row["name"] if row else REASONS.get(part, part))


def _row_of(problem: Problem, content: Mapping[str, Any], part: str) -> Mapping[str, Any] | None:
    found = re.fullmatch(rf"{part}(?:\[(?P<number>\d+)\]|\.(?P<key>[^.]+)).*", problem.where)
    return _row(content.get(part, []), found["number"], found["key"]) if found else None


def said(problem: Problem) -> str:
    """What is wrong, without the place; on a screen a list is something to choose from."""
    if problem.code == "not_a_list":
        return _("Choose at least one.")
    return describe(replace(problem, where=""))


def field_of(problem: Problem) -> str:
    """The input that a problem is about: the last name in its place; a KPI and a hand-over have several, all scripts
    have one."""
    names = re.sub(r"\[\d+\]", "", problem.where).split(".")
    if "hand_over" in names:
        return "hand_over" if names[-1] in {"hand_over", "to"} else f"hand_over_{names[-1]}"
    if "kpi" in names:
        return "kpi_name" if names[-1] == "kpi" else f"kpi_{names[-1]}"
    return "scripts" if "scripts" in names else names[-1]
