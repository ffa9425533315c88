"""The fields a deal and a customer have, as names and types; pure."""

from collections.abc import Mapping
from typing import Any

LONGEST_NAME = 160
LONGEST_TEXT = 5000
# how long what was deleted can be restored
KEEP_DELETED_DAYS = 30
# what a lost deal of the past owes whose sheet gave no reason
LOSS_REASON_OWED = "loss_reason"

DEAL_FIELDS = ("name", "customer", "product", "region", "source", "amount", "expected_close")
# what else a deal is told by, so that no process may name a field of its own like this
DEAL_FACTS = ("owner", "code", "stage", "state", "closed_at", "loss_reason")
CUSTOMER_FIELDS = (
    "name", "code", "credit_code", "phone", "grade", "grade_reason", "industry", "address", "website", "notes",
    "region", "source", "parent",
)  # fmt: skip
# what is chosen from one or the other when two customers are merged
MERGED_FIELDS = (*(name for name in CUSTOMER_FIELDS if name != "grade_reason"), "owner")
CONTACT_FIELDS = ("name", "title", "role", "phone", "email", "wechat", "notes")
PRODUCT_FIELDS = ("code", "name", "series", "unit", "price", "is_active")


def is_empty(value: Any) -> bool:
    """Whether a field holds nothing: None, an empty text, or only blanks."""
    return value is None or (isinstance(value, str) and not value.strip())


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[str | None]]:
    """What differs, as texts: {field: [old, new]}."""
    return {key: [_plain(before.get(key)), _plain(after[key])] for key in after if before.get(key) != after[key]}


def _plain(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)
