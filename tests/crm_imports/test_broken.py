"""Broken sheets and mappings: each is answered in a sentence, loses nothing and takes bounded memory."""

import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from dealrail.accounts.models import User
from dealrail.core.errors import Refusal
from dealrail.core.sheets import UnreadableSheet
from dealrail.crm.actions.imports import step_import
from dealrail.crm.actions.mappings import save_mapping
from dealrail.crm.errors import BadMapping, HistoryIsForDeals, UnknownImportKind, UnknownImportMode
from dealrail.crm.models import Customer, Deal
from dealrail.process.errors import NoSuchProcess
from tests.cast import actor_of, refuses
from tests.core.workbooks import cell, row, table, write_workbook
from tests.crm_imports.bringing import Bring, counts, sentence, sentences

pytestmark = pytest.mark.django_db


def kept_files() -> list[Path]:
    """The sheets kept of uploads."""
    return list((Path(settings.MEDIA_ROOT) / "imports").glob("*"))


# Files


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "表.csv"),
        ("客户名称\n".encode(), "表.csv"),
        ("客户名称,手机\n甲公司,".encode() + b"\xff\xff\n", "2"),
        (",手机\n甲公司,1\n".encode(), "A"),
        ('客户名称\n"甲公司\n'.encode(), "2"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "表.csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "表.csv"),
        (b"%PDF-1.4 \x00", "表.csv"),
        (b"PK\x03\x04 no archive", "表.csv"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_in_a_sentence(bring: Bring, content: bytes, said: str) -> None:
    before = kept_files()
    with refuses(UnreadableSheet) as caught:
        bring.start(content, "customers")
    assert said in str(caught.value)
    assert kept_files() == before


def test_gb18030_is_read_like_utf_8(bring: Bring) -> None:
    bring("客户名称,手机\n镕公司,13800001111\n".encode("gb18030"), "customers")
    assert Customer.objects.get().name == "镕公司"


def test_a_merged_header_is_refused_by_its_columns(bring: Bring) -> None:
    path = bring.folder / "合并.xlsx"
    write_workbook(
        path, table([["客户资料", ""], ["甲", "乙"]]), after='<mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
    )
    with refuses(UnreadableSheet) as caught:
        bring.start(path, "customers")
    assert "B" in str(caught.value)


def test_a_zip_bomb_is_refused_and_not_unpacked(bring: Bring) -> None:
    path = write_workbook(bring.folder / "炸弹.xlsx", table([["客户名称"], ["甲"]]))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/media/bomb.xml", bytes(600 * 2**20))
    tracemalloc.start()
    with refuses(UnreadableSheet):
        bring.start(path, "customers")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * 2**20


def test_formula_cells_count_by_their_result_and_are_refused_without_one(bring: Bring) -> None:
    rows = [
        row(1, [cell("A1", "客户名称"), cell("B1", "备注")]),
        row(2, [cell("A2", "甲公司", formula="CONCAT(1)"), cell("B2", "=1+1")]),
        row(3, ['<c r="A3"><f>NOW()</f></c>']),
    ]
    job = bring(write_workbook(bring.folder / "公式.xlsx", "".join(rows)), "customers")
    assert counts(job) == (1, 0, 1), sentences(job)
    assert list(sentences(job)) == [3]
    assert (Customer.objects.get().name, Customer.objects.get().notes) == ("甲公司", "=1+1")


def test_a_cell_of_a_megabyte_is_refused_with_its_row(bring: Bring) -> None:
    job = bring(f"客户名称,备注\n甲公司,{'长' * 2**20}\n乙公司,好\n", "customers")
    assert counts(job) == (1, 0, 1)
    assert "B" in sentence(job)
    assert len(sentence(job)) < 500


def test_too_many_cells_are_refused_with_their_row(bring: Bring) -> None:
    job = bring("客户名称,手机\n甲公司,13800001111,多\n乙公司,\n", "customers")
    assert counts(job) == (1, 0, 1)


def test_a_missing_column_is_named(bring: Bring) -> None:
    with refuses(BadMapping) as caught:
        bring.start("电话,地址\n1,2\n", "customers")
    assert "“" in str(caught.value)


def test_two_hundred_thousand_rows_take_bounded_memory(bring: Bring) -> None:
    path = bring.file("客户名称,备注\n" + "".join(f"公司{number},备注{number}\n" for number in range(200_000)))
    tracemalloc.start()
    job = bring.start(path, "customers", dry_run=True)
    step_import(actor=actor_of(None), job_id=job.pk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    job.refresh_from_db()
    assert (job.total, job.done, job.created) == (200_000, 200, 200)
    assert peak < 30 * 2**20
    assert not Customer.objects.exists()


# What is asked for


@pytest.mark.parametrize(
    ("kind", "more", "refusal"),
    [
        ("planets", {}, UnknownImportKind),
        ("", {}, UnknownImportKind),
        ("customers", {"mode": "future"}, UnknownImportMode),
        ("customers", {"mode": "history"}, HistoryIsForDeals),
        ("deals", {"process": "nothing"}, NoSuchProcess),
        ("deals", {"process": "", "mapping": {"fields": {}, "process": ["trial"]}}, BadMapping),
    ],
)
def test_unknown_kinds_modes_and_processes_are_refused(
    bring: Bring, kind: str, more: dict[str, Any], refusal: type[Refusal]
) -> None:
    with refuses(refusal):
        bring.start("名称\n甲\n", kind, **more)


# Mappings

NAME = {"name": "名称"}
BAD: list[tuple[Any, str]] = [
    (["name"], "mapping"),
    ("name", "mapping"),
    (7, "mapping"),
    ({"fields": None}, "fields"),
    ({"fields": ["名称"]}, "fields"),
    ({"fields": NAME, "colour": "red"}, "colour"),
    ({"fields": NAME, "date_order": "never"}, "date_order"),
    ({"fields": NAME, "date_order": ["mdy"]}, "date_order"),
    ({"fields": NAME, "date_order": None}, "date_order"),
    ({"fields": NAME, "process": {"a": 1}}, "process"),
    ({**NAME, "planet": "名称"}, "planet"),
    ({**NAME, 7: "名称"}, "7"),
    ({"name": "没有"}, "没有"),
    ({"name": None}, "name"),
    ({"name": 7}, "name"),
    ({"name": ["名称"]}, "name"),
    ({"name": {}}, "name"),
    ({"name": {"column": ["名称"]}}, "name"),
    ({"name": {"column": {"名": 1}}}, "name"),
    ({"name": {"column": "名称", "colour": 1}}, "name"),
    ({"name": {"const": ["甲"]}}, "name"),
    ({"name": {"const": {"甲": 1}}}, "name"),
    ({"name": {"column": "名称", "aliases": ["甲"]}}, "name"),
    ({"name": {"column": "名称", "aliases": None}}, "name"),
    ({"name": {"column": "名称", "aliases": {"甲": ["乙"]}}}, "name"),
    ({"name": {"column": "名称", "aliases": {"甲": {"stage": "talk"}}}}, "name"),
    ({"name": {"column": "名称", "aliases": {"甲": float("nan")}}}, "name"),
    ({"name": {"column": "名称", "aliases": {"甲": {1, 2}}}}, "name"),
    ({"name": {"column": "名称", "aliases": {"甲": "\x00"}}}, "name"),
    ({"name": {"column": "名称", "aliases": {"\ud800": "甲"}}}, "name"),
    ({"name": {"column": "名称", "lookup": "file.csv"}}, "name"),
    ({"name": {"column": "名称", "lookup": {"file": "a.csv", "key": "a", "value": "b"}}}, "name"),
    ({"name": {"column": "名称", "lookup": {"rows": [1]}}}, "name"),
    ({"name": {"column": "名称", "lookup": {"rows": {"甲": ["乙"]}}}}, "name"),
]


@pytest.mark.parametrize(("mapping", "place"), BAD, ids=[str(number) for number in range(len(BAD))])
@pytest.mark.parametrize("kind", ["regions", "customers", "deals"])
def test_a_bad_mapping_is_refused_by_its_place(bring: Bring, kind: str, mapping: Any, place: str) -> None:
    with refuses(BadMapping) as caught:
        bring.start("名称\n甲\n", kind, mapping=mapping)
    assert place in str(caught.value)


@pytest.mark.parametrize(
    "alias",
    [
        "nirvana",
        ["talk"],
        {"stage": "nirvana"},
        {"stage": ["talk"]},
        {"stage": {"stage": "talk"}},
        {"stage": "talk", "state": "nonsense"},
        {"stage": "talk", "state": ["lost"]},
        {"stage": "talk", "state": {}},
        {"stage": "talk", "state": "won"},
        {"state": "won"},
        {"stage": "talk", "when": "now"},
    ],
)
@pytest.mark.parametrize("mode", ["new", "history"])
def test_an_alias_to_no_stage_or_state_is_refused(bring: Bring, mode: str, alias: Any) -> None:
    mapping = {**NAME, "stage": {"column": "阶段", "aliases": {"好": alias}}}
    with refuses(BadMapping) as caught:
        bring.start("名称,阶段\n甲,好\n", mode=mode, mapping=mapping)
    assert "stage" in str(caught.value)


@pytest.mark.parametrize("alias", ["talk", "洽谈", {"stage": "talk"}, {"stage": "洽谈", "state": "parked"}])
def test_an_alias_may_name_a_stage_by_key_or_name(bring: Bring, alias: Any) -> None:
    mapping = {**NAME, "stage": {"column": "阶段", "aliases": {"好": alias}}}
    assert counts(bring.history("名称,阶段\n甲,好\n", mapping=mapping)) == (1, 0, 0)
    assert Deal.objects.get().run.stage.key == "talk"


def test_numbers_truths_and_nothing_may_stand_for_words(bring: Bring) -> None:
    aliases = {"一": 1, "真": True, "无": None}
    bring("名称\n一\n真\n无\n", "regions", mapping={"name": {"column": "名称", "aliases": aliases}})
    job = bring("名称\n1\nTrue\n", "regions")
    assert counts(job) == (0, 2, 0)


def test_what_is_no_mapping_cannot_be_saved(bring: Bring, admin: User) -> None:
    wrong: list[tuple[str, Any]] = [
        ("甲", ["name"]),
        ("甲", None),
        ("", NAME),
        ("长" * 81, NAME),
        ("甲", {"name": "\x00"}),
    ]
    for name, mapping in wrong:
        with refuses(Refusal):
            save_mapping(actor=actor_of(admin), name=name, kind="regions", mapping=mapping)
