"""For which deals only a condition holds, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from dealrail.core.filters import Field, fields_in
from dealrail.crm import queries as crm
from dealrail.crm.rules import OF_CUSTOMER, is_custom
from dealrail.process.rules import ProcessSpec
from dealrail.web.lists.building import texts_of
from dealrail.web.lists.operators import in_words


def limits(spec: ProcessSpec, when: Mapping[str, Any]) -> str:
    """A filter over the deals of a process as a sentence; nothing where it keeps all."""
    if not when:
        return ""
    untold = _untold(fields_in(when))
    known = crm.condition_fields(spec, judging=True)
    return _said(when, {field.name: field for field in known if field.name not in untold})


def _untold(asked: set[str]) -> set[str]:
    """Those of these fields that were hidden from some since: an older version may ask about them."""
    if not any(is_custom(name.removeprefix(OF_CUSTOMER)) for name in asked):
        return set()
    return crm.untold_names("deal") | {f"{OF_CUSTOMER}{name}" for name in crm.untold_names("customer")}


def _said(node: Mapping[str, Any], fields: Mapping[str, Field]) -> str:
    match [*node]:
        case ["all" | "any" as kind]:
            word = _(" and ") if kind == "all" else _(" or ")
            parts = [(part, _said(part, fields)) for part in node[kind]]
            return word.join(f"({said})" if {"all", "any"} & {*part} else said for part, said in parts)
        case ["not"]:
            return _("not (%(condition)s)") % {"condition": _said(node["not"], fields)}
    field = fields.get(node["field"])
    if field is None:
        return _("something that not everybody sees")
    return in_words(field.label, field.type, node["op"], texts_of(node))
