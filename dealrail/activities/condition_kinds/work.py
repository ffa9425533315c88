"""Condition kinds about what was done: actions done, follow-ups at least, files kept."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dealrail.activities.models import COUNTS, ActionDone, Activity, Attachment
from dealrail.activities.queries import file_kinds
from dealrail.activities.rules import FILE_KINDS, file_kind
from dealrail.core import clock
from dealrail.core.texts import listed
from dealrail.process.conditions import Case
from dealrail.process.rules import ConditionSpec, Demand, Problem, ProcessSpec
from dealrail.process.rules.dated import dated

MOST_DAYS = 365
MOST_FILES = 20
SINCE = ("ever", "stage")


class ActionsDone:
    """These SOP actions were carried out for the deal."""

    key = "activities.done"

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        actions = condition.config.get("actions")
        if not isinstance(actions, list) or not actions:
            yield Problem("actions", "not_a_list")
            return
        for action in actions:
            if spec.action(action) is None:
                yield Problem("actions", "no_such_action", {"action": str(action)[:40]})
        for name in set(condition.config) - {"actions"}:
            yield Problem("", "unknown_key", {"key": name, "known": "actions"})

    def load(self, cases: Sequence[Case]) -> None:
        done: dict[int, set[str]] = defaultdict(set)
        runs = [case.run.pk for case in cases if not case.fresh]
        if runs:
            rows = ActionDone.objects.filter(COUNTS, run__in=runs)
            for run, action in rows.values_list("run", "action"):
                done[run].add(action)
        for case in cases:
            case.evidence[self.key] = done.get(case.run.pk, set())

    def load_past(self, cases: Sequence[Case]) -> None:
        """What was done by then and not taken back yet."""
        rows = list(ActionDone.objects.filter(run__in={case.run.pk for case in cases}))
        for case in cases:
            case.evidence[self.key] = {
                row.action
                for row in rows
                if row.run_id == case.run.pk
                and row.done_at <= case.now
                and (row.taken_back_at is None or row.taken_back_at > case.now)
            }

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        case.evidence[self.key] = set(given.get("done", ()))

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        for key in condition.config["actions"]:
            action = case.spec.action(key)
            yield Demand(
                condition=condition.key,
                kind=self.key,
                code="action_not_done",
                sentence=_("Action “%(label)s”"),
                params={
                    "action": key,
                    "label": action.name if action else key,
                    "evidence": action.evidence if action else "none",
                },
                met=key in case.evidence[self.key],
            )


@lru_cache
def _named(_language: str | None, kinds: tuple[str, ...]) -> str:
    """Kinds of follow-ups in the reader's language; a board says them on each of its cards."""
    return listed(Activity.Kind(kind).label for kind in kinds)


def _made(where: str, ids: Collection[int], since: datetime | None) -> dict[int, Counter[str]]:
    """How many follow-ups of each kind were made in these stays, or on these deals."""
    made: dict[int, Counter[str]] = defaultdict(Counter)
    if ids:
        rows = Activity.objects.filter(**{f"{where}__in": ids})
        rows = rows.filter(occurred_at__gte=since) if since else rows
        for place, kind, count in rows.values_list(where, "kind").annotate(made=Count("pk")).order_by():
            made[place][kind] = count
    return made


class FollowUps:
    """At least so many follow-ups (of certain kinds) were made while the deal stays in this stage."""

    key = "activities.follow_ups"

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        at_least, of = condition.config.get("at_least", 1), condition.config.get("of", [])
        if not isinstance(at_least, int) or not 1 <= at_least <= 100:
            yield Problem("at_least", "bad_number", {"value": str(at_least)[:40], "low": 1, "high": 100})
        known = ", ".join(Activity.Kind.values)
        if not isinstance(of, list):
            yield Problem("of", "not_a_list")
            return
        for kind in of:
            if kind not in Activity.Kind.values:
                yield Problem("of", "not_one_of", {"value": str(kind)[:40], "known": known})
        days = condition.config.get("within_days", 1)
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
            yield Problem("within_days", "bad_number", {"value": str(days)[:40], "low": 1, "high": MOST_DAYS})
        for name in set(condition.config) - {"at_least", "of", "within_days"}:
            yield Problem("", "unknown_key", {"key": name, "known": "at_least, of, within_days"})

    def load(self, cases: Sequence[Case]) -> None:
        stays = {case.stay_id for case in cases if case.stay_id and not case.fresh}
        # a stage that was passed long ago is owed to by the deal: whatever was made since counts
        deals = {case.subject.pk for case in cases if not case.stay_id and not case.fresh}
        on_deals = _made("deal", deals, None)
        spans = {days: _made("stay", stays, _since(days)) for days in self._spans(cases)}
        for case in cases:
            case.evidence[self.key] = {
                days: (made.get(case.stay_id) if case.stay_id else on_deals.get(case.subject.pk)) or Counter()
                for days, made in spans.items()
            }

    def load_past(self, cases: Sequence[Case]) -> None:
        """What had been written down by then, and of the last days what had happened in them."""
        rows = list(Activity.objects.filter(stay__in={case.stay_id for case in cases}))
        spans = self._spans(cases)
        for case in cases:
            mine = [row for row in rows if row.stay_id == case.stay_id and row.recorded_at <= case.now]
            case.evidence[self.key] = {
                days: Counter(
                    row.kind for row in mine if not days or row.occurred_at >= case.now - timedelta(days=days)
                )
                for days in spans
            }

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        made = dated(given.get("follow_ups", ()))
        case.evidence[self.key] = {
            days: Counter(kind for kind, ago in made if not days or ago <= days) for days in self._spans([case])
        }

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        at_least, of = condition.config.get("at_least", 1), condition.config.get("of", Activity.Kind.values)
        days = condition.config.get("within_days", 0)
        made = sum(count for kind, count in case.evidence[self.key][days].items() if kind in of)
        kinds = _named(get_language(), tuple(of)) if condition.config.get("of") else ""
        yield Demand(
            condition=condition.key,
            kind=self.key,
            code="follow_ups_missing",
            sentence=_SENTENCES[bool(kinds), bool(days and case.stay_id)],
            params={"made": made, "at_least": at_least, "kinds": kinds, "of": list(of), "within_days": days},
            met=made >= at_least,
        )

    def _spans(self, cases: Sequence[Case]) -> set[int]:
        """Over how many last days these cases' conditions count; 0 for the whole stay."""
        mine = (row for case in cases for row in case.stage.conditions if row.kind == self.key)
        return {row.config.get("within_days", 0) for row in mine}


def _since(days: int) -> datetime | None:
    return clock.now() - timedelta(days=days) if days else None


_SENTENCES = {
    (False, False): _("Follow-ups in this stage: %(made)s of %(at_least)s"),
    (True, False): _("Follow-ups in this stage: %(made)s of %(at_least)s (%(kinds)s)"),
    (False, True): _("Follow-ups in this stage, in the last %(within_days)s days: %(made)s of %(at_least)s"),
    (True, True): _("Follow-ups in this stage, in the last %(within_days)s days: %(made)s of %(at_least)s (%(kinds)s)"),
}


class FilesAttached:
    """At least so many files (of certain kinds) are kept with the deal, or were since it entered its stage."""

    key = "files.attached"

    def problems(self, condition: ConditionSpec, spec: ProcessSpec) -> Iterable[Problem]:
        at_least, of = condition.config.get("at_least", 1), condition.config.get("of", [])
        if not isinstance(at_least, int) or isinstance(at_least, bool) or not 1 <= at_least <= MOST_FILES:
            yield Problem("at_least", "bad_number", {"value": str(at_least)[:40], "low": 1, "high": MOST_FILES})
        if not isinstance(of, list):
            yield Problem("of", "not_a_list")
            return
        for kind in of:
            if not isinstance(kind, str) or kind not in FILE_KINDS:
                yield Problem("of", "not_one_of", {"value": str(kind)[:40], "known": ", ".join(FILE_KINDS)})
        if condition.config.get("since", "ever") not in SINCE:
            value = str(condition.config["since"])[:40]
            yield Problem("since", "not_one_of", {"value": value, "known": ", ".join(SINCE)})
        for name in set(condition.config) - {"at_least", "of", "since"}:
            yield Problem("", "unknown_key", {"key": name, "known": "at_least, of, since"})

    def load(self, cases: Sequence[Case]) -> None:
        kept: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
        deals = {case.subject.pk for case in cases if not case.fresh}
        if deals:
            rows = Attachment.objects.filter(deal__in=deals, deleted_at__isnull=True)
            for deal, name, uploaded_at in rows.values_list("deal", "name", "uploaded_at"):
                kept[deal].append((file_kind(name), uploaded_at))
        for case in cases:
            case.evidence[self.key] = kept.get(case.subject.pk, [])

    def load_past(self, cases: Sequence[Case]) -> None:
        """What was kept then; not known where something was brought back since, as when it was away isn't kept."""
        rows = list(Attachment.objects.filter(deal__in={case.subject.pk for case in cases}))
        for case in cases:
            mine = [row for row in rows if row.deal_id == case.subject.pk and row.uploaded_at <= case.now]
            there = [row for row in mine if row.deleted_at is None or row.deleted_at > case.now]
            case.evidence[self.key] = [(file_kind(row.name), row.uploaded_at) for row in there]
            if "files" in case.changed:
                case.forget(self.key)

    def load_given(self, case: Case, given: Mapping[str, Any]) -> None:
        kept = dated(given.get("files", ()))
        case.evidence[self.key] = [(kind, case.now - timedelta(days=ago)) for kind, ago in kept]

    def demands(self, case: Case, condition: ConditionSpec) -> Iterable[Demand]:
        at_least, of = condition.config.get("at_least", 1), condition.config.get("of", [])
        # of a stage that was passed long ago, whatever was kept since counts
        since = case.run.stage_entered_at if condition.config.get("since") == "stage" and case.stay_id else None
        kept = sum((not of or kind in of) and (since is None or at >= since) for kind, at in case.evidence[self.key])
        labels = file_kinds()
        yield Demand(
            condition=condition.key,
            kind=self.key,
            code="files_missing",
            sentence=_FILE_SENTENCES[bool(of), since is not None],
            params={"kept": kept, "at_least": at_least, "of": list(of), "kinds": listed(labels[kind] for kind in of)},
            met=kept >= at_least,
        )


_FILE_SENTENCES = {
    (False, False): _("Files of this deal: %(kept)s of %(at_least)s"),
    (True, False): _("Files of this deal: %(kept)s of %(at_least)s (%(kinds)s)"),
    (False, True): _("Files added in this stage: %(kept)s of %(at_least)s"),
    (True, True): _("Files added in this stage: %(kept)s of %(at_least)s (%(kinds)s)"),
}
