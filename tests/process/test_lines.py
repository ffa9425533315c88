"""Business lines: made, changed and retired; who starts deals in their processes and who designs these."""

from typing import Any

import pytest
from django.utils import translation

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NameMissing, NotAllowed
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.core.problems import ChangedMeanwhile
from dealrail.crm.actions.deals import advance_deal, create_deal
from dealrail.crm.actions.trials import start_dry_run
from dealrail.events.models import Event
from dealrail.process import policy, texts
from dealrail.process import queries as processes
from dealrail.process.actions.drafts import discard_draft, publish_draft, save_draft, start_draft, undo_draft
from dealrail.process.actions.lines import change_line, create_line
from dealrail.process.errors import (
    LineFieldRefused,
    LineRetired,
    LineUnnamed,
    NoSuchDraft,
    NoSuchLine,
    NotYourLine,
    NotYourProcess,
)
from dealrail.process.models import BusinessLine, Definition
from dealrail.process.queries import drafts as kept
from dealrail.process.queries.lines import line, line_by_key, lines_of, processes_by_line, startable
from tests.cast import MakeDeal, actor_of, event_kinds, fulfil, last_event_id, new_deal, refuses, trial

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()


def make(name: str = "软件线", *, people: Any = (), in_charge: Any = (), processes: Any = ()) -> BusinessLine:
    fields = {
        "name": name,
        "processes": list(processes),
        "people": [user.pk for user in people],
        "in_charge": [user.pk for user in in_charge],
    }
    return create_line(actor=SYSTEM, fields=fields)


def members(made: BusinessLine) -> list[tuple[str, bool]]:
    return [(row.user.login, row.in_charge) for row in line(made.pk).members.order_by("user__login")]


# Making and changing


def test_a_line_has_processes_people_and_people_in_charge_and_the_log_tells(rep: User, manager: User) -> None:
    made = make(people=[rep], in_charge=[manager], processes=["trial"])
    assert (made.key, made.is_active) == ("ruanjianxian", True)
    assert members(made) == [("manager", True), ("rep", False)]
    assert [row.key for row in processes_by_line()[made.pk]] == ["trial"]
    event = Event.objects.latest("pk")
    assert (event.kind, event.payload["name"]) == ("line.saved", "软件线")
    assert set(event.payload["changes"]) == {"name", "is_active", "processes", "people", "in_charge"}


def test_what_is_not_given_stays_and_no_change_leaves_no_trace(rep: User) -> None:
    made, before = make(people=[rep], processes=["trial"]), last_event_id()
    change_line(actor=SYSTEM, line_id=made.pk, fields={"name": "软件线", "processes": ["trial"]})
    assert event_kinds(before) == []
    change_line(actor=SYSTEM, line_id=made.pk, fields={"name": "云线"})
    assert event_kinds(before) == ["line.saved"]
    assert Event.objects.latest("pk").payload["changes"] == {"name": ["软件线", "云线"]}
    assert (members(made), line_by_key(made.key).name) == ([("rep", False)], "云线")


def test_who_is_taken_out_is_in_charge_no_longer_and_a_process_becomes_common_again(rep: User) -> None:
    made = make(in_charge=[rep], processes=["trial"])
    change_line(actor=SYSTEM, line_id=made.pk, fields={"people": [], "processes": []})
    assert (members(made), Definition.objects.get(key="trial").line) == ([], None)


def test_somebody_in_the_place_of_another_of_the_same_name_stands_in_the_log(rep: User, colleague: User) -> None:
    User.objects.filter(pk=colleague.pk).update(name=rep.name)
    made, before = make(people=[rep]), last_event_id()
    change_line(actor=SYSTEM, line_id=made.pk, fields={"people": [colleague.pk]})
    assert members(made) == [("colleague", False)]
    assert event_kinds(before) == ["line.saved"]
    assert Event.objects.latest("pk").payload["changes"] == {"people": [rep.name, rep.name]}


REFUSED = [
    ({"name": " "}, NameMissing, "80"),
    ({"name": "另一条", "key": "9"}, LineFieldRefused, "key"),
    ({"name": "软件线"}, LineFieldRefused, "already"),
    ({"name": "另一条", "processes": ["none-such"]}, LineFieldRefused, "none-such"),
    ({"name": "另一条", "processes": ["trial"]}, LineFieldRefused, "软件线"),
    ({"name": "另一条", "processes": "trial"}, LineFieldRefused, "keys"),
    ({"name": "另一条", "people": [0]}, LineFieldRefused, "log in"),
    ({"name": "另一条", "people": ["x"]}, LineFieldRefused, "log in"),
    ({"name": "另一条", "is_active": "no"}, LineFieldRefused, "true"),
    ({"name": "另一条", "color": "red"}, LineFieldRefused, "color"),
]


@pytest.mark.parametrize(("fields", "refusal", "said"), REFUSED)
def test_what_makes_no_line_is_refused_with_a_sentence(
    fields: dict[str, Any], refusal: type[Refusal], said: str
) -> None:
    make(processes=["trial"])
    with translation.override("en"), refuses(refusal) as caught:
        create_line(actor=SYSTEM, fields=fields)
    assert said in str(caught.value)


def test_only_who_manages_lines_changes_them(rep: User) -> None:
    made = make(in_charge=[rep])
    with refuses(NotAllowed):
        create_line(actor=actor_of(rep), fields={"name": "新线"})
    with refuses(NotAllowed):
        change_line(actor=actor_of(rep), line_id=made.pk, fields={"name": "新名"})
    with refuses(NoSuchLine):
        change_line(actor=SYSTEM, line_id=0, fields={"name": "新名"})


def test_two_who_change_the_people_of_a_line_keep_both_changes(rep: User, manager: User, colleague: User) -> None:
    made = make(people=[rep])
    seen = {"people": [rep.pk], "name": "软件线"}
    change_line(actor=SYSTEM, line_id=made.pk, fields={"people": [rep.pk, manager.pk]}, seen=seen)
    change_line(actor=SYSTEM, line_id=made.pk, fields={"people": [colleague.pk]}, seen=seen)
    assert [login for login, _charge in members(made)] == ["colleague", "manager"]
    change_line(actor=SYSTEM, line_id=made.pk, fields={"name": "云线"}, seen=seen)
    with refuses(ChangedMeanwhile):
        change_line(actor=SYSTEM, line_id=made.pk, fields={"name": "网线"}, seen=seen)


# Starting deals


def test_only_people_of_the_line_start_deals_in_its_processes(rep: User, colleague: User, admin: User) -> None:
    make(people=[rep], processes=["trial"])
    assert new_deal(rep).pk
    assert new_deal(admin).pk  # who manages the lines belongs to all of them
    with refuses(NotYourProcess) as caught:
        create_deal(actor=actor_of(colleague), process="trial", fields={"name": "商机"})
    assert "软件线" in str(caught.value)
    offered = {row.key for row in startable(actor_of(colleague))}
    assert ("trial" in offered, "general" in offered) == (False, True)
    assert "trial" in {row.key for row in startable(actor_of(rep))}


def test_somebody_may_be_in_several_lines(rep: User) -> None:
    make("甲线", people=[rep], processes=["trial"])
    make("乙线", people=[rep], processes=["general"])
    assert {"trial", "general"} <= {row.key for row in startable(actor_of(rep))}
    assert {row.name for row in lines_of(rep.pk)} == {"甲线", "乙线"}


def test_a_retired_line_starts_nothing_while_its_deals_go_on(rep: User, make_deal: MakeDeal) -> None:
    made, deal = make(people=[rep], in_charge=[rep], processes=["trial"]), make_deal()
    change_line(actor=SYSTEM, line_id=made.pk, fields={"is_active": False})
    for user in (rep, None):
        with refuses(LineRetired):
            create_deal(actor=actor_of(user), process="trial", fields={"name": "商机"})
    assert not policy.may_design(actor_of(rep), "trial")
    fulfil(deal)
    advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    change_line(actor=SYSTEM, line_id=made.pk, fields={"is_active": True})
    assert new_deal(rep).pk


# Designing


def test_who_is_in_charge_designs_the_processes_of_the_line_only(rep: User) -> None:
    make(in_charge=[rep], processes=["trial"])
    actor = actor_of(rep)
    draft = start_draft(actor=actor, key="trial")
    draft = save_draft(actor=actor, key="trial", seen=draft.revision, content=trial(description="新"))
    draft = undo_draft(actor=actor, key="trial", seen=draft.revision)
    assert kept.draft(actor, "trial").pk == draft.pk
    new_deal(rep)
    assert start_dry_run(actor=actor, process="trial", content=trial(), mapping={}).pk
    with refuses(NotAllowed):
        publish_draft(actor=actor, key="trial", seen=draft.revision, note="为什么")
    with refuses(NotAllowed):
        start_draft(actor=actor, key="general")
    discard_draft(actor=actor, key="trial", seen=draft.revision)


def test_drafts_of_other_lines_are_not_theirs_to_see(rep: User, colleague: User) -> None:
    make("甲线", in_charge=[rep], processes=["trial"])
    make("乙线", in_charge=[colleague], processes=["general"])
    start_draft(actor=SYSTEM, key="trial")
    start_draft(actor=SYSTEM, key="general")
    assert [row.key for row in kept.drafts(actor_of(rep))] == ["trial"]
    with refuses(NotAllowed):
        kept.draft(actor_of(rep), "general")
    with refuses(NotAllowed):
        save_draft(actor=actor_of(rep), key="general", seen=1, content={})


def test_a_new_process_of_who_is_in_charge_belongs_to_their_line(rep: User, colleague: User) -> None:
    made, actor = make(in_charge=[rep]), actor_of(rep)
    start_draft(actor=actor, key="own", content=trial(process="own", name="自己的"))
    assert policy.line_of("own") == made
    assert policy.may_design(actor, "own")
    publish_draft(actor=SYSTEM, key="own", seen=1, note="第一版")
    assert processes.current_version("own").definition.line == made
    with refuses(NotYourProcess):
        create_deal(actor=actor_of(colleague), process="own", fields={"name": "商机"})


def test_who_is_in_charge_of_several_lines_says_for_which(rep: User) -> None:
    first, second, actor = make("甲线", in_charge=[rep]), make("乙线", in_charge=[rep]), actor_of(rep)
    foreign = make("丙线")
    blank = texts.blank("own", "自己的")
    with refuses(LineUnnamed):
        start_draft(actor=actor, key="own", content=blank)
    with refuses(NotYourLine):
        start_draft(actor=actor, key="own", content=blank, line_id=foreign.pk)
    start_draft(actor=actor, key="own", content=blank, line_id=second.pk)
    assert policy.line_of("own") == second != first


def test_who_belongs_to_a_line_without_being_in_charge_designs_nothing(rep: User) -> None:
    make(people=[rep], processes=["trial"])
    with refuses(NotAllowed):
        start_draft(actor=actor_of(rep), key="trial")
    with refuses(NotAllowed):
        start_draft(actor=actor_of(rep), key="own", content=texts.blank("own", "自己的"))
    with refuses(NotAllowed):
        kept.drafts(actor_of(rep))


def test_a_draft_that_is_moved_between_lines_goes_with_its_process(admin: User) -> None:
    first, second = make("甲线"), make("乙线")
    start_draft(actor=SYSTEM, key="own", content=texts.blank("own", "自己的"), line_id=first.pk)
    change_line(actor=SYSTEM, line_id=first.pk, fields={"processes": []})
    change_line(actor=SYSTEM, line_id=second.pk, fields={"processes": ["own"]})
    assert policy.line_of("own") == second
    with refuses(NoSuchDraft):
        kept.draft(actor_of(admin), "none")
