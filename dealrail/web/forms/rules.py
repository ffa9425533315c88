"""The rules of a question in words, and in the filter builder of the lists, over the answers to those before it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from dealrail.forms import queries
from dealrail.web.lists.building import in_words, plain_parts
from dealrail.web.lists.known import Known


class Answered(Known):
    """The answers that a rule may ask about."""

    def __init__(self, before: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(queries.rule_fields(before))


def rule_words(offered: Answered, rule: Mapping[str, Any]) -> str:
    """A rule as a person would say it."""
    join, leaves = plain_parts(rule)
    if leaves is None:
        return _("a rule with groups inside groups")
    words = [in_words(offered, leaf) for leaf in leaves]
    return (_(" and ") if join == "all" else f" {_('or')} ").join(words)
