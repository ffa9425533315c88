"""Fields that hold a file: put there, replaced, fetched within sight only, demanded by a gate, told by its name."""

import html
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.crm import clocks
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.deals import change_deal
from dealrail.crm.actions.field_files import keep_field_file
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.pools import release_customer
from dealrail.crm.actions.recycling import delete_deal, purge_deleted
from dealrail.crm.errors import FieldRefused
from dealrail.crm.models import CustomField, Deal, FieldFile
from tests.api.client import Api
from tests.cast import actor_of, fresh, new_customer, new_deal, publish, refuses, stage_of, trial
from tests.crm_imports.bringing import Bring
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()
NAME = "技术协议"


def add(kind: str = "deal", **fields: Any) -> CustomField:
    """A field for files, in use at once."""
    return create_field(actor=SYSTEM, kind=kind, fields={"name": NAME, "key": "paper", "type": "file", **fields})


def pdf(name: str = "协议.pdf") -> SimpleUploadedFile:
    """A file as it is sent."""
    return SimpleUploadedFile(name, b"%PDF-1.4")


def put(who: User, deal: Any, value: Any) -> dict[str, Any]:
    """What the deal holds after this was put into the field."""
    return dict(change_deal(actor=actor_of(who), deal_id=deal.pk, fields={"custom.paper": value}).custom)


def _read(client: Client, address: str) -> str:
    answer = client.get(address)
    whole = b"".join(answer) if answer.streaming else answer.content
    return html.unescape(whole.decode("utf-8-sig", "replace"))


@pytest.mark.parametrize("kind", ["deal", "customer", "contact"])
def test_a_file_is_put_there_on_its_page_replaced_fetched_and_taken_out(
    kind: str, rep: User, colleague: User, log_in: LogIn
) -> None:
    field = add(kind)
    customer = new_customer(rep)
    contact = create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王明"})
    record: Any = {"deal": new_deal(rep), "customer": customer, "contact": contact}[kind]
    page = f"/deals/{record.pk}/" if kind == "deal" else f"/customers/{customer.pk}/"
    client, address = log_in(rep), f"/fields/{field.pk}/of/{record.pk}/"
    assert address in _read(client, page)
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"file": pdf("病毒.exe")}).status_code == 422
    assert client.post(address, {"file": pdf()}).status_code == 302
    record.refresh_from_db()
    first = record.custom["paper"]
    assert ("协议.pdf" in _read(client, page), f"/fields/files/{first}/" in _read(client, page)) == (True, True)
    fetched = client.get(f"/fields/files/{first}/")
    assert (b"".join(fetched), "attachment" in fetched["Content-Disposition"]) == (b"%PDF-1.4", True)
    assert log_in(colleague).get(f"/fields/files/{first}/").status_code == 404
    assert log_in(colleague).post(address, {"file": pdf()}).status_code in {403, 404}
    client.post(address, {"file": pdf("新协议.pdf")})
    assert "新协议.pdf" in _read(client, page)
    assert client.get(f"/fields/files/{first}/").status_code == 404, "what no record holds is nobody's to fetch"
    client.post(address, {"remove": "1"})
    record.refresh_from_db()
    assert record.custom == {}


def test_its_name_is_shown_filtered_sorted_exported_and_told(rep: User, log_in: LogIn, tmp_path: Path) -> None:
    add()
    deal, other = new_deal(rep, name="甲单"), new_deal(rep, name="乙单")
    put(rep, deal, pdf("A协议.pdf"))
    put(rep, other, pdf("B协议.pdf"))
    client, api = log_in(rep), Api(rep)
    listed = _read(client, "/deals/?cols=custom.paper&sort=custom.paper&all=1")
    assert listed.index("A协议.pdf") < listed.index("B协议.pdf")
    wanted = json.dumps({"field": "custom.paper", "op": "contains", "value": "A协"})
    assert api.get("deals", filter=wanted).names == ["甲单"]
    assert "B协议.pdf" in _read(client, "/deals/export/?as=csv")
    assert "A协议.pdf" in _read(client, f"/deals/{deal.pk}/timeline/")
    told = api.get(f"deals/{deal.pk}").body["custom"]["paper"]
    assert told == {"id": fresh(deal).custom["paper"], "name": "A协议.pdf"}
    Bring(tmp_path, rep)(f"商机名称,{NAME}\n新厂,A协议.pdf\n", "deals")
    assert Deal.objects.get(name="新厂").custom == {}, "no sheet brings a file"
    assert 'name="custom.paper"' not in _read(client, "/deals/new/?process=trial")


def test_over_the_api_a_file_is_kept_first_and_held_by_one_record(rep: User, colleague: User) -> None:
    field = add()
    api, deal, other = Api(rep), new_deal(rep), new_deal(rep)
    kept = api.upload(f"fields/{field.pk}/files", file=pdf())
    assert (kept.status, kept.body["name"]) == (201, "协议.pdf")
    assert api.get(f"field-files/{kept.body['id']}").status == 404
    held = {"paper": kept.body["id"]}
    assert api.patch(f"deals/{deal.pk}", custom=held).body["custom"]["paper"]["name"] == "协议.pdf"
    assert api.patch(f"deals/{deal.pk}", custom=held).status == 200
    assert api.get(f"field-files/{kept.body['id']}").text.startswith("%PDF")
    assert api.patch(f"deals/{other.pk}", custom=held).status == 422
    theirs = Api(colleague)
    assert theirs.get(f"field-files/{kept.body['id']}").status == 404
    mine = theirs.upload(f"fields/{field.pk}/files", file=pdf()).body["id"]
    assert api.patch(f"deals/{other.pk}", custom={"paper": mine}).status == 422, "it is somebody else's"
    assert api.patch(f"deals/{other.pk}", custom={"paper": "协议.pdf"}).status == 422
    assert api.upload(f"fields/{field.pk}/files", file=pdf("病毒.exe")).status == 422


def test_a_gate_demands_it_and_takes_it_in_its_form(rep: User, log_in: LogIn) -> None:
    add()
    content = trial()
    content["stages"][0]["conditions"] = [{"key": "agreed", "kind": "fields.filled", "fields": ["custom.paper"]}]
    publish(content)
    deal, client = new_deal(rep, customer=new_customer(rep).pk), log_in(rep)
    address = f"/deals/{deal.pk}/advance/?to=talk"
    form = _read(client, address)
    assert ('name="field.custom.paper"' in form, 'type="file"' in form) == (True, True)
    client.post(address, {"field.custom.paper": pdf("病毒.exe")})
    assert stage_of(deal) == "lead"
    client.post(address, {"field.custom.paper": pdf()})
    assert (stage_of(deal), list(fresh(deal).custom)) == ("talk", ["paper"])


def test_hidden_or_in_a_pool_it_is_nobodys_to_fetch(rep: User, colleague: User, log_in: LogIn) -> None:
    field, customer = add("customer"), new_customer(rep)
    client = log_in(rep)
    client.post(f"/fields/{field.pk}/of/{customer.pk}/", {"file": pdf()})
    customer.refresh_from_db()
    address = f"/fields/files/{customer.custom['paper']}/"
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"sales": "read"}})
    assert _read(client, address).startswith("%PDF")
    assert client.get(f"/fields/{field.pk}/of/{customer.pk}/").status_code == 404
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {"sales": "hidden"}})
    ways = [f"/customers/{customer.pk}/", "/customers/?cols=custom.paper", "/customers/export/?as=csv"]
    told = "".join(_read(client, way) for way in ways) + Api(rep).get(f"customers/{customer.pk}").text
    assert [word for word in (NAME, "协议.pdf") if word in told] == []
    assert client.get(address).status_code == 404
    with refuses(NotFound):
        keep_field_file(actor=actor_of(rep), field_id=field.pk, file=pdf())
    change_field(actor=SYSTEM, field_id=field.pk, fields={"access": {}})
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="三个月没回音")
    assert _read(log_in(colleague), address).startswith("%PDF"), "the pool has no limit of views"


BAD = [
    ({"required": True}, "required"),
    ({"unique": True}, "unique"),
    ({"default": "x.pdf"}, "default"),
    ({"searchable": True}, "searchable"),
]


@pytest.mark.parametrize(("wrong", "place"), BAD)
def test_what_a_file_can_not_be_is_refused(rep: User, wrong: dict[str, Any], place: str) -> None:
    with refuses(FieldRefused) as caught:
        add(**wrong)
    assert caught.value.params["field"] == place
    with refuses(FieldRefused) as caught:
        add("activity")
    assert caught.value.params["field"] == "type"


def test_what_no_record_holds_is_swept_from_the_disk_after_two_days_and_named_for_ever(
    rep: User, log_in: LogIn
) -> None:
    field, deal, binned, other = add(), new_deal(rep), new_deal(rep), new_deal(rep)
    sent = keep_field_file(actor=actor_of(rep), field_id=field.pk, file=pdf("没用上.pdf"))
    for name in ("旧协议.pdf", "新协议.pdf"):
        put(rep, deal, pdf(name))
    put(rep, binned, pdf("回收.pdf"))
    delete_deal(actor=actor_of(None), deal_id=binned.pk)
    clocks.sweep_field_files()
    assert _on_disk() == {"没用上.pdf", "旧协议.pdf", "新协议.pdf", "回收.pdf"}, "a record may hold it yet"
    for one in FieldFile.objects.all():
        _aged(one)
    with refuses(FieldRefused):
        put(rep, other, sent.pk)
    clocks.sweep_field_files()
    assert _on_disk() == {"新协议.pdf", "回收.pdf"}
    assert crm.missing_field_files() == 0
    assert "旧协议.pdf" in _read(log_in(rep), f"/deals/{deal.pk}/timeline/")
    put(rep, deal, "")
    with clock.at(timezone.now() + timedelta(days=40)):
        assert purge_deleted(actor=SYSTEM) == 1
    clocks.sweep_field_files()
    assert _on_disk() == set()


def _on_disk() -> set[str]:
    """The files whose content is still there."""
    return {one.name for one in FieldFile.objects.all() if (Path(settings.MEDIA_ROOT) / one.file).is_file()}


def _aged(one: FieldFile) -> None:
    path, before = Path(settings.MEDIA_ROOT) / one.file, one.uploaded_at - timedelta(days=3)
    os.utime(path, (before.timestamp(), before.timestamp()))
    FieldFile.objects.filter(pk=one.pk).update(uploaded_at=before)


def test_the_page_of_a_file_is_there_for_nobody_who_may_not_change_the_record(
    rep: User, colleague: User, log_in: LogIn
) -> None:
    field, customer = add("contact"), new_customer(rep)
    contact = create_contact(actor=actor_of(rep), customer_id=customer.pk, fields={"name": "王明"})
    address = f"/fields/{field.pk}/of/{contact.pk}/"
    assert log_in(rep).post(address, {"file": pdf()}).status_code == 302
    release_customer(actor=actor_of(rep), customer_id=customer.pk, reason="三个月没回音")
    client = log_in(colleague)
    assert client.get(f"/customers/{customer.pk}/").status_code == 200
    assert (client.get(address).status_code, client.post(address, {"remove": "1"}).status_code) == (404, 404)
