"""Turns whatever goes wrong into sentences on standard error and an exit status; never a traceback."""

import io
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import DatabaseError, InterfaceError

from config.env import BadSetting
from dealrail.cli.errors import DatabaseUnreachable, WrongUse
from dealrail.cli.output import complain, say_json
from dealrail.cli.words import gettext as _
from dealrail.core.errors import Refusal
from dealrail.process.errors import BadDefinition, GateBlocked, describe

REFUSED, WRONG_USE, OWN_FAULT, INTERRUPTED, PIPE_CLOSED = 1, 2, 70, 130, 141
WRONG = (BadSetting, ImproperlyConfigured, WrongUse)
log = logging.getLogger("dealrail.cli")


def guarded(work: Callable[[], int], *, as_json: bool = False) -> int:
    """Do the work and return its status; a failure becomes its sentences (and JSON, where asked for) and its status."""
    _write_any_character()
    try:
        status = work()
        sys.stdout.flush()
    except BrokenPipeError:
        return _left_by_reader()
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except (Refusal, BadSetting, ImproperlyConfigured, WrongUse, DatabaseError, InterfaceError, OSError) as error:
        _tell(error, as_json)
        return WRONG_USE if isinstance(error, WRONG) else REFUSED
    except Exception:
        file = _log_to_file()
        log.exception("dealrail %s", " ".join(sys.argv[1:2]))
        complain(_("Something went wrong inside Dealrail. What happened stands in %(file)s.") % {"file": file})
        return OWN_FAULT
    return status


def _tell(error: Exception, as_json: bool) -> None:
    """Say what went wrong; to a program that asked for JSON also as data, where it reads the answer."""
    said = sentences(error)
    for sentence in said:
        complain(sentence)
    if as_json:
        say_json({"outcome": "refused", "code": getattr(error, "code", "failed"), "detail": "\n".join(said)})


def sentences(error: Exception) -> list[str]:
    """What to say about a failure, one line each."""
    match error:
        case GateBlocked():
            return [str(error), *(f"- {demand.message}" for demand in error.demands)]
        case BadDefinition():
            heading = str(error.sentence) % {"problems": ""}
            return [heading.strip(), *(f"- {describe(problem)}" for problem in error.problems)]
        case DatabaseError() | InterfaceError():
            return [str(DatabaseUnreachable(problem=_first_line(error)))]
        case OSError(filename=str(file), strerror=str(problem)):
            return [_("%(file)s: %(problem)s.") % {"file": file, "problem": problem}]
        case WrongUse():
            return [_("%(problem)s “dealrail --help” shows how.") % {"problem": error}]
    return [str(error)]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _write_any_character() -> None:
    """A terminal that doesn't know a character gets its number instead of an end in the middle."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _left_by_reader() -> int:
    """Whoever read our output has left (`| head`); what is still buffered goes nowhere, without a word."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return PIPE_CLOSED


def _log_to_file() -> Path:
    """Send the traceback to a file in the home, and to nowhere else."""
    home = Path(settings.HOME) if settings.configured else Path(tempfile.gettempdir())
    file = home / "errors.log"
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    file.chmod(0o600)
    log.handlers, log.propagate = [handler], False
    return file
