"""`rebuild-rollups`: adds up anew what the funnel shows."""

from django.utils.translation import gettext as _

from dealrail.cli import start
from dealrail.cli.arguments import Options
from dealrail.cli.output import Progress, say
from dealrail.insights import indexing


def rebuild(options: Options) -> None:
    """Throw the sums away and make them again; may be repeated, and nobody has to stop working."""
    start.require_database()
    progress = Progress(_("Adding up"))
    count = indexing.rebuild(progress)
    progress.end()
    say(_("The sums of %(count)s deals are made anew.") % {"count": count})
