"""The sentence that each kind of event is told in, with its icon and its group."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.core.texts import listed
from dealrail.process.rules import END

Payload = Mapping[str, Any]
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


def changes_in_words(changes: Mapping[str, list[str | None]], words: Words) -> list[tuple[str, str, str]]:
    """Each changed field by its label, with what it held and what it holds; a dash for nothing."""
    return [(str(words.fields.get(key, key)), old or "—", new or "—") for key, (old, new) in changes.items()]


def _created(payload: Payload, words: Words) -> str:
    return str(_("Created the deal in “%(stage)s”")) % {"stage": words.stage(payload)}


def _placed(payload: Payload, words: Words) -> str:
    named = {"stage": words.stage(payload), "state": STATES.get(payload["state"], payload["state"])}
    return str(_("Brought in from a sheet: “%(stage)s”, %(state)s")) % named


def _changed(payload: Payload, words: Words) -> str:
    names = [label for label, _old, _new in changes_in_words(payload["changes"], words)]
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
        "fields": listed(label for label, _old, _new in changes_in_words(payload["changes"], words)),
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


def _form_withdrawn(payload: Payload, words: Words) -> str:
    return _("Withdrew the form “%(name)s”") % {"name": payload["form_name"]}


def _not_done(payload: Payload, words: Words) -> str:
    return _("“%(action)s” counts as not done, since its form is withdrawn") % {"action": payload["action_name"]}


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
    "action.taken_back": ("arrow-back-up", "follow_up", _not_done),
    "deal.file_attached": ("paperclip", "attachment", _file(_("Attached “%(name)s”"))),
    "deal.file_removed": ("trash", "attachment", _file(_("Removed the file “%(name)s”"))),
    "deal.file_restored": ("refresh", "attachment", _file(_("Brought back the file “%(name)s”"))),
    "customer.file_attached": ("paperclip", "attachment", _file(_("Attached “%(name)s”"))),
    "customer.file_removed": ("trash", "attachment", _file(_("Removed the file “%(name)s”"))),
    "customer.file_restored": ("refresh", "attachment", _file(_("Brought back the file “%(name)s”"))),
    "deal.form_filled": ("list-details", "attachment", _form),
    "customer.form_filled": ("list-details", "attachment", _form),
    "deal.form_withdrawn": ("arrow-back-up", "attachment", _form_withdrawn),
    "customer.form_withdrawn": ("arrow-back-up", "attachment", _form_withdrawn),
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
