"""A deal is read when nobody else changes it any more, with everything that belongs to it."""

import pytest
from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.crm import queries
from dealrail.crm.actions.deals import transfer_deal
from tests.cast import Company, at_once, new_deal

pytestmark = pytest.mark.django_db(transaction=True)
ME = Actor.system()


def test_who_had_to_wait_reads_the_owner_and_the_card_of_whoever_came_first(company: Company) -> None:
    deal = new_deal(company.people["rep"])
    owners = [company.people[name].pk for name in ("colleague", "rep", "stranger", "colleague")]

    @transaction.atomic
    def give(owner_id: int) -> tuple[int | None, int | None, bool]:
        found = queries.deal_for_change(ME, deal.pk)
        known = found.owner.pk if found.owner else None
        seen = found.owner_id, known, vars(found)["has_cards"] or found.run.revision == 1
        transfer_deal(actor=ME, deal_id=deal.pk, owner_id=owner_id)
        return seen

    for owner_id, known, knows_cards in at_once(*[lambda owner=owner: give(owner) for owner in owners]):
        assert owner_id == known
        assert knows_cards


def test_rows_are_locked_inside_a_transaction_only(company: Company) -> None:
    deal = new_deal(company.people["rep"])
    with pytest.raises(RuntimeError, match="inside a transaction"):
        queries.deal_for_change(ME, deal.pk)
