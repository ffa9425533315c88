"""What happened, told to people: an event of the log as a line with an icon, a sentence, words and changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.crm.queries import LABELS, in_words
from dealrail.process import queries as processes
from dealrail.process.rules import END, ProcessSpec
from dealrail.web.added import field_fact
from dealrail.web.processes.naming import condition_names
from dealrail.web.tellers import TELLERS, Payload, Words, changes_in_words
from dealrail.web.templatetags.dealrail import yuan
from dealrail.web.visits import check_in, map_link
from dealrail.web.who import called

FOLLOW_UPS = {"activity.recorded", "activity.recorded_for_customer"}
FILES_ATTACHED = {"deal.file_attached", "customer.file_attached"}
PEOPLE_KEYS = ("approver_ids", "told_ids", "waiting_ids")
PERSON_KEYS = ("owner_id", "from_owner_id", "to_owner_id", "asked_by_id")

_STAGES = ("stage", "from_stage", "to_stage")


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
    ever = {pk: _specs_named(spec, pk, events) for pk, spec in of_deals.items()}
    everything = [one for older in ever.values() for one in older] or specs
    return Words(
        stages={stage.key: stage.name for spec in specs for stage in spec.stages},
        stages_of_deals={
            pk: {stage.key: stage.name for spec in older for stage in spec.stages} for pk, older in ever.items()
        },
        fields={**LABELS, **{key: name for spec in everything for key, name in spec.field_names().items()}},
        conditions={key: name for spec in everything for key, name in condition_names(spec).items()},
        people=people.names_of(ids) if ids else {},
        kinds=activities.activity_kinds(),
    )


def _specs_named(spec: ProcessSpec, deal_id: int, events: Sequence[Any]) -> list[ProcessSpec]:
    """What a deal follows; before it, where an event names a stage that this no longer has, the versions of before."""
    payloads = [event.payload for event in events if event.payload.get("deal_id") == deal_id]
    named = {payload[name] for payload in payloads for name in _STAGES if payload.get(name)}
    if named <= {END, *(stage.key for stage in spec.stages)}:
        return [spec]
    return [*processes.specs_ever(spec.key), spec]


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
        changes=changes_in_words(payload.get("changes") or {}, words),
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
