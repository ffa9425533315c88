"""Each kind of condition: what it demands, when it is met, and which settings it refuses."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dealrail.accounts.models import User
from dealrail.activities.actions.attachments import attach_file, remove_attachment
from dealrail.activities.queries import file_kinds
from dealrail.activities.rules import FILE_KINDS
from dealrail.core import clock
from dealrail.core.uploads import MEDIA_TYPES
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal, change_deal, park_deal, reopen_deal
from dealrail.crm.models import Deal
from dealrail.process import checks, conditions, engine, rules
from dealrail.process.rules import Outcome, Problem
from tests.cast import MakeDeal, actor_of, follow_up, fresh, fulfil, new_customer, new_deal, publish, trial, unmet

KINDS: dict[str, dict[str, Any]] = {
    "fields.filled": {"fields": ["need"]},
    "activities.done": {"actions": ["call"]},
    "activities.follow_ups": {"at_least": 1},
    "contacts.known": {"at_least": 1},
    "customer.filled": {"fields": ["industry"]},
    "files.attached": {"at_least": 2, "of": ["pdf"], "since": "stage"},
    "process.approval": {"by": {"role": "legal"}},
}


def process_with(**condition: Any) -> dict[str, Any]:
    """A process of one stage with this one condition."""
    stage = {"key": "only", "name": "唯一", "kind": "lead", "conditions": [{"key": "probe", **condition}]}
    return trial(process="probe", stages=[stage, {"key": "rest", "name": "其余", "kind": "lead"}])


def deal_under(owner: User, **condition: Any) -> Deal:
    publish(process_with(**condition))
    return new_deal(owner, "probe")


def demands(deal: Deal) -> list[tuple[str, str, bool]]:
    deal = fresh(deal)
    return [(row.code, row.item, row.met) for row in engine.gate(deal.run, to=None, subject=deal).demands]


def problems(**condition: Any) -> list[Problem]:
    return checks.problems(process_with(**condition))


def test_the_five_kinds_are_known() -> None:
    assert set(KINDS) <= set(conditions.kinds)


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("kind", KINDS)
def test_a_condition_of_each_kind_is_fine(kind: str) -> None:
    assert problems(kind=kind, **KINDS[kind]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_condition_of_each_kind_is_unmet_first_and_met_when_fulfilled(kind: str, rep: User) -> None:
    deal = deal_under(rep, kind=kind, **KINDS[kind])
    assert [row[2] for row in demands(deal)] == [False]
    fulfil(deal)
    wanted = Outcome.NEEDS_APPROVAL if kind == "process.approval" else Outcome.OPEN
    assert engine.gate(fresh(deal).run, to=None, subject=fresh(deal)).outcome is wanted


BOSS = {"person": "boss"}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("fields.filled", {}, "not_a_list"),
    ("fields.filled", {"fields": []}, "not_a_list"),
    ("fields.filled", {"fields": "need"}, "not_a_list"),
    ("fields.filled", {"fields": ["nonsense"]}, "no_such_field"),
    ("fields.filled", {"fields": [["need"]]}, "no_such_field"),
    ("fields.filled", {"fields": ["owner"]}, "no_such_field"),
    ("fields.filled", {"fields": ["need"], "at_least": 1}, "unknown_key"),
    ("activities.done", {"actions": []}, "not_a_list"),
    ("activities.done", {"actions": ["dance"]}, "no_such_action"),
    ("activities.done", {"actions": [{}]}, "no_such_action"),
    ("activities.done", {"actions": ["call"], "of": []}, "unknown_key"),
    ("activities.follow_ups", {"at_least": 0}, "bad_number"),
    ("activities.follow_ups", {"at_least": 101}, "bad_number"),
    ("activities.follow_ups", {"at_least": "2"}, "bad_number"),
    ("activities.follow_ups", {"of": "call"}, "not_a_list"),
    ("activities.follow_ups", {"of": ["fax"]}, "not_one_of"),
    ("activities.follow_ups", {"kinds": ["call"]}, "unknown_key"),
    ("contacts.known", {"at_least": 51}, "bad_number"),
    ("contacts.known", {"role": "king"}, "not_one_of"),
    ("contacts.known", {"title": "CEO"}, "unknown_key"),
    ("process.approval", {}, "not_one_of"),
    ("process.approval", {"by": "leader"}, "not_one_of"),
    ("process.approval", {"by": {"leader": False}}, "not_one_of"),
    ("process.approval", {"by": {"role": "king"}}, "no_such_role"),
    ("process.approval", {"by": {"leader": True}, "at_least": 2}, "unknown_key"),
    ("process.approval", {"by": {"leader": 6}}, "not_one_of"),
    ("process.approval", {"by": {"person": "nobody.known"}}, "no_such_person"),
    ("process.approval", {"by": {"person": ["rep"]}}, "not_one_of"),
    ("process.approval", {"by": {"any": []}}, "no_approver"),
    ("process.approval", {"by": {"any": [{"all": [{"leader": True}]}]}}, "not_one_of"),
    ("process.approval", {"by": {"all": [{"role": "king"}]}}, "no_such_role"),
    ("process.approval", {"by": {"steps": [{"by": {"leader": True}}]}}, "steps_count"),
    ("process.approval", {"by": {"steps": [{"by": {"leader": True}}, {"by": {"leader": 2}}]}}, "bad_step"),
    ("process.approval", {"by": {"steps": [{"up_to": "1", "by": BOSS}, {"by": BOSS}]}}, "not_rising"),
    (
        "process.approval",
        {"by": {"steps": [{"up_to": 9, "by": BOSS}, {"up_to": 9, "by": BOSS}, {"by": BOSS}]}},
        "not_rising",
    ),
    ("process.approval", {"by": {"steps": [{"up_to": 9, "by": BOSS}, {"by": BOSS}], "of": "need"}}, "not_one_of"),
    ("process.approval", {"by": {"steps": [{"up_to": None, "by": BOSS}, {"by": BOSS}]}}, "no_amount"),
    ("process.approval", {"by": {"steps": [{"up_to": 1, "by": {"all": []}}, {"by": BOSS}]}}, "no_approver"),
    ("process.approval", {"by": {"leader": True}, "cc": [{"person": "nobody.known"}]}, "no_such_person"),
    ("process.approval", {"by": BOSS, "remind_after": []}, "count_of"),
    ("process.approval", {"by": BOSS, "remind_after": ["2d", "4h"]}, "bad_reminder"),
    ("process.approval", {"by": BOSS, "remind_after": "91d"}, "bad_reminder"),
    ("process.approval", {"by": BOSS, "remind_after": 2}, "bad_reminder"),
    ("customer.filled", {"fields": []}, "not_a_list"),
    ("customer.filled", {"fields": ["owner"]}, "not_one_of"),
    ("customer.filled", {"fields": [["name"]]}, "not_one_of"),
    ("customer.filled", {"fields": ["name"], "of": 1}, "unknown_key"),
    ("files.attached", {"at_least": 0}, "bad_number"),
    ("files.attached", {"of": "pdf"}, "not_a_list"),
    ("files.attached", {"of": ["exe"]}, "not_one_of"),
    ("files.attached", {"of": [["pdf"]]}, "not_one_of"),
    ("files.attached", {"since": "today"}, "not_one_of"),
    ("files.attached", {"type": "pdf"}, "unknown_key"),
    ("process.cooling", {}, "bad_number"),
    ("process.cooling", {"days": 0}, "bad_number"),
    ("process.cooling", {"days": True}, "bad_number"),
    ("process.cooling", {"days": 366}, "bad_number"),
    ("process.cooling", {"days": 3, "hours": 1}, "unknown_key"),
    ("activities.follow_ups", {"within_days": 0}, "bad_number"),
    ("activities.follow_ups", {"within_days": "7"}, "bad_number"),
    ("quote.accepted", {}, "no_such_kind"),
]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("kind", "config", "code"), WRONG)
def test_names_what_is_wrong_with_its_settings(kind: str, config: dict[str, Any], code: str) -> None:
    found = problems(kind=kind, **config)
    assert [problem.code for problem in found] == [code]
    assert found[0].where.startswith("stages.only.conditions.probe")


@pytest.mark.parametrize(("value", "met"), [("有需求", True), ("  ", False), ("", False), (None, False)])
def test_blanks_fill_no_field(value: str | None, met: bool, rep: User) -> None:
    deal = deal_under(rep, kind="fields.filled", fields=["need"])
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"need": value})
    assert demands(deal) == [("field_missing", "need", met)]


def test_a_zero_fills_a_field(rep: User) -> None:
    deal = deal_under(rep, kind="fields.filled", fields=["amount", "budget", "seats"])
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "0", "budget": 0, "seats": "0"})
    assert unmet(deal) == []


def test_each_missing_field_is_named(rep: User) -> None:
    deal = deal_under(rep, kind="fields.filled", fields=["need", "amount", "customer"])
    assert unmet(deal) == [("probe", "need"), ("probe", "amount"), ("probe", "customer")]


def test_only_follow_ups_of_these_kinds_count(rep: User) -> None:
    deal = deal_under(rep, kind="activities.follow_ups", at_least=1, of=["visit"])
    follow_up(deal, actor=actor_of(rep), kind="call")
    assert unmet(deal)
    follow_up(deal, actor=actor_of(rep), kind="visit")
    assert unmet(deal) == []


def test_follow_ups_count_anew_after_coming_back(rep: User) -> None:
    deal = deal_under(rep, kind="activities.follow_ups", at_least=1)
    follow_up(deal, actor=actor_of(rep))
    park_deal(actor=actor_of(rep), deal_id=deal.pk)
    reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert unmet(deal)


def test_an_action_done_counts_also_after_coming_back(rep: User) -> None:
    deal = deal_under(rep, kind="activities.done", actions=["call"])
    fulfil(deal)
    park_deal(actor=actor_of(rep), deal_id=deal.pk)
    reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert unmet(deal) == []


def test_only_contacts_of_the_role_and_the_customer_count(rep: User) -> None:
    deal = deal_under(rep, kind="contacts.known", at_least=1, role="technical")
    mine, other = new_customer(rep), new_customer(rep)
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"customer": mine.pk})
    for customer, role in ((mine, "user"), (mine, ""), (other, "technical")):
        create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "某人", "role": role})
    assert unmet(deal)
    create_contact(actor=actor_of(rep), customer_id=mine.pk, fields={"name": "把关人", "role": "technical"})
    assert unmet(deal) == []


def test_a_deal_without_customer_knows_no_contacts(make_deal: MakeDeal, rep: User) -> None:
    deal = deal_under(rep, kind="contacts.known", at_least=2)
    [demand] = engine.gate(fresh(deal).run, to=None, subject=fresh(deal)).demands
    assert (demand.params["known"], demand.params["at_least"]) == (0, 2)


def test_a_demand_speaks_to_people(rep: User) -> None:
    deal = deal_under(rep, kind="activities.follow_ups", at_least=2, of=["call", "visit"])
    [demand] = engine.gate(fresh(deal).run, to=None, subject=fresh(deal)).demands
    assert "2" in demand.message
    assert "%" not in demand.message


def test_a_name_with_a_percent_sign_is_no_placeholder(rep: User) -> None:
    content = process_with(kind="fields.filled", fields=["discount"])
    content["fields"] = [{"key": "discount", "name": "折扣（%）", "type": "number"}]
    publish(content)
    deal = new_deal(rep, "probe")
    [demand] = engine.gate(fresh(deal).run, to=None, subject=fresh(deal)).demands
    assert "折扣（%）" in demand.message


def test_a_condition_for_one_way_is_not_asked_on_another(rep: User) -> None:
    content = process_with(kind="fields.filled", fields=["need"], to=["rest"])
    content["stages"][0]["next"] = ["rest", "end"]
    content["stages"][0]["kind"] = "lead"
    publish(content)
    deal = new_deal(rep, "probe", customer=new_customer(rep).pk)
    assert unmet(deal, "rest") == [("probe", "need")]
    assert unmet(deal, "end") == []


def test_no_stage_but_a_lead_is_entered_without_a_customer(rep: User) -> None:
    content = process_with(kind="fields.filled", fields=["need"])
    content["stages"][1]["kind"] = "open"
    publish(content)
    deal = new_deal(rep, "probe", need="有")
    assert unmet(deal) == [("customer_known", "customer")]


def test_the_process_is_not_finished_without_a_customer(rep: User) -> None:
    content = process_with(kind="fields.filled", fields=["need"])
    publish({**content, "stages": content["stages"][:1]})
    deal = new_deal(rep, "probe", need="有")
    assert unmet(deal) == [("customer_known", "customer")]


def test_what_two_conditions_ask_is_asked_once(rep: User) -> None:
    content = process_with(kind="fields.filled", fields=["customer", "need"])
    content["stages"][0]["conditions"].append({"key": "again", "kind": "fields.filled", "fields": ["need"]})
    content["stages"][1]["kind"] = "open"
    publish(content)
    assert unmet(new_deal(rep, "probe")) == [("probe", "customer"), ("probe", "need")]


def test_the_end_of_a_process_is_a_reserved_key() -> None:
    assert rules.END == "end"


def test_nobody_moves_on_before_the_cooling_time_is_over(rep: User) -> None:
    deal = deal_under(rep, kind="process.cooling", days=7)
    entered = deal.run.stage_entered_at
    assert demands(deal) == [("too_soon", "probe", False)]
    with clock.at(entered + timedelta(days=7, seconds=-1)):
        assert demands(deal) == [("too_soon", "probe", False)]
    with clock.at(entered + timedelta(days=7)):
        assert demands(deal) == [("too_soon", "probe", True)]
        advance_deal(actor=actor_of(rep), deal_id=deal.pk)
        advance_deal(actor=actor_of(rep), deal_id=deal.pk, to="only")
        assert demands(deal) == [("too_soon", "probe", False)]


def test_only_follow_ups_of_the_last_days_count(rep: User) -> None:
    deal = deal_under(rep, kind="activities.follow_ups", at_least=2, within_days=7)
    follow_up(deal, actor=actor_of(rep))
    with clock.at(clock.now() + timedelta(days=6)):
        follow_up(deal, actor=actor_of(rep))
        assert demands(deal) == [("follow_ups_missing", "probe", True)]
    with clock.at(clock.now() + timedelta(days=8)):
        assert demands(deal) == [("follow_ups_missing", "probe", False)]


def test_files_count_by_kind_and_by_stage_and_not_out_of_the_recycle_bin(rep: User) -> None:
    deal = deal_under(rep, kind="files.attached", of=["image"], since="stage", at_least=1)
    actor = actor_of(rep)

    def keep(name: str) -> int:
        return attach_file(actor=actor, deal_id=deal.pk, file=SimpleUploadedFile(name, b"x")).pk

    with clock.at(fresh(deal).run.stage_entered_at - timedelta(hours=1)):
        keep("早先.png")
    keep("报价.pdf")
    assert demands(deal) == [("files_missing", "probe", False)]
    picture = keep("现场.JPG")
    assert demands(deal) == [("files_missing", "probe", True)]
    remove_attachment(actor=actor, attachment_id=picture)
    assert demands(deal) == [("files_missing", "probe", False)]


def test_every_file_that_may_be_uploaded_is_of_one_kind() -> None:
    assert sorted(suffix for kind in FILE_KINDS.values() for suffix in kind) == sorted(MEDIA_TYPES)
    assert set(file_kinds()) == set(FILE_KINDS)


def test_facts_of_the_customer_stay_out_of_what_is_approved(rep: User) -> None:
    content = process_with(kind="customer.filled", fields=["region"])
    content["stages"][0]["conditions"].append({"key": "ok", "kind": "process.approval", "by": {"leader": True}})
    publish(content)
    deal = new_deal(rep, "probe", customer=new_customer(rep, region="华东").pk)
    waiting = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
    assert isinstance(waiting, AwaitingApproval)
    assert set(waiting.requests[0].about) == {"customer", "product", "amount"}
