"""Deals over the API: list, create, read, change."""

from dealrail.accounts.models import User
from dealrail.crm.models import Deal
from dealrail.process.models import Definition, DefinitionVersion, Stage
from tests.api.client import Api
from tests.cast import Company, MakeCustomer, MakeDeal, fresh, last_event_id

SHOWN = {"id", "name", "process", "stage", "state", "owner", "customer", "amount", "version", "created_at", "closed_at"}


def test_a_deal_shows_what_others_rely_on(
    as_rep: Api, rep: User, make_customer: MakeCustomer, make_deal: MakeDeal
) -> None:
    customer = make_customer()
    deal = make_deal(amount="98000.5", customer=customer.pk)
    shown = as_rep.get(f"deals/{deal.pk}").body
    assert set(shown) >= SHOWN
    assert shown["owner"] == {"id": rep.pk, "name": "小销"}
    assert shown["customer"] == {"id": customer.pk, "name": customer.name}
    assert shown["stage"] == {"key": "lead", "name": "线索"}
    assert (shown["amount"], shown["state"], shown["process"], shown["closed_at"]) == (
        "98000.50",
        "open",
        "trial",
        None,
    )


def test_creates_a_deal_with_fields_of_its_process(as_rep: Api, company: Company) -> None:
    made = as_rep.post(
        "deals",
        name="新商机",
        process="trial",
        code="D-1",
        product="P1",
        region="华东",
        source="展会",
        amount=12000,
        expected_close="2026-12-31",
        need="要报表",
        fields={"seats": 3},
    )
    assert made.status == 201, made.text
    assert made.body["fields"] == {"need": "要报表", "seats": "3"}
    assert (made.body["amount"], made.body["code"], made.body["product"]["name"]) == ("12000.00", "D-1", "协同平台")


def test_creates_a_deal_for_somebody_else_named_by_login(as_manager: Api, rep: User) -> None:
    made = as_manager.post("deals", name="给小销", process="trial", owner="rep")
    assert made.body["owner"]["id"] == rep.pk


def test_the_only_process_may_be_left_out(as_rep: Api) -> None:
    assert as_rep.post("deals", name="一").code == "process_missing"
    others = DefinitionVersion.objects.exclude(definition__key="trial")
    Stage.objects.filter(version__in=others).delete()
    others.delete()
    Definition.objects.exclude(key="trial").delete()
    assert as_rep.post("deals", name="一").body["process"] == "trial"


def test_changes_what_is_given_and_keeps_the_rest(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = make_deal(amount="1", need="报表")
    changed = as_rep.patch(f"deals/{deal.pk}", amount="2.5万", budget="100")
    assert changed.status == 200
    assert (changed.body["amount"], changed.body["fields"]) == ("25000.00", {"need": "报表", "budget": "100.00"})
    assert changed.body["version"] == fresh(deal).run.revision == 2


def test_empties_a_field_with_null(as_rep: Api, make_deal: MakeDeal) -> None:
    deal = make_deal(amount="1")
    assert as_rep.patch(f"deals/{deal.pk}", amount=None).body["amount"] is None


def test_a_stale_version_is_refused_and_nothing_written(as_rep: Api, make_deal: MakeDeal) -> None:
    deal, before = make_deal(amount="1"), last_event_id()
    as_rep.patch(f"deals/{deal.pk}", amount="2")
    refused = as_rep.patch(f"deals/{deal.pk}", amount="3", seen_version=1)
    assert (refused.status, refused.code) == (409, "stale_version")
    assert last_event_id() == before + 1
    assert str(fresh(deal).amount) == "2.00"


def test_an_unknown_field_is_refused_by_name(as_rep: Api, make_deal: MakeDeal) -> None:
    refused = as_rep.patch(f"deals/{make_deal().pk}", colour="red")
    assert (refused.status, refused.code, refused.body["field"]) == (422, "unknown_field", "colour")
    assert as_rep.post("deals", name="一", process="trial", colour="red").code == "unknown_field"
    assert Deal.objects.count() == 1


def test_a_wrong_value_is_refused_by_field(as_rep: Api, make_deal: MakeDeal) -> None:
    refused = as_rep.patch(f"deals/{make_deal().pk}", amount="-5")
    assert (refused.status, refused.code, refused.body["field"]) == (422, "field_refused", "amount")


def test_an_unknown_owner_or_process_is_refused(as_manager: Api, company: Company) -> None:
    assert as_manager.post("deals", name="一", process="trial", owner="nobody").code == "unknown_person"
    assert as_manager.post("deals", name="一", process="none").code == "no_such_process"
    assert not Deal.objects.exists()


def test_lists_only_what_one_may_see(as_rep: Api, as_stranger: Api, as_manager: Api, make_deal: MakeDeal) -> None:
    make_deal(name="小销的")
    assert as_rep.get("deals").names == as_manager.get("deals").names == ["小销的"]
    assert as_stranger.get("deals").names == []
