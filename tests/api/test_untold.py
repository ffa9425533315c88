"""What isn't one's to know is told by no figure, no sentence and no event either: as if it weren't there."""

import copy
from typing import Any

import pytest

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.accounts.permissions import LOG_READ, TOKENS_MANAGE
from dealrail.crm.actions.deals import advance_deal
from dealrail.crm.actions.fields import create_field
from dealrail.crm.actions.trials import start_dry_run, start_replay
from dealrail.crm.clocks import finish_bulk, step_trials
from dealrail.crm.errors import NothingToTry
from dealrail.crm.models import Trial
from dealrail.crm.permissions import DEALS_READ
from dealrail.forms.actions.making import create_form, publish_form
from dealrail.process.permissions import PROCESS_DESIGN, PROCESS_PUBLISH
from tests.api.client import Api
from tests.cast import MakeDeal, actor_of, fulfil, last_event_id, new_deal, trial

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


def hide(key: str) -> None:
    """A field of deals that reps may not see."""
    fields = {"name": "秘密评级", "type": "text", "access": {"sales": "hidden"}}
    create_field(actor=SYSTEM, kind="deal", fields={**fields, "key": key})


def looked_at(begun: Trial) -> int:
    while step_trials():
        pass
    return Trial.objects.get(pk=begun.pk).looked_at


@pytest.mark.parametrize(("permission", "seen"), [(PROCESS_DESIGN, 1), (PROCESS_PUBLISH, 2)])
def test_figures_of_a_trial_are_of_deals_that_its_starter_may_see(
    permission: str, seen: int, rep: User, stranger: User
) -> None:
    own, other = new_deal(rep), new_deal(stranger)
    for deal in (own, other):
        fulfil(deal)
    save_role(
        actor=SYSTEM, key="drafts", name="起草", permissions=[DEALS_READ, PROCESS_DESIGN, permission], scope="own"
    )
    change_user(actor=SYSTEM, user_id=rep.pk, roles=["drafts"])
    for deal in (own, other):
        advance_deal(actor=SYSTEM, deal_id=deal.pk)
    content = {**trial(), "name": "换个名字"}
    about: dict[str, Any] = {"actor": actor_of(rep), "process": "trial", "content": content}
    assert looked_at(start_dry_run(**about)) == seen
    assert looked_at(start_replay(**about)) == seen


def test_a_trial_of_deals_none_of_which_one_may_see_finds_nothing(rep: User, stranger: User) -> None:
    new_deal(stranger)
    save_role(actor=SYSTEM, key="drafts", name="起草", permissions=[DEALS_READ, PROCESS_DESIGN], scope="own")
    change_user(actor=SYSTEM, user_id=rep.pk, roles=["drafts"])
    with pytest.raises(NothingToTry):
        start_dry_run(actor=actor_of(rep), process="trial", content={**trial(), "name": "换个名字"})


def test_a_change_of_many_says_the_same_of_a_hidden_field_as_of_none(as_rep: Api, make_deal: MakeDeal) -> None:
    hide("rating")
    deal, said = make_deal(), []
    for field in ("custom.rating", "custom.nonesuch"):
        asked = {"kind": "deals", "step": "change", "records": [deal.pk], "params": {"field": field, "value": "金"}}
        job = as_rep.post("bulk-jobs", asked).body["id"]
        finish_bulk(job)
        said += [[(row["result"], row["message"]) for row in as_rep.get(f"bulk-jobs/{job}/rows").body["items"]]]
    assert said[0] == said[1]


def test_a_gate_says_the_same_of_a_hidden_field_as_of_none(as_admin: Api) -> None:
    hide("rating")
    said = []
    for name in ("custom.rating", "custom.nonesuch"):
        content = copy.deepcopy(trial())
        content["stages"][0]["conditions"] = [{"key": "asked", "kind": "fields.filled", "fields": [name]}]
        content["examples"] = [
            {"key": "one", "name": "例", "stage": "lead", "given": {"deal": {name: "1"}}, "expect": "open"}
        ]
        answer = as_admin.post("processes/trial/draft/dry-run", content=content)
        said += [answer.text.replace(name, "…")]
    assert said[0] == said[1]
    assert "秘密评级" not in said[0]


@pytest.mark.django_db(transaction=True)
def test_the_log_names_questions_of_forms_to_who_makes_forms_only(rep: User, admin: User) -> None:
    save_role(actor=SYSTEM, key="reads", name="审计", permissions=[LOG_READ, DEALS_READ, TOKENS_MANAGE], scope="all")
    change_user(actor=SYSTEM, user_id=rep.pk, roles=["reads"])
    before = last_event_id()
    question = {"key": "secret", "name": "密题", "type": "text", "access": {"reads": "hidden"}}
    create_form(actor=SYSTEM, key="survey", fields={"name": "调查", "questions": [question]})
    publish_form(actor=SYSTEM, key="survey")
    told = {user.login: str(Api(user).get("events", after=before).body) for user in (rep, admin)}
    assert ("form.published" in told["rep"], "密题" in told["rep"]) == (True, False)
    assert "密题" in told[admin.login]
