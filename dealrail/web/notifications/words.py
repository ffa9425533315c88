"""What one was told, in words and with a way to it; of a record one may no longer see, nothing is said."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.core.texts import listed
from dealrail.crm import queries as crm
from dealrail.notifications.rules import FAREWELLS, HANDED, OWN
from dealrail.process import queries as processes
from dealrail.web.deals.facts import Fact, approved
from dealrail.web.processes.naming import condition_names
from dealrail.web.templatetags.dealrail import yuan
from dealrail.web.who import called

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Sight:
    """Which of the records spoken of the reader may see: deals with their version, customers; comments none may.

    `pooled` are those deals with an approval to tell of that lie in a pool.
    """

    actor: Actor
    deals: Mapping[int, int]
    pooled: frozenset[int]
    customers: frozenset[int]
    taken_back: frozenset[int]

    def has(self, row: Any) -> bool:
        """Whether the record that this is about is the reader's to see."""
        if row.subject_kind == "deal":
            return row.subject_id in self.deals
        return row.subject_kind != "customer" or row.subject_id in self.customers

    def spec(self, row: Any) -> Any:
        """The process of the deal that this is about."""
        return processes.spec_of(self.deals[row.subject_id])


@dataclass(frozen=True)
class Line:
    """One thing told. `href` is empty where there is nothing to open."""

    id: int
    icon: str
    sentence: str
    text: str
    href: str
    when: datetime
    is_unread: bool


def lines(actor: Actor, rows: Iterable[Any]) -> list[Line]:
    """These notifications in the reader's words; as many statements, however many they are."""
    found = list(rows)
    sight = _sight(actor, found)
    values = _values(found, sight)
    return [_line(row, sight, values.get(row.pk, "")) for row in found]


def address_of(actor: Actor, row: Any) -> str:
    """Where what this notification tells of can be seen; the page of all of them where there is nothing to see."""
    return lines(actor, [row])[0].href or reverse("notifications")


def _sight(actor: Actor, rows: list[Any]) -> Sight:
    comments = {row.params["comment_id"] for row in rows if "comment_id" in row.params}
    return Sight(
        actor=actor,
        pooled=frozenset(crm.pooled_among(row.subject_id for row in rows if row.params.get("about"))),
        deals=crm.versions_of_deals(actor, (row.subject_id for row in rows if row.subject_kind == "deal")),
        customers=frozenset(
            crm.visible_customers_among(actor, (row.subject_id for row in rows if row.subject_kind == "customer"))
        ),
        taken_back=frozenset(activities.taken_back(comments)),
    )


def _line(row: Any, sight: Sight, values: str) -> Line:
    icon, tell = TELLERS.get(row.kind, ("bell", _unknown))
    is_seen = sight.has(row)
    told = is_seen or row.kind in FAREWELLS | OWN
    return Line(
        id=row.pk,
        icon=icon if told else "eye-off",
        sentence=tell(row, sight) if told else str(_("About a record that is no longer yours to see.")),
        text=_text(row, sight, values) if told else "",
        href=_address(row) if is_seen else reverse("home") if row.kind in OWN else "",
        when=row.created_at,
        is_unread=row.read_at is None,
    )


def _text(row: Any, sight: Sight, values: str) -> str:
    """The values, note or problem that came with it; of a comment that was taken back, nothing."""
    if row.params.get("comment_id") in sight.taken_back:
        return ""
    if row.params.get("about"):
        return values
    return str(row.params.get("note") or row.params.get("problem") or "")


def _values(rows: Iterable[Any], sight: Sight) -> dict[int, str]:
    """What approvals are asked for: each field that the reader may see, with its value, by what tells of it."""
    asking = [row for row in rows if row.params.get("about") and sight.has(row)]
    told = approved(
        sight.actor, [(row.params["about"], sight.spec(row), row.subject_id in sight.pooled) for row in asking]
    )
    return {row.pk: _said_of(facts) for row, facts in zip(asking, told, strict=True)}


def _said_of(facts: Iterable[Fact]) -> str:
    return " · ".join(f"{fact.label} {yuan(fact.value) if fact.kind == 'money' else fact.value}" for fact in facts)


def _bulk(row: Any, sight: Sight) -> str:
    """How many records somebody handed over, and from or to whom."""
    params = {**row.params, "names": listed(row.params.get("names", [])) or "—"}
    what = {"customers": ngettext("%(n)s customer", "%(n)s customers", params["count"])}
    what |= {"tasks": ngettext("%(n)s task", "%(n)s tasks", params["count"])}
    many = what.get(params["of"]) or ngettext("%(n)s deal", "%(n)s deals", params["count"])
    params["what"] = many % {"n": params["count"]}
    if row.kind == "bulk_given":
        undone, given = (
            _("%(who)s took a hand-over back; yours again: %(what)s"),
            _("%(who)s handed %(what)s over to you (from: %(names)s)"),
        )
    else:
        undone, given = (
            _("%(who)s took a hand-over back: %(what)s went back to %(names)s"),
            _("%(who)s handed %(what)s of yours over to %(names)s"),
        )
    return _filled(undone if params.get("undone") else given, params)


PAGES = {"deal": "deal", "customer": "customer", "import": "import_job", "bulk": "bulk_job"}


def _address(row: Any) -> str:
    """The page of what it is about; the first page for what has none."""
    if row.kind in HANDED and row.params.get("of") in {"deals", "customers", "tasks"}:
        return f"{reverse(row.params['of'])}?owner=me"
    if row.subject_kind == "migration":
        return reverse("process_migration", args=[row.params["key"], row.subject_id])
    try:
        return reverse(PAGES[row.subject_kind], args=[row.subject_id])
    except (KeyError, NoReverseMatch):
        return reverse("home")


def _unknown(row: Any, sight: Sight) -> str:
    return str(row.params.get("name", row.kind))


def _filled(sentence: Any, params: Params) -> str:
    """The sentence with its names; what an older notification doesn't say is left open."""
    named = {**params, "who": called(str(params["who"]))} if "who" in params else params
    return str(str(sentence) % defaultdict(lambda: "—", named))


def _said(sentence: Any) -> Callable[[Any, Sight], str]:
    return lambda row, sight: _filled(sentence, row.params)


def _given(row: Any, sight: Sight) -> str:
    if row.params.get("how") == "created":
        return _filled(_("%(who)s made the deal “%(name)s” for you"), row.params)
    return _filled(_("%(who)s handed “%(name)s” over to you"), row.params)


def _taken(row: Any, sight: Sight) -> str:
    if row.params.get("how") == "claimed":
        return _filled(_("%(who)s claimed “%(name)s”, which was yours"), row.params)
    if row.params.get("how") == "released":
        return _filled(_("%(who)s released your “%(name)s” into the public pool"), row.params)
    return _filled(_("%(who)s handed your “%(name)s” over to somebody else"), row.params)


def _on_condition(sentence: Any) -> Callable[[Any, Sight], str]:
    """A sentence that names a condition of the deal's process."""

    def tell(row: Any, sight: Sight) -> str:
        key = row.params.get("condition", "—")
        return _filled(sentence, {**row.params, "what": condition_names(sight.spec(row)).get(key, key)})

    return tell


def _finished(row: Any, sight: Sight) -> str:
    return _filled(_("“%(name)s” is imported: %(created)s new, %(changed)s changed, %(failed)s refused"), row.params)


def _migrated(row: Any, sight: Sight) -> str:
    sentence = _("Version %(version)s of “%(name)s”: %(done)s deals went over, %(waiting)s wait, %(refused)s can't")
    if row.params.get("stopped"):
        sentence = _(
            "Stopped: version %(version)s of “%(name)s”. %(done)s deals went over, %(refused)s couldn't, the rest stay"
        )
    return _filled(sentence, row.params)


TELLERS: dict[str, tuple[str, Callable[[Any, Sight], str]]] = {
    "deal_given": ("briefcase", _given),
    "deal_taken": ("transfer", _taken),
    "customer_given": ("building", _given),
    "customer_taken": ("transfer", _taken),
    "approval_asked": ("shield-check", _on_condition(_("%(who)s asks for your approval of “%(name)s”: %(what)s"))),
    "approval_withdrawn": (
        "arrow-back-up",
        _said(_("%(who)s changed “%(name)s”, so its approval is taken back; it will be asked for again")),
    ),
    "approval_recalled": (
        "arrow-back-up",
        _said(_("%(who)s took back the request to approve “%(name)s”")),
    ),
    "approval_needless": (
        "arrow-back-up",
        _said(_("%(who)s went on with “%(name)s” another way; this approval isn't needed any more")),
    ),
    "approval_migrated": (
        "arrow-back-up",
        _said(
            _(
                "%(who)s took “%(name)s” over to another version of its process, so its approval is taken back; "
                "it will be asked for again"
            )
        ),
    ),
    "approval_turn": (
        "shield-check",
        _on_condition(_("%(who)s said yes; now it is your turn to approve “%(name)s”: %(what)s")),
    ),
    "approval_reminded": (
        "clock",
        _on_condition(_("Still waits for your approval: “%(name)s”: %(what)s")),
    ),
    "approval_passed_on": (
        "shield-check",
        _on_condition(_("%(who)s asks you to decide in their place about “%(name)s”: %(what)s")),
    ),
    "approval_passed_to": (
        "transfer",
        _on_condition(_("%(who)s passed the approval of “%(name)s” on to %(to)s: %(what)s")),
    ),
    "approval_inherited": (
        "shield-check",
        _on_condition(_("%(gone)s has left; it is yours to decide about “%(name)s”: %(what)s")),
    ),
    "approval_taken_over": (
        "transfer",
        _on_condition(_("%(gone)s has left; %(to)s decides about “%(name)s” instead: %(what)s")),
    ),
    "approval_vacant": (
        "alert-triangle",
        _said(_("%(note)s has left and nobody can approve “%(name)s” instead; ask for it again")),
    ),
    "approval_shared": (
        "shield-check",
        _on_condition(_("%(who)s wants your approval of “%(name)s” too: %(what)s")),
    ),
    "approval_told": ("info-circle", _on_condition(_("For you to know: %(who)s asks to approve “%(name)s”: %(what)s"))),
    "approval_told_yes": ("circle-check", _said(_("For you to know: %(who)s approved “%(name)s”"))),
    "approval_told_no": ("hand-stop", _said(_("For you to know: %(who)s did not approve “%(name)s”"))),
    "approval_granted": ("circle-check", _on_condition(_("%(who)s granted “%(what)s” for “%(name)s”"))),
    "approval_refused": ("hand-stop", _on_condition(_("%(who)s did not grant “%(what)s” for “%(name)s”"))),
    "waiver_asked": ("lock-open", _on_condition(_("%(who)s asks you to waive “%(what)s” for “%(name)s”"))),
    "waiver_granted": ("lock-open", _on_condition(_("%(who)s waived “%(what)s” for “%(name)s”"))),
    "waiver_refused": ("hand-stop", _on_condition(_("%(who)s did not waive “%(what)s” for “%(name)s”"))),
    "mentioned": ("message-circle", _said(_("%(who)s mentioned you in a comment on “%(name)s”"))),
    "collaborator_added": ("users", _said(_("%(who)s made you a collaborator on “%(name)s”"))),
    "task_given": ("checkbox", _said(_("%(who)s gave you a task: %(title)s"))),
    "form_filled": ("list-details", _said(_("“%(form)s” was filled in for “%(name)s” by its link"))),
    "bulk_given": ("transfer", _bulk),
    "bulk_taken": ("transfer", _bulk),
    "bulk_finished": (
        "list-check",
        _said(_("Done for many: %(succeeded)s done, %(waiting)s waiting, %(refused)s refused")),
    ),
    "migration_finished": ("transfer", _migrated),
    "import_finished": ("file-import", _finished),
    "import_failed": ("alert-triangle", _said(_("The import of “%(name)s” stopped"))),
}
