"""Importing on screen: upload, columns and words, check, import, error files, undo; and what is left behind."""

import csv
import html
import os
import re
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dealrail.accounts.models import User
from dealrail.core.sheets import open_sheet
from dealrail.crm.actions.imports import start_import
from dealrail.crm.actions.mappings import save_mapping
from dealrail.crm.clocks import finish_import
from dealrail.crm.models import Customer, Deal, ImportJob, SavedMapping
from dealrail.web.imports.clocks import forget_uploads
from dealrail.web.imports.staging import KEPT_FOR
from tests.cast import Company, MakeCustomer, MakeDeal, actor_of, event_kinds, last_event_id
from tests.crm_imports.bringing import revoke
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db

CUSTOMERS = "客户名称,手机,地区\n甲公司,13800001111,华东\n乙公司,12,华东\n丙公司,,火星\n"
DEALS = "商机,客户,产品,阶段\n一期,甲公司,GTXPro,谈了\n二期,甲公司,协同平台,线索\n"
FOLDER = Path(settings.MEDIA_ROOT) / "imports"

Upload = Callable[..., str]


@pytest.fixture(autouse=True)
def no_files() -> Iterator[None]:
    """No upload of another test."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    yield
    for path in FOLDER.iterdir():
        path.unlink()


def staged_files() -> list[str]:
    return [path.name for path in FOLDER.glob("staged-*")]


def page_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def sent(client: Client, sheet: str | bytes, kind: str = "customers", name: str = "表.csv", **more: str) -> Any:
    content = sheet if isinstance(sheet, bytes) else sheet.encode()
    return client.post("/imports/", {"file": SimpleUploadedFile(name, content), "kind": kind, **more})


def note_of(client: Client, sheet: str | bytes, kind: str = "customers", **more: str) -> Any:
    """Upload a sheet, and the note that its mapping form carries."""
    answer = sent(client, sheet, kind, **more)
    assert answer.status_code == 302, page_of(answer)
    return parse_qs(urlsplit(answer.headers["Location"]).query)["upload"][0]


def fields(**columns: str) -> dict[str, str]:
    return {f"field.{key}": column for key, column in columns.items()}


def parsed(answer: Any) -> list[list[str]]:
    """The rows of a CSV that was sent."""
    return list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))


CUSTOMER_FIELDS = fields(name="客户名称", phone="手机", region="地区")


def press(client: Client, note: str, do: str, **more: Any) -> Any:
    return client.post("/imports/map/", {"upload": note, "do": do, **more})


def checked(client: Client, sheet: str = CUSTOMERS, **more: Any) -> ImportJob:
    """A sheet of customers that was only checked."""
    answer = press(client, note_of(client, sheet), "check", **{**CUSTOMER_FIELDS, **more})
    assert answer.status_code == 302, page_of(answer)
    return finish_import(ImportJob.objects.latest("pk").pk)


def imported(client: Client, sheet: str = CUSTOMERS, **more: Any) -> ImportJob:
    """A sheet of customers that was imported."""
    press(client, note_of(client, sheet), "import", **{**CUSTOMER_FIELDS, **more})
    return finish_import(ImportJob.objects.latest("pk").pk)


def selected(page: str, name: str) -> str:
    """What a select of the page is set to."""
    body = re.findall(rf'<select[^>]*name="{re.escape(name)}"[^>]*>(.*?)</select>', page, re.DOTALL)[0]
    chosen = re.findall(r'<option(?: value="([^"]*)")? selected>([^<]*)<', body)
    return str(chosen[0][0] or chosen[0][1]) if chosen else ""


# Uploading


def test_an_upload_leads_to_its_columns(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    answer = sent(client, CUSTOMERS)
    page = page_of(client.get(answer.headers["Location"]))
    assert "3 rows were understood" in page
    assert (selected(page, "field.name"), selected(page, "field.phone")) == ("客户名称", "手机")
    assert "13800001111" in page


def test_who_may_not_import_leaves_no_file(log_in: LogIn, rep: User) -> None:
    revoke("imports.run")
    client = log_in(rep)
    assert sent(client, CUSTOMERS).status_code == 403
    assert staged_files() == []
    assert client.get("/imports/").status_code == 403
    assert client.get("/imports/map/").status_code == 403


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02\x03" * 50, b"PK\x03\x04nonsense", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_what_is_no_sheet_is_refused_in_a_sentence_and_not_kept(log_in: LogIn, rep: User, content: bytes) -> None:
    answer = sent(log_in(rep), content)
    assert answer.status_code == 422
    assert 'role="alert"' in page_of(answer)
    assert staged_files() == []


def test_without_a_file_there_is_a_sentence(log_in: LogIn, rep: User) -> None:
    answer = log_in(rep).post("/imports/", {"kind": "customers"})
    assert answer.status_code == 422
    assert "Choose an .xlsx or .csv file first." in page_of(answer)


@pytest.mark.parametrize("more", [{"kind": "planets"}, {"kind": ""}, {"kind": "deals", "process": "nothing"}])
def test_an_unknown_kind_or_process_keeps_nothing(log_in: LogIn, rep: User, more: dict[str, str]) -> None:
    assert sent(log_in(rep), CUSTOMERS, **more).status_code in {404, 422}
    assert staged_files() == []


def test_a_form_from_elsewhere_keeps_nothing(rep: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(rep)
    assert sent(client, CUSTOMERS).status_code == 403
    assert staged_files() == []


@pytest.mark.parametrize("note", ["", "nonsense", "e30:1:x"])
def test_a_made_up_note_opens_nothing(log_in: LogIn, rep: User, note: str) -> None:
    client = log_in(rep)
    assert client.get("/imports/map/", {"upload": note}).status_code == 422
    assert press(client, note, "import", **CUSTOMER_FIELDS).status_code == 422


def test_the_upload_of_somebody_else_is_not_there(log_in: LogIn, rep: User, colleague: User) -> None:
    note = note_of(log_in(rep), CUSTOMERS)
    assert "upload it again" in page_of(log_in(colleague).get("/imports/map/", {"upload": note}))
    assert press(log_in(colleague), note, "import", **CUSTOMER_FIELDS).status_code == 422
    assert not Customer.objects.exists()


def test_an_old_upload_is_forgotten_and_a_fresh_one_stays(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    note_of(client, CUSTOMERS)
    [old] = FOLDER.glob("staged-*")
    table = old.with_name(f"{old.name}.table.csv")
    table.write_text("x")
    for path in (old, table):
        os.utime(path, (time.time() - KEPT_FOR - 60,) * 2)
    note = note_of(client, CUSTOMERS)
    assert forget_uploads() is False
    assert len(staged_files()) == 1
    assert client.get("/imports/map/", {"upload": note}).status_code == 200


def test_the_sheet_of_an_import_is_never_forgotten(log_in: LogIn, rep: User) -> None:
    job = imported(log_in(rep))
    os.utime(FOLDER.parent / job.path, (0, 0))
    forget_uploads()
    assert (FOLDER.parent / job.path).exists()


# Columns and words


def test_the_form_keeps_what_was_chosen_when_it_is_refused(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    note = note_of(client, CUSTOMERS)
    answer = press(client, note, "check", **fields(phone="手机"), **{"const.industry": "机加工"})
    page = page_of(answer)
    assert answer.status_code == 422
    assert "Say which column holds this." in page
    assert 'aria-invalid="true"' in page
    assert selected(page, "field.phone") == "手机"
    assert 'value="机加工"' in page
    assert len(staged_files()) == 1
    assert not ImportJob.objects.exists()


def test_a_constant_stands_in_every_row(log_in: LogIn, rep: User) -> None:
    imported(log_in(rep), **{"const.industry": "机加工"})
    assert Customer.objects.get().industry == "机加工"


def test_names_the_columns_that_nothing_takes(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    page = page_of(press(client, note_of(client, CUSTOMERS), "look", **fields(name="客户名称")))
    assert "Not used: 手机、地区" in page


def test_words_we_do_not_know_are_named_with_how_often_they_stand(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    page = page_of(press(client, note_of(client, CUSTOMERS), "look", **CUSTOMER_FIELDS))
    assert "1 word unknown here" in page
    assert 'name="word.region" value="火星"' in page
    assert 'name="word.region" value="华东"' not in page


def test_a_word_of_the_sheet_stands_for_one_of_ours(log_in: LogIn, rep: User) -> None:
    words: dict[str, Any] = {"word.region": ["火星", ""], "ours.region": ["华北", ""]}
    job = imported(log_in(rep), **words)
    assert (job.created, job.failed) == (2, 1)
    assert Customer.objects.get(name="丙公司").region.name == "华北"


def test_a_word_may_stand_for_nothing(log_in: LogIn, rep: User) -> None:
    imported(log_in(rep), **{"word.region": "火星", "ours.region": "-empty-"})
    assert Customer.objects.get(name="丙公司").region is None


def test_deals_come_with_aliases_of_products_and_stages(log_in: LogIn, rep: User, make_customer: MakeCustomer) -> None:
    make_customer(name="甲公司")
    client = log_in(rep)
    note = note_of(client, DEALS, "deals", process="trial")
    chosen = fields(name="商机", customer="客户", product="产品", stage="阶段")
    page = page_of(press(client, note, "look", **chosen))
    assert 'name="word.product" value="GTXPro"' in page
    assert 'name="word.stage" value="谈了"' in page
    aliases = {"word.product": "GTXPro", "ours.product": "移动版", "word.stage": "谈了", "ours.stage": "lead"}
    press(client, note, "import", **chosen, **aliases)
    assert {deal.name: deal.product.name for deal in Deal.objects.all()} == {"一期": "移动版", "二期": "协同平台"}


def test_history_is_for_who_may_and_a_stage_may_come_with_a_state(
    log_in: LogIn, rep: User, admin: User, company: Company
) -> None:
    chosen = {**fields(name="商机", stage="阶段"), "word.stage": "谈了", "ours.stage": "talk:lost", "mode": "history"}
    client = log_in(rep)
    note = note_of(client, DEALS, "deals", process="trial")
    assert 'value="history"' not in page_of(client.get("/imports/map/", {"upload": note}))
    assert press(client, note, "import", **chosen).status_code == 403
    assert not Deal.objects.exists()
    client = log_in(admin)
    note = note_of(client, DEALS, "deals", process="trial")
    assert 'value="history"' in page_of(client.get("/imports/map/", {"upload": note}))
    press(client, note, "import", **chosen)
    lost = Deal.objects.get(name="一期")
    assert (lost.run.stage.key, lost.run.state) == ("talk", "lost")


def test_the_order_of_dates_is_said(log_in: LogIn, rep: User) -> None:
    sheet = "商机,预计成交日期\n一期,3/4/2027\n"
    client = log_in(rep)
    note = note_of(client, sheet, "deals", process="trial")
    chosen = {**fields(name="商机", expected_close="预计成交日期"), "date_order": "dmy"}
    press(client, note, "import", **chosen)
    assert str(Deal.objects.get().expected_close) == "2027-04-03"


@pytest.mark.parametrize(
    "odd",
    [
        {"field.planet": "客户名称"},
        {"field.name": "没有这列"},
        {"mode": "future"},
        {"date_order": "never"},
        {"word.region": "火星"},
        {"ours.region": "华东"},
        {"word.planet": "x", "ours.planet": "y"},
        {"base": "saved:" + "9" * 5000},
        {"base": "job:²"},
        {"do": "use:" + "9" * 5000},
        {"do": "forget:x"},
        {"do": "nonsense"},
        {"field.name": "\x00"},
    ],
)
def test_an_odd_form_is_answered_in_a_sentence(log_in: LogIn, rep: User, odd: dict[str, str]) -> None:
    client = log_in(rep)
    answer = client.post(
        "/imports/map/", {"upload": note_of(client, CUSTOMERS), "do": "check", **CUSTOMER_FIELDS, **odd}
    )
    assert answer.status_code < 500


def test_a_part_of_the_form_is_answered_to_htmx(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    typed = {"upload": note_of(client, CUSTOMERS), **CUSTOMER_FIELDS}
    page = page_of(client.post("/imports/map/", typed, headers={"HX-Request": "true"}))
    assert page.lstrip().startswith('<form id="mapping"')


# Saved mappings


def test_a_mapping_is_kept_with_its_words_and_used_again(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    words = {"word.region": "火星", "ours.region": "华北", "const.industry": "机加工"}
    page = page_of(press(client, note_of(client, CUSTOMERS), "save", save_as="展会名单", **CUSTOMER_FIELDS, **words))
    assert "The mapping is kept as “展会名单”." in page
    saved = SavedMapping.objects.get()
    page = page_of(press(client, note_of(client, CUSTOMERS), f"use:{saved.pk}"))
    assert selected(page, "field.region") == "地区"
    assert selected(page, "ours.region") == "华北"
    assert 'value="机加工"' in page


def test_a_mapping_without_a_name_is_refused_and_the_form_stays(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    answer = press(client, note_of(client, CUSTOMERS), "save", save_as=" ", **CUSTOMER_FIELDS)
    assert answer.status_code == 422
    assert selected(page_of(answer), "field.name") == "客户名称"
    assert not SavedMapping.objects.exists()


def test_a_saved_mapping_of_another_sheet_says_which_columns_lack(log_in: LogIn, rep: User) -> None:
    mapping = {"fields": {"name": "客户名称", "phone": "座机"}}
    saved = save_mapping(actor=actor_of(rep), name="旧表", kind="customers", mapping=mapping)
    client = log_in(rep)
    page = page_of(press(client, note_of(client, CUSTOMERS), f"use:{saved.pk}"))
    assert "This sheet has no column “座机”" in page
    assert selected(page, "field.name") == "客户名称"


def test_a_saved_mapping_is_deleted(log_in: LogIn, rep: User) -> None:
    saved = save_mapping(actor=actor_of(rep), name="旧表", kind="customers", mapping={"name": "客户名称"})
    client = log_in(rep)
    page = page_of(press(client, note_of(client, CUSTOMERS), f"forget:{saved.pk}", **CUSTOMER_FIELDS))
    assert "The mapping “旧表” is deleted." in page
    assert selected(page, "field.phone") == "手机"
    assert not SavedMapping.objects.exists()


def test_the_mapping_of_somebody_else_is_used_but_neither_deleted_nor_replaced(
    log_in: LogIn, rep: User, colleague: User
) -> None:
    mapping = {"fields": {"name": "客户名称"}}
    saved = save_mapping(actor=actor_of(colleague), name="公司名单", kind="customers", mapping=mapping)
    client = log_in(rep)
    assert press(client, note_of(client, CUSTOMERS), f"use:{saved.pk}").status_code == 200
    assert press(client, note_of(client, CUSTOMERS), f"forget:{saved.pk}").status_code == 403
    assert press(client, note_of(client, CUSTOMERS), "save", save_as="公司名单", **CUSTOMER_FIELDS).status_code == 403
    assert SavedMapping.objects.get().mapping == mapping


def test_who_imports_history_tidies_up_the_mappings_of_all(log_in: LogIn, admin: User, colleague: User) -> None:
    saved = save_mapping(actor=actor_of(colleague), name="公司名单", kind="customers", mapping={"name": "客户名称"})
    client = log_in(admin)
    press(client, note_of(client, CUSTOMERS), f"forget:{saved.pk}")
    assert not SavedMapping.objects.exists()


def test_a_lookup_that_a_saved_mapping_brings_is_kept(log_in: LogIn, rep: User) -> None:
    fields_ = {"name": "客户名称", "region": {"column": "地区", "lookup": {"rows": {"火星": "华北", "华东": "华东"}}}}
    saved = save_mapping(actor=actor_of(rep), name="按区", kind="customers", mapping={"fields": fields_})
    client = log_in(rep)
    note = note_of(client, CUSTOMERS)
    assert "looked up" in page_of(press(client, note, f"use:{saved.pk}"))
    press(client, note, "import", base=f"saved:{saved.pk}", **fields(name="客户名称", region="地区"))
    assert Customer.objects.get(name="丙公司").region.name == "华北"


# Checking


def test_a_check_says_what_is_wrong_at_its_cell_and_writes_nothing(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    job = checked(client)
    page = page_of(client.get(f"/imports/{job.pk}/"))
    assert (job.status, job.created, job.failed) == ("checked", 1, 2)
    assert not Customer.objects.exists()
    assert re.search(
        r'<td class="is-wrong" data-head="手机">12<div class="import-problem">.*?is not a phone number', page, re.DOTALL
    )
    assert re.search(
        r'<td class="is-wrong" data-head="地区">火星<div class="import-problem">.*?is not in the list', page, re.DOTALL
    )
    assert "2 rows would be refused" in page


def test_the_file_is_not_kept_twice_once_it_was_checked(log_in: LogIn, rep: User) -> None:
    checked(log_in(rep))
    assert staged_files() == []


def test_a_cell_shows_what_its_word_stands_for(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    job = checked(client, **{"word.region": "火星", "ours.region": "华北"})
    assert re.search(
        r"<td data-head=\"地区\">火星 <span class=\"import-ours\">.*?华北</span></td>",
        page_of(client.get(f"/imports/{job.pk}/")),
    )


def test_a_broken_cell_is_marked_too(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    job = checked(client, "客户名称,手机,地区\n甲公司,#REF!,华东\n")
    page = page_of(client.get(f"/imports/{job.pk}/"))
    assert re.search(r'<td class="is-wrong" data-head="手机">#REF!<div class="import-problem">', page)


def test_a_check_leads_to_the_import(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    client.post(f"/imports/{checked(client).pk}/start/")
    job = ImportJob.objects.latest("pk")
    assert (job.dry_run, job.status, job.created) == (False, "done", 1)
    assert Customer.objects.get().name == "甲公司"


def test_a_check_leads_back_to_its_columns_and_words(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    job = checked(client, **{"word.region": "火星", "ours.region": "华北"})
    answer = client.get(f"/imports/{job.pk}/map/", follow=True)
    page = page_of(answer)
    assert selected(page, "field.region") == "地区"
    assert selected(page, "ours.region") == "华北"
    note = re.findall(r'name="upload" value="([^"]*)"', page)[0]
    press(client, note, "check", **CUSTOMER_FIELDS)
    assert (FOLDER.parent / job.path).exists()
    assert ImportJob.objects.count() == 2


def test_a_check_whose_file_is_gone_says_so(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    job = checked(client)
    (FOLDER.parent / job.path).unlink()
    for answer in (client.post(f"/imports/{job.pk}/start/"), client.get(f"/imports/{job.pk}/map/")):
        assert answer.status_code == 422
        assert "upload it again" in page_of(answer)
    assert client.get(f"/imports/{job.pk}/").status_code == 200
    assert client.get(f"/imports/{job.pk}/errors/").status_code == 422


@pytest.mark.parametrize("way", ["start", "map"])
def test_what_is_imported_already_is_not_started_again(log_in: LogIn, rep: User, way: str) -> None:
    client = log_in(rep)
    job = imported(client)
    answer = client.post(f"/imports/{job.pk}/start/") if way == "start" else client.get(f"/imports/{job.pk}/map/")
    assert answer.status_code == 422
    assert ImportJob.objects.count() == 1


# Progress and result


def test_an_import_under_way_shows_how_far_it_is(log_in: LogIn, rep: User, tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text("客户名称\n" + "".join(f"客户 {number}\n" for number in range(500)))
    mapping = {"name": "客户名称"}
    job = start_import(actor=actor_of(rep), path=path, name="表.csv", kind="customers", mapping=mapping)
    finish_import(job.pk, seconds=0)
    client = log_in(rep)
    page = page_of(client.get(f"/imports/{job.pk}/"))
    assert "200 of 500" in page
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "200 / 500" in page_of(client.get("/imports/"))
    part = page_of(client.get(f"/imports/{job.pk}/", headers={"HX-Request": "true"}))
    assert part.lstrip().startswith('<div id="import-state"')
    finish_import(job.pk)
    part = page_of(client.get(f"/imports/{job.pk}/", headers={"HX-Request": "true"}))
    assert "every 2s" not in part
    assert "Undo this import" in part


def test_the_result_counts_and_shows_refused_rows_wherever_they_stand(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    rows = "".join(f"客户 {number},,华东\n" for number in range(60))
    job = imported(client, f"客户名称,手机,地区\n{rows}末尾公司,12,华东\n客户 1,,华东\n")
    page = page_of(client.get(f"/imports/{job.pk}/"))
    assert (job.created, job.skipped, job.failed) == (60, 1, 1)
    assert re.search(r">末尾公司</td>\s*<td class=\"is-wrong\" data-head=\"手机\">12<", page)
    assert "Already there" in page


def test_refused_rows_come_as_csv_and_as_xlsx(log_in: LogIn, rep: User, tmp_path: Path) -> None:
    client = log_in(rep)
    job = imported(client)
    csv = b"".join(client.get(f"/imports/{job.pk}/errors/").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert csv.splitlines()[0].startswith("客户名称,手机,地区,")
    assert csv.splitlines()[1].startswith("乙公司,12,华东,")
    answer = client.get(f"/imports/{job.pk}/errors/?as=xlsx")
    path = tmp_path / "errors.xlsx"
    path.write_bytes(BytesIO(b"".join(answer.streaming_content)).getvalue())  # type: ignore[attr-defined]
    assert [row.cells[:3] for row in open_sheet(path, name="errors.xlsx").rows()] == [
        ["乙公司", "12", "华东"],
        ["丙公司", "", "火星"],
    ]
    assert client.get(f"/imports/{job.pk}/errors/?as=pdf").status_code == 422


# Undo


def test_undo_says_first_what_goes_and_what_stays(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    job = imported(client, "客户名称\n甲公司\n乙公司\n", **{"field.phone": "", "field.region": ""})
    kept = Customer.objects.get(name="乙公司")
    client.post(f"/customers/{kept.pk}/change/", {"name": "乙公司", "industry": "机加工"})
    page = page_of(client.get(f"/imports/{job.pk}/undo/"))
    assert re.search(r"Customers</th><td class=\"num\">1</td><td class=\"num\">1</td>", page)
    assert "Stays, because somebody has worked with it: 乙公司" in page
    assert Customer.objects.count() == 2
    client.post(f"/imports/{job.pk}/undo/")
    job.refresh_from_db()
    assert job.status == "undone"
    assert [customer.name for customer in Customer.objects.all()] == ["乙公司"]
    assert "乙公司" in page_of(client.get(f"/imports/{job.pk}/"))


@pytest.mark.parametrize("way", ["get", "post"])
def test_what_was_only_checked_is_not_undone(log_in: LogIn, rep: User, way: str) -> None:
    client = log_in(rep)
    job = checked(client)
    assert getattr(client, way)(f"/imports/{job.pk}/undo/").status_code == 422


def test_an_undone_import_is_not_undone_twice(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    job = imported(client)
    client.post(f"/imports/{job.pk}/undo/")
    seen = last_event_id()
    assert client.post(f"/imports/{job.pk}/undo/").status_code == 422
    assert client.get(f"/imports/{job.pk}/errors/").status_code == 422
    assert client.get(f"/imports/{job.pk}/").status_code == 200
    assert event_kinds(seen) == []


# Who may


def test_the_imports_of_others_are_not_there(log_in: LogIn, rep: User, stranger: User) -> None:
    mine = log_in(rep)
    done, only_checked = imported(mine), checked(mine)
    client, seen = log_in(stranger), last_event_id()
    assert "表.csv" not in page_of(client.get("/imports/"))
    for job in (done, only_checked):
        for way in ("", "errors/", "undo/", "map/"):
            assert client.get(f"/imports/{job.pk}/{way}").status_code == 404, way
        for way in ("start/", "undo/"):
            assert client.post(f"/imports/{job.pk}/{way}").status_code == 404, way
    base = f"job:{only_checked.pk}"
    answer = client.get("/imports/map/", {"upload": note_of(client, CUSTOMERS), "base": base})
    assert answer.status_code == 404
    assert event_kinds(seen) == []


def test_who_imports_everything_sees_all_imports(log_in: LogIn, rep: User, admin: User) -> None:
    job = imported(log_in(rep))
    assert log_in(admin).get(f"/imports/{job.pk}/").status_code == 200


def test_a_kind_one_may_not_create_is_refused_before_anything_is_kept(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    assert '<option value="people"' not in page_of(client.get("/imports/"))
    assert '<option value="customers"' in page_of(client.get("/imports/"))
    assert sent(client, "姓名\n张三\n", "people").status_code == 403
    assert staged_files() == []


@pytest.mark.parametrize("way", ["start", "undo"])
def test_who_lost_the_right_starts_and_undoes_nothing(log_in: LogIn, rep: User, way: str) -> None:
    client = log_in(rep)
    job = checked(client) if way == "start" else imported(client)
    revoke("customers.create")
    assert client.post(f"/imports/{job.pk}/{way}/").status_code == 403
    assert ImportJob.objects.count() == 1


@pytest.mark.parametrize("way", ["start", "undo"])
def test_nothing_is_started_or_undone_by_a_link(log_in: LogIn, rep: User, way: str, make_deal: MakeDeal) -> None:
    client = log_in(rep)
    job = imported(client)
    client.get(f"/imports/{job.pk}/{way}/")
    job.refresh_from_db()
    assert job.status == "done"


def test_every_fault_of_a_row_is_shown_not_only_its_first(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    job = checked(client, "客户名称,手机,地区\n甲公司,12,火星\n")
    page = page_of(client.get(f"/imports/{job.pk}/"))
    assert re.findall(r'<td class="is-wrong" data-head="(.*?)">', page) == ["手机", "地区"]


def test_a_removed_sheet_is_counted_by_what_went_and_what_stayed(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    job = imported(client)
    client.post(f"/imports/{job.pk}/undo/")
    page = page_of(client.get(f"/imports/{job.pk}/"))
    assert re.search(r'Removed again</dt><dd class="figure-value">1</dd>', page)
    assert "Undo this import" not in page


def test_a_check_is_stopped_where_it_stands(log_in: LogIn, rep: User, stranger: User, tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text("客户名称\n" + "".join(f"客户 {number}\n" for number in range(500)))
    about: dict[str, Any] = {"path": path, "name": "表.csv", "kind": "customers", "mapping": {"name": "客户名称"}}
    job = start_import(actor=actor_of(rep), dry_run=True, **about)
    finish_import(job.pk, seconds=0)
    assert log_in(stranger).post(f"/imports/{job.pk}/stop/").status_code == 404
    client = log_in(rep)
    client.post(f"/imports/{job.pk}/stop/")
    finish_import(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done) == ("checked", 200)
    assert "stopped after 200 of 500 rows" in page_of(client.get(f"/imports/{job.pk}/"))
    client.post(f"/imports/{job.pk}/start/")
    finish_import(ImportJob.objects.latest("pk").pk)
    assert Customer.objects.count() == 500


def test_stopping_leaves_a_real_import_alone(log_in: LogIn, rep: User, tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text("客户名称\n" + "".join(f"客户 {number}\n" for number in range(300)))
    job = start_import(actor=actor_of(rep), path=path, name="表.csv", kind="customers", mapping={"name": "客户名称"})
    finish_import(job.pk, seconds=0)
    client = log_in(rep)
    assert "Stop and undo" in page_of(client.get(f"/imports/{job.pk}/"))
    client.post(f"/imports/{job.pk}/stop/")
    job.refresh_from_db()
    assert job.status == "running"
    client.post(f"/imports/{job.pk}/undo/")
    assert finish_import(job.pk).status == "undone"
    assert not Customer.objects.exists()


def test_the_file_of_refused_rows_names_everything_that_is_wrong(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    sheet = "客户名称,手机,地区,等级\n甲公司,12,火星,Z\n乙公司,13800001111,华东,b\n"
    job = checked(client, sheet, **fields(grade="等级"))
    (row,) = [row for row in parsed(client.get(f"/imports/{job.pk}/errors/?as=csv")) if row[0] == "甲公司"]
    assert all(label in row[-1] for label in ("Phone: ", "Region: ", "Grade: "))
    page = page_of(client.get(f"/imports/{job.pk}/"))
    chips = re.findall(r"</svg>(\w+) <span class=\"tabular\">(\d+)</span>", page)
    assert {("Phone", "1"), ("Region", "1"), ("Grade", "1")} <= set(chips)
    assert job.failed == 1


def test_closed_deals_are_refused_in_words_and_lead_to_the_way_of_history(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    note = note_of(client, "商机,状态\n旧单,输单\n", "deals", process="trial")
    press(client, note, "check", **fields(name="商机", state="状态"))
    job = finish_import(ImportJob.objects.latest("pk").pk)
    page = page_of(client.get(f"/imports/{job.pk}/"))
    assert "This deal is closed already (Lost)" in page
    assert "lead”" not in page
    form = client.get(client.get(f"/imports/{job.pk}/map/?mode=history").headers["Location"])
    assert re.search(r'value="history" checked', page_of(form))
