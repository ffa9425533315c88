"""Links between records, and numbers that are typed: what they lead to, and what becomes of them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.crm.actions.customers import change_customer, create_contact
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.fields import create_field
from dealrail.crm.actions.merging import merge_customers
from dealrail.crm.actions.recycling import delete_customer, purge_deleted
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import Contact, Customer, Deal, DealValue
from tests.cast import Company, actor_of, at_once, fresh, new_customer, new_deal, refuses
from tests.crm_imports.bringing import Bring
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
        linked, _merged = at_once(
            lambda deal=deal, gone=gone: put(rep, deal, gone.pk),
            lambda kept=kept, gone=gone: merge_customers(actor=actor_of(rep), kept_id=kept.pk, gone_id=gone.pk),
        )
        expected = {} if isinstance(linked, FieldRefused) else {"ref": kept.pk}
        assert fresh(deal).custom == expected


def test_a_form_never_names_what_a_link_leads_to_for_others(company: Company, log_in: LogIn) -> None:
    add("link", target="customer")
    rep = company.people["rep"]
    secret, deal = new_customer(company.people["stranger"], name="绝密重工"), new_deal(rep)
    change_deal(actor=SYSTEM, deal_id=deal.pk, fields={"custom.ref": secret.pk})
    for address in (f"/deals/{deal.pk}/facts/custom.ref/", f"/deals/{deal.pk}/change/"):
        assert "绝密重工" not in log_in(rep).get(address).content.decode()
