"""What happened, told to people: an event of the log as a line with an icon, a sentence, words and changes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.core.texts import listed
from dealrail.crm.queries import LABELS, in_words
from dealrail.process import queries as processes
from dealrail.process.rules import END, ProcessSpec
from dealrail.web.added import field_fact
from dealrail.web.processes.naming import condition_names
from dealrail.web.templatetags.dealrail import yuan
from dealrail.web.visits import check_in, map_link
from dealrail.web.who import called

Payload = Mapping[str, Any]
FOLLOW_UPS = {"activity.recorded", "activity.recorded_for_customer"}
FILES_ATTACHED = {"deal.file_attached", "customer.file_attached"}
PEOPLE_KEYS = ("approver_ids", "told_ids", "waiting_ids")
PERSON_KEYS = ("owner_id", "from_owner_id", "to_owner_id", "asked_by_id")
STATES: dict[str, Any] = {
    "open": _("Open"),
    "won": _("Won"),
    "lost": _("Lost"),
    "parked": _("Parked"),
}


@dataclass(frozen=True)
class Words:
    """The names that stand behind the keys and ids of events."""

    stages: Mapping[str, str]
    stages_of_deals: Mapping[int, Mapping[str, str]]
    fields: Mapping[str, Any]
    conditions: Mapping[str, str]
    people: Mapping[int, str]
    kinds: Mapping[str, Any]

    def person(self, user_id: int | None) -> str:
        """A person's name; a word for nobody."""
        return self.people.get(user_id or 0, "—")

    def stage(self, payload: Payload, name: str = "stage") -> str:
        """The name of the stage that an event names, in its deal's own process; a word for the end."""
        key = str(payload[name])
        known = self.stages_of_deals.get(payload.get("deal_id", 0), self.stages)
        return str(_("the end")) if key == END else known.get(key, key)


@dataclass(frozen=True)
class Told:
    """One line of a timeline. `group` is follow_up, move, approval, comment, attachment or change."""

    id: int
    icon: str
    group: str
    sentence: str
    who: str
    when: datetime
    late: bool
    text: str = ""
    next_step: str = ""
    next_step_at: datetime | None = None
    check_in: str = ""
    map_link: str = ""
    files: Sequence[Any] = ()
    facts: Sequence[tuple[str, str]] = ()
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    corrected: bool = False
    deal_id: int = 0
    deal_name: str = ""
    activity_id: int = 0
    follow_up_id: int = 0
    comment_id: int = 0
    form_record_id: int = 0


def worth_telling(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Without what says the same as the event beside it: a waiver granted on request is told by the waiver itself."""
    return rows.exclude(kind="deal.waiver_answered", payload__granted=True)


def told(
    events: Iterable[Any],
    specs: Mapping[int, ProcessSpec] | None = None,
    *,
    actor: Actor | None = None,
    each: bool = False,
) -> list[Told]:
    """These events in words; `specs` tells the process of each deal, by id, where stages of one key differ in name.

    A follow-up is told in the words it was corrected to, and carries its `follow_up_id`; where the `actor` wrote it, as
    its `activity_id` too, and with what it holds in fields that were added and the actor may see. A file that came
    with a follow-up is told by the follow-up alone, unless `each` event is to have its line.
    """
    rows, reader = in_words(events), actor.user_id if actor else 0
    words = _words(rows, specs or {})
    said = activities.words_of({row.payload["activity_id"] for row in rows if row.kind in FOLLOW_UPS})
    kept = activities.words_of_comments({row.payload["comment_id"] for row in rows if row.kind in activities.COMMENTED})
    files = activities.files_of(said)
    facts = activities.added_to(actor, said) if actor else {}
    shown = [row for row in rows if each or not _came_along(row, said)]
    told_now = [_corrected(_tell(event, words), event, said, files, reader) for event in shown]
    lines = [replace(line, facts=_facts(facts.get(line.follow_up_id, ()))) for line in told_now]
    return [_taken_back(line, event, kept, reader) for line, event in zip(lines, shown, strict=True)]


def _facts(held: Iterable[tuple[Any, str]]) -> list[tuple[str, str]]:
    return [(field.name, field_fact(field, words)) for field, words in held]


def _came_along(event: Any, said: Mapping[int, str]) -> bool:
    """Whether a file was attached to a follow-up that is told here too, and shows it."""
    return event.kind in FILES_ATTACHED and event.payload.get("activity_id") in said


def _taken_back(line: Told, event: Any, kept: Mapping[int, str], reader: int) -> Told:
    if event.kind not in activities.COMMENTED:
        return line
    comment_id = event.payload["comment_id"]
    if comment_id not in kept:
        return replace(line, text="", sentence=str(_("A comment that was taken back")))
    return replace(line, comment_id=comment_id if reader and event.actor_id == reader else 0)


def _corrected(
    line: Told, event: Any, said: Mapping[int, str], files: Mapping[int, Sequence[Any]], reader: int
) -> Told:
    activity_id = event.payload.get("activity_id", 0)
    if event.kind not in FOLLOW_UPS or activity_id not in said:
        return line
    text = said[activity_id]
    mine = activity_id if reader and event.actor_id == reader else 0
    brought = files.get(activity_id, ())
    is_corrected = text != line.text
    return replace(line, text=text, corrected=is_corrected, activity_id=mine, follow_up_id=activity_id, files=brought)


def _words(events: list[Any], of_deals: Mapping[int, ProcessSpec]) -> Words:
    ids = {event.payload[key] for event in events for key in PERSON_KEYS if event.payload.get(key)}
    ids |= {user_id for event in events for key in PEOPLE_KEYS for user_id in event.payload.get(key, [])}
    specs = list(of_deals.values()) or [processes.spec_of(row.pk) for row in processes.current_versions()]
    stages = [stage for spec in specs for stage in spec.stages]
    return Words(
        stages={stage.key: stage.name for stage in stages},
        stages_of_deals={pk: {stage.key: stage.name for stage in spec.stages} for pk, spec in of_deals.items()},
        fields={**LABELS, **{key: name for spec in specs for key, name in spec.field_names().items()}},
        conditions={key: name for spec in specs for key, name in condition_names(spec).items()},
        people=people.names_of(ids) if ids else {},
        kinds=activities.activity_kinds(),
    )


def _tell(event: Any, words: Words) -> Told:
    icon, group, tell = TELLERS.get(event.kind, ("info-circle", "change", lambda payload, words: event.kind))
    payload = event.payload
    step_at = payload.get("next_step_at")
    return Told(
        id=event.pk,
        icon=icon,
        group=group,
        sentence=tell(payload, words),
        who=called(event.actor_name),
        when=event.occurred_at,
        late=(event.recorded_at - event.occurred_at).total_seconds() > 24 * 3600,
        text=payload.get("text") or payload.get("note") or _reason(event.kind, payload) or _about(event, words),
        next_step=payload.get("next_step", ""),
        next_step_at=parse_datetime(step_at) if step_at else None,
        check_in=check_in(payload),
        map_link=map_link(payload),
        changes=_changes(payload.get("changes") or {}, words),
        deal_id=payload.get("deal_id") or 0,
        deal_name=payload.get("deal_name") or "",
        form_record_id=payload.get("form_record_id") or 0,
    )


def _reason(kind: str, payload: Payload) -> str:
    told = [str(payload.get("reason", "")), str(payload.get("answer", ""))]
    return " · ".join(filter(None, told)) if kind != "deal.lost" else ""


def _about(event: Any, words: Words) -> str:
    """The values that an approval was asked for: what was agreed to, whatever the deal holds by now."""
    about = event.payload.get("about", {}) if event.kind == "approval.asked" else {}
    values = {key: yuan(value) if key == "amount" else value for key, value in about.items() if value}
    return " · ".join(f"{words.fields.get(key, key)} {value}" for key, value in values.items())


def _changes(changes: Mapping[str, list[str | None]], words: Words) -> list[tuple[str, str, str]]:
    return [(str(words.fields.get(key, key)), old or "—", new or "—") for key, (old, new) in changes.items()]


def _created(payload: Payload, words: Words) -> str:
    return str(_("Created the deal in “%(stage)s”")) % {"stage": words.stage(payload)}


def _placed(payload: Payload, words: Words) -> str:
    named = {"stage": words.stage(payload), "state": STATES.get(payload["state"], payload["state"])}
    return str(_("Brought in from a sheet: “%(stage)s”, %(state)s")) % named


def _changed(payload: Payload, words: Words) -> str:
    names = [label for label, _old, _new in _changes(payload["changes"], words)]
    return str(_("Changed: %(fields)s")) % {"fields": listed(names)}


def _moved(payload: Payload, words: Words) -> str:
    named = {"from": words.stage(payload, "from_stage"), "to": words.stage(payload, "to_stage")}
    if payload["how"] == "back":
        return str(_("Sent back from “%(from)s” to “%(to)s”")) % named
    if payload["to_stage"] == END:
        return str(_("Finished the process after “%(from)s”")) % named
    sentence = str(_("Moved from “%(from)s” to “%(to)s”")) % named
    return f"{sentence} · {_('Won')}" if payload["won"] else sentence


def _lost(payload: Payload, words: Words) -> str:
    return str(_("Lost in “%(stage)s”: %(reason)s")) % {
        "stage": words.stage(payload),
        "reason": payload["reason_name"],
    }


def _parked(payload: Payload, words: Words) -> str:
    named = {"stage": words.stage(payload), "day": payload.get("again_on")}
    if named["day"]:
        return str(_("Set aside in “%(stage)s”, to be looked at again on %(day)s")) % named
    return str(_("Set aside in “%(stage)s”")) % named


def _reopened(payload: Payload, words: Words) -> str:
    return str(_("Reopened in “%(stage)s”")) % {"stage": words.stage(payload)}


def _owner(payload: Payload, words: Words) -> str:
    to = payload["to_owner_id"] if "to_owner_id" in payload else payload["owner_id"]
    named = {"from": words.person(payload["from_owner_id"]), "to": words.person(to)}
    if payload["how"] == "claimed":
        return str(_("%(to)s claimed it from the public pool")) % named
    if payload["how"] == "released":
        return str(_("Released into the public pool; was owned by %(from)s")) % named
    return str(_("Handed over from %(from)s to %(to)s")) % named


def _asked(payload: Payload, words: Words) -> str:
    named = {
        "what": words.conditions.get(payload["condition"], payload["condition"]),
        "who": listed(words.person(user_id) for user_id in payload["approver_ids"]),
        "told": listed(words.person(user_id) for user_id in payload.get("told_ids", [])),
    }
    if named["told"]:
        return str(_("Asked %(who)s for approval: %(what)s; %(told)s are told")) % named
    return str(_("Asked %(who)s for approval: %(what)s")) % named


def _agreed(payload: Payload, words: Words) -> str:
    named = {
        "what": words.conditions.get(payload["condition"], payload["condition"]),
        "who": listed(words.person(user_id) for user_id in payload["waiting_ids"]),
    }
    return str(_("Said yes: %(what)s; still to answer: %(who)s")) % named


def _reminded(payload: Payload, words: Words) -> str:
    named = {
        "what": words.conditions.get(payload["condition"], payload["condition"]),
        "who": listed(words.person(user_id) for user_id in payload["waiting_ids"]) or "—",
    }
    return str(_("Reminded %(who)s of the approval: %(what)s")) % named


def _approver(sentence: Any) -> Callable[[Payload, Words], str]:
    return lambda payload, words: (
        str(sentence)
        % {"what": words.conditions.get(payload["condition"], payload["condition"]), "who": payload["user_name"]}
    )


def _delegated(payload: Payload, words: Words) -> str:
    named = {
        "what": words.conditions.get(payload["condition"], payload["condition"]),
        "who": payload["user_name"],
        "gone": payload.get("instead_of", ""),
    }
    if named["gone"]:
        return str(_("%(who)s answers instead of %(gone)s, who has left: %(what)s")) % named
    return str(_("Has %(who)s answer instead: %(what)s")) % named


def _decided(payload: Payload, words: Words) -> str:
    named = {"what": words.conditions.get(payload["condition"], payload["condition"])}
    return str(_("Granted: %(what)s")) % named if payload["granted"] else str(_("Not granted: %(what)s")) % named


def _migrated(payload: Payload, words: Words) -> str:
    named = {
        "from": payload["from_version"],
        "to": payload["to_version"],
        "old": words.stage(payload, "from_stage"),
        "stage": words.stage(payload, "to_stage"),
    }
    if payload["from_stage"] == payload["to_stage"]:
        return (
            str(_("Follows version %(to)s of its process now, no longer version %(from)s; still in “%(stage)s”"))
            % named
        )
    sentence = _("Follows version %(to)s of its process now, no longer version %(from)s; from “%(old)s” to “%(stage)s”")
    return str(sentence) % named


_TAKEN_BACK: dict[str, Any] = {
    "vacant": _("Approval taken back, since nobody can give it any more: %(what)s"),
    "left": _("Approval not needed any more, since the deal left the stage: %(what)s"),
    "other_move": _("Approval taken back, since that of another move is asked for: %(what)s"),
}


def _withdrawn(payload: Payload, words: Words) -> str:
    if payload.get("how") == "recalled":
        return _waiver(_("Took back the request for approval: %(what)s"))(payload, words)
    named = {
        "what": words.conditions.get(payload["condition"], payload["condition"]),
        "fields": listed(label for label, _old, _new in _changes(payload["changes"], words)),
    }
    if sentence := _TAKEN_BACK.get(payload.get("how", "")):
        return str(sentence) % named
    if payload["changes"]:
        return str(_("Approval taken back, since it was about other values: %(what)s (%(fields)s)")) % named
    if payload.get("how") == "changed":  # in fields that the reader may not see
        return str(_("Approval taken back, since it was about other values: %(what)s")) % named
    return str(_("Approval taken back, since the deal follows another version now: %(what)s")) % named


def _waived(payload: Payload, words: Words) -> str:
    named = {"what": words.conditions.get(payload["condition"], payload["condition"])}
    told = str(_("Waived “%(what)s”")) % named
    if who := payload.get("asked_by_name"):
        told = str(_("Waived “%(what)s”, which %(who)s had asked for")) % {**named, "who": who}
    return _with_reason(told, payload)


def _with_reason(told: str, payload: Payload) -> str:
    """Which of the process's waiver reasons it was, where it has any."""
    if reason := payload.get("reason_name"):
        return str(_("%(told)s (%(reason)s)")) % {"told": told, "reason": reason}
    return told


def _settled(payload: Payload, words: Words) -> str:
    return str(_("%(count)s outstanding steps settled, %(left)s left")) % {
        "count": payload["count"],
        "left": payload["left"],
    }


def _followed(payload: Payload, words: Words) -> str:
    kind = str(words.kinds.get(payload["activity_kind"], payload["activity_kind"]))
    who = payload["contact_name"]
    return str(_("%(kind)s with %(contact)s")) % {"kind": kind, "contact": who} if who else kind


def _done(payload: Payload, words: Words) -> str:
    if payload.get("form_name"):
        named = {"action": payload["action_name"], "form": payload["form_name"]}
        return str(_("Did “%(action)s” with the form “%(form)s”")) % named
    return str(_("Did “%(action)s”")) % {"action": payload["action_name"]}


def _merged(sentence: Any) -> Callable[[Payload, Words], str]:
    return lambda payload, words: str(sentence) % {"name": payload["gone_name"]}


def _contact(sentence: Any) -> Callable[[Payload, Words], str]:
    return lambda payload, words: str(sentence) % {"name": payload["contact_name"]}


def _shared(payload: Payload, words: Words) -> str:
    sentence = _("%(name)s works on it too") if payload["may_write"] else _("%(name)s may read it")
    return str(sentence) % {"name": payload["user_name"]}


def _unshared(payload: Payload, words: Words) -> str:
    return str(_("%(name)s is no collaborator any more")) % {"name": payload["user_name"]}


def _waiver(sentence: Any) -> Callable[[Payload, Words], str]:
    def tell(payload: Payload, words: Words) -> str:
        told = str(sentence) % {"what": words.conditions.get(payload["condition"], payload["condition"])}
        return _with_reason(told, payload)

    return tell


def _waiver_withdrawn(payload: Payload, words: Words) -> str:
    ended = payload.get("how", "recalled") != "recalled"
    sentence = _("Waiver not needed any more: %(what)s") if ended else _("No longer asks to waive “%(what)s”")
    return _waiver(sentence)(payload, words)


def _waiver_answer(payload: Payload, words: Words) -> str:
    sentence = _("Waiver granted: %(what)s") if payload["granted"] else _("Waiver refused: %(what)s")
    return _waiver(sentence)(payload, words)


def _handed(payload: Payload, words: Words) -> str:
    named = {"stage": payload["stage_name"], "who": payload["to_owner_name"]}
    if payload.get("by", "named") == "named":
        return str(_("%(who)s takes over in “%(stage)s”")) % named
    return str(_("%(who)s takes over in “%(stage)s”, as the process says")) % named


def _vacant(payload: Payload, words: Words) -> str:
    named = {"stage": payload["stage_name"]}
    return str(_("Stays with its owner: whom the process gives it to in “%(stage)s” isn't there")) % named


def _file(sentence: Any) -> Callable[[Payload, Words], str]:
    return lambda payload, words: str(sentence) % {"name": payload["file_name"]}


def _fixed(sentence: Any) -> Callable[[Payload, Words], str]:
    return lambda payload, words: str(sentence)


def _form(payload: Payload, words: Words) -> str:
    return _("Filled in the form “%(name)s”") % {"name": payload["form_name"]}


TELLERS: dict[str, tuple[str, str, Callable[[Payload, Words], str]]] = {
    "deal.created": ("plus", "move", _created),
    "deal.history_told": ("file-import", "move", _fixed(_("Brought in from a sheet as it was"))),
    "deal.placed": ("file-import", "move", _placed),
    "deal.changed": ("edit", "change", _changed),
    "deal.stage_changed": ("arrow-right", "move", _moved),
    "deal.lost": ("circle-x", "move", _lost),
    "deal.parked": ("player-pause", "move", _parked),
    "deal.reopened": ("player-play", "move", _reopened),
    "deal.migrated": ("route", "move", _migrated),
    "deal.owner_changed": ("transfer", "change", _owner),
    "deal.deleted": ("trash", "change", _fixed(_("Put into the recycle bin"))),
    "deal.restored": ("arrow-back-up", "change", _fixed(_("Restored from the recycle bin"))),
    "deal.removed": ("trash", "change", _fixed(_("Removed the deal"))),
    "deal.debts_settled": ("clipboard-check", "change", _settled),
    "approval.asked": ("hand-stop", "approval", _asked),
    "approval.agreed": ("shield-check", "approval", _agreed),
    "approval.reminded": ("clock", "approval", _reminded),
    "approval.delegated": ("transfer", "approval", _delegated),
    "approval.approver_added": ("user-plus", "approval", _approver(_("Asked %(who)s for approval too: %(what)s"))),
    "approval.decided": ("shield-check", "approval", _decided),
    "approval.withdrawn": ("arrow-back-up", "approval", _withdrawn),
    "condition.waived": ("lock-open", "approval", _waived),
    "activity.recorded": ("message-circle", "follow_up", _followed),
    "activity.recorded_for_customer": ("message-circle", "follow_up", _followed),
    "action.completed": ("checkbox", "follow_up", _done),
    "deal.file_attached": ("paperclip", "attachment", _file(_("Attached “%(name)s”"))),
    "deal.file_removed": ("trash", "attachment", _file(_("Removed the file “%(name)s”"))),
    "deal.file_restored": ("refresh", "attachment", _file(_("Brought back the file “%(name)s”"))),
    "customer.file_attached": ("paperclip", "attachment", _file(_("Attached “%(name)s”"))),
    "customer.file_removed": ("trash", "attachment", _file(_("Removed the file “%(name)s”"))),
    "customer.file_restored": ("refresh", "attachment", _file(_("Brought back the file “%(name)s”"))),
    "deal.form_filled": ("list-details", "attachment", _form),
    "customer.form_filled": ("list-details", "attachment", _form),
    "deal.comment_added": ("message-2", "comment", _fixed(_("Commented"))),
    "deal.comment_removed": ("trash", "comment", _fixed(_("Took back a comment"))),
    "customer.comment_added": ("message-2", "comment", _fixed(_("Commented"))),
    "customer.comment_removed": ("trash", "comment", _fixed(_("Took back a comment"))),
    "deal.collaborator_added": ("user-plus", "change", _shared),
    "deal.collaborator_changed": ("user-check", "change", _shared),
    "deal.collaborator_removed": ("user-minus", "change", _unshared),
    "deal.waiver_asked": ("hand-stop", "approval", _waiver(_("Asked to waive “%(what)s”"))),
    "deal.waiver_answered": ("shield-check", "approval", _waiver_answer),
    "deal.waiver_withdrawn": ("x", "approval", _waiver_withdrawn),
    "deal.handed_over": ("transfer", "move", _handed),
    "deal.hand_over_vacant": ("alert-triangle", "move", _vacant),
    "deal.hand_over_seen": ("circle-check", "change", _fixed(_("Read the hand-over"))),
    "customer.created": ("building", "change", _fixed(_("Created the customer"))),
    "customer.changed": ("edit", "change", _changed),
    "customer.owner_changed": ("transfer", "change", _owner),
    "customer.deleted": ("trash", "change", _fixed(_("Put into the recycle bin"))),
    "customer.restored": ("arrow-back-up", "change", _fixed(_("Restored from the recycle bin"))),
    "customer.merged": ("arrows-join-2", "change", _merged(_("Merged “%(name)s” into this customer"))),
    "customer.merge_undone": ("arrows-split-2", "change", _merged(_("Undid the merge with “%(name)s”"))),
    "customer.removed": ("trash", "change", _fixed(_("Removed the customer"))),
    "contact.created": ("user-plus", "change", _contact(_("Added the contact %(name)s"))),
    "contact.changed": ("user-check", "change", _contact(_("Changed the contact %(name)s"))),
    "contact.deleted": ("trash", "change", _contact(_("Deleted the contact %(name)s"))),
    "contact.restored": ("arrow-back-up", "change", _contact(_("Restored the contact %(name)s"))),
    "contact.removed": ("trash", "change", _contact(_("Removed the contact %(name)s"))),
}
