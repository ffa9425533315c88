"""Every command and option of the command line, each with its sentence; imports no Django, so help is quick."""

import argparse
from importlib.metadata import version
from typing import Any

from dealrail.cli.parsing import MOST_DAYS, Parser, assignment, whole
from dealrail.cli.words import gettext as _

Commands = Any
HIGHEST_PORT = 65_535


def build() -> Parser:
    """The parser of the whole command line."""
    parser = Parser(
        prog="dealrail",
        description=_("Runs and governs a company's sales process from first lead to last payment."),
        epilog=_(
            "Exit status: 0 done, 1 refused or something is wrong, 2 wrong use or a wrong setting, 70 a fault of "
            "Dealrail's own.\nSettings come from the environment, DEALRAIL_HOME and DATABASE_URL above all; "
            "docs/settings.md lists them."
        ),
    )
    number = f"Dealrail {version('dealrail')}"
    parser.add_argument("--version", action="version", version=number, help=_("Show the version and exit."))
    commands = parser.add_subparsers(title=_("Commands"), metavar="COMMAND", dest="command", required=True)
    for group in (_running, _setting_up, _tokens, _processes, _fields, _sheets, _deals, _keeping):
        group(commands)
    return parser


def _add(commands: Commands, name: str, run: str, about: str, *, json: bool = False, as_: bool = False) -> Parser:
    parser: Parser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    if json:
        parser.add_argument("--json", action="store_true", help=_("Answer in JSON, for a program to read."))
    if as_:
        who = _("Act as this person, within what they may do; otherwise Dealrail itself acts.")
        parser.add_argument("--as", dest="acting", metavar="LOGIN", help=who)
    return parser


def _address(parser: Parser) -> None:
    port = _("The port to listen on (8000); 0 takes a free one.")
    parser.add_argument("--port", type=whole(0, HIGHEST_PORT), default=8000, metavar="N", help=port)


def _running(commands: Commands) -> None:
    demo = _add(commands, "demo", "demo:run", _("Fill a fresh home with a believable company and serve it."))
    _address(demo)
    demo.add_argument("--no-serve", action="store_true", help=_("Only fill; don't serve."))
    serve = _add(
        commands, "serve", "serving:run", _("Serve screens and API; on SQLite a worker runs inside. Ctrl-C ends it.")
    )
    host = _("The address to listen on (127.0.0.1, this machine only; 0.0.0.0 for all).")
    serve.add_argument("--host", default="127.0.0.1", metavar="H", help=host)
    _address(serve)
    workers = _("How many web processes (one for each processor, at most 4).")
    serve.add_argument("--workers", type=whole(1, 64), metavar="N", help=workers)
    worker = _add(
        commands, "worker", "worker:run", _("Do what is owed to the log (tasks, imports) until it is told to stop.")
    )
    parent = _("Also stop when standard input closes, that is when whoever started this is gone.")
    worker.add_argument("--until-input-closes", action="store_true", help=parent)


def _setting_up(commands: Commands) -> None:
    about = _("Make or update the tables of the database; may be repeated.")
    _add(commands, "migrate", "setting_up:migrate", about)
    about = _(
        "Create an administrator, and in a fresh home the roles, the templates and a public pool. Asks for the "
        "password, or takes it from DEALRAIL_ADMIN_PASSWORD."
    )
    admin = _add(commands, "createadmin", "setting_up:create_admin", about)
    admin.add_argument("login", metavar="LOGIN", help=_("What they log in with."))
    admin.add_argument("--name", metavar="NAME", help=_("Their name (the login, unless given)."))

    about = _("Take the second factor from somebody who has lost theirs; the password alone lets them in again.")
    lost = _add(commands, "resetfactor", "setting_up:reset_second_factor", about)
    lost.add_argument("login", metavar="LOGIN", help=_("Whose second factor."))


def _tokens(commands: Commands) -> None:
    token = commands.add_parser("token", help=_("API tokens of people."), description=_("API tokens of people."))
    under = token.add_subparsers(title=_("Commands"), metavar="COMMAND", dest="what", required=True)
    create = _add(under, "create", "tokens:create", _("Make a token and print it and nothing else; it is shown once."))
    create.add_argument("login", metavar="LOGIN", help=_("Whose token it is."))
    days = _("How many days it lives (90).")
    create.add_argument("--days", type=whole(1, MOST_DAYS), default=90, metavar="N", help=days)
    create.add_argument("--name", default="CLI", metavar="NAME", help=_("What it is for, as shown in lists."))
    tokens = _add(
        under, "list", "tokens:show", _("List a person's tokens; the tokens themselves aren't kept."), json=True
    )
    tokens.add_argument("login", metavar="LOGIN", help=_("Whose tokens."))
    revoke = _add(under, "revoke", "tokens:revoke", _("Stop a token at once."))
    revoke.add_argument("token_id", type=whole(1, 2**62), metavar="ID", help=_("Its number in the list."))


def _processes(commands: Commands) -> None:
    about = _("Processes: their definitions as YAML.")
    process = commands.add_parser("process", help=about, description=about)
    under = process.add_subparsers(title=_("Commands"), metavar="COMMAND", dest="what", required=True)
    bring = _add(
        under,
        "import",
        "processes:bring",
        _("Put a definition in force as a new version; running deals stay on theirs."),
        as_=True,
        json=True,
    )
    bring.add_argument("source", metavar="FILE|TEMPLATE", help=_("A YAML file, or the name of a shipped template."))
    bring.add_argument("--note", default="", metavar="TEXT", help=_("What changed, for the record."))
    tested = _("Say what is wrong with a definition, and what is hardly meant; nothing is published.")
    test = _add(under, "test", "processes:test", tested, json=True)
    test.add_argument("source", metavar="FILE|TEMPLATE", help=_("A YAML file, or the name of a shipped template."))
    compared = _("Write what changes between two versions of a process, to its draft or to a file.")
    diff = _add(under, "diff", "processes:diff", compared, as_=True)
    diff.add_argument("key", metavar="KEY", help=_("The key of the process."))
    diff.add_argument(
        "--since", type=whole(1, 10**6), metavar="NUMBER", help=_("The version to begin from (the one before).")
    )
    diff.add_argument("--to", metavar="NUMBER|draft|FILE", help=_("What to compare it with (the version in force)."))
    export = _add(under, "export", "processes:export", _("Write the version in force as YAML."))
    export.add_argument("key", metavar="KEY", help=_("The key of the process."))
    export.add_argument("--output", metavar="FILE", help=_("Where to write it (standard output)."))
    _add(under, "list", "processes:show", _("List the processes in force and the shipped templates."), json=True)


def _fields(commands: Commands) -> None:
    about = _("Fields of one's own and layouts as YAML.")
    fields = commands.add_parser("fields", help=about, description=about)
    under = fields.add_subparsers(title=_("Commands"), metavar="COMMAND", dest="what", required=True)
    said = _("Make fields and layouts what a text says, all of it or nothing; what it doesn't name stays as it is.")
    bring = _add(under, "import", "fields:bring", said, as_=True, json=True)
    bring.add_argument("source", metavar="FILE", help=_("A YAML file, as “fields export” writes it."))
    bring.add_argument("--dry-run", action="store_true", help=_("Only say what would happen."))
    export = _add(under, "export", "fields:export", _("Write all fields and layouts as YAML."), as_=True)
    export.add_argument("--output", metavar="FILE", help=_("Where to write it (standard output)."))


def _sheets(commands: Commands) -> None:
    _importing(commands)
    export = _add(
        commands,
        "export",
        "exports:run",
        _("Write all records of a kind that one may see to a sheet."),
        as_=True,
        json=True,
    )
    export.add_argument("kind", metavar="KIND", help=_("What to export, for instance deals or customers."))
    output = _("The file to write; .csv or .xlsx decides how.")
    export.add_argument("--output", required=True, metavar="FILE", help=output)
    wanted = _("Only records that match this filter, in JSON as for the API.")
    export.add_argument("--filter", default="", metavar="JSON", help=wanted)


def _importing(commands: Commands) -> None:
    about = _("Bring in sheets (.xlsx, .csv), one by one or by a plan; list and undo imports.")
    forms = (
        "dealrail import FILE --kind KIND --mode new|history\n"
        "       dealrail import --plan FILE --data DIR\n"
        "       dealrail import undo ID\n"
        "       dealrail import list"
    )
    bring = _add(commands, "import", "imports:run", about, as_=True, json=True)
    bring.usage = forms
    bring.add_argument("words", nargs="*", metavar="FILE", help=_("The sheet; or “undo ID”; or “list”."))
    bring.add_argument("--kind", metavar="KIND", help=_("What the rows are, for instance deals or customers."))
    mode = _("new: rows enter at the first stage and gates hold. history: they are placed as they are.")
    bring.add_argument("--mode", choices=["new", "history"], default="new", help=mode)
    bring.add_argument("--mapping", metavar="FILE", help=_("A YAML file that says which column is which field."))
    bring.add_argument("--process", metavar="KEY", help=_("The process that imported deals follow."))
    bring.add_argument("--dry-run", action="store_true", help=_("Only say what would happen."))
    bring.add_argument("--errors", metavar="FILE", help=_("Write the refused rows with their reasons to this sheet."))
    bring.add_argument("--plan", metavar="FILE", help=_("A YAML file that names several sheets in order."))
    bring.add_argument("--data", metavar="DIR", help=_("The folder in which the plan's sheets lie."))


def _deals(commands: Commands) -> None:
    about = _("Move a deal on through its gate; a refusal names everything that is missing.")
    move = _add(commands, "move", "deals:move", about, as_=True, json=True)
    move.add_argument("deal_id", type=whole(1, 2**62), metavar="DEAL_ID", help=_("The number of the deal."))
    move.add_argument("--to", metavar="STAGE", help=_("The key of the stage to move to (the next one)."))
    field = _("Fill in a field first; may be repeated.")
    move.add_argument("--set", dest="fields", type=assignment, action="append", metavar="FIELD=VALUE", help=field)


def _keeping(commands: Commands) -> None:
    about = _("Check that nobody tampered with the log; names the first faulty row of each chain.")
    _add(commands, "verify-log", "log:verify", about, json=True)
    about = _("Write all data and files to one file, while Dealrail runs.")
    backup = _add(commands, "backup", "backups:backup", about, json=True)
    backup.add_argument("file", metavar="FILE", help=_("The file to write, for instance dealrail.zip."))
    about = _("Load a backup into an empty home, on SQLite or PostgreSQL; all of it or nothing.")
    restore = _add(commands, "restore", "backups:restore", about, json=True)
    restore.add_argument("file", metavar="FILE", help=_("The backup."))
    force = _("Replace what the home holds. Stop server and worker first.")
    restore.add_argument("--force", action="store_true", help=force)
    about = _("Write down anew what customers, contacts and deals are found by; mends the search.")
    _add(commands, "reindex", "search:reindex", about)
    about = _("Add up anew what the funnel shows, while Dealrail runs; until it is done, funnels take longer.")
    _add(commands, "rebuild-rollups", "rollups:rebuild", about)
    _add(commands, "doctor", "doctor:run", _("Check that this installation is well; says what is wrong."), json=True)


Options = argparse.Namespace
