"""How the columns and words of a sheet map to ours: targets of each kind, suggestions, and checking a mapping."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal
from dealrail.core.formats import DateOrder, name_key
from dealrail.core.texts import is_storable
from dealrail.crm.errors import BadMapping, UnknownImportKind
from dealrail.process.rules import ProcessSpec, StageKind, State

ENTERED = "entered."


@dataclass(frozen=True)
class Target:
    """A field that a column can go to, with the headings people give it."""

    key: str
    label: Any
    synonyms: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Lookup:
    """Take the value from another sheet: the row whose `key` column equals ours gives its `value` column."""

    rows: Mapping[str, str]


@dataclass(frozen=True)
class Source:
    """Where a field's value comes from: a column, through aliases and a lookup; or always the same."""

    column: str = ""
    const: str = ""
    aliases: Mapping[str, Any] = field(default_factory=dict)
    lookup: Lookup | None = None


@dataclass(frozen=True)
class ColumnMap:
    """A checked mapping."""

    sources: Mapping[str, Source]
    process: str = ""
    date_order: DateOrder = DateOrder.YMD

    def given(self, row: Mapping[str, str]) -> dict[str, Any]:
        """The fields this row says something about."""
        values = {key: self.value(key, row) for key in self.sources}
        return {key: value for key, value in values.items() if value not in ("", None)}

    def value(self, key: str, row: Mapping[str, str]) -> Any:
        """What the row gives for a field: a text, or whatever an alias stands for; empty when nothing is given."""
        source = self.sources.get(key)
        if source is None:
            return ""
        text = row.get(source.column, "") if source.column else source.const
        if source.lookup is not None:
            text = source.lookup.rows.get(text, "")
        return source.aliases.get(text, text)


# A deal without a name of its own is called after these.
NAMES_OF_DEALS = {"name", "customer", "product"}
_STARTED = ("开始", "开始日期", "started", "start date")
_NO_TEXT = _("Write a text or a number.")

KINDS: dict[str, tuple[Target, ...]] = {
    "people": (
        Target("name", _("Name"), ("姓名", "名字", "人员", "销售", "name", "sales agent", "agent"), required=True),
        Target("login", _("Login"), ("账号", "登录名", "用户名", "login", "username")),
        Target("unit", _("Department"), ("部门", "团队", "小组", "department", "unit", "team")),
        Target("parent_unit", _("Department above"), ("上级部门", "大区", "parent department", "regional office")),
        Target("leader", _("Leader"), ("主管", "经理", "上级", "leader", "manager")),
        Target("roles", _("Roles"), ("角色", "roles", "role")),
        Target("email", _("Mail address"), ("邮箱", "email", "mail")),
        Target("phone", _("Phone"), ("手机", "电话", "phone", "mobile")),
    ),
    "regions": (Target("name", _("Name"), ("地区", "区域", "名称", "region", "name"), required=True),),
    "sources": (Target("name", _("Name"), ("来源", "名称", "source", "name"), required=True),),
    "products": (
        Target("name", _("Name"), ("产品", "产品名称", "名称", "product", "name"), required=True),
        Target("code", _("Code"), ("产品编码", "编码", "型号", "code", "sku")),
        Target("series", _("Series"), ("系列", "series")),
        Target("unit", _("Unit"), ("单位", "unit")),
        Target("price", _("Price"), ("单价", "价格", "price", "sales price")),
    ),
    "customers": (
        Target(
            "name",
            _("Name"),
            ("客户名称", "客户", "公司", "公司名称", "企业名称", "名称", "account", "company", "customer", "name"),
            True,
        ),
        Target("code", _("Code"), ("客户编码", "编码", "code")),
        Target("credit_code", _("Credit code"), ("统一社会信用代码", "信用代码", "税号", "credit code")),
        Target("phone", _("Phone"), ("电话", "联系电话", "手机", "phone", "mobile")),
        Target("grade", _("Grade"), ("客户等级", "等级", "分级", "grade")),
        Target("industry", _("Industry"), ("行业", "sector", "industry")),
        Target("address", _("Address"), ("地址", "address", "office location")),
        Target("website", _("Website"), ("网址", "网站", "website")),
        Target("notes", _("Notes"), ("备注", "说明", "notes")),
        Target("region", _("Region"), ("地区", "区域", "region")),
        Target("source", _("Source"), ("来源", "source")),
        Target(
            "parent",
            _("Parent company"),
            ("母公司", "上级公司", "上级单位", "parent", "parent company", "subsidiary of"),
        ),
        Target("owner", _("Owner"), ("负责人", "所有者", "owner", "sales agent")),
    ),
    "contacts": (
        Target(
            "customer", _("Customer"), ("客户名称", "客户", "公司", "account", "company", "customer"), required=True
        ),
        Target("name", _("Name"), ("联系人", "姓名", "名称", "contact", "name"), required=True),
        Target("title", _("Job title"), ("职务", "职位", "title", "job title")),
        Target("role", _("Part in the decision"), ("决策角色", "角色", "role", "part in the decision")),
        Target("phone", _("Phone"), ("手机", "电话", "phone", "mobile")),
        Target("email", _("Mail address"), ("邮箱", "email", "mail address")),
        Target("wechat", _("WeChat"), ("微信", "wechat")),
        Target("notes", _("Notes"), ("备注", "notes")),
    ),
    "deals": (
        Target("name", _("Name"), ("商机名称", "商机", "项目名称", "名称", "deal", "opportunity", "name")),
        Target("code", _("Code"), ("商机编号", "编号", "编码", "code", "opportunity id", "id")),
        Target("customer", _("Customer"), ("客户名称", "客户", "公司", "account", "company", "customer")),
        Target("product", _("Product"), ("产品", "product")),
        Target("region", _("Region"), ("地区", "区域", "region")),
        Target("source", _("Source"), ("来源", "source")),
        Target("amount", _("Amount"), ("金额", "商机金额", "预计金额", "amount", "close value", "value")),
        Target("expected_close", _("Expected close"), ("预计成交日期", "预计签约日期", "预计成交", "expected close")),
        Target("owner", _("Owner"), ("负责人", "销售", "owner", "sales agent")),
        Target("stage", _("Stage"), ("阶段", "销售阶段", "stage", "deal stage")),
        Target("state", _("State"), ("状态", "商机状态", "state", "status")),
        Target("closed_at", _("Closed"), ("成交日期", "关闭日期", "结束日期", "结束时间", "close date", "closed")),
        Target("loss_reason", _("Loss reason"), ("输单原因", "loss reason")),
    ),
}


STATES: dict[str, State] = {
    **{str(state): state for state in State},
    **dict.fromkeys(("进行中", "跟进中"), State.OPEN),
    **dict.fromkeys(("赢单", "成交", "已成交", "已赢单"), State.WON),
    **dict.fromkeys(("输单", "丢单", "已输单", "流失"), State.LOST),
    **dict.fromkeys(("搁置", "暂停", "已搁置", "挂起"), State.PARKED),
}


def targets(kind: str, spec: ProcessSpec | None = None, added: Iterable[Target] = ()) -> tuple[Target, ...]:
    """The fields of a kind and those `added` to it; for deals also those of the process and the dates of its stages.

    Refuses with UnknownImportKind.
    """
    if kind not in KINDS:
        raise UnknownImportKind(kind=kind[:40], known=", ".join(KINDS))
    if kind != "deals" or spec is None:
        return (*KINDS[kind], *added)
    own = tuple(Target(row.key, row.name, (row.name,)) for row in spec.fields)
    dates = tuple(
        Target(
            f"{ENTERED}{stage.key}", _entered_label(stage.name), (f"{stage.name}日期", *(() if number else _STARTED))
        )
        for number, stage in enumerate(spec.stages)
    )
    return (*KINDS[kind], *added, *own, *dates)


def _entered_label(stage: str) -> Any:
    return _("Entered “%(stage)s”") % {"stage": stage}


def suggest(
    kind: str, headers: Iterable[str], spec: ProcessSpec | None = None, added: Iterable[Target] = ()
) -> dict[str, str]:
    """A column for each field whose usual headings fit one; a column is suggested once."""
    by_key = {name_key(header): header for header in headers}
    suggested: dict[str, str] = {}
    for target in targets(kind, spec, added):
        names = (target.key, str(target.label), *target.synonyms)
        found = next((by_key[key] for name in names if (key := name_key(name)) in by_key), None)
        if found is not None and found not in suggested.values():
            suggested[target.key] = found
    return suggested


def plain(mapping: Any) -> dict[str, Any]:
    """A mapping as it can be kept: {"fields": …} of names, texts, numbers and lists. Refuses with BadMapping."""
    if not isinstance(mapping, Mapping):
        raise _bad("mapping", _("Write {field: column}."))
    whole = mapping if "fields" in mapping else {"fields": mapping}
    if not isinstance(whole["fields"], Mapping):
        raise _bad("fields", _("Write {field: column}."))
    _text("process", whole.get("process"))
    return {str(_plain("mapping", name)): _plain(str(name)[:60], value) for name, value in whole.items()}


def _plain(place: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        inside = {str(_plain(place, name)): inner for name, inner in value.items()}
        return {name: _plain(name[:60] if place == "fields" else place, inner) for name, inner in inside.items()}
    if isinstance(value, list | tuple):
        return [_plain(place, inner) for inner in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        raise _bad(place, _NO_TEXT)
    if value is not None and not isinstance(value, str | int | float):
        raise _bad(place, _NO_TEXT)
    if isinstance(value, str) and not is_storable(value):
        raise _bad(place, _("This text holds characters that can't be stored."))
    return value


def read_mapping(
    kind: str,
    raw: Mapping[str, Any],
    headers: Iterable[str],
    *,
    spec: ProcessSpec | None = None,
    added: Iterable[Target] = (),
) -> ColumnMap:
    """Check a mapping as people write it: {field: column}, or {"fields": {field: column or settings}, …}.

    Refuses with BadMapping naming the field, column or setting.
    """
    whole = _whole(raw)
    known = {target.key: target for target in targets(kind, spec, added)}
    columns = list(headers)
    sources = {}
    for key, settings in whole["fields"].items():
        if key not in known:
            raise unknown_field(key, known)
        sources[key] = _source(key, settings, columns, spec)
    if missing := [str(target.label) for target in known.values() if target.required and target.key not in sources]:
        raise _bad(", ".join(missing), _("Say which column holds this."))
    if kind == "deals" and not sources.keys() & NAMES_OF_DEALS:
        raise _bad(str(known["name"].label), _("Say which column holds this."))
    process = _text("process", whole.get("process"))
    return ColumnMap(sources=sources, process=process, date_order=_date_order(whole))


def _whole(raw: Any) -> dict[str, Any]:
    whole = plain(raw)
    for name in whole.keys() - {"fields", "process", "date_order"}:
        raise _bad(name[:60], _("Only fields, process and date_order are known here."))
    return whole


def _date_order(whole: Mapping[str, Any]) -> DateOrder:
    try:
        return DateOrder(whole.get("date_order", DateOrder.YMD))
    except ValueError as error:
        raise _bad("date_order", _("Write ymd, mdy or dmy.")) from error


def _source(key: str, settings: Any, columns: list[str], spec: ProcessSpec | None) -> Source:
    if isinstance(settings, str):
        settings = {"column": settings}
    if not isinstance(settings, Mapping) or settings.keys() - {"column", "const", "aliases", "lookup"}:
        raise _bad(key, _("Write a column, or column, const, aliases and lookup."))
    column = _text(key, settings.get("column"))
    if column and column not in columns:
        named = {"column": column[:60], "columns": ", ".join(columns)[:500]}
        raise _bad(key, _("The sheet has no column “%(column)s”. It has: %(columns)s.") % named)
    if not column and "const" not in settings:
        raise _bad(key, _("Write a column, or column, const, aliases and lookup."))
    return Source(
        column=column,
        const=_text(key, settings.get("const")),
        aliases=_aliases(key, settings.get("aliases", {}), spec),
        lookup=_lookup(key, settings.get("lookup")),
    )


def _lookup(key: str, wanted: Any) -> Lookup | None:
    if wanted is None:
        return None
    if not isinstance(wanted, Mapping) or not isinstance(wanted.get("rows"), Mapping):
        raise _bad(key, _("A lookup into another file needs an import plan."))
    return Lookup({word: _text(key, found) for word, found in wanted["rows"].items()})


def _aliases(key: str, aliases: Any, spec: ProcessSpec | None) -> dict[str, Any]:
    if not isinstance(aliases, Mapping):
        raise _bad(key, _("Write aliases as {word in the sheet: our word}."))
    if key == "stage" and spec is not None:
        return {word: _stage_alias(ours, spec) for word, ours in aliases.items()}
    return {word: _text(key, ours) for word, ours in aliases.items()}


def _stage_alias(ours: Any, spec: ProcessSpec) -> Any:
    """A stage by key or name, or {stage, state}; winning is entering a stage that is won."""
    if not isinstance(ours, Mapping):
        ours = {"stage": ours}
    if ours.keys() - {"stage", "state"}:
        raise _bad("stage", _("Write a stage, or {stage: …, state: lost}."))
    name, state = _text("stage", ours.get("stage")), _text("stage", ours.get("state")) or State.OPEN
    stages = {word: stage for stage in spec.stages for word in (stage.key, stage.name)}
    if name and name not in stages:
        known = {"stage": name[:60], "known": ", ".join(stage.name for stage in spec.stages)}
        raise _bad("stage", _("The process has no stage “%(stage)s”. It has: %(known)s.") % known)
    if state not in set(State):
        raise _bad("stage", _("Write a state: open, won, lost or parked."))
    stage = stages[name] if name else spec.stages[0]
    if state == State.WON and stage.kind is not StageKind.WON:
        raise _bad("stage", _("Nothing is won in the stage “%(stage)s”; name one that is.") % {"stage": stage.name})
    return {"stage": stage.key, "state": state}


def _text(place: str, value: Any) -> str:
    if isinstance(value, Mapping | list):
        raise _bad(place, _NO_TEXT)
    return "" if value is None else str(value)


def unknown_field(key: str, known: Iterable[str]) -> Refusal:
    """What is said of a field that isn't there, or that is hidden from who asks: the same."""
    return _bad(str(key)[:60], _("There is no such field. Fields are: %(known)s.") % {"known": ", ".join(known)})


def _bad(place: str, problem: Any) -> Refusal:
    return BadMapping(place=place, problem=str(problem))


KIND_LABELS: dict[str, Any] = {
    "deals": _("Deals"),
    "customers": _("Customers"),
    "contacts": _("Contacts"),
    "products": _("Products"),
    "people": _("People"),
    "regions": _("Regions"),
    "sources": _("Sources"),
}


def with_aliases(chosen: Mapping[str, str], saved: Mapping[str, Any]) -> dict[str, Any]:
    """The chosen columns as a mapping, keeping what a saved one says of words, dates and lookups."""
    known = saved.get("fields", saved)
    fields: dict[str, Any] = {}
    for key, column in chosen.items():
        before = known.get(key)
        fields[key] = {**before, "column": column} if isinstance(before, Mapping) else column
    kept = {key: saved[key] for key in ("process", "date_order") if key in saved and "fields" in saved}
    return {**kept, "fields": fields}
