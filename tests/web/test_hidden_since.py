"""A field that is hidden from a role tells it nothing any more, also by what was done with it before."""

import json
import re
from collections.abc import Callable

import pytest
from django.test import Client

from dealrail.accounts.models import Role, User
from dealrail.crm import queries as crm
from dealrail.crm.actions.bulk import undo_bulk
from dealrail.crm.actions.deals import change_deal, lose_deal, reopen_deal
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.layouts import remove_layout, save_layout
from dealrail.crm.actions.migrations import start_migration
from dealrail.crm.actions.saved_views import create_view
from dealrail.crm.actions.trials import start_dry_run
from dealrail.crm.clocks import finish_bulk, step_migrations, step_trials
from dealrail.crm.models import BulkJob
from dealrail.crm.rules import FieldGroup
from tests.api.client import Api
from tests.cast import Company, actor_of, new_customer, new_deal, publish, trial
from tests.web.conftest import LogIn
from tests.web.rated import BEFORE, NAME, VALUE, Setting, set_up
from tests.web.test_hidden_fields import EVERYWHERE, LISTS, OF_KIND, is_met, leaks_of, readable

pytestmark = pytest.mark.django_db
SYSTEM = actor_of(None)


def hide(*roles: str, kind: str = "") -> None:
    """Hide every added field (of a kind) from these roles."""
    for field in crm.custom_fields(kind):
        change_field(actor=SYSTEM, field_id=field.pk, fields={"access": dict.fromkeys(roles, "hidden")})


def said(client: Client, address: str) -> str:
    answer = client.get(address)
    whole = b"".join(answer) if answer.streaming else answer.content
    return readable(whole.decode("utf-8-sig", "replace"))


# Looking as somebody else


@pytest.mark.parametrize("kind", LISTS)
def test_who_sees_as_somebody_else_meets_their_hidden_fields_nowhere(
    kind: str, rep: User, admin: User, client: Client
) -> None:
    setting, ways = set_up(rep, client, kind), {**EVERYWHERE, **OF_KIND[kind]}
    pages = {name: way for name, way in ways.items() if not name.startswith("api")}
    client.force_login(admin)
    client.post("/people/see-as/", {"person": rep.pk})
    seen = Setting(rep, client, setting.api, setting.field, setting.record)
    met = {name: readable(way(seen)) for name, way in pages.items() if "sheet" not in name}  # which aren't written then
    assert [name for name, text in met.items() if not is_met(name, text)] == []
    hide("sales")
    found = {name: readable(way(seen)) for name, way in pages.items()}
    assert {name: leaks for name, text in found.items() if (leaks := leaks_of(name, text))} == {}


@pytest.mark.parametrize("kind", LISTS)
def test_who_looks_as_somebody_sees_nothing_that_is_hidden_from_themselves(
    kind: str, rep: User, admin: User, client: Client
) -> None:
    setting = set_up(rep, client, kind)
    hide("admin")
    client.force_login(admin)
    client.post("/people/see-as/", {"person": rep.pk})
    seen = Setting(rep, client, setting.api, setting.field, setting.record)
    pages = {name: way for name, way in {**EVERYWHERE, **OF_KIND[kind]}.items() if not name.startswith("api")}
    found = {name: readable(way(seen)) for name, way in pages.items()}
    assert {name: leaks for name, text in found.items() if (leaks := leaks_of(name, text))} == {}


# What was done for many records


@pytest.mark.parametrize("kind", LISTS)
def test_a_change_of_many_records_of_before_tells_of_it_no_more(kind: str, rep: User, client: Client) -> None:
    setting = set_up(rep, client, kind)
    asked = {"record": [str(setting.record.pk)], "step": "change", "change.field": setting.name}
    client.post(f"/{LISTS[kind]}/bulk/", {**asked, "change.value": "四星级"})
    job = BulkJob.objects.latest("pk")
    finish_bulk(job.pk)
    ways: dict[str, Callable[[], str]] = {
        "page": lambda: setting.page(f"/bulk/{job.pk}/"),
        "api": lambda: setting.api.get(f"bulk-jobs/{job.pk}/rows").text,
    }
    assert [name for name, way in ways.items() if f"{NAME}：{VALUE} → 四星级" not in readable(way())] == []
    hide("sales")
    secret = (NAME, VALUE, BEFORE, "四星级", "rating")
    assert {name: [word for word in secret if word in readable(way())] for name, way in ways.items()} == {
        "page": [], "api": [],
    }  # fmt: skip
    undone = undo_bulk(actor=actor_of(rep), job_id=job.pk)
    assert finish_bulk(undone.pk).refused == 1
    told = readable(setting.page(f"/bulk/{undone.pk}/") + setting.api.get(f"bulk-jobs/{undone.pk}/rows").text)
    assert [word for word in secret if word in told] == []
    setting.record.refresh_from_db()
    assert setting.record.custom == {"rating": "四星级"}


# Versions of before


def test_the_gate_of_a_lost_deal_that_is_opened_again_asks_for_no_field_hidden_since(rep: User, client: Client) -> None:
    for kind in ("deal", "customer"):
        create_field(actor=SYSTEM, kind=kind, fields={"name": f"{NAME}{kind}", "key": "rating"})
    content = trial()
    content["stages"][0]["conditions"] = [
        {"key": "rated", "kind": "fields.filled", "fields": ["custom.rating", "need"]},
        {"key": "known", "kind": "customer.filled", "fields": ["custom.rating", "industry"]},
    ]
    publish(content)
    deal = new_deal(rep, customer=new_customer(rep).pk)
    lose_deal(actor=actor_of(rep), deal_id=deal.pk, reason="price")
    publish(trial())
    hide("sales")
    reopen_deal(actor=actor_of(rep), deal_id=deal.pk)
    client.force_login(rep)
    api = Api(rep, language="zh-hans")
    ways = {
        "deal": said(client, f"/deals/{deal.pk}/"),
        "gate": said(client, f"/deals/{deal.pk}/gate/?to=talk"),
        "form": said(client, f"/deals/{deal.pk}/advance/?to=talk"),
        "checklist": said(client, f"/deals/{deal.pk}/checklist/"),
        "board": said(client, "/board/?process=trial"),
        "api gate": readable(api.get(f"deals/{deal.pk}/gate").text),
        "api refusal": readable(api.post(f"deals/{deal.pk}/advance", to="talk").text),
        "handbook": said(client, "/processes/trial/versions/2/"),
        **texts_of_versions(client, api),
    }
    secret = (NAME, "custom.rating")
    assert [name for name, text in ways.items() if any(word in text for word in secret)] == []
    assert ["需求" in ways[name] for name in ("gate", "api refusal", "handbook")] == [True] * 3
    assert "不是人人可见的字段" in ways["handbook"]
    change_deal(actor=actor_of(rep), deal_id=deal.pk, fields={"need": "报表"})
    assert "行业" in readable(api.post(f"deals/{deal.pk}/advance", to="talk").text)


def test_the_handbook_of_an_older_version_tells_of_no_field_hidden_since(rep: User, client: Client) -> None:
    for kind in ("deal", "customer"):
        create_field(actor=SYSTEM, kind=kind, fields={"name": f"{NAME}{kind}", "key": "rating"})
    content = trial()
    asked = [
        {"field": "custom.rating", "op": "eq", "value": VALUE},
        {"not": {"field": "customer.custom.rating", "op": "eq", "value": VALUE}},
        {"field": "amount", "op": "gt", "value": 7},
    ]
    only = {"key": "few", "kind": "fields.filled", "fields": ["need"], "when": {"all": asked}}
    content["stages"][0]["conditions"] = [only]
    publish(content)
    publish(trial())
    client.force_login(rep)
    api = Api(rep, language="zh-hans")
    told = texts_of_versions(client, api)
    assert [name for name, text in told.items() if VALUE not in text] == []
    hide("sales")
    told = texts_of_versions(client, api)
    secret = (NAME, VALUE, "custom.rating")
    assert {name: [word for word in secret if word in text] for name, text in told.items()} == {key: [] for key in told}
    assert [name for name, text in told.items() if "金额" not in text and "amount" not in text] == []


def texts_of_versions(client: Client, api: Api) -> dict[str, str]:
    """All that tells what version 2 of the process demands."""
    return {
        "handbook": said(client, "/processes/trial/versions/2/"),
        "comparison": said(client, "/processes/trial/compare/?from=2&to=3"),
        "comparison back": said(client, "/processes/trial/compare/?from=3&to=2"),
        "yaml": said(client, "/processes/trial/versions/2/yaml/"),
        "api version": readable(api.get("processes/trial/versions/2").text),
        "api difference": readable(api.get("processes/trial/versions/2/diff", to="3").text),
    }


# Who reads the log, and designers


def asked_by_others(admin: User, rep: User) -> None:
    """Others exported, kept a view, migrated and tried by the field; one was added besides."""
    by = {"field": "custom.rating", "op": "eq", "value": VALUE}
    address = f"filter={json.dumps({'all': [by]}, ensure_ascii=False)}&cols=name,custom.rating"
    create_view(actor=actor_of(admin), list_="deals", name="好单", query=address, is_shared=False)
    Api(admin).get("exports/deals", filter=json.dumps(by))
    new_deal(rep, **{"custom.rating": VALUE})
    publish(trial(name="第二版"))
    start_dry_run(actor=actor_of(admin), process="trial", version=2, wanted=by)
    start_migration(actor=actor_of(admin), note="新打法", process="trial", wanted=by)
    while step_trials() or step_migrations():
        pass


@pytest.mark.parametrize("role", ["head", "process_owner"])
def test_the_log_and_what_designers_did_tell_nobody_of_a_field_that_is_hidden_from_them(
    role: str, rep: User, admin: User, manager: User, log_in: LogIn, company: Company
) -> None:
    create_field(actor=SYSTEM, kind="deal", fields={"name": NAME, "key": "rating"})
    laid_out = [FieldGroup("大头", ("amount", "custom.rating"))]
    save_layout(actor=SYSTEM, place="deal", groups=laid_out, with_rest=True)
    remove_layout(actor=SYSTEM, place="deal")
    reader = company.people["boss"]
    reader.roles.set([Role.objects.get(key=role)])
    asked_by_others(admin, rep)
    client = log_in(reader)

    def read() -> dict[str, str]:
        api = Api(User.objects.get(pk=reader.pk), language="zh-hans")
        told = {
            "log": said(client, "/settings/log/"),
            "log of fields": said(client, "/settings/log/?kind=field.saved"),
            "sheet of the log": said(client, "/settings/log/export/?as=csv"),
            "api events": readable(api.get("events", limit=200, after=0).text),
            "api events later": readable(api.get("events", limit=200, after=200).text),
        }
        if role == "process_owner":
            told |= {
                "running deals": said(client, "/processes/trial/running/"),
                "trial": said(client, f"/processes/trial/trials/{crm.trials(SYSTEM, 'trial')[0].pk}/"),
                "migration": said(client, f"/processes/trial/migrations/{crm.migrations(SYSTEM, 'trial')[0].pk}/"),
                "api trials": readable(api.get("processes/trial/trials").text),
                "api migrations": readable(api.get("processes/trial/migrations").text),
            }
        return told

    before = read()
    assert [name for name in ("api events later", "log of fields") if NAME not in "".join(before.values())] == []
    assert VALUE in before["api events"] + before["api events later"]
    hide(role)
    secret = (
        VALUE,
        "custom.rating",
        *([NAME] if role == "head" else []),
    )  # who manages fields is told that there is one
    told = read()
    found = {name: [word for word in secret if word in text] for name, text in told.items()}
    assert {name: leaks for name, leaks in found.items() if leaks} == {}
    assert [name for name in ("log", "api events") if not re.search("大头: [^,、]+(, |、)•••", told[name])] == []
