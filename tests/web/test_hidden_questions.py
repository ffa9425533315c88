"""Questions that a role may not see: neither their rules nor answers given before they were hidden are told to it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, RoleKeyTaken
from dealrail.accounts.models import User
from dealrail.crm import exporting
from dealrail.events.models import Event
from dealrail.forms import queries
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.actions.making import change_form, create_form, publish_form
from dealrail.forms.actions.roles import create_role_like
from dealrail.forms.errors import FormChanged
from dealrail.forms.models import FormRecord
from dealrail.forms.tallies import tallies
from tests.api.client import Api
from tests.cast import Company, actor_of, event_kinds, last_event_id, new_deal, refuses
from tests.forms.making import make_form, publish_questions
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()

GOAL: dict[str, Any] = {"key": "goal", "name": "目标"}
MARGIN: dict[str, Any] = {"key": "margin", "name": "毛利", "type": "choice", "choices": ["丰厚", "微薄"]}
HIDDEN: dict[str, Any] = {**MARGIN, "access": {"sales": "hidden"}}
BY_MARGIN = {"field": "margin", "op": "eq", "value": "微薄"}
BY_GOAL = {"field": "goal", "op": "is_not_empty"}
# a rule, and whether it may be told to who doesn't see the margin
RULES: list[tuple[dict[str, Any], bool]] = [
    (BY_GOAL, True),
    (BY_MARGIN, False),
    ({"not": BY_MARGIN}, False),
    ({"any": [BY_GOAL, {"all": [BY_GOAL, BY_MARGIN]}]}, False),
]


@pytest.mark.parametrize(("rule", "is_told"), RULES)
@pytest.mark.parametrize("kind", ["shown_when", "required_when"])
def test_a_rule_is_told_to_who_sees_all_that_it_asks_about(
    log_in: LogIn, rep: User, admin: User, kind: str, rule: dict[str, Any], is_told: bool
) -> None:
    make_form([GOAL, HIDDEN, {"key": "plan", "name": "打算", kind: rule}])
    told = Api(rep).get("forms/survey").body
    assert told["questions"][-1][kind] == (rule if is_told else {})
    assert ("margin" in str(told), "微薄" in str(told)) == (False, False)
    page = log_in(rep).get("/forms/survey/").content.decode()
    assert ("毛利" in page, "微薄" in page) == (False, False)
    assert ("目标" in page.partition("打算")[2].partition("</li>")[0]) is is_told
    assert Api(admin).get("forms/survey").body["questions"][-1][kind] == rule


def answered(by: User, margin: str = "微薄") -> FormRecord:
    """A form filled in while everybody saw the margin, which was hidden afterwards."""
    make_form([GOAL, MARGIN])
    kept = fill_form(
        actor=actor_of(by), key="survey", deal_id=new_deal(by).pk, answers={"goal": "快", "margin": margin}
    )
    publish_questions("survey", [GOAL, HIDDEN])
    return queries.record(SYSTEM, kept.pk)


def headers(actor: Actor) -> set[str]:
    return {str(column.label) for column in exporting.KINDS["form_records"].more_columns(actor, queries.records(actor))}


def test_hiding_a_question_hides_what_was_answered_before(log_in: LogIn, company: Company) -> None:
    rep, manager = company.people["rep"], company.people["manager"]
    kept = answered(rep)
    for user, keys in ((rep, ["goal"]), (manager, ["goal", "margin"])):
        actor = actor_of(user)
        assert [field.key for field, _words in queries.answers(actor, kept)] == keys
        assert [list(row) for row in queries.answers_told(actor, [kept])] == [keys]
        assert [row.field.key for row in tallies(actor, queries.form("survey"))] == keys[1:]
        assert headers(actor) == {"目标", "毛利"} - ({"毛利"} if user == rep else set())
    assert "微薄" not in log_in(rep).get(f"/forms/records/{kept.pk}/").content.decode()
    assert Api(rep).get(f"form-records/{kept.pk}").body["answers"] == {"goal": "快"}


def test_what_was_hidden_when_it_was_answered_stays_hidden(company: Company) -> None:
    rep, manager = company.people["rep"], company.people["manager"]
    make_form([GOAL, HIDDEN])
    own = new_deal(rep)
    kept = fill_form(actor=actor_of(manager), key="survey", deal_id=own.pk, answers={"margin": "微薄"})
    publish_questions("survey", [GOAL, MARGIN])
    assert queries.answers_told(actor_of(rep), [kept]) == [{}]
    assert queries.answers_told(actor_of(manager), [kept]) == [{"margin": "微薄"}]


def test_a_question_taken_out_is_seen_as_its_own_version_says(rep: User) -> None:
    make_form([GOAL, MARGIN])
    kept = fill_form(actor=actor_of(rep), key="survey", deal_id=new_deal(rep).pk, answers={"margin": "微薄"})
    publish_questions("survey", [GOAL])
    assert queries.answers_told(actor_of(rep), [kept]) == [{"margin": "微薄"}]


def test_a_question_that_was_hidden_stays_hidden_when_it_is_taken_out(company: Company) -> None:
    rep, manager = company.people["rep"], company.people["manager"]
    kept = answered(rep)
    publish_questions("survey", [GOAL])
    assert queries.answers_told(actor_of(rep), [kept]) == [{"goal": "快"}]
    assert queries.answers_told(actor_of(manager), [kept]) == [{"goal": "快", "margin": "微薄"}]
    assert headers(actor_of(rep)) == {"目标"}
    publish_questions("survey", [GOAL, MARGIN])
    assert queries.answers_told(actor_of(rep), [kept]) == [{"goal": "快", "margin": "微薄"}]


def test_versions_in_force_are_read_once_for_many_records(rep: User) -> None:
    first = answered(rep)
    create_form(actor=SYSTEM, fields={"name": "另一份", "about": "deal", "questions": [GOAL]}, key="other")
    publish_form(actor=SYSTEM, key="other")
    fill_form(actor=actor_of(rep), key="other", deal_id=first.deal_id, answers={"goal": "稳"})
    actor = actor_of(rep)
    rows = list(queries.records(actor))
    assert len(rows) == 2
    with CaptureQueriesContext(connection) as captured:
        assert queries.answers_told(actor, rows) == [{"goal": "稳"}, {"goal": "快"}]
    assert len(captured) == 1


def test_a_version_published_while_a_sheet_is_written_breaks_nothing(rep: User) -> None:
    answered(rep)
    sheet = exporting.of_rows(SYSTEM, "form_records", queries.records(SYSTEM))
    publish_questions("survey", [GOAL, {"key": "new", "name": "还有"}])
    fill_form(actor=actor_of(rep), key="survey", deal_id=new_deal(rep).pk, answers={"new": "有"})
    assert [row[-2:] for row in sheet.rows] == [[None, None], ["快", "微薄"]]


def test_opening_a_hidden_question_stands_in_the_log(log_in: LogIn, admin: User) -> None:
    make_form([GOAL, HIDDEN])
    opened: list[dict[str, Any]] = [GOAL, {**MARGIN, "required": True, "shown_when": BY_GOAL}]
    change_form(actor=SYSTEM, key="survey", fields={"questions": opened})
    event = Event.objects.latest("pk")
    assert (event.kind, event.payload["changes"]) == (
        "form.saved",
        {
            "毛利.required": ["False", "True"],
            "毛利.access": ["sales: hidden", None],
            "毛利.shown_when": [None, '{"field": "goal", "op": "is_not_empty"}'],
        },
    )
    page = log_in(admin).get("/settings/log/?kind=form.saved").content.decode()
    assert "毛利 · Who sees and fills it: sales: hidden → —" in page
    assert "毛利 · Shown when: — →" in page


# A role that is made from another


def test_a_role_made_from_another_is_kept_from_the_same_questions(log_in: LogIn, admin: User, rep: User) -> None:
    kept = answered(rep)
    before = last_event_id()
    sent = {"name": "电话销售", "key": "probe", "scope": "all", "permissions": ["deals.read", "tokens.manage"]}
    assert "questions of forms" in log_in(admin).get("/people/new-role/?from=sales").content.decode()
    log_in(admin).post("/people/new-role/?from=sales", sent)
    assert event_kinds(before) == ["role.saved", "form.saved"]
    assert Event.objects.latest("pk").payload["changes"] == {
        "毛利.access": ["sales: hidden", "probe: hidden\nsales: hidden"]
    }
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["probe"])
    assert "margin" not in str(Api(rep).get(f"form-records/{kept.pk}").body)
    assert "微薄" not in str(Api(rep).get("forms/survey/records").body)
    of = queries.form("survey")
    assert queries.version(of).questions == of.questions
    assert all(row["access"].get("probe") == row["access"].get("sales") for row in of.questions)


def test_questions_that_are_worked_on_are_limited_too_and_an_open_form_is_told(admin: User) -> None:
    make_form([GOAL, HIDDEN])
    change_form(actor=SYSTEM, key="survey", fields={"questions": [GOAL, {**HIDDEN, "access": {"sales": "read"}}]})
    revision = queries.form("survey").revision
    before = last_event_id()
    with refuses(RoleKeyTaken):
        create_role_like(actor=actor_of(admin), model="sales", key="legal", name="法务", permissions=[], scope="own")
    with refuses(NotAllowed):
        create_role_like(actor=Actor(5, "谁", "web"), model="sales", key="new", name="新", permissions=[], scope="own")
    create_role_like(actor=actor_of(admin), model="sales", key="probe", name="试用", permissions=[], scope="own")
    of = queries.form("survey")
    assert of.questions[1]["access"] == {"sales": "read", "probe": "read"}
    assert queries.version(of).questions[1]["access"] == {"sales": "hidden", "probe": "hidden"}
    assert of.revision == revision + 1
    create_role_like(actor=actor_of(admin), model="", key="plain", name="普通", permissions=[], scope="own")
    assert event_kinds(before) == ["role.saved", "form.saved", "role.saved"]
    with pytest.raises(FormChanged):
        change_form(actor=SYSTEM, key="survey", fields={"name": "别的"}, seen_revision=revision)
