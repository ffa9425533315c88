"""argparse, speaking the language of the command line and answering wrong use with one sentence."""

import argparse
import re
from collections.abc import Callable
from typing import Any, NoReturn

from dealrail.cli.words import gettext as _

MOST_DAYS = 3650


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Help in the language of the command line."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, _("Usage: ") if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in a sentence, with exit status 2."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": Formatter, "add_help": False, "allow_abbrev": False, **settings})
        self._positionals.title = _("What to give")
        self._optionals.title = _("Options")
        self.add_argument("-h", "--help", action="help", help=_("Show this help and exit."))

    def error(self, message: str) -> NoReturn:
        """Print one sentence and where help is, then exit with status 2."""
        hint = _("“%(command)s --help” shows how.") % {"command": self.prog}
        self.exit(2, f"{_sentence(message)} {hint}\n")


def _sentence(message: str) -> str:
    """What argparse says, in words of our own."""
    for pattern, said in _patterns():
        if match := pattern.fullmatch(message):
            return said % match.groupdict()
    return message[:1].upper() + message[1:].rstrip(".") + "."


def _patterns() -> list[tuple[re.Pattern[str], str]]:
    named = r"(?:argument (?P<name>[^:]+): )"
    return [
        (re.compile(r"the following arguments are required: (?P<names>.*)"), _("Missing: %(names)s.")),
        (re.compile(r"unrecognized arguments: (?P<names>.*)", re.DOTALL), _("Not known here: %(names)s.")),
        (
            re.compile(named + r"invalid choice: '?(?P<value>.*?)'? \(choose from (?P<known>.*)\)", re.DOTALL),
            _("%(name)s: “%(value)s” is none of %(known)s."),
        ),
        (re.compile(named + r"expected (?:one|at least one) argument"), _("%(name)s needs a value.")),
        (re.compile(named + r"(?P<problem>.*)", re.DOTALL), "%(name)s: %(problem)s"),
    ]


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from low to high."""

    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            sentence = _("“%(value)s” is not a whole number from %(low)s to %(high)s.")
            raise argparse.ArgumentTypeError(sentence % {"value": text, "low": low, "high": high})
        return int(text)

    return read


def assignment(text: str) -> tuple[str, str]:
    """Read field=value."""
    field, sign, value = text.partition("=")
    if not sign or not field.strip():
        raise argparse.ArgumentTypeError(_("“%(text)s” is not of the form field=value.") % {"text": text})
    return field.strip(), value
