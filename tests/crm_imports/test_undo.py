"""Taking an import back: what nobody touched goes, what somebody worked with stays and is named."""

from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings

from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import Unit, User
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.models import Task
from dealrail.core.errors import Refusal
from dealrail.crm.actions.customers import change_contact, change_customer, create_contact
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.imports import undo_import
from dealrail.crm.actions.merging import merge_customers, undo_merge
from dealrail.crm.clocks import finish_import
from dealrail.crm.errors import ImportNotUndoable
from dealrail.crm.models import Contact, Customer, Deal, ImportJob, Region
from dealrail.events.models import Event
from dealrail.process.models import Debt, Run, Stay
from tests.cast import MakeCustomer, actor_of, at_once, event_kinds, follow_up, last_event_id, refuses
from tests.core.workbooks import table, write_workbook
from tests.crm_imports.bringing import Bring, revoke

pytestmark = pytest.mark.django_db


def kept(job: ImportJob) -> list[str]:
    """What was said of the rows whose records stayed."""
    return list(job.rows.filter(result="kept").order_by("number").values_list("message", flat=True))


def test_deals_go_with_their_runs_and_debts_and_leave_only_events(bring: Bring) -> None:
    job = bring.history("商机名称,阶段\n甲,洽谈\n乙,没有\n丙,交付\n")
    after = last_event_id()
    undone = bring.undo(job)
    assert (undone.status, undone.total, undone.done) == ("undone", 3, 3)
    assert [model.objects.count() for model in (Deal, Run, Stay, Debt)] == [0, 0, 0, 0]
    assert event_kinds(after) == ["deal.removed", "deal.removed", "import.undone"]


def test_a_deal_somebody_worked_with_stays_and_is_named(bring: Bring, admin: User) -> None:
    job = bring.history("商机名称,阶段\n甲单,洽谈\n乙单,洽谈\n丙单,洽谈\n")
    change_deal(actor=actor_of(admin), deal_id=Deal.objects.get(name="甲单").pk, fields={"amount": "5"})
    follow_up(Deal.objects.get(name="乙单"), actor=actor_of(admin))
    assert bring.undo(job).status == "undone"
    assert set(Deal.objects.values_list("name", flat=True)) == {"甲单", "乙单"}
    assert ["甲单" in kept(job)[0], "乙单" in kept(job)[1]] == [True, True]


def test_a_changed_customer_or_contact_stays(bring: Bring, admin: User) -> None:
    customers = bring("客户名称\n甲公司\n乙公司\n", "customers")
    contacts = bring("客户,联系人\n甲公司,王总\n甲公司,李总\n", "contacts")
    change_contact(actor=actor_of(admin), contact_id=Contact.objects.get(name="王总").pk, fields={"title": "总"})
    bring.undo(contacts)
    assert [contact.name for contact in Contact.objects.all()] == ["王总"]
    assert "王总" in kept(contacts)[0]
    change_customer(actor=actor_of(admin), customer_id=Customer.objects.get(name="乙公司").pk, fields={"notes": "好"})
    bring.undo(customers)
    assert set(Customer.objects.values_list("name", flat=True)) == {"甲公司", "乙公司"}


def test_customers_made_one_of_stay_both_with_the_way_back(bring: Bring, admin: User) -> None:
    job = bring("客户名称\n甲公司\n甲\n乙公司\n", "customers")
    kept_one, gone = Customer.objects.get(name="甲公司"), Customer.objects.get(name="甲")
    merge = merge_customers(actor=actor_of(admin), kept_id=kept_one.pk, gone_id=gone.pk)
    bring.undo(job)
    assert set(Customer.objects.values_list("name", flat=True)) == {"甲公司", "甲"}
    undo_merge(actor=actor_of(admin), merge_id=merge.pk)
    assert not Customer.objects.filter(deleted_at__isnull=False).exists()


def test_a_customer_with_contacts_of_another_import_stays(bring: Bring) -> None:
    customers = bring("客户名称\n甲公司\n乙公司\n", "customers")
    bring("客户,联系人\n甲公司,王总\n", "contacts")
    bring.undo(customers)
    assert [customer.name for customer in Customer.objects.all()] == ["甲公司"]
    assert Contact.objects.count() == 1
    assert "甲公司" in kept(customers)[0]


def test_a_customer_with_deals_stays_until_they_are_gone(bring: Bring) -> None:
    customers = bring("客户名称\n甲公司\n", "customers")
    deals = bring.history("商机名称,客户名称,阶段\n甲单,甲公司,洽谈\n")
    bring.undo(customers)
    assert "甲公司" in kept(customers)[0]
    bring.undo(deals)
    assert Customer.objects.count() == 1
    assert bring.undo(customers).status == "undone"
    assert not Customer.objects.exists()
    with refuses(ImportNotUndoable):
        bring.undo(customers)


def test_parents_go_after_their_children_in_whatever_order_they_came(bring: Bring) -> None:
    job = bring("客户名称,母公司\n孙,子\n子,父\n父,\n另,父\n", "customers")
    assert Customer.objects.filter(parent__isnull=False).count() == 3
    assert bring.undo(job).status == "undone"
    assert not Customer.objects.exists()


def test_only_what_the_import_made_goes(bring: Bring, make_customer: MakeCustomer) -> None:
    make_customer(name="甲公司")
    bring.undo(bring("客户名称\n甲公司\n乙公司\n", "customers"))
    assert [customer.name for customer in Customer.objects.all()] == ["甲公司"]


def test_a_region_in_use_stays(bring: Bring, make_customer: MakeCustomer) -> None:
    job = bring("区域\n西北\n西南\n", "regions")
    make_customer(region="西北")
    bring.undo(job)
    assert Region.objects.filter(name="西北").exists()
    assert not Region.objects.filter(name="西南").exists()
    assert "西北" in kept(job)[0]


def test_the_kept_file_goes_with_what_it_was_converted_to(bring: Bring) -> None:
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    before = sorted(folder.iterdir())
    job = bring(write_workbook(bring.folder / "表.xlsx", table([["客户名称"], ["甲公司"]])), "customers")
    assert sorted(folder.iterdir()) != before
    bring.undo(job)
    assert sorted(folder.iterdir()) == before


def test_a_running_import_can_be_turned_round(bring: Bring) -> None:
    job = bring.start("客户名称\n甲公司\n", "customers")
    assert bring.undo(job).status == "undone"
    assert not Customer.objects.exists()


def test_what_is_undone_or_was_only_checked_cannot_be_undone(bring: Bring) -> None:
    checked = bring("客户名称\n甲公司\n", "customers", dry_run=True)
    with refuses(ImportNotUndoable):
        bring.undo(checked)
    done = bring("客户名称\n甲公司\n", "customers")
    bring.undo(done)
    with refuses(ImportNotUndoable):
        bring.undo(done)


def test_undoing_needs_the_right_that_importing_needed(bring: Bring, rep: User) -> None:
    job = bring.by(rep)("客户名称\n甲公司\n", "customers")
    revoke("customers.create")
    with refuses(NotAllowed):
        undo_import(actor=actor_of(rep), job_id=job.pk)


def test_a_customer_whose_contact_was_added_by_hand_stays(bring: Bring, admin: User) -> None:
    job = bring("客户名称\n甲公司\n", "customers")
    create_contact(actor=actor_of(admin), customer_id=Customer.objects.get().pk, fields={"name": "王总"})
    bring.undo(job)
    assert Contact.objects.count() == 1


def test_the_log_names_who_took_it_back_and_not_who_brought_it_in(bring: Bring, rep: User, admin: User) -> None:
    job = bring.by(rep)("客户名称\n甲公司\n", "customers")
    bring.undo(job)
    done = Event.objects.filter(kind__in=["customer.created", "customer.removed", "import.undone"]).order_by("pk")
    assert [event.actor_id for event in done] == [rep.pk, admin.pk, admin.pk]


def test_a_deal_or_customer_with_a_task_that_somebody_gave_stays(bring: Bring, admin: User) -> None:
    customers = bring("客户名称\n甲公司\n乙公司\n", "customers")
    deals = bring.history("商机名称,阶段\n甲单,洽谈\n乙单,洽谈\n")
    deal, customer = Deal.objects.get(name="甲单"), Customer.objects.get(name="乙公司")
    create_task(actor=actor_of(admin), title="约饭", deal_id=deal.pk)
    create_task(actor=actor_of(admin), title="约饭", customer_id=customer.pk)
    bring.undo(deals)
    bring.undo(customers)
    assert list(Deal.objects.all()) == [deal]
    assert list(Customer.objects.all()) == [customer]
    assert Task.objects.filter(title="约饭").count() == 2


def test_people_and_departments_go_on_record_and_leaders_there_before_stay(
    bring: Bring, admin: User, manager: User
) -> None:
    job = bring(
        "姓名,部门,主管\n新人,销售部,新主管\n", "people", mapping={"name": "姓名", "unit": "部门", "leader": "主管"}
    )
    assert Unit.objects.get(name="销售部").leader == manager
    after = last_event_id()
    bring.undo(job)
    assert not User.objects.filter(name__in=["新人", "新主管"]).exists()
    assert Unit.objects.get(name="销售部").leader == manager
    assert event_kinds(after) == ["user.removed", "user.removed", "import.undone"]


@pytest.mark.django_db(transaction=True)
def test_undoing_while_people_work_deadlocks_nobody(bring: Bring, admin: User) -> None:
    job = bring.history("商机名称,阶段\n" + "".join(f"第{number}单,洽谈\n" for number in range(40)))
    deals = list(Deal.objects.values_list("pk", flat=True))
    undo_import(actor=actor_of(admin), job_id=job.pk)

    def work() -> None:
        for pk in reversed(deals):
            with suppress(Refusal):
                change_deal(actor=actor_of(admin), deal_id=pk, fields={"amount": "5"})

    at_once(lambda: finish_import(job.pk), work)
    job.refresh_from_db()
    assert job.status == "undone"
    assert Deal.objects.count() == len(kept(job)) == Deal.objects.filter(amount=5).count()
