"""The sheets the demo company kept before: old customers and deals, imported as history."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.crm.actions.imports import start_import
from dealrail.crm.clocks import finish_import
from dealrail.demo import words
from dealrail.demo.company import Company

CUSTOMERS = 110
LONG_AGO = timedelta(days=275)
STAGES: Mapping[str, Any] = {
    "已签约": {"stage": "delivery"},
    "丢单": {"stage": "solution", "state": "lost"},
    "无效": {"stage": "contact", "state": "lost"},
    "签约流程中": "contract",
    "报价中": "solution",
    "洽谈中": "needs",
    "初次联系": "contact",
}
ENDED = {"已签约", "丢单", "无效"}
WEIGHTS = (38, 28, 15, 3, 6, 6, 4)
CUSTOMER_MAPPING = {"name": "公司名称", "industry": "行业", "region": "区域", "owner": "负责销售"}
DEAL_MAPPING = {
    "process": "b2b-software",
    "fields": {
        "code": "编号",
        "customer": "公司名称",
        "product": "产品",
        "amount": "金额(元)",
        "region": "区域",
        "source": "来源",
        "owner": "负责销售",
        "stage": {"column": "状态", "aliases": dict(STAGES)},
        "loss_reason": {
            "column": "丢单原因",
            "aliases": {"价格": "price", "竞品": "competitor", "没预算": "no_budget"},
        },
        "entered.contact": "首次联系",
        "closed_at": "签约或丢单日期",
    },
}


def bring_in(company: Company, random: Random, now: datetime, count: int, *, by: Actor) -> None:
    """Write the old sheets and import them, customers first."""
    names = {login: name for login, name, _unit, _roles, _leads in words.PEOPLE}
    customers = _customers(company, random, names)
    with TemporaryDirectory() as folder:
        with clock.pretending(now - LONG_AGO):
            _import(Path(folder) / "老客户名单.csv", customers, "customers", "new", CUSTOMER_MAPPING, by)
        deals = [_deal(number, random.choice(customers), random, now) for number in range(1, count + 1)]
        _import(Path(folder) / "历史商机台账.csv", deals, "deals", "history", DEAL_MAPPING, by)


def _customers(company: Company, random: Random, names: Mapping[str, str]) -> list[dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    while len(rows) < CUSTOMERS:
        rep, region = random.choices(list(company.reps.items()), company.weights)[0]
        trade, industry = random.choice(words.TRADES)
        name = f"{random.choice(words.CITIES[region])}{random.choice(words.BRANDS)}{trade}股份有限公司"
        rows[name] = {"公司名称": name, "行业": industry, "区域": region, "负责销售": names[rep]}
    return list(rows.values())


def _deal(number: int, customer: Mapping[str, str], random: Random, now: datetime) -> dict[str, str]:
    _code, product, _series, price = random.choice(words.PRODUCTS)
    state = random.choices(list(STAGES), weights=WEIGHTS)[0]
    has_ended = state in ENDED
    age = random.randint(120, 270) if has_ended else int(random.triangular(1, 30, 4))
    started = timezone.localtime(now).date() - timedelta(days=age)
    closed = started + timedelta(days=random.randint(15, 95)) if has_ended else None
    return {
        "编号": f"TZ{started:%y%m}-{number:04d}",
        "公司名称": customer["公司名称"],
        "产品": product,
        "金额(元)": str(int(price) * random.randint(6, 20) // 10),
        "区域": customer["区域"],
        "来源": random.choice(words.SOURCES),
        "负责销售": customer["负责销售"],
        "状态": state,
        "丢单原因": random.choice(("价格", "竞品", "没预算", "")) if state == "丢单" else "",
        "首次联系": _text(started),
        "签约或丢单日期": _text(closed),
    }


def _text(day: date | None) -> str:
    return f"{day:%Y/%m/%d}" if day else ""


def _import(
    path: Path, rows: Sequence[Mapping[str, str]], kind: str, mode: str, mapping: Mapping[str, Any], by: Actor
) -> None:
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    job = start_import(actor=by, path=path, name=path.name, kind=kind, mode=mode, mapping=mapping)
    done = finish_import(job.pk)
    if done.failed or done.problem:
        raise RuntimeError(f"{path.name}: {done.failed} rows failed. {done.problem}")
