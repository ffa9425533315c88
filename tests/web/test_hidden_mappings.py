"""A field that a role may not see isn't found in mappings, kept or of an import, and their column isn't lost."""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.imports import start_import
from dealrail.crm.actions.mappings import save_mapping
from dealrail.crm.clocks import finish_import
from dealrail.crm.errors import BadMapping
from dealrail.crm.importing import saved_mappings
from dealrail.crm.models import Customer, CustomField, ImportJob, SavedMapping
from tests.api.client import Api
from tests.cast import actor_of, refuses
from tests.crm_imports.bringing import Bring
from tests.web.conftest import LogIn
from tests.web.test_hidden_fields import readable
from tests.web.test_imports import fields, note_of, page_of, press

pytestmark = pytest.mark.django_db

NAME, COLUMN, VALUE = "信用评级", "资信栏", "三星半"
SHEET = f"客户名称,电话栏,{COLUMN}\n甲公司,13800001111,{VALUE}\n乙公司,,4\n"
OTHER_SHEET = "客户名称,电话栏\n丙公司,\n"
FIELDS: dict[str, Any] = {"name": "客户名称", "phone": "电话栏", "custom.rating": COLUMN}


@dataclass
class Kept:
    """Somebody who imports, a check of theirs that refused a row for an added field, and a mapping kept by them."""

    who: User
    client: Client
    api: Api
    field: CustomField
    job: ImportJob
    saved: SavedMapping

    def page(self, address: str) -> str:
        answer = self.client.get(address, follow=True)
        return (b"".join(answer) if answer.streaming else answer.content).decode("utf-8-sig", "replace")

    def hide(self, access: str = "hidden") -> None:
        change_field(actor=actor_of(None), field_id=self.field.pk, fields={"access": {"sales": access}})


@pytest.fixture
def bring(tmp_path: Path, rep: User) -> Bring:
    """Brings sheets in as the one whom the field is hidden from."""
    return Bring(tmp_path, rep)


@pytest.fixture
def kept(bring: Bring, rep: User, log_in: LogIn) -> Kept:
    settings = {"name": NAME, "key": "rating", "type": "number"}
    field = create_field(actor=actor_of(None), kind="customer", fields=settings)
    job = bring(SHEET, "customers", mapping=FIELDS, dry_run=True)
    saved = save_mapping(actor=actor_of(rep), name="展会", kind="customers", mapping=FIELDS)
    return Kept(rep, log_in(rep), Api(rep, language="zh-hans"), field, job, saved)


def _used(kept: Kept, sheet: str) -> str:
    return page_of(press(kept.client, note_of(kept.client, sheet), f"use:{kept.saved.pk}"))


WAYS: Mapping[str, Callable[[Kept], str]] = {
    "api mappings": lambda k: k.api.get("mappings").text,
    "kept mapping used": lambda k: _used(k, SHEET.replace(COLUMN, "别的")),
    "kept mapping used for another sheet": lambda k: _used(k, OTHER_SHEET),
    "columns of a check": lambda k: k.page(f"/imports/{k.job.pk}/map/"),
    "check": lambda k: k.page(f"/imports/{k.job.pk}/"),
    "refused rows": lambda k: k.page(f"/imports/{k.job.pk}/errors/?as=csv"),
    "api import": lambda k: k.api.get(f"imports/{k.job.pk}").text,
    "api imports": lambda k: k.api.get("imports").text,
    "api rows": lambda k: k.api.get(f"imports/{k.job.pk}/rows").text,
    "api refused rows": lambda k: k.api.get(f"imports/{k.job.pk}/errors").text,
}
TELLING = {NAME, "custom.rating", COLUMN, VALUE}
# where a sheet is looked at anew, its columns stand on the page, mapped or not
OWN_SHEET = {"columns of a check": {COLUMN, VALUE}, "kept mapping used": {VALUE}}


@pytest.mark.parametrize("way", WAYS)
def test_a_hidden_field_is_met_on_no_way(kept: Kept, way: str) -> None:
    shown = readable(WAYS[way](kept))
    assert any(word in shown for word in TELLING), f"{way} proves nothing"
    kept.hide()
    shown = readable(WAYS[way](kept))
    assert not [word for word in TELLING - OWN_SHEET.get(way, set()) if word in shown]


def test_a_row_refused_for_a_hidden_field_still_says_that_it_is_refused(kept: Kept) -> None:
    kept.hide()
    [row] = kept.api.get(f"imports/{kept.job.pk}/rows", result="failed").body["items"]
    assert (row["field"], row["message"]) == ("", "这里的问题出在您无权查看的字段上。")
    assert "您无权查看的字段" in kept.api.get(f"imports/{kept.job.pk}/errors").text
    assert "a field that you may not see" in html.unescape(kept.page(f"/imports/{kept.job.pk}/"))


# What becomes of the column when somebody who doesn't fill the field keeps the mapping again


@pytest.mark.parametrize("access", ["hidden", "read"])
def test_who_does_not_fill_a_field_loses_its_column_for_nobody(kept: Kept, access: str) -> None:
    kept.hide(access)
    typed = fields(name="客户名称", phone="电话栏")
    press(kept.client, note_of(kept.client, SHEET), "save", save_as="展会", **typed)
    [again] = saved_mappings(actor_of(kept.who), "customers")
    assert again.mapping["fields"] == FIELDS
    answer = kept.api.post("mappings", kind="customers", name="展会", mapping={"name": "别的"})
    assert (COLUMN in readable(answer.text)) is (access == "read")
    again.refresh_from_db()
    assert again.mapping["fields"] == {"name": "别的", "custom.rating": COLUMN}


def test_a_field_out_of_use_keeps_its_column_until_it_is_used_again(kept: Kept) -> None:
    change_field(actor=actor_of(None), field_id=kept.field.pk, fields={"is_active": False})
    kept.api.post("mappings", kind="customers", name="展会", mapping={"name": "客户名称"})
    assert COLUMN not in readable(kept.api.get("mappings").text)
    change_field(actor=actor_of(None), field_id=kept.field.pk, fields={"is_active": True})
    [shown] = kept.api.get("mappings").body["items"]
    assert shown["mapping"]["fields"] == {"name": "客户名称", "custom.rating": COLUMN}


def test_who_fills_a_field_takes_its_column_out(kept: Kept) -> None:
    kept.api.post("mappings", kind="customers", name="展会", mapping={"name": "客户名称"})
    assert SavedMapping.objects.get().mapping["fields"] == {"name": "客户名称"}


@pytest.mark.parametrize("key", ["custom.rating", "custom.nothing"])
def test_naming_a_hidden_field_is_refused_as_one_that_is_not_there(kept: Kept, key: str) -> None:
    kept.hide()
    with refuses(BadMapping) as caught:
        save_mapping(actor=actor_of(kept.who), name="新", kind="customers", mapping={"name": "甲", key: "乙"})
    assert caught.value.params["place"] == key
    assert str(caught.value).replace(key, "") == _refused(kept).replace("custom.nothing", "")


def _refused(kept: Kept) -> str:
    with refuses(BadMapping) as caught:
        save_mapping(actor=actor_of(kept.who), name="新", kind="customers", mapping={"custom.nothing": "乙"})
    return str(caught.value)


def test_a_field_that_may_only_be_read_can_be_named(kept: Kept) -> None:
    kept.hide("read")
    mapping = {"name": "客户名称", "custom.rating": "别的栏"}
    kept.api.post("mappings", kind="customers", name="展会", mapping=mapping)
    assert SavedMapping.objects.get().mapping["fields"] == mapping


# Imports themselves


def test_a_check_goes_on_as_it_is_shown_without_what_was_hidden_since(kept: Kept) -> None:
    kept.hide()
    kept.client.post(f"/imports/{kept.job.pk}/start/")
    done = finish_import(ImportJob.objects.latest("pk").pk)
    assert (done.status, done.created, done.failed) == ("done", 2, 0)
    assert not Customer.objects.filter(custom__has_key="rating").exists()


def test_a_field_hidden_while_an_import_runs_is_refused_without_its_name(kept: Kept, bring: Bring) -> None:
    job = bring.start(SHEET, "customers", mapping=FIELDS)
    kept.hide()
    done = finish_import(job.pk)
    assert (done.created, done.failed) == (0, 2)
    assert not [word for word in TELLING if word in readable(kept.api.get(f"imports/{job.pk}/rows").text)]


def test_a_required_field_that_is_hidden_stops_no_import_and_is_not_named(kept: Kept, bring: Bring) -> None:
    kept.hide()
    change_field(actor=actor_of(None), field_id=kept.field.pk, fields={"required": True})
    sheet = bring.file(OTHER_SHEET)
    mapping = {"name": "客户名称"}
    job = start_import(actor=actor_of(kept.who), path=sheet, name="表.csv", kind="customers", mapping=mapping)
    assert (finish_import(job.pk).status, job.problem) == ("done", "")
