"""Two customers made one, with everything that hangs on them, and two again."""

from typing import Any

import pytest

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.units import create_unit
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.models import Activity, Task
from dealrail.core.formats import name_key
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import change_customer, create_contact, transfer_customer
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal
from dealrail.crm.actions.merging import merge_customers, undo_merge
from dealrail.crm.actions.pools import release_customer, save_pool
from dealrail.crm.errors import DuplicateCustomer, FieldRefused, MergeUndone, MergeWithItself, NotYourPool, UnknownField
from dealrail.crm.models import Contact, Customer, CustomerMerge, Deal
from dealrail.events.models import Event
from tests.cast import (
    MakeCustomer,
    MakeDeal,
    actor_of,
    at_once,
    event_kinds,
    fresh,
    fulfil,
    last_event_id,
    new_customer,
    new_deal,
    refuses,
    walk_on,
)

pytestmark = pytest.mark.django_db


def merge(user: User, kept: Customer, gone: Customer, **how: Any) -> CustomerMerge:
    return merge_customers(actor=actor_of(user), kept_id=kept.pk, gone_id=gone.pk, **how)


def undo(user: User, made: CustomerMerge) -> CustomerMerge:
    return undo_merge(actor=actor_of(user), merge_id=made.pk)


def stands(customer: Customer) -> Customer:
    return Customer.objects.get(pk=customer.pk)


@pytest.fixture
def pair(rep: User) -> tuple[Customer, Customer]:
    """Two customers that are the same; the second one has everything."""
    kept = new_customer(rep, name="云帆科技有限公司", phone="13800001111")
    gone = new_customer(
        rep,
        name="云帆科技",
        phone="13900002222",
        code="KH-9",
        credit_code="91350100M000100Y43",
        grade="A",
        region="华东",
    )
    actor = actor_of(rep)
    deal = new_deal(rep, customer=gone.pk)
    create_contact(actor=actor, customer_id=gone.pk, fields={"name": "王总"})
    record_activity(actor=actor, kind="call", text="聊了", customer_id=gone.pk)
    record_activity(actor=actor, kind="call", text="又聊了", deal_id=deal.pk)
    create_task(actor=actor, title="回访", customer_id=gone.pk)
    new_customer(rep, name="云帆子公司", parent=gone.pk)
    return kept, gone


def whose(customer: Customer) -> tuple[int, ...]:
    """How many deals, contacts, follow-ups, tasks and children it has."""
    of = {"customer": customer.pk}
    tables = (Deal, Contact, Activity, Task)
    counts = [model._default_manager.filter(**of).count() for model in tables]
    return (*counts, Customer.objects.filter(parent=customer.pk).count())


def test_everything_moves_and_what_was_empty_is_filled(rep: User, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    before = last_event_id()
    had = whose(gone)
    made = merge(rep, kept, gone)
    assert (whose(kept), whose(gone)) == (had, (0, 0, 0, 0, 0))
    assert had == (1, 1, 2, 1, 1)
    kept = stands(kept)
    assert (kept.name, kept.phone, kept.code, kept.grade, kept.region.name) == (
        "云帆科技有限公司", "13800001111", "KH-9", "A", "华东",
    )  # fmt: skip
    assert event_kinds(before) == ["customer.merged"]
    assert Event.objects.latest("pk").payload["merge_id"] == made.pk
    actor = actor_of(rep)
    assert not crm.customers(actor).filter(pk=gone.pk).exists()
    assert crm.kept_instead(gone.pk) == kept.pk
    assert [row.name for row in crm.found(actor, "KH9", most=5).customers] == [kept.name]


def test_the_fields_named_are_taken_and_no_others(rep: User, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    merge(rep, kept, gone, take=["name", "phone"])
    kept = stands(kept)
    assert (kept.name, kept.phone, kept.phone_key, kept.name_key, kept.grade, kept.code) == (
        "云帆科技", "13900002222", "13900002222", "云帆科技", "", "",
    )  # fmt: skip


def test_undone_everything_is_where_it_was(rep: User, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    before = [Customer.objects.values().get(pk=row.pk) for row in pair]
    belongs = (whose(kept), whose(gone))
    made = merge(rep, kept, gone, take=["name", "code", "grade"])
    at = last_event_id()
    undo(rep, made)
    assert [Customer.objects.values().get(pk=row.pk) for row in pair] == before
    assert (whose(kept), whose(gone)) == belongs
    assert event_kinds(at) == ["customer.merge_undone"]
    assert len(crm.found(actor_of(rep), "云帆", most=9).customers) == 3
    with refuses(MergeUndone):
        undo(rep, made)


def test_what_is_being_approved_of_deals_that_go_over_must_be_asked_for_anew(
    admin: User, rep: User, make_deal: MakeDeal, make_customer: MakeCustomer
) -> None:
    deal = walk_on(make_deal())
    fulfil(deal)
    theirs, kept = fresh(deal).customer, make_customer()
    made = None
    for before, after in ((theirs, kept), (kept, theirs)):
        asked = advance_deal(actor=actor_of(rep), deal_id=deal.pk)
        assert isinstance(asked, AwaitingApproval)
        assert asked.new
        at, revision = last_event_id(), fresh(deal).run.revision
        made = undo(admin, made) if made else merge(admin, kept, theirs)
        assert event_kinds(at)[1:] == ["approval.withdrawn"]
        told = Event.objects.latest("pk").payload
        assert (told["how"], told["changes"]) == ("changed", {"customer": [before.name, after.name]})
        assert fresh(deal).run.revision == revision + 1


def test_what_came_since_stays_and_what_was_changed_since_too(rep: User, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    made = merge(rep, kept, gone)
    actor = actor_of(rep)
    later = new_deal(rep, customer=kept.pk)
    change_customer(actor=actor, customer_id=kept.pk, fields={"grade": "C"})
    undo(rep, made)
    assert Deal.objects.get(pk=later.pk).customer_id == kept.pk
    assert (stands(kept).grade, stands(kept).code, stands(gone).grade) == ("C", "", "A")


def test_a_code_that_somebody_else_has_by_now_is_named(rep: User, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    made = merge(rep, kept, gone, take=[])
    new_customer(rep, name="别家", code="KH-9")
    with refuses(DuplicateCustomer):
        undo(rep, made)


def test_a_ring_of_parents_is_cut(rep: User) -> None:
    top = new_customer(rep, name="顶")
    gone = new_customer(rep, name="甲", parent=top.pk)
    between = new_customer(rep, name="乙", parent=gone.pk)
    kept = new_customer(rep, name="丙", parent=between.pk)
    merge(rep, kept, gone)
    assert (stands(kept).parent_id, stands(between).parent_id) == (top.pk, kept.pk)
    other = new_customer(rep, name="丁", parent=kept.pk)
    merge(rep, kept, other, take=["parent"])
    assert stands(kept).parent_id is None


def test_a_company_never_stands_above_itself(rep: User) -> None:
    top = new_customer(rep, name="顶")
    low = new_customer(rep, name="底", parent=new_customer(rep, name="中", parent=top.pk).pk)
    for parent in (top, low):
        with refuses(FieldRefused):
            change_customer(actor=actor_of(rep), customer_id=top.pk, fields={"parent": parent.pk})


def test_both_must_be_ones_own_to_change(
    rep: User, colleague: User, manager: User, pair: tuple[Customer, Customer]
) -> None:
    theirs = new_customer(colleague, name="云帆")
    with refuses(NotFound):
        merge(rep, pair[0], theirs)
    pooled = new_customer(rep, name="云帆集团")
    release_customer(actor=actor_of(rep), customer_id=pooled.pk, reason="联系不上")
    with refuses(NotAllowed):
        merge(rep, pair[0], pooled)
    made = merge(manager, pair[0], theirs)
    with refuses(NotFound):
        undo(colleague, made)


def test_the_owner_is_taken_only_by_who_may_hand_over(
    rep: User, colleague: User, manager: User, admin: User, make_customer: MakeCustomer
) -> None:
    mine, theirs = make_customer(), make_customer(owner=colleague)
    merge(manager, mine, theirs, take=["owner"])
    assert stands(mine).owner == colleague
    pooled = make_customer()
    release_customer(actor=actor_of(rep), customer_id=pooled.pk, reason="联系不上")
    with refuses(FieldRefused):
        merge(admin, mine, pooled, take=["owner"])
    merge(admin, pooled, mine, take=["owner"])
    assert (stands(pooled).owner, stands(pooled).pool) == (colleague, None)


def test_the_owner_that_is_taken_and_given_back_is_told(
    rep: User, colleague: User, manager: User, make_customer: MakeCustomer
) -> None:
    mine, theirs = make_customer(), make_customer(owner=colleague)
    stood = Customer.objects.values().get(pk=mine.pk)
    before = last_event_id()
    made = merge(manager, mine, theirs, take=["owner"])
    assert event_kinds(before) == ["customer.owner_changed", "customer.merged"]
    assert stands(mine).last_owner == rep
    undo(manager, made)
    assert event_kinds(before)[2:] == ["customer.owner_changed", "customer.merge_undone"]
    told = [row.payload for row in Event.objects.filter(pk__gt=before, kind="customer.owner_changed").order_by("pk")]
    assert [(row["from_owner_id"], row["to_owner_id"]) for row in told] == [
        (rep.pk, colleague.pk), (colleague.pk, rep.pk),
    ]  # fmt: skip
    assert Customer.objects.values().get(pk=mine.pk) == stood


def test_what_was_taken_out_of_a_pool_goes_back_into_it_unless_somebody_has_it_by_now(
    rep: User, colleague: User, admin: User, make_customer: MakeCustomer
) -> None:
    for by_now in (None, colleague):
        pooled, mine = make_customer(), make_customer()
        released = release_customer(actor=actor_of(rep), customer_id=pooled.pk, reason="联系不上")
        made = merge(admin, pooled, mine, take=["owner"])
        if by_now:
            transfer_customer(actor=actor_of(admin), customer_id=pooled.pk, owner_id=by_now.pk)
        undo(admin, made)
        kept = stands(pooled)
        assert (kept.owner, kept.pool) == (by_now, None if by_now else released.pool)
        assert stands(mine).owner == rep


def test_what_belongs_together_is_given_back_together(rep: User, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    made = merge(rep, kept, gone, take=["name", "grade"])
    change_customer(actor=actor_of(rep), customer_id=kept.pk, fields={"name": "云帆-科技", "grade_reason": "年采购大"})
    undo(rep, made)
    kept = stands(kept)
    assert (kept.name, kept.name_key, kept.grade, kept.grade_reason) == (
        "云帆-科技", name_key("云帆-科技"), "A", "年采购大",
    )  # fmt: skip


def test_a_code_given_back_that_somebody_else_has_by_now_is_named(rep: User, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    change_customer(actor=actor_of(rep), customer_id=kept.pk, fields={"code": "KH-1"})
    made = merge(rep, kept, gone, take=["code"])
    new_customer(rep, name="别家", code="KH-1")
    with refuses(DuplicateCustomer):
        undo(rep, made)


def test_a_customer_in_a_pool_is_merged_into_ones_own_only_by_who_may_claim_it(
    rep: User, colleague: User, admin: User, make_customer: MakeCustomer
) -> None:
    may = ["customers.read", "customers.change"]
    save_role(actor=Actor.system(), key="data", name="资料员", permissions=may, scope="all")
    change_user(actor=Actor.system(), user_id=colleague.pk, roles=["data"])
    mine, pooled = make_customer(owner=admin), make_customer()
    pool = release_customer(actor=actor_of(rep), customer_id=pooled.pk, reason="联系不上").pool
    with refuses(NotAllowed):
        merge(colleague, mine, pooled)
    save_role(actor=Actor.system(), key="data", name="资料员", permissions=[*may, "pools.claim"], scope="all")
    save_pool(
        actor=Actor.system(),
        pool_id=pool.pk,
        name=pool.name,
        units=[create_unit(actor=Actor.system(), name="别的部门").pk],
    )
    with refuses(NotYourPool):
        merge(colleague, mine, pooled)
    save_pool(actor=Actor.system(), pool_id=pool.pk, name=pool.name, admins=[colleague.pk])
    merge(colleague, mine, pooled)


def test_nonsense_is_refused(rep: User, pair: tuple[Customer, Customer]) -> None:
    kept, gone = pair
    with refuses(MergeWithItself):
        merge(rep, kept, kept)
    with refuses(UnknownField):
        merge(rep, kept, gone, take=["colour"])
    merge(rep, kept, gone)
    with refuses(NotFound):
        merge(rep, kept, gone)
    with refuses(NotFound):
        undo_merge(actor=actor_of(rep), merge_id=0)


def test_a_chain_of_merges_leads_to_the_last(rep: User, make_customer: MakeCustomer) -> None:
    first, second, third = make_customer(), make_customer(), make_customer()
    made = merge(rep, second, first)
    merge(rep, third, second)
    assert crm.kept_instead(first.pk) == third.pk
    assert set(crm.merged_into(third.pk)) == {first.pk, second.pk}
    assert crm.kept_instead(third.pk) is None
    with refuses(NotFound):
        undo(rep, made)


LIKE_IT = [
    {"name": "云帆科技"},
    {"name": "苏州云帆科技有限责任公司"},
    {"name": "云帆科技（苏州）"},
    {"phone": "138-0000-1111"},
    {"code": "KH-1"},
]


@pytest.mark.parametrize("typed", LIKE_IT)
def test_duplicates_are_seen_while_one_types(
    rep: User, colleague: User, make_customer: MakeCustomer, typed: dict[str, Any]
) -> None:
    customer = make_customer(name="云帆科技有限公司", phone="13800001111", code="KH-1")
    make_customer(name="别的公司")
    (seen,) = crm.duplicates(actor_of(rep), **typed)
    assert (seen.customer_id, seen.name, seen.owner) == (customer.pk, customer.name, "小销")
    (hidden,) = crm.duplicates(actor_of(colleague), **typed)
    assert (hidden.customer_id, hidden.name, hidden.owner) == (None, "", "小销")
    assert crm.duplicates(actor_of(rep), **typed, but=customer.pk) == []


def test_nothing_typed_is_like_nothing(rep: User, make_customer: MakeCustomer) -> None:
    make_customer(name="云帆科技有限公司")
    assert crm.duplicates(actor_of(rep), name=" ", phone="12", code="", credit_code="") == []


@pytest.mark.django_db(transaction=True)
def test_two_merged_into_each_other_at_once_leave_one(rep: User) -> None:
    one, two = new_customer(rep), new_customer(rep)
    answers = at_once(lambda: merge(rep, one, two), lambda: merge(rep, two, one))
    assert sum(isinstance(answer, CustomerMerge) for answer in answers) == 1
    assert Customer.objects.filter(pk__in=[one.pk, two.pk], deleted_at__isnull=True).count() == 1
