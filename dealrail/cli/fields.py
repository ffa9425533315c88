"""`fields import|export`."""

from pathlib import Path

from django.utils.translation import gettext as _

from dealrail.cli import acting, start
from dealrail.cli.arguments import Options
from dealrail.cli.files import read_text, write_whole
from dealrail.cli.output import say, say_json
from dealrail.crm.actions.texts import take_over_fields
from dealrail.crm.engine.differing import told, told_left
from dealrail.crm.queries.texts import Difference, fields_content
from dealrail.process.texts import write_plain


def export(options: Options) -> None:
    """Write every field and layout as YAML."""
    start.require_database()
    text = write_plain(fields_content(acting.chosen(options)))
    if options.output is None:
        say(text.rstrip("\n"))
    else:
        write_whole(Path(options.output), text.encode())


def bring(options: Options) -> None:
    """Make fields and layouts what a file says, or say what that would change."""
    start.require_database()
    text = read_text(options.source)
    found = take_over_fields(actor=acting.chosen(options), text=text, only_look=options.dry_run)
    if options.json:
        changed = [{"what": row.what, "new": row.is_new, "parts": row.lines} for row in told(found)]
        say_json({"taken_over": not options.dry_run, "changed": changed, "left": told_left(found)})
        return
    _say(found)
    if options.dry_run and not found.is_empty:
        say(_("Nothing was changed: this was a dry run."))


def _say(found: Difference) -> None:
    for row in told(found):
        say(_("New: %(what)s") % {"what": row.what} if row.is_new else row.what)
        for line in row.lines:
            say(f"  {line}")
    if found.is_empty:
        say(_("Everything stands like this already; nothing was changed."))
    if left := told_left(found):
        say(_("Not named in the text, and left as it is: %(what)s") % {"what": ", ".join(left)})
