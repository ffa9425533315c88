"""Whom an approval asks, as a form: the same people always, or others step by step of an amount."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.core.money import BadAmount, yuan
from dealrail.core.problems import plain
from dealrail.crm import queries as crm
from dealrail.process.rules import Problem, ProcessSpec
from dealrail.process.rules.approving import DECIDES_STEPS, MOST_STEPS, NUMBERS
from dealrail.web.inputs import Input, options
from dealrail.web.people.choosing import named_people
from dealrail.web.processes.approvals import member_words
from dealrail.web.processes.designer.ordering import in_order
from dealrail.web.processes.designer.stage_form import Ticks, number
from dealrail.web.processes.handbook import role_names

Config = Mapping[str, Any]
LEADERS = {"leader:1": _("The owner's leader"), "leader:2": _("The leader's leader")}
WAYS = (("any", _("One of them says yes")), ("all", _("All of them say yes")))
NOBODY: Config = {"any": []}
PEOPLE = "step-people"
_STEP = re.compile(r"by\.steps\[(?P<number>\d+)\](?:\.(?P<part>\w+))?")


@dataclass(frozen=True)
class Step:
    """A step: up to which amount it goes (unless it is the last one), and who is asked so far."""

    number: int
    up_to: Any
    asked: list[Ticks | Input]
    error: str = ""

    @property
    def amount(self) -> str:
        """What the input of its amount is called."""
        return f"up_to-{self.number}"

    @property
    def text(self) -> str:
        """The amount as the input holds it."""
        return "" if self.up_to is None else str(self.up_to)

    @property
    def key(self) -> str:
        """What its buttons call it."""
        return str(self.number)


@dataclass(frozen=True)
class Steps:
    """The steps in order; none where the same people are asked always. `of` chooses the figure that decides.

    `people` are the names that each step takes.
    """

    name: str
    of: Input
    rows: list[Step]
    is_money: bool
    people: list[str]
    error: str = ""

    def told(self, wrong: Mapping[str, str]) -> "Steps":
        """With what is wrong said at each input."""
        rows = [
            replace(row, error=wrong.get(row.amount, ""), asked=[_told(part, wrong) for part in row.asked])
            for row in self.rows
        ]
        return replace(self, rows=rows, of=_told(self.of, wrong), error=wrong.get(self.name, ""))


def _told(part: Any, wrong: Mapping[str, str]) -> Any:
    return replace(part, error=wrong.get(part.name, ""))


Parts = list[Input | Ticks | Steps]


def _logins() -> dict[str, str]:
    """The login of everybody who may be asked, by the name that tells them apart."""
    logins = dict(people.active_people().values_list("pk", "login"))
    return {name: logins[pk] for pk, name in named_people(people.active_people())}


class _Known:
    """Who may be asked; the persons are looked up once, however many steps there are."""

    def __init__(self) -> None:
        self.roles = {f"role:{key}": name for key, name in role_names().items()}
        self.persons = {f"person:{login}": name for name, login in _logins().items()}

    def ticks(self, name: str, label: Any, chosen: list[str]) -> Ticks:
        """Those chosen already in their order, then leaders and every role."""
        offered = {**LEADERS, **self.roles}
        first = {code: offered.get(code) or self.persons.get(code) or _called(code) for code in chosen}
        return Ticks(name, label, [*{**first, **offered}.items()], chosen)


def approval_parts(spec: ProcessSpec, config: Config) -> Parts:
    """The inputs for these settings."""
    by = config.get("by") or NOBODY
    known = _Known()
    return [
        *([] if "steps" in by else _asked(known, by)),
        _steps(spec, known, by),
        known.ticks("cc", _("Who is told besides"), [*map(_code, config.get("cc", []))]),
        Input(
            "remind_after",
            _("Remind after"),
            value=", ".join(map(str, _several(config.get("remind_after")))),
            help=_("Hours or days after the request: 4h, 2d. Left empty: never."),
        ),
    ]


def _asked(known: _Known, by: Config, at: str = "") -> list[Ticks | Input]:
    """Who is asked; each step takes the name of one person more, and all steps share the list of names."""
    one_more = Input(f"person{at}", _("And this person"), "select", options=options(known.persons.items()))
    how = "all" if "all" in by else "any"
    chosen = [_code(member) for member in by.get(how, [by])]
    return [
        known.ticks(f"by{at}", _("Who is asked"), chosen),
        replace(one_more, kind="text", options=(), offers=PEOPLE) if at else one_more,
        Input(f"how{at}", _("If there are several"), "select", value=how, options=WAYS),
    ]


def _steps(spec: ProcessSpec, known: _Known, by: Config) -> Steps:
    rows = [
        Step(place, step.get("up_to"), _asked(known, step["by"], f"-{place}"))
        for place, step in enumerate(by.get("steps", []))
    ]
    of = str(by.get("of", DECIDES_STEPS))
    figures = {DECIDES_STEPS: crm.LABELS[DECIDES_STEPS]} | {r.key: r.name for r in spec.fields if r.type in NUMBERS}
    offered = tuple({**figures, of: figures.get(of, of)}.items())
    is_money = not any(row.key == of and row.type == "number" for row in spec.fields)
    figure = Input("of", _("By which figure"), "select", value=of, options=offered)
    return Steps("steps", figure, rows, is_money, [*known.persons.values()] if rows else [])


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _called(code: str) -> str:
    """Who isn't offered and is chosen all the same."""
    level = _member(code).get("leader")
    return member_words({"leader": level}, {}) if isinstance(level, int) else code


def _code(member: Config) -> str:
    ((what, value),) = member.items()
    return f"{what}:{1 if value is True else value}"


def _member(code: str) -> dict[str, Any]:
    what, _colon, value = code.partition(":")
    if what == "leader":
        return {"leader": True if value == "1" else number(value)}
    return {what: value} if what in {"role", "person"} else {"role": code}


def approval_config(posted: QueryDict) -> dict[str, Any]:
    """What these inputs say."""
    times = [text for text in re.split(r"[,，、\s]+", posted.get("remind_after", "")) if text]
    return {
        "by": _typed_by(posted),
        "cc": [_member(code) for code in posted.getlist("cc")],
        "remind_after": times[0] if len(times) == 1 else times,
    }


def _amount(text: str) -> Any:
    """An amount as people write it (5万, 50,000), as a number; what is none stays as it was typed, to be refused."""
    try:
        amount = yuan(text)
    except BadAmount:
        return number(text)
    return int(amount) if amount == int(amount) else float(amount)


def _typed_by(posted: QueryDict) -> dict[str, Any]:
    """Whom it asks; a button of the form (`steps`) makes steps of it or ends them, adds one, or takes one out."""
    pressed, places = posted.get("steps", ""), in_order(posted, "step")[: MOST_STEPS + 1]
    if pressed == "make":
        both = _typed_asked(posted)
        return {"steps": [{"up_to": None, "by": both}, {"by": both}]}
    if not places or pressed == "same":
        return _typed_asked(posted, f"-{places[0]}" if places else "")
    steps = [
        {"up_to": _amount(posted.get(f"up_to-{place}", "")), "by": _typed_asked(posted, f"-{place}")}
        for place in places
        if pressed != f"without-{place}"
    ]
    if not steps:
        return dict(NOBODY)
    if pressed == "add":
        steps.insert(len(steps) - 1, {"up_to": None, "by": dict(NOBODY)})
    steps[-1:] = [{"by": step["by"]} for step in steps[-1:]]
    of = posted.get("of", DECIDES_STEPS)
    return {"steps": steps} | ({"of": of} if of != DECIDES_STEPS else {})


def _typed_asked(posted: QueryDict, at: str = "") -> dict[str, Any]:
    codes = dict.fromkeys([*posted.getlist(f"by{at}"), *_one_more(plain(posted.get(f"person{at}")))])
    asked = [_member(code) for code in codes]
    how = "all" if posted.get(f"how{at}") == "all" else "any"
    return asked[0] if len(asked) == 1 else {how: asked}


def _one_more(typed: str) -> list[str]:
    """The person that was chosen, or typed by name or login; none where nothing was."""
    if not typed or typed.startswith("person:"):
        return [typed] if typed else []
    return [f"person:{_logins().get(typed, typed)}"]


def step_input(problem: Problem) -> str:
    """The input that a problem with a step is about; empty for any other problem."""
    found = _STEP.search(problem.where)
    if not found:
        return ""
    return f"{'up_to' if found['part'] == 'up_to' else 'by'}-{int(found['number']) - 1}"


def fits(config: Config) -> bool:
    """Whether the form can hold these settings: who is asked, or steps, each written as a mapping of one."""
    by = config.get("by", NOBODY)
    asked = [by]
    if isinstance(by, Mapping) and "steps" in by:
        steps = by["steps"]
        if set(by) - {"steps", "of"} or not isinstance(steps, list) or not all(_is_step(steps)):
            return False
        asked = [step["by"] for step in steps]
    told = config.get("cc", [])
    return all(map(_is_asked, asked)) and isinstance(told, list) and all(map(_is_one, told))


def _is_step(steps: list[Any]) -> Iterator[bool]:
    """Of each step whether it says who is asked, and up to which amount unless it is the last one."""
    yield 1 <= len(steps) <= MOST_STEPS
    for place, step in enumerate(steps, 1):
        known = {"by"} if place == len(steps) else {"by", "up_to"}
        yield isinstance(step, Mapping) and set(step) == known


def _is_asked(by: Any) -> bool:
    if not _is_one(by):
        return False
    members = by.get("any", by.get("all", [by]))
    return isinstance(members, list) and all(map(_is_one, members))


def _is_one(row: Any) -> bool:
    return isinstance(row, Mapping) and len(row) == 1
