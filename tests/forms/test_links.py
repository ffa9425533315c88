"""Links by which somebody without a login fills a form in: once for a record, or to become a lead."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.core.problems import problems_of
from dealrail.crm.actions.fields import create_field
from dealrail.crm.actions.merging import merge_customers, undo_merge
from dealrail.crm.actions.pools import release_deal
from dealrail.crm.actions.recycling import delete_deal, purge_deleted
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import Contact, Customer, Deal, Pool, Source
from dealrail.events.clocks import drain
from dealrail.events.models import Event
from dealrail.forms import queries
from dealrail.forms.actions.links import fill_by_link, make_form_link, make_lead_link, shut_form_link
from dealrail.forms.actions.making import change_form
from dealrail.forms.errors import FilledForOne, LinkDead, LinkFull
from dealrail.forms.models import FormFile, FormLink, FormRecord
from dealrail.forms.rules import LINK_DAY_MEGABYTES, LINK_DAY_RECORDS
from dealrail.notifications.models import Notification
from dealrail.process.errors import NoSuchProcess
from tests.cast import actor_of, at_once, event_kinds, last_event_id, new_customer, new_deal, refuses
from tests.forms.making import ANSWERED, make_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
ASKER = Actor.system("form")
VISITOR = {"who": "王芳", "phone": "138 1234 5678", "company": "苏州精工"}


def sent(link: FormLink, answers: dict[str, Any] | None = None, **visitor: str) -> FormRecord:
    token = queries.link_token(link)
    told = {**VISITOR, **visitor}
    return fill_by_link(actor=ASKER, token=token, answers=ANSWERED if answers is None else answers, visitor=told)


def works(link: FormLink) -> bool:
    try:
        queries.link_of(queries.link_token(link))
    except Refusal as refusal:
        assert refusal.code == "form_link_dead"
        return False
    return True


def lead_link(**given: Any) -> FormLink:
    return make_lead_link(actor=ASKER, key="survey", **{"name": "官网", "process": "trial", **given})


def test_a_link_for_a_deal_works_once_and_its_owner_is_told(rep: User) -> None:
    make_form()
    deal = new_deal(rep)
    before = last_event_id()
    link = make_form_link(actor=actor_of(rep), key="survey", deal_id=deal.pk)
    kept = sent(link)
    assert (kept.deal, kept.link, kept.filled_by, kept.custom["goal"]) == (deal, link, None, "降低成本")
    assert not works(link)
    assert event_kinds(before) == ["form.link_made", "deal.form_filled", "form.link_shut"]
    assert Event.objects.get(kind="deal.form_filled").channel == "form"
    drain()
    told = Notification.objects.get(user=rep, kind="form_filled")
    assert (told.subject_id, told.params["form"]) == (deal.pk, "需求调研")


def test_a_new_link_for_the_same_record_shuts_the_one_before(rep: User) -> None:
    make_form(about="customer")
    customer = new_customer(rep)
    first, second = (make_form_link(actor=actor_of(rep), key="survey", customer_id=customer.pk) for _ in range(2))
    assert (works(first), works(second)) == (False, True)
    assert [row.pk for row in queries.links_about(customer_id=customer.pk)] == [second.pk]


@pytest.mark.parametrize("how", ["late", "shut", "deleted", "out_of_use", "other"])
def test_a_dead_link_says_no_more_than_that(rep: User, admin: User, how: str) -> None:
    make_form()
    deal = new_deal(rep)
    link = make_form_link(actor=actor_of(rep), key="survey", deal_id=deal.pk, days=3)
    assert works(link)
    if how == "shut":
        shut_form_link(actor=actor_of(rep), link_id=link.pk)
    elif how == "deleted":
        delete_deal(actor=actor_of(admin), deal_id=deal.pk)
    elif how == "out_of_use":
        change_form(actor=ASKER, key="survey", fields={"is_active": False})
    elif how == "other":
        token = queries.link_token(link).replace(str(link.pk), str(link.pk + 1), 1)
        with refuses(LinkDead):
            queries.link_of(token)
        return
    if how == "late":
        FormLink.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert not works(link)
    with refuses(LinkDead):
        sent(link)
    assert not FormRecord.objects.exists()


def test_a_link_for_what_lies_in_a_pool_works(rep: User) -> None:
    make_form()
    deal = new_deal(rep)
    link = make_form_link(actor=actor_of(rep), key="survey", deal_id=deal.pk)
    Pool.objects.update(daily_views=1)
    release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="没空")
    assert sent(link).deal == deal


def test_whoever_fills_a_form_in_becomes_a_lead_in_a_pool() -> None:
    make_form()
    kept = sent(lead_link())
    deal, customer = kept.deal, kept.deal.customer
    assert (customer.name, customer.owner, customer.pool.is_default) == ("苏州精工", None, True)
    assert (deal.owner, deal.pool.is_default, deal.run.stage.key) == (None, True, "lead")
    assert [(row.name, row.phone) for row in customer.contacts.all()] == [("王芳", "13812345678")]


def test_a_lead_of_a_known_customer_goes_to_who_looks_after_them(rep: User, colleague: User) -> None:
    make_form()
    known = new_customer(rep, name="苏州精工")
    link = lead_link(owner_id=colleague.pk)
    assert sent(link).deal.owner == rep
    assert sent(link, company="", who="李强").deal.customer == known
    assert Contact.objects.filter(customer=known).count() == 1
    other = sent(link, company="无锡动力", phone="13900000000").deal
    assert (other.owner, other.customer.owner) == (colleague, colleague)


def test_people_of_the_same_name_are_not_the_same() -> None:
    make_form(about="customer")
    link = lead_link()
    one, other = sent(link, company="", phone="13800000001"), sent(link, company="", phone="13800000002")
    assert {one.customer.name, other.customer.name} == {"王芳"}
    assert one.customer != other.customer
    assert not Deal.objects.exists()


@pytest.mark.parametrize(
    ("visitor", "answers", "fields"),
    [
        ({"who": "", "phone": ""}, {}, ["who", "phone"]),
        ({"phone": "12"}, {}, ["phone"]),
        ({"who": "王" * 81}, {}, ["who"]),
        ({"company": "公" * 121}, {}, ["company"]),
        ({}, {"users": "30"}, ["answers.goal"]),
        ({}, {"goal": "好", "users": "很多"}, ["answers.users"]),
    ],
)
def test_what_a_visitor_wrote_wrong_is_told_by_its_field(
    visitor: dict[str, str], answers: dict[str, str], fields: list[str]
) -> None:
    make_form()
    link, before = lead_link(), last_event_id()
    with pytest.raises(Refusal) as refused:
        sent(link, answers or None, **visitor)
    assert [row["field"] for row in problems_of(refused.value)] == fields
    assert (last_event_id(), Customer.objects.count(), FormRecord.objects.count()) == (before, 0, 0)


def test_a_field_that_every_record_must_have_is_told_when_the_link_is_made(admin: User) -> None:
    make_form()
    link = lead_link()
    create_field(actor=actor_of(admin), kind="customer", fields={"name": "车间面积", "type": "text", "required": True})
    with pytest.raises(Refusal, match="车间面积"):
        lead_link()
    with pytest.raises(Refusal) as refused:
        sent(link)
    assert refused.value.code == "lead_refused"
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": " "}, "field_refused"),
        ({"process": "nowhere"}, NoSuchProcess.code),
        ({"owner_id": 10**9}, "unknown_person"),
        ({"pool_id": 10**9}, "unknown_pool"),
        ({"source": "没有的来源"}, "field_refused"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(given: dict[str, Any], refusal: str) -> None:
    make_form()
    with pytest.raises(Refusal) as refused:
        lead_link(**given)
    assert refused.value.code == refusal
    assert not FormLink.objects.exists()


def test_who_may_make_and_shut_links(rep: User, stranger: User, admin: User) -> None:
    make_form()
    deal = new_deal(rep)
    link, everybody = make_form_link(actor=actor_of(rep), key="survey", deal_id=deal.pk), lead_link()
    with pytest.raises((NotFound, NotAllowed)):
        make_form_link(actor=actor_of(stranger), key="survey", deal_id=deal.pk)
    with pytest.raises((NotFound, NotAllowed)):
        shut_form_link(actor=actor_of(stranger), link_id=link.pk)
    for action in (
        lambda: make_lead_link(actor=actor_of(rep), key="survey", name="官网", process="trial"),
        lambda: shut_form_link(actor=actor_of(rep), link_id=everybody.pk),
    ):
        with pytest.raises(NotAllowed):
            action()
    shut_form_link(actor=actor_of(admin), link_id=everybody.pk)
    assert (works(link), works(everybody)) == (True, False)


@pytest.mark.parametrize("days", [0, 91])
def test_a_link_lasts_a_sensible_while(rep: User, days: int) -> None:
    make_form()
    deal = new_deal(rep)
    with refuses(FieldRefused):
        make_form_link(actor=actor_of(rep), key="survey", deal_id=deal.pk, days=days)


def test_a_link_is_for_one_record(rep: User) -> None:
    make_form()
    deal, customer = new_deal(rep), new_customer(rep)
    with refuses(FilledForOne):
        make_form_link(actor=actor_of(rep), key="survey", deal_id=deal.pk, customer_id=customer.pk)


def test_nobody_is_asked_by_a_link_what_is_kept_from_a_role(rep: User) -> None:
    kept_back: list[dict[str, Any]] = [
        {"key": "margin", "name": "毛利", "required": True, "access": {"sales": "hidden"}},
        {"key": "verdict", "name": "法务意见", "access": {"sales": "read"}},
    ]
    rule: dict[str, Any] = {"field": "margin", "op": "is_empty"}
    make_form([{"key": "goal", "name": "目标"}, *kept_back, {"key": "plan", "name": "打算", "shown_when": rule}])
    deal = new_deal(rep)
    link = make_form_link(actor=actor_of(rep), key="survey", deal_id=deal.pk)
    for key in ("margin", "verdict"):
        with pytest.raises(Refusal) as refused:
            sent(link, {"goal": "快", key: "好"})
        assert refused.value.code == "unknown_field"
    assert sent(link, {"goal": "快", "plan": "有"}).custom == {"goal": "快", "plan": "有"}


def full(link: FormLink, how: str) -> None:
    """Let so much come by a link as it takes in a day."""
    first = sent(link)
    if how == "files":
        size = LINK_DAY_MEGABYTES * 1024 * 1024 + 1
        FormFile.objects.create(record=first, question="site", file="forms/x.png", name="x.png", size=size)
    else:
        same = {"form": first.form, "version": first.version, "customer": first.customer, "link": link}
        more = (FormRecord(**same, filled_at=first.filled_at) for _ in range(LINK_DAY_RECORDS - 1))
        FormRecord.objects.bulk_create(more)


@pytest.mark.parametrize("how", ["files", "records"])
def test_a_link_for_everybody_takes_so_much_in_a_day(how: str) -> None:
    make_form(about="customer")
    link = lead_link()
    full(link, how)
    before = last_event_id(), Customer.objects.count(), FormRecord.objects.count()
    with refuses(LinkFull):
        sent(link, phone="13900000000", company="无锡动力")
    assert (last_event_id(), Customer.objects.count(), FormRecord.objects.count()) == before
    FormRecord.objects.update(filled_at=timezone.now() - timedelta(days=1, minutes=1))
    assert sent(link, phone="13900000000", company="无锡动力").customer.name == "无锡动力"


def test_a_link_outlasts_its_person_and_its_source(colleague: User) -> None:
    make_form()
    Source.objects.get_or_create(name="展会")
    link = lead_link(owner_id=colleague.pk, source="展会")
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    Source.objects.update(is_active=False)
    deal = sent(link).deal
    assert (deal.owner, deal.source, deal.pool.is_default) == (None, None, True)
    assert (deal.customer.owner, deal.customer.source, deal.customer.pool.is_default) == (None, None, True)


@pytest.mark.parametrize("about", ["deal", "customer"])
def test_what_was_filled_in_by_a_link_of_its_own_is_purged_with_it(rep: User, admin: User, about: str) -> None:
    make_form(about=about)
    record = new_deal(rep) if about == "deal" else new_customer(rep)
    sent(make_form_link(actor=actor_of(rep), key="survey", **{f"{about}_id": record.pk}))
    type(record).objects.filter(pk=record.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    assert purge_deleted(actor=ASKER) == 1
    assert (FormLink.objects.count(), FormRecord.objects.count()) == (0, 0)


def test_links_follow_a_merged_customer_and_come_back(rep: User, admin: User) -> None:
    make_form(about="customer")
    kept, gone = new_customer(rep), new_customer(rep)
    link = make_form_link(actor=actor_of(rep), key="survey", customer_id=gone.pk)
    merge = merge_customers(actor=actor_of(admin), kept_id=kept.pk, gone_id=gone.pk)
    assert (works(link), FormLink.objects.get().customer) == (True, kept)
    undo_merge(actor=actor_of(admin), merge_id=merge.pk)
    assert FormLink.objects.get().customer == gone
    assert sent(link).customer == gone


@pytest.mark.django_db(transaction=True)
def test_one_new_company_at_two_links_at_once_is_one_customer() -> None:
    make_form(about="customer")
    links = [lead_link(name="官网"), lead_link(name="展会")]
    calls = [partial(sent, link, phone=f"1390000000{number}") for number, link in enumerate(links)]
    assert all(isinstance(kept, FormRecord) for kept in at_once(*calls))
    assert Customer.objects.count() == 1
