"""Reading what was answered, and asking the rules of a form which questions are shown and required."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import BooleanField, Case, JSONField, Value, When
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _

from dealrail.accounts.actor import Actor
from dealrail.core import clock, uploads
from dealrail.core.errors import Refusal
from dealrail.core.filters import compile_filter, fields_in
from dealrail.core.problems import Problems
from dealrail.core.uploads import Upload, name_of
from dealrail.crm.engine import AddedFields, Reader, read_fields
from dealrail.crm.engine.computing import compute
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.crm.models import CustomField
from dealrail.crm.rules import custom_key
from dealrail.forms import rules
from dealrail.forms.models import Form, FormRecord, FormVersion
from dealrail.forms.queries import Question, as_field, asked_fields, questions_filled, questions_seen

Answers = Mapping[str, Any]
Files = Mapping[str, Sequence[Upload]]


# What else is taken back with a record, such as an action it is the evidence of; registered from above.
withdrawals: list[Callable[[FormRecord, Actor], None]] = []


@dataclass(frozen=True)
class Questions(AddedFields):
    """The questions of a version as one actor answers them, by the names under which answers are refused.

    What is required depends on the other answers, so no reader alone asks for it.
    """

    questions: Sequence[Question] = ()

    @cached_property
    def every(self) -> list[CustomField]:
        """All of them that are answered in words, as fields."""
        asked = (row for row in self.questions if row["type"] not in rules.FILES)
        return [as_field({**row, "required": False}) for row in asked]

    @cached_property
    def fields(self) -> list[CustomField]:
        """Those that the actor may see."""
        seen = {row["key"] for row in questions_seen(self.actor, self.questions)}
        return [field for field in self.every if field.key in seen]

    @cached_property
    def by_name(self) -> dict[str, Reader]:
        """How each is read that the actor may see."""
        return {answer_name(custom_key(name)): reader for name, reader in self.readers.items()}

    @cached_property
    def called(self) -> dict[str, str]:
        """What they are called."""
        return {answer_name(field.key): field.name for field in self.every}


def answer_name(key: str) -> str:
    """What the answer to a question is called where it is sent and refused."""
    return f"{rules.PREFIX}{key}"


@dataclass(frozen=True)
class Standing:
    """Which questions are hidden and which must be answered, with the answers given so far."""

    hidden: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()


def standing(form: Form, questions: Sequence[Question], answers: Answers, actor: Actor) -> Standing:
    """What the rules of these questions say; the answer to a hidden question counts for nothing.

    A rule asks about questions before its own only, so going round once for each settles all of them.
    """
    found, known = Standing(), None
    while found.hidden != known:
        known = found.hidden
        found = _judged(form, questions, with_results(questions, answers, known), actor)
    return found


def with_results(questions: Sequence[Question], answers: Answers, hidden: Collection[str]) -> dict[str, Any]:
    """The answers to questions that aren't hidden, with what the formulas among these make of them."""
    shown = [row for row in questions if row["key"] not in hidden]
    found = FormRecord(custom={key: value for key, value in answers.items() if key not in hidden})
    compute(found, [as_field(row) for row in shown])
    return dict(found.custom)


def _judged(form: Form, questions: Sequence[Question], answers: Answers, actor: Actor) -> Standing:
    """The rules asked once, all in one statement over these answers."""
    types, fields = {row["key"]: rules.holds(row) for row in questions}, asked_fields(questions)
    asked = {
        f"{rule}_{number}": compile_filter(rules.spelled(row[rule], types), fields, now=clock.now(), me=actor.user_id)
        for number, row in enumerate(questions)
        for rule in rules.RULES
        if row[rule]
    }
    holds: Mapping[str, bool] = {}
    if asked:
        named = {name for row in questions for rule in rules.RULES for name in fields_in(row[rule])}
        told = {key: rules.asked_of(value) for key, value in answers.items() if key in named}
        given = Value(told, output_field=JSONField())
        held = {
            name: Case(When(rule, then=Value(True)), default=Value(False), output_field=BooleanField())
            for name, rule in asked.items()
        }
        rows: Any = Form.objects.filter(pk=form.pk).annotate(given=given).values(**held)
        (holds,) = rows
    keys = [row["key"] for row in questions]
    return Standing(
        hidden=frozenset(key for number, key in enumerate(keys) if not holds.get(f"shown_when_{number}", True)),
        required=frozenset(
            row["key"]
            for number, row in enumerate(questions)
            if row["required"] or holds.get(f"required_when_{number}", False)
        ),
    )


def answers_so_far(questions: Sequence[Question], typed: Answers, actor: Actor) -> dict[str, Any]:
    """What can be read by now of a form that is still being filled in, by the names of its inputs."""
    found: dict[str, Any] = {}
    readers = Questions(actor, "form", questions).by_name
    for name in readers.keys() & typed.keys():
        with suppress(Refusal):
            found |= read_fields({name: typed[name]}, readers, actor=actor)
    return {name.removeprefix(rules.PREFIX): value for name, value in found.items() if value is not None}


def read_answers(
    form: Form, questions: Sequence[Question], given: Answers, actor: Actor, files: Files | None = None
) -> dict[str, Any]:
    """What was answered as values by key, without what the rules hide; files, which are checked, by their names.

    What formulas make of that stands beside it.

    Refuses with UnknownField, FieldRefused or FieldsRefused; also where a question that must be answered is not.
    """
    asked = Questions(actor, "form", questions)
    typed = {answer_name(key): value for key, value in given.items()}
    _refuse_words(questions, given)
    read = read_fields(typed, asked.by_name, actor=actor, labels=asked.called)
    answers = {name.removeprefix(rules.PREFIX): value for name, value in read.items() if value is not None}
    answers |= {key: [name_of(one) for one in sent] for key, sent in (files or {}).items()}
    found = standing(form, questions, answers, actor)
    problems = Problems()
    for row in questions_filled(actor, questions):
        lacks = row["key"] in found.required - found.hidden and row["key"] not in answers
        with problems:
            if lacks:
                asks_for_files = row["type"] in rules.FILES
                problem = _("Choose at least one file.") if asks_for_files else _("Write something here.")
                raise FieldRefused(field=answer_name(row["key"]), label=row["name"], problem=problem)
    problems.refuse()
    return with_results(questions, answers, found.hidden)


def _refuse_words(questions: Sequence[Question], given: Answers) -> None:
    """Refuse words that answer a question for files."""
    for row in questions:
        if row["type"] in rules.FILES and row["key"] in given:
            problem = _("Send files for this question (multipart/form-data), not words.")
            raise FieldRefused(field=answer_name(row["key"]), label=row["name"], problem=problem)


def check_files(questions: Sequence[Question], sent: Files, actor: Actor, *, by_link: bool) -> Files:
    """The files sent for each question that is answered by some; of somebody without a login fewer are taken.

    Refuses with UnknownField, FieldRefused or FieldsRefused.
    """
    asked = {row["key"]: row for row in questions_filled(actor, questions) if row["type"] in rules.FILES}
    if unknown := [key for key, files in sent.items() if files and key not in asked]:
        raise UnknownField(field=answer_name(str(unknown[0])[:40]), known=", ".join(map(answer_name, asked)))
    problems = Problems()
    for key, files in sent.items():
        wrong = _wrong_files(asked[key], files, by_link=by_link) if files else ""
        with problems:
            if wrong:
                raise FieldRefused(field=answer_name(key), label=asked[key]["name"], problem=wrong)
    problems.refuse()
    if by_link:
        _refuse_too_much(asked, sent)
    return {key: files for key, files in sent.items() if files}


def _refuse_too_much(asked: Mapping[str, Question], sent: Files) -> None:
    """Refuse more bytes than somebody without a login may send at once."""
    most = rules.LINK_ALL_MEGABYTES
    if bytes_of(sent) > most * uploads.MEGABYTE:
        key = [key for key, files in sent.items() if files][-1]
        problem = _("All files together may have at most %(most)s MB.") % {"most": most}
        raise FieldRefused(field=answer_name(key), label=asked[key]["name"], problem=problem)


def bytes_of(sent: Files) -> int:
    """How large all these files are together."""
    return sum(file.size or 0 for files in sent.values() for file in files)


def _wrong_files(question: Question, files: Sequence[Upload], *, by_link: bool) -> str:
    """What is wrong first with the files for a question, in a sentence."""
    most = rules.LINK_MOST_FILES if by_link else rules.MOST_FILES
    if len(files) > most:
        return _("Send at most %(most)s files.") % {"most": most}
    kinds, largest = file_limits(question["type"], by_link=by_link)
    for file in files:
        try:
            uploads.check(file, kinds=kinds, largest=largest)
        except uploads.FileRefused as refusal:
            return f"{name_of(file)}: {refusal}"
        if not uploads.told_by_content(file):
            return _("“%(name)s” is called a picture but isn't one. Send a PNG, JPEG, WebP or HEIC.") % {
                "name": name_of(file)
            }
    return ""


def file_limits(type_: str, *, by_link: bool) -> tuple[frozenset[str], int]:
    """The endings of names that a question of this type takes, and how many bytes a file may have."""
    kinds = frozenset(rules.PHOTO_KINDS if type_ == "photos" else uploads.MEDIA_TYPES)
    if not by_link:
        return kinds, uploads.LARGEST_FILE
    return kinds & rules.LINK_KINDS, rules.LINK_LARGEST_MEGABYTES * uploads.MEGABYTE


def lead_answers(target: str, before: int, after: int, among: Collection[int] | None) -> list[int]:
    """Let every answer that links to one record lead to another, or those of these records; the ids of which did."""
    moved: set[int] = set()
    for key, versions in _linking(target).items():
        rows = FormRecord.objects.annotate(held=KeyTransform(key, "custom")).filter(version__in=versions, held=before)
        rows = rows if among is None else rows.filter(pk__in=among)
        for row in rows.order_by("pk").select_for_update(of=("self",)):
            row.custom = {**row.custom, key: after}
            row.save(update_fields=["custom"])
            moved.add(row.pk)
    return sorted(moved)


def _linking(target: str) -> dict[str, list[int]]:
    """The versions with a question that leads to such a record, by its key."""
    found: dict[str, list[int]] = {}
    for pk, questions in FormVersion.objects.values_list("pk", "questions"):
        for row in questions:
            if row.get("target") == target:
                found.setdefault(row["key"], []).append(pk)
    return found
