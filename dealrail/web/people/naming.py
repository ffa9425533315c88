"""What roles are called: the built-in ones in the reader's language as long as nobody renamed them."""

from typing import Any

from django.utils.translation import pgettext_lazy

from dealrail.accounts.builtin import builtin_names

ROLE_NAMES: dict[str, Any] = {
    "admin": pgettext_lazy("role", "System administrator"),
    "process_owner": pgettext_lazy("role", "Process owner"),
    "head": pgettext_lazy("role", "General manager"),
    "sales_manager": pgettext_lazy("role", "Sales manager"),
    "sales": pgettext_lazy("role", "Sales rep"),
    "marketing": pgettext_lazy("role", "Marketing"),
    "presales": pgettext_lazy("role", "Presales"),
    "legal": pgettext_lazy("role", "Legal"),
    "delivery": pgettext_lazy("role", "Delivery"),
    "finance": pgettext_lazy("role", "Finance"),
    "service": pgettext_lazy("role", "Customer service"),
}


def role_name(key: str, name: str) -> str:
    """A role's name as it was given; of a built-in one that kept its name, the word in the reader's language."""
    return str(ROLE_NAMES[key]) if key in ROLE_NAMES and builtin_names()[key] == name else name
