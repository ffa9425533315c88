"""Links between records, and numbers that are typed: what they lead to, and what becomes of them."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.activities.actions.activities import correct_activity, record_activity
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import change_customer, create_contact
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.fields import create_field
from dealrail.crm.actions.merging import merge_customers, undo_merge
from dealrail.crm.actions.pools import release_deal
from dealrail.crm.actions.recycling import delete_customer, delete_deal, purge_deleted
from dealrail.crm.engine import AddedFields
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import Contact, Customer, Deal, DealValue
from dealrail.crm.queries.pointing import HIDDEN
from dealrail.events.models import Event
from tests.api.client import Api
from tests.cast import (
    Company,
    actor_of,
    at_once,
    event_kinds,
    fresh,
    last_event_id,
    new_customer,
    new_deal,
    refuses,
)
from tests.crm_imports.bringing import Bring
from tests.process.test_several_approvers import ask, deal_under
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


def add(type_: str, **fields: Any) -> Any:
    """A field of deals, in use at once."""
    return create_field(actor=SYSTEM, kind="deal", fields={"name": "相关", "key": "ref", "type": type_, **fields})


def put(who: User, deal: Deal, value: Any) -> Any:
    """What the deal holds once this was typed."""
    change_deal(actor=actor_of(who), deal_id=deal.pk, fields={"custom.ref": value})
    return fresh(deal).custom.get("ref")


# Numbers that are typed


def test_digits_are_a_login_or_a_name_before_they_are_one_of_our_numbers(company: Company) -> None:
    add("person")
    rep, colleague, boss = (company.people[name] for name in ("rep", "colleague", "boss"))
    User.objects.filter(pk=colleague.pk).update(login=str(boss.pk))
    deal = new_deal(rep)
    assert put(rep, deal, boss.pk) == boss.pk
    assert put(rep, deal, str(boss.pk)) == colleague.pk, "a login, though the deal holds who has it as a number"
    assert put(rep, deal, f"#{boss.pk}") == boss.pk
    assert put(rep, deal, f"{rep.name} #{rep.pk}") == rep.pk
    for wrong in (str(rep.pk), f"{boss.name} #{rep.pk}", f"#{10**17}", 10**30):
        with refuses(FieldRefused):
            put(rep, deal, wrong)
    assert fresh(deal).custom == {"ref": rep.pk}


def test_a_name_of_digits_is_a_name_and_a_number_leads_on_only_with_the_name_it_bears(company: Company) -> None:
    add("link", target="customer")
    rep = company.people["rep"]
    one = new_customer(rep, name="云帆科技")
    other = new_customer(rep, name=f"{one.pk}")
    deal = new_deal(rep)
    assert put(rep, deal, str(one.pk)) == other.pk
    assert put(rep, deal, f"云帆 科技 #{one.pk}") == one.pk
    change_customer(actor=actor_of(rep), customer_id=one.pk, fields={"name": "远航物流"})
    other_deal = new_deal(rep)
    with refuses(FieldRefused):
        put(rep, other_deal, f"云帆科技 #{one.pk}")
    assert fresh(other_deal).custom == {}


def test_forms_send_people_by_their_number_whatever_logins_there_are(company: Company, log_in: LogIn) -> None:
    add("person")
    rep, colleague, boss = (company.people[name] for name in ("rep", "colleague", "boss"))
    User.objects.filter(pk=colleague.pk).update(login=str(boss.pk))
    deal, client = new_deal(rep), log_in(rep)
    put(rep, deal, boss.pk)
    address = f"/deals/{deal.pk}/facts/custom.ref/"
    page = client.get(address).content.decode()
    assert f'<option value="#{boss.pk}" selected>' in page
    client.post(address, {"custom.ref": f"#{colleague.pk}", "was.custom.ref": f"#{boss.pk}"})
    assert fresh(deal).custom == {"ref": colleague.pk}


# What becomes of links


def test_records_taken_back_with_their_import_are_linked_no_more(company: Company, admin: User, tmp_path: Path) -> None:
    bring = Bring(tmp_path, admin)
    for target in ("customer", "contact", "deal"):
        fields = {"name": f"关联{target}", "key": target, "type": "link", "target": target}
        create_field(actor=SYSTEM, kind="deal", fields=fields)
    deal = new_deal(company.people["rep"])
    jobs = [bring("客户名称\n甲公司\n", "customers"), bring("客户,联系人\n甲公司,王总\n", "contacts")]
    jobs.append(bring.history("商机名称,阶段\n甲单,洽谈\n"))
    rows = {"customer": Customer.objects.get(name="甲公司"), "contact": Contact.objects.get()}
    ids = {key: row.pk for key, row in {**rows, "deal": Deal.objects.get(name="甲单")}.items()}
    change_deal(actor=SYSTEM, deal_id=deal.pk, fields={f"custom.{key}": pk for key, pk in ids.items()})
    assert fresh(deal).custom == ids
    for job in reversed(jobs):
        bring.undo(job)
    assert (Customer.objects.filter(pk=ids["customer"]).exists(), Contact.objects.count()) == (False, 0)
    assert (fresh(deal).custom, DealValue.objects.count()) == ({}, 0)


def test_contacts_removed_for_good_with_their_customer_are_linked_no_more(company: Company, admin: User) -> None:
    add("link", target="contact")
    rep = company.people["rep"]
    customer, deal = new_customer(rep), new_deal(rep)
    contact = create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王明"})
    assert put(rep, deal, contact.pk) == contact.pk
    delete_customer(actor=actor_of(admin), customer_id=customer.pk)
    Customer.objects.filter(pk=customer.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    assert purge_deleted(actor=actor_of(admin)) == 1
    assert not Contact.objects.filter(pk=contact.pk).exists()
    assert (fresh(deal).custom, DealValue.objects.count()) == ({}, 0)


@pytest.mark.django_db(transaction=True)
def test_a_link_to_a_customer_that_is_merged_this_moment_is_refused_or_goes_along(company: Company) -> None:
    add("link", target="customer")
    rep = company.people["rep"]
    for _round in range(5):
        kept, gone, deal = new_customer(rep), new_customer(rep), new_deal(rep)
        linking = partial(put, rep, deal, gone.pk)
        merging = partial(merge_customers, actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
        linked, _merged = at_once(linking, merging)
        expected = {} if isinstance(linked, FieldRefused) else {"ref": kept.pk}
        assert fresh(deal).custom == expected


def test_a_form_never_names_what_a_link_leads_to_for_others(company: Company, log_in: LogIn) -> None:
    add("link", target="customer")
    rep = company.people["rep"]
    secret, deal = new_customer(company.people["stranger"], name="绝密重工"), new_deal(rep)
    change_deal(actor=SYSTEM, deal_id=deal.pk, fields={"custom.ref": secret.pk})
    for address in (f"/deals/{deal.pk}/facts/custom.ref/", f"/deals/{deal.pk}/change/"):
        assert "绝密重工" not in log_in(rep).get(address).content.decode()


def test_names_asked_for_one_reader_are_never_told_to_another(company: Company) -> None:
    field = add("link", target="customer")
    rep = company.people["rep"]
    secret, deal = new_customer(company.people["stranger"], name="绝密重工"), new_deal(rep)
    change_deal(actor=SYSTEM, deal_id=deal.pk, fields={"custom.ref": secret.pk})
    held = fresh(deal)
    assert crm.custom_words(SYSTEM, held, field) == "绝密重工"
    assert crm.custom_words(actor_of(rep), held, field) == str(HIDDEN)


def test_the_default_of_a_link_is_told_only_to_who_describes_fields(company: Company, admin: User) -> None:
    secret = new_customer(company.people["stranger"], name="绝密重工")
    add("link", target="customer", default=f"{secret.name} #{secret.pk}")
    told = [Api(who).get("fields").body[0]["default"] for who in (company.people["rep"], admin)]
    assert told == ["", f"绝密重工 #{secret.pk}"]


def test_moved_links_are_told_and_what_was_asked_of_their_deals_must_be_asked_anew(
    admin: User, rep: User, legal: User
) -> None:
    field = add("link", target="customer")
    kept, gone = new_customer(rep), new_customer(rep)
    deal = deal_under(rep, {"person": "legal"}, when={"field": "custom.ref", "op": "is_not_empty"})
    put(rep, deal, gone.pk)
    made = None
    for before, after in ((gone, kept), (kept, gone)):
        ask(deal)
        at, revision = last_event_id(), fresh(deal).run.revision
        if made is None:
            made = merge_customers(actor=actor_of(admin), kept_id=kept.pk, gone_id=gone.pk)
            assert Event.objects.get(kind="customer.merged").payload["moved"][f"links:{field.pk}"] == 1
        else:
            undo_merge(actor=actor_of(admin), merge_id=made.pk)
        assert event_kinds(at)[1:] == ["approval.withdrawn"]
        assert Event.objects.latest("pk").payload["changes"] == {"custom.ref": [str(before.pk), str(after.pk)]}
        assert (fresh(deal).run.revision, fresh(deal).custom["ref"]) == (revision + 1, after.pk)


def test_a_merge_leaves_what_leads_to_the_kept_one_alone_and_costs_no_statement_for_each_link(
    company: Company,
) -> None:
    add("link", target="customer")
    rep = company.people["rep"]
    counts = []
    for many in (1, 6):
        kept, gone = new_customer(rep), new_customer(rep)
        theirs = new_deal(rep, **{"custom.ref": f"#{kept.pk}"})
        revision = fresh(theirs).run.revision
        for _ in range(many):
            new_deal(rep, **{"custom.ref": f"#{gone.pk}"})
        with CaptureQueriesContext(connection) as asked:
            merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
        counts.append(sum('UPDATE "crm_deal"' in row["sql"] and '"custom"' in row["sql"] for row in asked))
        assert fresh(theirs).run.revision == revision
    assert counts == [1, 1]


def test_a_record_in_the_recycle_bin_holds_nothing_that_only_one_may_after_a_merge(
    company: Company, admin: User
) -> None:
    add("link", target="customer", unique=True)
    rep = company.people["rep"]
    kept, gone, deal = new_customer(rep), new_customer(rep), new_deal(rep)
    put(rep, deal, gone.pk)
    delete_deal(actor=actor_of(admin), deal_id=deal.pk)
    merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk)
    assert DealValue.objects.get(record=deal.pk).only is None
    assert put(rep, new_deal(rep), kept.pk) == kept.pk


def test_a_default_is_looked_up_once_for_many_records_and_a_list_of_people_once_a_page(
    company: Company, log_in: LogIn
) -> None:
    rep = company.people["rep"]
    for key in ("ref", "second"):
        fields = {"name": key, "key": key, "type": "person", "default": rep.login}
        create_field(actor=SYSTEM, kind="deal", fields=fields)
    added = AddedFields(actor_of(rep), "deal")
    field = added.fields[0]
    assert added.default(field) == rep.pk
    with CaptureQueriesContext(connection) as asked:
        assert [added.begun({})["custom.ref"] for _ in range(5)] == [rep.pk] * 5
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        assert f'value="#{rep.pk}" selected' in log_in(rep).get("/deals/new/?process=trial").content.decode()
    lists = [
        row["sql"] for row in asked if "accounts_user" in row["sql"] and 'ORDER BY "accounts_user"."name"' in row["sql"]
    ]
    assert len(lists) == 1


def test_what_was_corrected_in_a_follow_up_masks_ways_to_reach_somebody_in_a_pool(company: Company) -> None:
    create_field(actor=SYSTEM, kind="activity", fields={"name": "座机", "key": "line", "format": "phone"})
    rep = company.people["rep"]
    deal = new_deal(rep, customer=new_customer(rep).pk)
    custom = {"custom.line": "13900002222"}
    made = record_activity(actor=actor_of(rep), kind="call", text="聊", deal_id=deal.pk, fields=custom)
    correct_activity(actor=actor_of(rep), activity_id=made.pk, fields={"custom.line": "13800001111"})
    events = Event.objects.filter(kind="activity.corrected")
    assert "13800001111" in str(crm.events_as_seen(actor_of(rep), events.all())[0].payload)
    release_deal(actor=actor_of(rep), deal_id=deal.pk, reason="联系不上")
    told = str(crm.events_as_seen(actor_of(rep), events.all())[0].payload)
    assert ("13800001111" in told, "13900002222" in told) == (False, False)
