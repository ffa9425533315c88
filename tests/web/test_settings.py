"""The settings on screen: their first page, the company, loss reasons, tokens of everybody, the audit log."""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dealrail.accounts.actions.company import change_company
from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.tokens import create_token
from dealrail.accounts.actions.users import change_user, set_password
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NameMissing, NotAllowed, UnknownLanguage
from dealrail.accounts.models import ApiToken, Company, User
from dealrail.accounts.permissions import LOG_READ
from dealrail.activities.actions.tasks import change_task, create_task
from dealrail.crm import queries as crm
from dealrail.crm.actions.catalog import change_product, ensure_region
from dealrail.crm.actions.customers import change_contact, change_customer, create_contact
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.pools import release_customer
from dealrail.crm.errors import FieldRefused
from dealrail.events.facts import Fact
from dealrail.events.models import Event
from dealrail.process import queries as processes
from dealrail.web.settings.audit_words import KINDS
from tests.cast import actor_of, event_kinds, last_event_id, new_customer, new_deal, refuses
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def sheet(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode("utf-8-sig")


# The first page


def test_everybody_sees_the_settings_that_are_for_them(log_in: LogIn, admin: User, rep: User) -> None:
    everything, little = text(log_in(admin).get("/settings/")), text(log_in(rep).get("/settings/"))
    for address in ("/people/", "/people/roles/", "/settings/log/", "/settings/company/", "/settings/tokens/"):
        assert f'settings-card" href="{address}"' in everything
        assert f'settings-card" href="{address}"' not in little
    assert 'settings-card" href="/processes/"' in little


def test_settings_are_found_by_their_words(log_in: LogIn, admin: User) -> None:
    page = text(log_in(admin).get("/settings/?q=AUDIT"))
    assert 'settings-card" href="/settings/log/"' in page
    assert 'settings-card" href="/people/"' not in page
    assert "Nothing that you may set is called like this." in text(log_in(admin).get("/settings/?q=zzz"))


# The company


def test_the_company_is_named_and_says_so_everywhere(log_in: LogIn, admin: User, client: Client) -> None:
    before = last_event_id()
    log_in(admin).post("/settings/company/", {"name": " 远航软件 ", "language": "en"})
    assert event_kinds(before) == ["company.changed"]
    assert "远航软件" in text(log_in(admin).get("/", follow=True))
    page = text(client.get("/login/", headers={"Accept-Language": "zh"}))
    assert "<h1>远航软件</h1>" in page
    assert "Log in" in page
    log_in(admin).post("/settings/company/", {"name": "远航软件", "language": "en"})
    assert event_kinds(before) == ["company.changed"]


def test_a_company_without_name_or_of_an_unknown_language_is_refused(admin: User, manager: User) -> None:
    for name, language, refusal in (("", "", NameMissing), ("甲", "fr", UnknownLanguage)):
        with refuses(refusal):
            change_company(actor=actor_of(admin), name=name, language=language)
    with refuses(NotAllowed):
        change_company(actor=actor_of(manager), name="甲")


def test_the_form_of_the_company_keeps_what_was_typed(log_in: LogIn, admin: User, rep: User) -> None:
    answer = log_in(admin).post("/settings/company/", {"name": "", "language": "en"})
    assert answer.status_code == 422
    assert 'id="f-name-error"' in text(answer)
    assert not Company.objects.exists()
    assert log_in(rep).get("/settings/company/").status_code == 403


# Loss reasons


def test_changing_loss_reasons_publishes_a_version_and_keeps_the_keys(log_in: LogIn, admin: User, rep: User) -> None:
    deal, old = new_deal(rep), processes.current_version("trial")
    reasons = processes.spec_of(old.pk).loss_reasons
    typed = "\r\n".join([*list(reasons.values())[:1], "客户倒闭", "Budget cut"])
    page = text(log_in(admin).post("/settings/loss-reasons/", {"process": "trial", "reasons": typed}, follow=True))
    new = processes.spec_of(processes.current_version("trial").pk).loss_reasons
    first = next(iter(reasons.items()))
    assert next(iter(new.items())) == first
    assert list(new.values()) == [first[1], "客户倒闭", "Budget cut"]
    assert f"Version {old.number + 1} of" in page
    assert processes.spec_of(deal.run.version_id).loss_reasons == reasons


@pytest.mark.parametrize("reasons", ["", " \n ", "a\na", "x" * 81])
def test_reasons_that_make_no_sense_are_refused_and_kept(log_in: LogIn, admin: User, reasons: str) -> None:
    before = last_event_id()
    answer = log_in(admin).post("/settings/loss-reasons/", {"process": "trial", "reasons": reasons})
    assert (answer.status_code, event_kinds(before)) == (422, [])
    assert "Write at least one reason" in text(answer)


def test_only_who_publishes_changes_loss_reasons(log_in: LogIn, manager: User) -> None:
    assert log_in(manager).post("/settings/loss-reasons/", {"process": "trial", "reasons": "x"}).status_code == 403


# Tokens


def test_an_administrator_sees_and_stops_everybodys_tokens(log_in: LogIn, admin: User, rep: User) -> None:
    create_token(actor=actor_of(rep), user_id=rep.pk, name="脚本")
    token, client = ApiToken.objects.get(), log_in(admin)
    page = text(client.get("/settings/tokens/"))
    assert "脚本" in page
    assert rep.name in page
    client.post(f"/settings/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_nobody_else_sees_tokens_of_others(log_in: LogIn, rep: User, manager: User) -> None:
    create_token(actor=actor_of(rep), user_id=rep.pk, name="脚本")
    client = log_in(manager)
    assert client.get("/settings/tokens/").status_code == 403
    assert client.post(f"/settings/tokens/{ApiToken.objects.get().pk}/revoke/").status_code == 403
    assert ApiToken.objects.get().revoked_at is None


@pytest.mark.parametrize(
    ("address", "parent"),
    [
        ("/settings/recycle-bin/", "/settings/"),
        ("/people/units/", "/settings/"),
        ("/people/roles/", "/settings/"),
        ("/processes/", "/settings/"),
        ("/processes/trial/", "/processes/"),
        ("/processes/publish/", "/processes/"),
    ],
)
def test_a_page_below_another_leads_back_to_it(log_in: LogIn, admin: User, address: str, parent: str) -> None:
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', text(log_in(admin).get(address)), re.DOTALL)
    assert crumbs
    assert f'href="{parent}"' in crumbs[0]


# The audit log


def test_every_kind_of_event_has_a_name_in_the_log() -> None:
    def below(fact: type[Fact]) -> list[type[Fact]]:
        return [fact, *(deeper for child in fact.__subclasses__() for deeper in below(child))]

    kinds = {fact.kind for fact in below(Fact) if getattr(fact, "kind", "") and fact.__module__.startswith("dealrail")}
    assert kinds - set(KINDS) == set()


def test_the_log_says_who_did_what_and_opens_it(log_in: LogIn, admin: User, rep: User) -> None:
    deal = new_deal(rep, name="年度框架")
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"amount": "1200"})
    page = text(log_in(admin).get("/settings/log/"))
    assert f'<a href="/deals/{deal.pk}/">年度框架</a>' in page
    assert rep.name in page
    assert "Amount: — → 1200.00" in page


def test_the_log_calls_what_it_is_about_by_name(log_in: LogIn, admin: User, rep: User) -> None:
    client = log_in(rep)
    new_customer(rep)
    client.get("/customers/export/?as=csv")
    (entry,) = log_in(admin).get("/settings/log/?kind=export.taken").context["entries"]
    assert (entry.about, entry.details) == (rep.name, "Customers: 1 row")
    page = text(log_in(admin).get("/settings/log/"))
    assert f"People {rep.pk}" not in page


@pytest.mark.parametrize(("language", "word"), [("en", "System"), ("zh-hans", "系统")])
def test_what_the_program_did_is_told_in_the_readers_language(
    log_in: LogIn, admin: User, rep: User, language: str, word: str
) -> None:
    ensure_region(actor=Actor.system(), name="西南")
    User.objects.filter(pk=admin.pk).update(language=language)
    entry = log_in(admin).get("/settings/log/?kind=region.saved").context["entries"][0]
    assert (entry.who, entry.event.actor_name) == (word, "Dealrail")


def test_the_log_hides_how_to_reach_what_lies_in_a_pool(
    log_in: LogIn, admin: User, legal: User, rep: User, company: object
) -> None:
    save_role(actor=actor_of(admin), key="auditor", name="审计", permissions=[LOG_READ], scope="all")
    change_user(actor=actor_of(admin), user_id=legal.pk, roles=["auditor"])
    customer, actor = new_customer(rep, phone="13712345678"), actor_of(rep)
    change_customer(actor=actor, customer_id=customer.pk, fields={"phone": "13787654321"})
    contact = create_contact(actor=actor, customer_id=customer.pk, fields={"name": "王总", "wechat": "wang-old"})
    change_contact(actor=actor, contact_id=contact.pk, fields={"wechat": "wang-new", "phone": "13687654321"})
    address = f"/settings/log/?subject=customer&number={customer.pk}"
    secrets = ("13787654321", "13712345678", "13687654321", "wang-new")
    assert all(secret in text(log_in(legal).get(address)) for secret in secrets)
    release_customer(actor=actor, customer_id=customer.pk, reason="没空")
    exported = log_in(legal).get(f"/settings/log/export/?as=csv&subject=customer&number={customer.pk}")
    for shown in (text(log_in(legal).get(address)), sheet(exported)):
        assert [secret for secret in secrets if secret in shown] == []
        assert "137****4321" in shown
    assert "13787654321" in text(log_in(admin).get(address))


def test_the_log_is_narrowed_by_person_kind_subject_and_day(log_in: LogIn, admin: User, rep: User) -> None:
    deal = new_deal(rep, name="年度框架")
    ensure_region(actor=actor_of(admin), name="西南")
    client = log_in(admin)
    assert "年度框架" not in text(client.get(f"/settings/log/?person={admin.pk}"))
    assert "年度框架" in text(client.get(f"/settings/log/?subject=deal&number={deal.pk}"))
    assert "年度框架" not in text(client.get("/settings/log/?kind=region.saved"))
    assert "Nothing fits these filters." in text(client.get("/settings/log/?from=2099-01-01"))
    assert "年度框架" in text(client.get("/settings/log/?from=nonsense&to=9999-12-31&before=x"))


def test_the_log_goes_on_where_a_page_ended(log_in: LogIn, admin: User) -> None:
    for number in range(60):
        ensure_region(actor=actor_of(admin), name=f"区{number:02}")
    client = log_in(admin)
    first = text(client.get("/settings/log/?kind=region.saved"))
    assert "区59" in first
    assert "区05" not in first
    address = first.split('rel="next" href="')[1].split('"')[0]
    assert "区05" in text(client.get(f"/settings/log/{address}"))


def test_the_log_as_a_sheet_is_safe_and_on_record_itself(log_in: LogIn, admin: User) -> None:
    ensure_region(actor=actor_of(admin), name="=HYPERLINK(1)")
    before = last_event_id()
    rows = sheet(log_in(admin).get("/settings/log/export/?kind=region.saved&as=csv"))
    assert "'=HYPERLINK(1)" in rows
    assert event_kinds(before) == ["export.taken"]
    workbook = log_in(admin).get("/settings/log/export/?as=xlsx&kind=region.saved")
    assert workbook.getvalue().startswith(b"PK")
    assert log_in(admin).get("/settings/log/export/?as=exe").status_code == 422


def test_the_log_is_shut_without_the_permission(log_in: LogIn, manager: User) -> None:
    for address in ("/settings/log/", "/settings/log/export/"):
        assert log_in(manager).get(address).status_code == 403


def test_the_log_asks_as_often_for_many_rows_as_for_few(log_in: LogIn, admin: User, rep: User) -> None:
    client, counts = log_in(admin), []
    client.get("/settings/log/")
    for number in (3, 20):
        for _number in range(number):
            new_deal(rep)
        with CaptureQueriesContext(connection) as asked:
            client.get("/settings/log/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_log_says_which_permissions_and_fields_changed(log_in: LogIn, admin: User, rep: User) -> None:
    actor = actor_of(admin)
    save_role(actor=actor, key="auditor", name="审计", permissions=[LOG_READ], scope="own")
    save_role(actor=actor, key="auditor", name="审计", permissions=["deals.transfer"], scope="all")
    task = create_task(actor=actor, title="打电话", owner_id=rep.pk)
    change_task(actor=actor, task_id=task.pk, owner_id=admin.pk)
    change_user(actor=actor, user_id=rep.pk, is_active=False)
    change_company(actor=actor, name="远航软件")
    client = log_in(admin)
    page = text(client.get("/settings/log/"))
    exported = sheet(client.get("/settings/log/export/?as=csv"))
    told = (
        "Allowed now: Hand deals over; Taken away: Read the audit log; Data scope: Own → Everything",
        f"Owner: {rep.name} → {admin.name}",
        "May log in: yes → no",
        "→ 远航软件",
    )
    for words in told:
        assert words in page, words
        assert words in exported, words
    assert "True → False" not in page
    assert "Audit log" in text(client.get("/settings/log/?kind=export.taken"))


def test_every_log_in_stands_in_the_log_and_no_secret_does(client: Client, log_in: LogIn, admin: User) -> None:
    set_password(actor=actor_of(admin), user_id=admin.pk, password="richtig-und-lang")
    admin.refresh_from_db()
    for login, password in (
        (admin.login, "falsch-falsch"),
        ("mein-passwort-123", "x"),
        (admin.login, "richtig-und-lang"),
    ):
        client.post("/login/", {"login": login, "password": password})
    page = text(log_in(admin).get("/settings/log/?subject=user"))
    exported = sheet(log_in(admin).get("/settings/log/export/?as=csv&subject=user"))
    for shown in (page, exported):
        assert "Log-in failed" in shown
        assert "Logged in" in shown
        assert "mein-passwort-123" not in shown
        assert "falsch-falsch" not in shown
    failed = Event.objects.filter(kind="user.login_failed").order_by("pk")
    assert [event.payload["user_id"] for event in failed] == [admin.pk, 0]


# The catalogue


def test_a_region_that_is_there_is_not_said_to_be_added(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    assert "Added: 西南" in text(client.post("/catalog/", {"kind": "region", "name": "西南"}, follow=True))
    assert "“西南” is in the list already." in text(
        client.post("/catalog/", {"kind": "region", "name": " 西南 "}, follow=True)
    )


def test_a_region_is_renamed_and_a_taken_name_is_refused(log_in: LogIn, admin: User) -> None:
    west, _new = ensure_region(actor=actor_of(admin), name="西南")
    ensure_region(actor=actor_of(admin), name="东北")
    client = log_in(admin)
    client.post("/catalog/", {"kind": "region", "row": str(west.pk), "name": "西部"})
    west.refresh_from_db()
    assert west.name == "西部"
    said = text(client.post("/catalog/", {"kind": "region", "row": str(west.pk), "name": "东北"}, follow=True))
    assert "“东北” is in the list already." in said


def test_what_is_no_longer_sold_cannot_be_chosen_but_stays_where_it_is(log_in: LogIn, admin: User, rep: User) -> None:
    product = crm.products().get(code="P1")
    deal, other = new_deal(rep, product=product.pk), new_deal(rep)
    change_product(actor=actor_of(admin), product_id=product.pk, fields={"is_active": "false"})
    with refuses(FieldRefused) as caught:
        change_deal(actor=actor_of(rep), deal_id=other.pk, fields={"product": product.pk})
    assert caught.value.params["field"] == "product"
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"product": product.pk, "amount": "5"})
    assert product.name not in text(log_in(rep).get("/deals/new/?process=trial"))
