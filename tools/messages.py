"""Keeps the Chinese catalogue in step with the source.

    python -m tools.messages update    takes in new messages, drops unused ones, and names what lacks a translation
    python -m tools.messages fill      the same, with translations from standard input, as JSON: {"msgid": "msgstr", …}
    python -m tools.messages check     says what is missing, and fails if anything is

The catalogue is sorted and names no source lines, so that two people's changes seldom meet.
"""

import ast
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

from tools import locks
from tools.freshness import ROOT

PACKAGES = ("config", "dealrail")
CATALOGUE = ROOT / "dealrail" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
# Which arguments of each function are the context, the message and its plural.
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"\b(?:{'|'.join(FUNCTIONS)})\({LITERAL}(?:, {LITERAL})*(?=[,)])")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
ANONYMOUS = re.compile(r"(?<!%)(?:%%)*%[sdif](?!\w)")
HEADER = {
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


@dataclass(frozen=True, order=True)
class Message:
    """A message as the source has it; context and plural are empty where there is none."""

    text: str
    context: str = ""
    plural: str = ""


class Unreadable(Exception):
    """A message can't be read from the source; says where, and why."""


def in_python(text: str, origin: str) -> Iterator[Message]:
    """The messages of a Python module: calls of gettext and its kin, and the sentences of refusals."""
    for node in ast.walk(ast.parse(text, origin)):
        if isinstance(node, ast.Call) and (name := _called(node)) in FUNCTIONS and not _is_passed_on(node):
            yield _message(name, node, origin)
        if isinstance(node, ast.ClassDef):
            yield from (Message(sentence) for sentence in _plain_sentences(node))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_passed_on(call: ast.Call) -> bool:
    """Whether a message that was marked elsewhere is translated here, such as a refusal's sentence."""
    return isinstance(call.args[0] if call.args else None, ast.Name | ast.Attribute | ast.Subscript)


def _message(name: str, call: ast.Call, origin: str) -> Message:
    context, text, plural = ("" if at is None else _constant(call, at, origin) for at in FUNCTIONS[name])
    return Message(text, context, plural)


def _constant(call: ast.Call, at: int, origin: str) -> str:
    match call.args[at : at + 1]:
        case [ast.Constant(value=str(text))]:
            return text
    raise Unreadable(f"{origin}:{call.lineno}: a message must be a plain string, not computed")


def _plain_sentences(cls: ast.ClassDef) -> Iterator[str]:
    """Where no Django may be imported, a refusal's sentence is a plain string, translated when it is shown."""
    for node in cls.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="sentence")], value=ast.Constant(value=str(text))):
                yield text
            case ast.AnnAssign(target=ast.Name(id="sentence"), value=ast.Constant(value=str(text))):
                yield text


def in_template(text: str, origin: str) -> Iterator[Message]:
    """The messages of a template: {% translate %}, {% blocktranslate %} and _("…")."""
    for match in TEMPLATE_CALL.finditer(templatize(text, origin=origin)):
        yield from in_python(f"{match[0]})", origin)


def used(root: Path = ROOT) -> set[Message]:
    """Every message of the source. Raises Unreadable."""
    readers: dict[str, Callable[[str, str], Iterator[Message]]] = {
        ".py": in_python,
        ".html": in_template,
        ".txt": in_template,
    }
    files = [file for package in PACKAGES for file in (root / package).rglob("*") if file.suffix in readers]
    return {
        message
        for file in files
        if not {"static", "assets"} & set(file.relative_to(root).parts)
        for message in readers[file.suffix](file.read_text("utf-8"), str(file.relative_to(root)))
    }


def key(entry: polib.POEntry) -> Message:
    """The message of a catalogue's entry."""
    return Message(entry.msgid, entry.msgctxt or "", entry.msgid_plural or "")


def merged(messages: Iterable[Message], old: polib.POFile) -> polib.POFile:
    """A catalogue of exactly these messages, sorted, with the translations that `old` has."""
    known = {key(entry): entry for entry in old if not entry.obsolete}
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = HEADER
    for message in sorted(messages):
        catalogue.append(_entry(message, known.get(message)))
    return catalogue


def _entry(message: Message, old: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(msgid=message.text, msgctxt=message.context or None, comment=old.comment if old else "")
    if message.plural:
        entry.msgid_plural = message.plural
        entry.msgstr_plural = old.msgstr_plural if old else {0: ""}
    elif old:
        entry.msgstr = old.msgstr
    return entry


def problems(messages: set[Message], catalogue: polib.POFile) -> list[str]:
    """What stands between this catalogue and being complete."""
    entries = {key(entry): entry for entry in catalogue if not entry.obsolete}
    found = [f"missing: {message.text!r}" for message in sorted(messages - entries.keys())]
    found += [f"unused: {entry.msgid!r}" for message, entry in sorted(entries.items()) if message not in messages]
    found += [f"obsolete: {entry.msgid!r}" for entry in catalogue.obsolete_entries()]
    return found + [
        f"{fault}: {entry.msgid!r}" for message, entry in sorted(entries.items()) for fault in _faults(message, entry)
    ]


def _faults(message: Message, entry: polib.POEntry) -> Iterator[str]:
    translations = list(entry.msgstr_plural.values()) if message.plural else [entry.msgstr]
    if ANONYMOUS.search(message.text):
        yield "place without a name"
    if entry.fuzzy:
        yield "fuzzy"
    if not all(translations):
        yield "untranslated"
    # Chinese has one form for every number, so it follows the plural, which names the number.
    wanted = set(PLACEHOLDER.findall(message.plural or message.text))
    if any(text and set(PLACEHOLDER.findall(text)) != wanted for text in translations):
        yield "other places"


def update(path: Path, messages: set[Message], translations: dict[str, str]) -> None:
    """Bring a catalogue up to date with the source, and fill in these translations."""
    catalogue = merged(messages, polib.pofile(str(path)) if path.exists() else polib.POFile())
    for entry in catalogue:
        if text := translations.get(entry.msgid):
            entry.msgstr, entry.msgstr_plural = ("", {0: text}) if entry.msgid_plural else (text, {})
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))


def run(command: str, path: Path = CATALOGUE) -> list[str]:
    """Check the catalogue, or update it first; returns what is still to do. Raises Unreadable."""
    translations: dict[str, str] = json.load(sys.stdin) if command == "fill" else {}
    with locks.only_one(ROOT / ".tools" / "messages.lock"):
        messages = used()
        if command != "check":
            update(path, messages, translations)
        return problems(messages, polib.pofile(str(path)))


def main(arguments: list[str]) -> int:
    """Do what the argument says; 1 if anything is left to do, 2 for wrong use."""
    if arguments not in (["update"], ["fill"], ["check"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        todo = run(arguments[0])
    except Unreadable as error:
        todo = [str(error)]
    for line in todo:
        print(line, file=sys.stderr)
    return bool(todo)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
