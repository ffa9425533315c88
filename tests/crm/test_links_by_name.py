"""Links given by name: found by an index of each database, however the letters are written."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import Max
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.crm.engine.pointing import link
from dealrail.crm.engine.reading import Wrong
from dealrail.crm.models import Contact, Deal
from dealrail.process.models import Run
from tests.cast import Company, actor_of, new_customer, new_deal

pytestmark = pytest.mark.django_db
MANY = 3000
INDEXES = {"contact": "contact_by_upper_name", "deal": "deal_by_upper_name"}


def fill(kind: str, owner: User) -> Any:
    """So many of a kind that the database would read them all only for a reason; the one that is looked for."""
    customer, now = new_customer(owner), timezone.now()
    if kind == "contact":
        rows = [Contact(customer=customer, name=f"Person {number}", created_at=now) for number in range(MANY)]
        Contact.objects.bulk_create(rows)
        return Contact.objects.get(name="Person 77")
    model = new_deal(owner, customer=customer.pk)
    run, free = vars(Run.objects.get(pk=model.run_id)), Run.objects.aggregate(last=Max("pk"))["last"] + 1
    copied = {name: value for name, value in run.items() if name not in {"_state", "id"}}
    runs = Run.objects.bulk_create([Run(**copied, id=free + number) for number in range(MANY)])
    held = {name: value for name, value in vars(model).items() if name in {f.attname for f in Deal._meta.fields}}
    deals = [Deal(**{**held, "id": None, "run_id": run.pk, "name": f"Deal {place}"}) for place, run in enumerate(runs)]
    Deal.objects.bulk_create(deals)
    return Deal.objects.get(name="Deal 77")


@pytest.mark.parametrize("kind", INDEXES)
@pytest.mark.parametrize("who", ["rep", "system"])
def test_a_name_is_looked_up_by_its_index(kind: str, who: str, company: Company) -> None:
    wanted = fill(kind, company.people["rep"])
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE crm_{kind}")
    actor = Actor.system() if who == "system" else actor_of(company.people[who])
    with CaptureQueriesContext(connection) as asked:
        assert link(kind)(wanted.name.upper(), actor) == wanted.pk
    [statement] = [row["sql"] for row in asked if "UPPER" in row["sql"]]
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {statement.replace('%', '%%')}")
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert INDEXES[kind] in plan, plan


@pytest.mark.parametrize("kind", INDEXES)
def test_a_name_is_the_whole_name_and_its_case_tells_nothing(kind: str, company: Company) -> None:
    wanted = fill(kind, company.people["rep"])
    read, actor = link(kind), actor_of(company.people["rep"])
    assert read(wanted.name.lower(), actor) == read(f"  {wanted.name} ", actor) == wanted.pk
    for other in (wanted.name[:-1] + "%", wanted.name.replace("7", "_"), wanted.name + "000"):
        with pytest.raises(Wrong):
            read(other, actor)
