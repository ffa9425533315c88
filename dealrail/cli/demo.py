"""`demo`: a believable company in a fresh home, served."""

from django.utils.translation import gettext as _

from dealrail.cli import serving, start
from dealrail.cli.arguments import Options
from dealrail.cli.output import Progress, say
from dealrail.demo import company, fill

HOST = "127.0.0.1"


def run(options: Options) -> None:
    """Fill a fresh home and serve it; a home that holds the demo already is only served. Refuses with HomeInUse."""
    port = None if options.no_serve else serving.free_port(HOST, options.port)
    start.migrate()
    if not fill.is_filled():
        _fill()
    if port is None:
        say(_("The demo company is in place. “dealrail demo” serves it."))
    else:
        say(_("Dealrail answers at %(address)s; Ctrl-C ends it.") % {"address": serving.address(HOST, port)})
    _tell_logins()
    if port is not None:
        serving.serve(HOST, port, serving.web_processes())


def _fill() -> None:
    say(_("Making a company of 30 people and their deals; this takes some seconds …"))
    progress = Progress(_("Deals:"))
    fill.fill(progress)
    progress.end()


def _tell_logins() -> None:
    who = {"rep": _("sales rep"), "manager": _("sales manager"), "administrator": _("administrator")}
    for role, login in fill.LOGINS.items():
        line = _("%(role)s: login %(login)s, password %(password)s")
        say("  " + line % {"role": who[role], "login": login, "password": company.PASSWORD})
