"""`verify-log`."""

from django.utils.translation import gettext as _

from dealrail.cli import start
from dealrail.cli.arguments import Options
from dealrail.cli.output import say, say_json
from dealrail.events import queries as log
from dealrail.events.queries import Fault


def verify(options: Options) -> int:
    """Walk every chain; 1 when one is not whole."""
    start.require_database()
    faults = list(log.verify_log())
    count, digest = log.count_events(), log.digest_of_heads()
    if options.json:
        say_json({"events": count, "digest": digest, "faults": [vars(fault) for fault in faults]})
        return 1 if faults else 0
    for fault in faults:
        say(sentence(fault))
    if not faults:
        say(
            _("The log is whole: %(count)s events. Digest of all heads: %(digest)s")
            % {"count": count, "digest": digest}
        )
    return 1 if faults else 0


def sentence(fault: Fault) -> str:
    """One broken chain in words."""
    problems = {
        "changed": _("was changed"),
        "missing": _("is missing"),
        "missing before": _("follows a row that is missing"),
        "inserted": _("was inserted"),
        "swapped": _("stands in the wrong place"),
    }
    params = {
        "subject": fault.subject,
        "seq": fault.seq,
        "event": fault.event_id or "—",
        "problem": problems.get(fault.problem, fault.problem),
    }
    return _("%(subject)s: row %(seq)s of its chain (event %(event)s) %(problem)s.") % params
