"""Making forms: their questions and rules, and publishing them."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.core.errors import Refusal
from dealrail.core.filters import BadFilter, UnknownFilterField, check
from dealrail.core.formulas import BadFormula, parsed
from dealrail.core.formulas import fields_in as formula_inputs
from dealrail.core.problems import FieldsRefused, Problems, problems_of
from dealrail.core.texts import is_storable, tidy
from dealrail.crm.engine.computing import limits_under
from dealrail.crm.engine.describing import field_refused, free_key, one_of, put_description
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.crm.models import CustomField
from dealrail.crm.queries.custom import field_told
from dealrail.crm.rules import CUSTOM, changes
from dealrail.events.engine import record
from dealrail.forms import queries, rules
from dealrail.forms.errors import (
    FormChanged,
    FormDemanded,
    NothingAsked,
    NothingToPublish,
    TooManyForms,
    TooManyQuestions,
)
from dealrail.forms.facts import FormPublished, FormSaved
from dealrail.forms.models import Form, FormVersion
from dealrail.process.permissions import PROCESS_PUBLISH

LABELS: dict[str, Any] = {
    "description": gettext_lazy("What it is for"),
    "about": gettext_lazy("Filled in for"),
    "questions": gettext_lazy("Questions"),
    "shown_when": gettext_lazy("Shown when"),
    "required_when": gettext_lazy("Required when"),
}


@transaction.atomic
def create_form(*, actor: Actor, fields: Mapping[str, Any], key: str = "") -> Form:
    """Make a form; without a key it gets one from its name. It is asked once it is published.

    `fields` are name, description, about and questions. Raises NotAllowed, UnknownField, FieldRefused, FieldsRefused,
    TooManyForms or TooManyQuestions.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    take_turns("forms", ["all"])
    taken = set(queries.forms().values_list("key", flat=True))
    if len(taken) >= rules.MOST_FORMS:
        raise TooManyForms(most=rules.MOST_FORMS)
    form = Form(about=_about(fields.get("about", rules.ABOUT[0])))
    _put(form, {"name": "", **{name: value for name, value in fields.items() if name != "about"}})
    form.key = free_key(key, form.name, taken)
    return _saved(form, {}, actor)


@transaction.atomic
def change_form(*, actor: Actor, key: str, fields: Mapping[str, Any], seen_revision: int | None = None) -> Form:
    """Change a form, or take it out of use (`is_active`); what is asked stays as published until it is published anew.

    `questions` are given as a whole. Changing nothing leaves no trace. Raises NotAllowed, NotFound, UnknownField,
    FieldRefused, FieldsRefused, TooManyQuestions, FormDemanded, or FormChanged where `seen_revision` is over.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    form = _locked(key)
    if seen_revision not in (None, form.revision):
        raise FormChanged(revision=form.revision)
    before = _state(form)
    _put(form, fields)
    if before["is_active"] and not form.is_active and (asking := queries.demanding(key)):
        raise FormDemanded(form=form.name, processes=", ".join(spec.name for spec in asking))
    if _state(form) == before:
        return form
    form.revision += 1
    return _saved(form, _changes(before, _state(form)), actor)


@transaction.atomic
def publish_form(*, actor: Actor, key: str, seen_revision: int | None = None) -> FormVersion:
    """Ask the questions as they stand from now on; what was filled keeps its version.

    Raises NotAllowed, NotFound, NothingAsked, NothingToPublish or FormChanged.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    form = _locked(key)
    if seen_revision not in (None, form.revision):
        raise FormChanged(revision=form.revision)
    if not form.questions:
        raise NothingAsked(form=form.name)
    if form.published and queries.version(form).questions == form.questions:
        raise NothingToPublish(form=form.name, version=form.published)
    form.published += 1
    form.save(update_fields=["published"])
    version = FormVersion.objects.create(
        form=form,
        number=form.published,
        questions=form.questions,
        published_at=clock.now(),
        published_by_id=actor.user_id or None,
    )
    names = [row["name"] for row in form.questions]
    fact = FormPublished(form_id=form.pk, key=form.key, name=form.name, version=version.number, questions=names)
    record(fact, actor=actor)
    return version


def _locked(key: str) -> Form:
    found = queries.form(key)
    return Form.objects.select_for_update().get(pk=found.pk)


def _state(form: Form) -> dict[str, Any]:
    return {name: getattr(form, name) for name in (*_READERS, "questions")}


def _saved(form: Form, changed: dict[str, list[str | None]], actor: Actor) -> Form:
    form.changed_at, form.changed_by_id = clock.now(), actor.user_id or None
    form.save()
    record(FormSaved(form_id=form.pk, key=form.key, name=form.name, changes=changed), actor=actor)
    return form


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[str | None]]:
    """What differs, as texts; of a question that was there before each setting."""
    found = changes(_told(before), _told(after))
    was = {row["key"]: _question_told(row, before["questions"]) for row in before["questions"]}
    for row in after["questions"]:
        settings = changes(was[row["key"]], _question_told(row, after["questions"])) if row["key"] in was else {}
        found |= {f"{row['name']}.{name}": pair for name, pair in settings.items() if name != "name"}
    return found


def _question_told(question: queries.Question, among: Sequence[queries.Question]) -> dict[str, str]:
    """All that can be changed of a question, as texts."""
    spoken = {name: json.dumps(question[name], ensure_ascii=False) if question[name] else "" for name in rules.RULES}
    return {"type": question["type"], **queries.question_told(question, among), **spoken}


def _told(state: Mapping[str, Any]) -> dict[str, str | None]:
    """A form in texts; questions by their names."""
    return {**state, "questions": rules.questions_told(state["questions"]), "is_active": str(state["is_active"])}


# Reading what was typed about a form


def _put(form: Form, fields: Mapping[str, Any]) -> None:
    if unknown := [name for name in fields if name not in {*_READERS, "questions"}]:
        raise UnknownField(field=str(unknown[0])[:60], known=", ".join(["about", *_READERS, "questions"]))
    problems = Problems()
    for name, value in fields.items():
        with problems:
            read = _questions if name == "questions" else _READERS[name]
            setattr(form, name, read(value))
    problems.refuse()


def _about(value: Any) -> str:
    return one_of(rules.ABOUT)("about", value)


def _name(value: Any) -> str:
    text = tidy("" if value is None else str(value))
    if not 1 <= len(text) <= 80 or not is_storable(text):
        raise field_refused("name", _("Write 1 to %(longest)s characters.") % {"longest": 80})
    return text


def _description(value: Any) -> str:
    text = tidy("" if value is None else str(value))
    if len(text) > rules.LONGEST_DESCRIPTION or not is_storable(text):
        problem = _("Write a text of at most %(longest)s characters.") % {"longest": rules.LONGEST_DESCRIPTION}
        raise _refused("description", problem)
    return text


def _is_active(value: Any) -> bool:
    if not isinstance(value, bool):
        raise field_refused("is_active", _("Write true or false."))
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "description": _description,
    "is_active": _is_active,
}


def _refused(name: str, problem: Any) -> FieldRefused:
    return FieldRefused(field=name, label=LABELS[name], problem=problem)


def _questions(value: Any) -> list[dict[str, Any]]:
    """The questions of a form, each checked as a field and its rules against the questions before it."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _refused("questions", _("Write a list of questions."))
    if len(value) > rules.MOST_QUESTIONS:
        raise TooManyQuestions(most=rules.MOST_QUESTIONS)
    read: list[dict[str, Any]] = []
    problems = Problems()
    for number, one in enumerate(value):
        with problems:
            read.append(_placed(number, one, read))
    problems.refuse()
    return read


def _placed(number: int, given: Any, before: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One question; what is wrong with it is told by its place."""
    try:
        return _read_question(given, before)
    except Refusal as refusal:
        if not problems_of(refusal):
            raise
        name = str(given.get("name") or number + 1) if isinstance(given, Mapping) else str(number + 1)
        raise FieldsRefused(
            problems=[
                {**row, "field": f"questions.{number}.{row['field']}", "label": f"{name[:80]}: {row['label']}"}
                for row in problems_of(refusal)
            ]
        ) from refusal


def _read_question(given: Any, before: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A question as it is kept; `before` are those before it, with which alone a formula computes.

    Refuses with UnknownField, FieldRefused or FieldsRefused.
    """
    if not isinstance(given, Mapping):
        raise field_refused("name", _("Write a question as {name, type, …}."))
    known = {"key", "type", *rules.DESCRIBED, *rules.RULES, *(name for names in rules.MORE.values() for name in names)}
    if unknown := [name for name in given if name not in known]:
        raise UnknownField(field=str(unknown[0])[:60], known=", ".join(sorted(known)))
    if given.get("type") in rules.FILES and given.get("default"):
        raise field_refused("default", _("Files have no default."))
    field = CustomField(kind="form", type=one_of(rules.TYPES)("type", given.get("type", "text")))
    field.target = one_of(["", *CustomField.Target.values])("target", given.get("target") or "")
    if field.type == rules.FORMULA:
        _refuse_formula(given, before)
    asked, named = [queries.as_field(row) for row in before], (*rules.DESCRIBED, rules.FORMULA)
    put_description(field, {"name": "", **{name: given[name] for name in named if name in given}}, asked)
    field.under = limits_under(field, asked)
    if any(field.name == row["name"] for row in before):
        raise field_refused("name", _("There is a field “%(name)s” already.") % {"name": field.name})
    field.key = free_key(str(given.get("key") or ""), field.name, {row["key"] for row in before})
    told = field_told(field)
    return {
        "key": field.key,
        "type": str(field.type),
        **{name: getattr(field, name) for name in (*rules.DESCRIBED, *rules.MORE.get(field.type, ()))},
        **{name: told[name] or None for name in ("low", "high")},
        **{name: _rule(name, given.get(name), before) for name in rules.RULES},
    }


def _refuse_formula(given: Mapping[str, Any], before: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a formula that computes with what isn't asked before it, with files, or that must be filled in."""
    if given.get("required_when"):
        raise _refused("required_when", _("A formula is computed, so nobody fills it."))
    known = {said: row for row in before for said in (f"{CUSTOM}{row['key']}", row["key"], row["name"])}
    with suppress(BadFormula):
        for name in formula_inputs(parsed(str(given.get("formula") or ""))):
            row = known.get(name)
            if row is None and name != given.get("name"):
                said = _("It computes with questions before it only; “%(field)s” is none of them.")
                raise field_refused("formula", said % {"field": name.removeprefix(CUSTOM)})
            if row is not None and row["type"] in rules.FILES:
                said = _("It can't compute with “%(field)s”, which is of the type “%(type)s”.")
                type_ = dict(queries.question_types())[row["type"]]
                raise field_refused("formula", said % {"field": row["name"], "type": type_})


def _rule(name: str, wanted: Any, before: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A filter over the answers to the questions before; nothing where it always holds."""
    if wanted in (None, {}, "", {"all": []}, {"any": []}):
        return {}
    types = {row["key"]: rules.holds(row) for row in before}
    try:
        check(wanted, queries.rule_fields(before))
        check(rules.spelled(wanted, types), queries.asked_fields(before))
    except UnknownFilterField as refusal:
        said = _("It goes by a question that isn't asked before it. Change this rule first, or ask that one earlier.")
        raise _refused(name, said) from refusal
    except BadFilter as refusal:
        raise _refused(name, str(refusal)) from refusal
    return dict(wanted)
