"""What a form is made of, and how its rules ask about answers; pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

# the kind of condition that demands a form
FILLED = "form.filled"
MOST_FORMS = 60
MOST_QUESTIONS = 60
LONGEST_DESCRIPTION = 1000
ABOUT = ("deal", "customer")
TYPES = (
    "text", "long_text", "number", "money", "date", "choice", "choices", "yes_no", "person", "unit", "link", "place",
    "formula", "files", "photos",
)  # fmt: skip
# questions that are answered by files; a record holds what these were called
FILES = frozenset({"files", "photos"})
MOST_FILES = 10
# questions whose answers are chosen from what only people with a login may see
INSIDE = frozenset({"person", "unit", "link"})
FORMULA = "formula"
# of somebody without a login
LINK_MOST_FILES, LINK_LARGEST_MEGABYTES, LINK_ALL_MEGABYTES = 3, 5, 20
LINK_KINDS = frozenset({".pdf", ".docx", ".xlsx", ".csv", ".txt", ".png", ".jpg", ".jpeg", ".webp", ".heic"})
PHOTO_KINDS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".heic"})
# what a question is described by, as a field of one's own is, and the rules beside it
DESCRIBED = ("name", "help", "required", "default", "choices", "format", "pattern", "low", "high", "access")
RULES = ("shown_when", "required_when")
# what only questions of some types have beside that; of a formula also what follows from it (see `CustomField`)
MORE: Mapping[str, tuple[str, ...]] = {"link": ("target",), FORMULA: (FORMULA, "result", "inputs", "under")}
# what the answers are called where they are refused, so that they stand apart from all else that is sent
PREFIX = "answers."
# links by which somebody without a login fills a form in
LINK_DAYS, MOST_LINK_DAYS = 14, 90
MOST_LINKS = 50
# what a link for everybody takes in a day: no fair brings in more, and no flood fills the disk
LINK_DAY_RECORDS, LINK_DAY_MEGABYTES = 1000, 500
# the way in of what comes by such a link, as the log tells it
CHANNEL = "form"
# what somebody who becomes a lead tells of themselves, and how long it may be
VISITOR = {"who": 80, "phone": 30, "company": 120}
# around each of several choices that were ticked, so that one is found whole; no choice may hold it
MARK = "\n"


def holds(question: Mapping[str, Any]) -> str:
    """The type of the answers to a question: of a formula that of its result."""
    return str(question.get("result") or question["type"])


def questions_told(questions: list[dict[str, Any]]) -> str:
    """The questions of a form by name, for the log."""
    return ", ".join(str(row["name"]) for row in questions)


def asked_of(value: Any) -> str | None:
    """An answer as the rules ask about it."""
    if isinstance(value, list):
        return f"{MARK}{MARK.join(value)}{MARK}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def spelled(wanted: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    """A checked filter over answers as it is asked of `asked_of`: one of several choices is held by the text of all."""
    match [*wanted]:
        case ["all" | "any" as kind]:
            return {kind: [spelled(part, types) for part in wanted[kind]]}
        case ["not"]:
            return {"not": spelled(wanted["not"], types)}
    type_, op = types.get(str(wanted.get("field"))), str(wanted.get("op"))
    if type_ == "yes_no" and "value" in wanted:
        return {**wanted, "value": asked_of(wanted["value"])}
    if type_ == "choices" and op in {"eq", "ne", "in", "not_in"}:
        return _holds(str(wanted["field"]), op, wanted["value"])
    return dict(wanted)


def _holds(field: str, op: str, value: Any) -> dict[str, Any]:
    choices = value if isinstance(value, list) else [value]
    found = {"any": [{"field": field, "op": "contains", "value": f"{MARK}{one}{MARK}"} for one in choices]}
    return found if op in {"eq", "in"} else {"not": found}


def moved(keys: Collection[str], key: str, place: int) -> list[str]:
    """These keys with one of them at another place, counted from 0."""
    others = [one for one in keys if one != key]
    return [*others[: max(place, 0)], key, *others[max(place, 0) :]]


# what changed of questions, as the log tells it: {name of the question.access: [before, after]}
Told = dict[str, list[str | None]]


def limited(questions: Iterable[Mapping[str, Any]], model: str, role: str) -> tuple[list[dict[str, Any]], Told]:
    """These questions with a role kept from what the `model` role is kept from, and what that changed."""
    found: list[dict[str, Any]] = []
    told: Told = {}
    for row in questions:
        held = row["access"]
        now = _with(role, model, held)
        under = {"under": [_with(role, model, one) for one in row["under"]]} if "under" in row else {}
        found.append({**row, "access": now, **under})
        if now != held:
            told[f"{row['name']}.access"] = [_lines(held), _lines(now)]
    return found, told


def _with(role: str, model: str, limits: Mapping[str, str]) -> dict[str, str]:
    """These limits with a role kept from what the model is kept from."""
    return {**limits, role: limits[model]} if model in limits else dict(limits)


def _lines(limits: Mapping[str, str]) -> str | None:
    """What roles may, a line for each."""
    return "\n".join(f"{role}: {allowed}" for role, allowed in sorted(limits.items())) or None
