"""Definitions as YAML, and the templates that ship with the package."""

from collections.abc import Iterable, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _
from yaml.reader import ReaderError

from dealrail.process.errors import UnreadableDefinition

MOST_VALUES = 50_000
LONGEST_TEXT, LONGEST_NUMBER, DEEPEST = 1_000_000, 40, 20
_TAGS = "tag:yaml.org,2002:"
_TAKES_IN = f"{_TAGS}merge"
TEMPLATES = Path(__file__).resolve().parent / "templates"

# The database may hand keys back in another order than they were written in; people read them in this one.
_ORDER = (
    "process", "key", "name", "kind", "type", "description", "help", "choices", "min", "max", "format", "pattern",
    "fields", "actions",
    "stages", "loss_reasons", "examples", "roles", "key_action", "goal", "kpi", "target", "unit", "sop", "scripts",
    "text", "hand_over", "how_to", "script", "evidence", "form", "expected_minutes",
    "time_limit_days", "follow_up_days", "probability", "next", "back", "conditions", "waiver_reasons",
    "task", "due_days", "at_least", "of", "within_days", "days", "role", "person", "leader", "by", "steps", "up_to",
    "cc", "remind_after", "waivable", "waivable_by", "to", "when", "all", "any", "not", "field", "op", "value",
    "stage", "given", "expect", "because", "deal", "customer", "contacts", "done", "follow_ups", "files", "days_ago",
    "approved", "waived",
)  # fmt: skip
_RANK = {key: rank for rank, key in enumerate(_ORDER)}


class _Text(yaml.SafeDumper):
    """Writes longer texts as blocks, as a person would."""


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar(f"{_TAGS}str", text, style=style)


_Text.add_representer(str, _write_text)


class _Strict(yaml.SafeLoader):
    """Reads plain values only, and refuses a key that stands twice: the first one would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; a YAML error that names the line of a key that stands twice, is no text, or takes in others.

        What “<<” takes in is copied before anybody can count it, so a few lines of it would fill the memory.
        """
        seen: set[str] = set()
        rows: Any = node.value  # of a text that is tagged as a mapping a text
        for key, _value in rows if isinstance(rows, list) else ():
            if not isinstance(key, yaml.ScalarNode) or key.tag == _TAKES_IN:
                problem = _("the key in line %(line)s is no text.")
                raise yaml.YAMLError(problem % {"line": key.start_mark.line + 1})
            if key.value in seen:
                problem = _("“%(key)s” stands here twice, in line %(line)s.")
                raise yaml.YAMLError(problem % {"key": key.value, "line": key.start_mark.line + 1})
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value; a YAML error that names the line of what can't be a value of the tag it has."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, ArithmeticError) as error:
            problem = _("what stands in line %(line)s can't be read as %(tag)s.")
            told = {"line": node.start_mark.line + 1, "tag": node.tag.rpartition(":")[2][:40]}
            raise yaml.YAMLError(problem % told) from error


def _read_number(loader: _Strict, node: yaml.ScalarNode) -> Any:
    """A number; 10:30 is text, since nobody counts by sixties, and a number of many signs is read for minutes."""
    text = str(loader.construct_scalar(node))
    if ":" in text:
        return text
    if len(text) > LONGEST_NUMBER:
        problem = _("the number in line %(line)s has more than %(most)s signs.")
        raise yaml.YAMLError(problem % {"line": node.start_mark.line + 1, "most": LONGEST_NUMBER})
    return _NUMBERS[node.tag](loader, node)


def _refuse_tag(loader: _Strict, node: yaml.Node) -> Any:
    """Tags make other things than plain values; none is taken but those of YAML itself."""
    problem = _("the tag “%(tag)s” in line %(line)s can't be used; leave it out.")
    raise yaml.YAMLError(problem % {"tag": node.tag[:80], "line": node.start_mark.line + 1})


_Strict.add_constructor(None, _refuse_tag)
_NUMBERS = {tag: yaml.SafeLoader.yaml_constructors[tag] for tag in (f"{_TAGS}int", f"{_TAGS}float")}
for _tag in _NUMBERS:
    _Strict.add_constructor(_tag, _read_number)


def read_yaml(text: str) -> Any:
    """The plain value of a YAML text; refuse with UnreadableDefinition."""
    if len(text) > LONGEST_TEXT:
        raise UnreadableDefinition(problem=_("it is longer than %(most)s characters.") % {"most": LONGEST_TEXT})
    try:
        if _is_deep(text):
            raise RecursionError
        content = yaml.load(text, Loader=_Strict)
    except RecursionError as error:
        raise UnreadableDefinition(problem=_("it is nested too deeply.")) from error
    except (yaml.YAMLError, ValueError) as error:
        raise UnreadableDefinition(problem=_problem(error)) from error
    if _holds_more_than(MOST_VALUES, content):
        raise UnreadableDefinition(problem=_("it holds more than %(most)s values.") % {"most": MOST_VALUES})
    return content


def _problem(error: Exception) -> str:
    """Where it can't be read, and what to look at; our own sentences as they are."""
    if isinstance(error, ReaderError):
        return _("character %(place)s of the text is a control character; take it out.") % {"place": error.position + 1}
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    if mark is None:
        return str(error).replace("\n", " ")[:300]
    problem = _(
        "line %(line)s can't be read from character %(column)s on: look at indents, colons and quotation marks."
    )
    return problem % {"line": mark.line + 1, "column": mark.column + 1}


def _is_deep(text: str) -> bool:
    """Whether lists and mappings lie in each other deeper than any definition; the loader would take long to tell."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return True
    return False


class Lines:
    """Where things stand in a text that `read_yaml` has read."""

    def __init__(self, text: str) -> None:
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)

    def at(self, place: Iterable[Any]) -> int:
        """The line of what these keys and numbers lead to, or of the last thing on the way that is there."""
        line, node = 1, self._root
        for part in place:
            found = _below(node, part)
            if found is None:
                break
            line, node = found
        return line


def _below(node: yaml.Node | None, part: Any) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == str(part):
            return key.start_mark.line + 1, value
    return None


def _holds_more_than(most: int, content: Any) -> bool:
    """Count values as if aliases were written out: a few lines of them can stand for billions."""
    waiting = [content]
    for _count in range(most):
        if not waiting:
            return False
        value = waiting.pop()
        waiting += value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return bool(waiting)


def write_yaml(content: Mapping[str, Any]) -> str:
    """A definition as YAML, its keys in the order people expect."""
    return write_plain(_ordered(content))


def write_plain(content: Any) -> str:
    """Plain values as YAML, keys in the order they have."""
    return yaml.dump(content, Dumper=_Text, allow_unicode=True, sort_keys=False, width=100)


def unified(old: Mapping[str, Any], new: Mapping[str, Any], *, names: tuple[str, str]) -> str:
    """What changes from one definition to another, as the lines of their YAML; empty when nothing."""
    before, after = (write_yaml(content).splitlines(keepends=True) for content in (old, new))
    return "".join(unified_diff(before, after, *names))


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: _RANK.get(key, len(_RANK)))}
    return [_ordered(row) for row in value] if isinstance(value, list) else value


def blank(key: str, name: str) -> dict[str, Any]:
    """The content that a process begins with when it is drawn up from nothing."""
    return {"process": key, "name": name, "stages": []}


def template_names() -> list[str]:
    """The templates that ship with the package."""
    return sorted(path.stem for path in TEMPLATES.glob("*.yaml"))


def template(name: str) -> Any:
    """The content of a shipped template."""
    return read_yaml((TEMPLATES / f"{name}.yaml").read_text("utf-8"))
