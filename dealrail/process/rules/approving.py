"""Who an approval asks, as a process writes it: one, any of several or all of them, by steps of an amount; pure."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from dealrail.core.workdays import WorkingTime
from dealrail.process.rules.values import ConditionSpec, Problem, ProcessSpec

Member = Mapping[str, Any]
"""Somebody by what they are: `{leader: true}`, `{leader: 2}`, `{role: KEY}` or `{person: LOGIN}`."""

MEMBERS = "{leader: true}, {leader: 2}, {role: KEY}, {person: LOGIN}"
KNOWN = f"{MEMBERS}, {{any: […]}}, {{all: […]}}, {{steps: […]}}"
MOST_LEVELS = 5
MOST_MEMBERS = 20
MOST_STEPS = 10
MOST_SEATS = 30
MOST_REMINDERS = 10
LONGEST_REMINDER = timedelta(days=90)
LONGEST_NAME = 150
DECIDES_STEPS = "amount"
NUMBERS = ("number", "money")
_DURATION = re.compile(r"([1-9]\d{0,3})([hd])", re.ASCII)
_UNITS = {"h": "hours", "d": "days"}
_OF_DEALS = (DECIDES_STEPS,)


def problems_of_approval(config: Mapping[str, Any], spec: ProcessSpec) -> Iterator[Problem]:
    """What is wrong with the settings of an approval, whoever exists."""
    for name in set(config) - {"by", "cc", "remind_after"}:
        yield Problem("", "unknown_key", {"key": str(name)[:40], "known": "by, cc, remind_after"})
    by = config.get("by")
    if isinstance(by, Mapping) and "steps" in by:
        yield from _steps(by, spec)
    else:
        yield from _asked("by", by)
    if "cc" in config:
        yield from _several("cc", config["cc"])
    if "remind_after" in config:
        yield from _reminders(config["remind_after"])


def _steps(by: Mapping[str, Any], spec: ProcessSpec) -> Iterator[Problem]:
    for name in set(by) - {"steps", "of"}:
        yield Problem("by", "unknown_key", {"key": str(name)[:40], "known": "steps, of"})
    amounts = [*_OF_DEALS, *(row.key for row in spec.fields if row.type in NUMBERS)]
    if by.get("of", DECIDES_STEPS) not in amounts:
        yield Problem("by.of", "not_one_of", {"value": str(by["of"])[:40], "known": ", ".join(amounts)})
    steps = by["steps"]
    if not isinstance(steps, list) or not 2 <= len(steps) <= MOST_STEPS:
        yield Problem("by.steps", "steps_count", {"high": MOST_STEPS})
        return
    for number, step in enumerate(steps, 1):
        where = f"by.steps[{number}]"
        if not isinstance(step, Mapping) or set(step) != ({"by"} if number == len(steps) else {"by", "up_to"}):
            yield Problem(where, "bad_step")
        else:
            yield from _asked(f"{where}.by", step["by"])
    yield from _bounds([step["up_to"] for step in steps[:-1] if isinstance(step, Mapping) and "up_to" in step])


def _bounds(bounds: list[Any]) -> Iterator[Problem]:
    below: float = 0
    for number, bound in enumerate(bounds, 1):
        if bound is None:
            yield Problem(f"by.steps[{number}].up_to", "no_amount", {"step": number})
            continue
        if not _is_amount(bound) or bound <= below:
            yield Problem(f"by.steps[{number}].up_to", "not_rising", {"value": str(bound)[:40], "below": below})
            return
        below = bound


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def _asked(where: str, by: Any) -> Iterator[Problem]:
    if isinstance(by, Mapping) and len(by) == 1 and set(by) <= {"any", "all"}:
        (how, members), *_others = by.items()
        if members == []:
            yield Problem(f"{where}.{how}", "no_approver", {"high": MOST_MEMBERS})
            return
        yield from _several(f"{where}.{how}", members)
    elif not _is_member(by):
        yield Problem(where, "not_one_of", {"value": str(by)[:40], "known": KNOWN})


def _several(where: str, members: Any) -> Iterator[Problem]:
    if not isinstance(members, list) or not 1 <= len(members) <= MOST_MEMBERS:
        yield Problem(where, "count_of", {"low": 1, "high": MOST_MEMBERS})
        return
    for number, member in enumerate(members, 1):
        if not _is_member(member):
            yield Problem(f"{where}[{number}]", "not_one_of", {"value": str(member)[:40], "known": MEMBERS})


def _is_member(member: Any) -> bool:
    if not isinstance(member, Mapping) or len(member) != 1:
        return False
    ((what, value),) = member.items()
    if what == "leader":
        return value is True or (type(value) is int and 1 <= value <= MOST_LEVELS)
    return (
        what in {"role", "person"} and isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and "\x00" not in value
    )


def _reminders(given: Any) -> Iterator[Problem]:
    texts = given if isinstance(given, list) else [given]
    if not 1 <= len(texts) <= MOST_REMINDERS:
        yield Problem("remind_after", "count_of", {"low": 1, "high": MOST_REMINDERS})
        return
    before = timedelta(0)
    for text in texts:
        after = _duration(text)
        if after is None or not before < after <= LONGEST_REMINDER:
            yield Problem("remind_after", "bad_reminder", {"value": str(text)[:40], "most": LONGEST_REMINDER.days})
            return
        before = after


def _duration(text: Any) -> timedelta | None:
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def reminders_of(condition: ConditionSpec, asked_at: datetime, working: WorkingTime) -> list[datetime]:
    """When those who haven't answered are reminded, each time once: hours and days after the request, those worked."""
    given = condition.config.get("remind_after", [])
    found = (_DURATION.fullmatch(text) for text in (given if isinstance(given, list) else [given]))
    after = {"h": working.after_hours, "d": working.after_days}
    return sorted(after[one[2]](asked_at, int(one[1])) for one in found if one)


def members_of(condition: ConditionSpec) -> list[Member]:
    """Everybody an approval may ask or tell, whatever the amount."""
    return [member for _where, member in placed_members(condition)]


def placed_members(condition: ConditionSpec) -> Iterator[tuple[str, Member]]:
    """The same, each with its place in the settings."""
    by = condition.config["by"]
    steps = enumerate(by["steps"], 1) if "steps" in by else ()
    asked = [(f"by.steps[{number}].by", step["by"]) for number, step in steps] or [("by", by)]
    yield from ((where, member) for where, row in asked for seat in seats_of(row) for member in seat)
    yield from (("cc", member) for member in told_by(condition))


def told_by(condition: ConditionSpec) -> list[Member]:
    """Who is told of the request and of the decision (抄送)."""
    return list(condition.config.get("cc", ()))


def asked_about(condition: ConditionSpec, values: Mapping[str, str | None]) -> Mapping[str, Any]:
    """Whom an approval asks about these values: of its steps the first that reaches so far, the last for no value."""
    by: Mapping[str, Any] = condition.config["by"]
    if "steps" not in by:
        return by
    amount = _amount(values.get(by.get("of", DECIDES_STEPS)))
    reaching = (step for step in by["steps"][:-1] if amount is not None and amount <= Decimal(str(step["up_to"])))
    found: Mapping[str, Any] = next(reaching, by["steps"][-1])["by"]
    return found


def decides_steps(condition: ConditionSpec) -> str:
    """The field by which the steps of an approval are told apart; empty for one without steps."""
    by = condition.config.get("by")
    return str(by.get("of", DECIDES_STEPS)) if isinstance(by, Mapping) and "steps" in by else ""


def seats_of(by: Mapping[str, Any]) -> list[list[Member]]:
    """A list for each yes that is needed, of those who may give it."""
    if "all" in by:
        return [[member] for member in by["all"]]
    return [list(by["any"])] if "any" in by else [[by]]


def _amount(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
