"""`reindex`: writes down anew what records are found by."""

from django.utils.translation import gettext as _

from dealrail.cli import start
from dealrail.cli.arguments import Options
from dealrail.cli.output import say
from dealrail.crm import indexing


def reindex(options: Options) -> None:
    """Mend the search, record by record; may be repeated, and nobody has to stop working."""
    start.require_database()
    say(_("%(count)s records are found by other words now.") % {"count": indexing.reindex()})
