"""A form that is filled in as the evidence of an action: asked for, kept, shown, and checked before publishing."""

from datetime import timedelta
from typing import Any

import pytest

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.activities import queries
from dealrail.activities.actions.library import change_action_template, create_action_template
from dealrail.activities.actions.sop import Answers, complete_action
from dealrail.activities.errors import ActionAlreadyDone, CustomerNeeded, EvidenceMissing
from dealrail.core.errors import Refusal
from dealrail.core.problems import FieldsRefused
from dealrail.crm.actions.collaborators import add_collaborator
from dealrail.crm.actions.deals import advance_deal, change_deal
from dealrail.crm.errors import FieldRefused, UnknownField
from dealrail.events.models import Event
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.actions.making import change_form
from dealrail.forms.errors import FormDemanded, FormNotOffered, FormRenewed
from dealrail.forms.models import Form, FormRecord
from dealrail.process import texts
from dealrail.process.errors import BadDefinition
from dealrail.process.rules import ActionSpec, parse
from tests.cast import (
    Company,
    actor_of,
    event_kinds,
    fresh,
    last_event_id,
    new_customer,
    new_deal,
    publish,
    refuses,
    stage_of,
    trial,
    unmet,
)
from tests.forms.making import ANSWERED, SURVEYED, demand_survey, make_form, publish_questions, surveyed_deal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


def test_filling_the_form_in_does_the_action_and_opens_the_gate(rep: User) -> None:
    make_form()
    demand_survey()
    deal, before = surveyed_deal(rep), last_event_id()
    assert unmet(deal) == [("done", "surveyed")]
    done = complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed", answers=Answers(ANSWERED))
    kept = FormRecord.objects.get()
    assert (done.form_record, kept.deal, kept.custom["goal"]) == (kept, deal, "降低成本")
    assert event_kinds(before) == ["deal.form_filled", "action.completed"]
    told = Event.objects.latest("pk").payload
    assert (told["form_name"], told["form_record_id"]) == ("需求调研", kept.pk)
    assert unmet(deal) == []
    [row] = [row for row in queries.actions_of(fresh(deal)) if row.spec.key == "surveyed"]
    assert (row.demanded, row.done and row.done.form_record) == (True, kept)
    with refuses(ActionAlreadyDone):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed", answers=Answers(ANSWERED))
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert stage_of(deal) == "talk"


def test_what_was_filled_in_before_in_this_stage_counts(rep: User) -> None:
    make_form()
    demand_survey()
    deal, other = surveyed_deal(rep), surveyed_deal(rep)
    elsewhere = fill_form(actor=actor_of(rep), key="survey", deal_id=other.pk, answers=ANSWERED)
    for record_id in (None, elsewhere.pk, 0):
        with refuses(EvidenceMissing) as caught:
            complete_action(
                actor=actor_of(rep), deal_id=deal.pk, action="surveyed", note="口头", form_record_id=record_id
            )
        assert caught.value.params["needed"] == "form"
    first, last = (
        fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED) for _number in range(2)
    )
    assert first.version == last.version
    publish_questions("survey", [{"name": "别的"}])
    done = complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed", form_record_id=first.pk)
    assert (done.form_record, first.version.number) == (first, 1)


def test_what_was_filled_in_in_an_earlier_stage_is_no_evidence(rep: User) -> None:
    make_form()
    demand_survey()
    deal = surveyed_deal(rep)
    kept = fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED)
    FormRecord.objects.update(filled_at=fresh(deal).run.stage_entered_at - timedelta(seconds=1))
    for record_id in (None, kept.pk):
        with refuses(EvidenceMissing):
            complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed", form_record_id=record_id)


def test_a_form_about_customers_is_kept_with_the_deals_customer(rep: User) -> None:
    make_form(about="customer")
    demand_survey()
    deal, customer = new_deal(rep), new_customer(rep)
    with refuses(CustomerNeeded):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed", answers=Answers(ANSWERED))
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"customer": customer.pk})
    done = complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed", answers=Answers(ANSWERED))
    assert (done.form_record and done.form_record.customer, done.form_record and done.form_record.deal) == (
        customer,
        None,
    )


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        (Answers({}), FieldRefused),
        (Answers({"goal": "快", "users": "很多", "online": "也许"}), FieldsRefused),
        (Answers({"goal": "快", "colour": "red"}), UnknownField),
        (Answers({"goal": "快"}, seen_version=7), FormRenewed),
    ],
)
def test_wrong_answers_do_nothing_at_all(answers: Answers, refusal: type[Refusal], rep: User) -> None:
    make_form()
    demand_survey()
    deal = surveyed_deal(rep)
    with refuses(refusal):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed", answers=answers)


def test_who_may_do_actions_fills_their_forms_in_and_nobody_else(company: Company) -> None:
    make_form()
    demand_survey()
    rep, legal, colleague = (company.people[name] for name in ("rep", "legal", "colleague"))
    deal = surveyed_deal(rep)
    assert not actor_of(legal).may("deals.change")
    add_collaborator(actor=actor_of(rep), deal_id=deal.pk, user_id=legal.pk, may_write=True)
    with refuses(NotAllowed):
        fill_form(actor=actor_of(legal), key="survey", deal_id=deal.pk, answers=ANSWERED)
    with refuses(Refusal):
        complete_action(actor=actor_of(colleague), deal_id=deal.pk, action="surveyed", answers=Answers(ANSWERED))
    done = complete_action(actor=actor_of(legal), deal_id=deal.pk, action="surveyed", answers=Answers(ANSWERED))
    assert (done.done_by, done.form_record and done.form_record.filled_by) == (legal, legal)


def test_a_form_goes_out_of_use_only_when_no_action_asks_for_it(rep: User) -> None:
    make_form()
    demand_survey()
    surveyed_deal(rep)
    with refuses(FormDemanded):
        change_form(actor=Actor.system(), key="survey", fields={"is_active": False})
    publish(trial(name="没有调研"))
    with refuses(FormDemanded):  # the deal goes on by the version it began with
        change_form(actor=Actor.system(), key="survey", fields={"is_active": False})


def test_a_form_that_went_all_the_same_is_not_filled_in(rep: User) -> None:
    make_form()
    demand_survey()
    deal = surveyed_deal(rep)
    Form.objects.update(is_active=False)
    with refuses(FormNotOffered):
        complete_action(actor=actor_of(rep), deal_id=deal.pk, action="surveyed", answers=Answers(ANSWERED))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"form": "none"}, "no_such_form"),
    ({"form": ""}, "missing_key"),
    ({"form": None}, "missing_key"),
    ({"form": {}}, "missing_key"),
    ({"form": True}, "bad_key"),
    ({"form": "Survey!"}, "bad_key"),
    ({"form": ["survey"]}, "bad_key"),
    ({"evidence": "note"}, "form_of_evidence"),
]


@pytest.mark.parametrize(("action", "code"), WRONG)
def test_publishing_names_what_is_wrong_with_the_form_of_an_action(action: dict[str, Any], code: str) -> None:
    make_form()
    with refuses(BadDefinition) as caught:
        demand_survey(**action)
    [problem] = caught.value.problems
    assert (problem.code, problem.where.startswith("actions"), problem.where.endswith(".form")) == (code, True, True)


def test_a_form_that_is_not_published_is_no_evidence() -> None:
    make_form()
    Form.objects.update(published=0)
    with refuses(BadDefinition):
        demand_survey()


def test_the_text_of_a_process_names_the_form_beside_the_evidence() -> None:
    make_form()
    content = trial(actions=[*trial()["actions"], {**SURVEYED, "expected_minutes": 60}])
    written = texts.write_yaml(content)
    assert "evidence: form\n  form: survey\n  expected_minutes: 60" in written
    assert parse(texts.read_yaml(written)).action("surveyed") == ActionSpec(
        "surveyed", "做调研", evidence="form", form="survey", expected_minutes=60
    )


LIBRARY: list[tuple[dict[str, Any], bool]] = [
    ({"evidence": "form", "form": "survey"}, True),
    ({"evidence": "note", "form": ""}, True),
    ({"evidence": "form"}, False),
    ({"evidence": "form", "form": ""}, False),
    ({"evidence": "form", "form": "none"}, False),
    ({"evidence": "form", "form": "a\x00"}, False),
    ({"evidence": "note", "form": "survey"}, False),
]


@pytest.mark.parametrize(("fields", "fits"), LIBRARY)
def test_an_action_of_the_library_names_the_form_that_is_its_evidence(
    fields: dict[str, Any], fits: bool, admin: User
) -> None:
    make_form()
    wanted: dict[str, Any] = {"actor": actor_of(admin), "fields": {"name": "做调研", **fields}}
    if fits:
        made = create_action_template(**wanted)
        assert (made.evidence, made.form, made.spec.form) == (fields["evidence"], fields["form"], fields["form"])
        return
    with refuses(FieldRefused) as caught:
        create_action_template(**wanted)
    assert caught.value.params["field"] == "form"


def test_evidence_and_form_are_changed_together(admin: User) -> None:
    make_form()
    made = create_action_template(
        actor=actor_of(admin), fields={"name": "做调研", "evidence": "form", "form": "survey"}
    )
    with refuses(FieldRefused):
        change_action_template(actor=actor_of(admin), key=made.key, fields={"evidence": "note"})
    change_action_template(actor=actor_of(admin), key=made.key, fields={"evidence": "note", "form": ""})
    assert Event.objects.latest("pk").payload["changes"] == {"evidence": ["form", "note"], "form": ["survey", None]}
