"""For which deals only a condition holds, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from dealrail.core.filters import Field
from dealrail.crm import queries as crm
from dealrail.process.rules import ProcessSpec
from dealrail.web.lists.building import texts_of
from dealrail.web.lists.operators import in_words


def limits(spec: ProcessSpec, when: Mapping[str, Any]) -> str:
    """A filter over the deals of a process as a sentence; nothing where it keeps all."""
    if not when:
        return ""
    fields = {field.name: field for field in crm.condition_fields(spec, judging=True)}
    return _said(when, fields)


def _said(node: Mapping[str, Any], fields: Mapping[str, Field]) -> str:
    match [*node]:
        case ["all" | "any" as kind]:
            word = _(" and ") if kind == "all" else _(" or ")
            parts = [(part, _said(part, fields)) for part in node[kind]]
            return word.join(f"({said})" if {"all", "any"} & {*part} else said for part, said in parts)
        case ["not"]:
            return _("not (%(condition)s)") % {"condition": _said(node["not"], fields)}
    field = fields[node["field"]]
    return in_words(field.label, field.type, node["op"], texts_of(node))
