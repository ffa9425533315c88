"""`export KIND --output FILE`."""

from pathlib import Path

from django.utils.translation import gettext as _

from dealrail.cli import acting, sheets, start
from dealrail.cli.arguments import Options
from dealrail.cli.output import say, say_json
from dealrail.core.filters import read_filter
from dealrail.crm import exporting
from dealrail.crm.actions.exports import note_export


def run(options: Options) -> None:
    """Write the records of a kind to a sheet and put that on record."""
    start.require_database()
    path, actor = Path(options.output), acting.chosen(options)
    sheets.check(path)
    wanted = read_filter(options.filter)
    found = exporting.table(actor, options.kind, filter_=wanted)
    rows = sheets.write(path, found.headers, found.rows)
    note_export(actor=actor, kind=options.kind, rows=rows, filter_=wanted)
    if options.json:
        say_json({"kind": options.kind, "rows": rows, "file": str(path)})
    else:
        say(_("%(rows)s rows are in %(file)s.") % {"rows": rows, "file": path})
