"""What happens to products, regions, sources and pools."""

from dataclasses import dataclass, field
from typing import ClassVar

from dealrail.events.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ProductSaved(Fact):
    kind: ClassVar[str] = "product.saved"
    subject_kind: ClassVar[str] = "product"
    product_id: int
    code: str
    name: str
    price: str | None
    is_active: bool
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ProductRemoved(Fact):
    kind: ClassVar[str] = "product.removed"
    subject_kind: ClassVar[str] = "product"
    product_id: int
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RegionSaved(Fact):
    kind: ClassVar[str] = "region.saved"
    subject_kind: ClassVar[str] = "region"
    region_id: int
    name: str
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class RegionRemoved(Fact):
    kind: ClassVar[str] = "region.removed"
    subject_kind: ClassVar[str] = "region"
    region_id: int
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SourceSaved(Fact):
    kind: ClassVar[str] = "source.saved"
    subject_kind: ClassVar[str] = "source"
    source_id: int
    name: str
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class SourceRemoved(Fact):
    kind: ClassVar[str] = "source.removed"
    subject_kind: ClassVar[str] = "source"
    source_id: int
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PoolSaved(Fact):
    kind: ClassVar[str] = "pool.saved"
    subject_kind: ClassVar[str] = "pool"
    pool_id: int
    name: str
    limits: dict[str, int]
    changes: dict[str, list[str | None]] = field(default_factory=dict)
