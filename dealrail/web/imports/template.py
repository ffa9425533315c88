"""Sheets to start from: the headings of a kind, and beside them what goes into each column."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts.actor import Actor
from dealrail.core.sheets import Notes
from dealrail.crm import importing, mappings
from dealrail.crm import queries as crm
from dealrail.crm.mappings import ENTERED, Target
from dealrail.process.rules import ProcessSpec
from dealrail.web.imports.words import Vocabulary, vocabularies

SHOWN_CHOICES = 12
EXAMPLES = {
    "phone": "13800001111",
    "email": "name@example.com",
    "credit_code": "91310000MA1FL0000N",
    "amount": "120000",
    "price": "1200",
    "website": "https://example.com",
    "login": "li.lei",
}
NAMES: dict[str, Any] = {
    "customers": gettext_lazy("Example Precision Ltd."),
    "contacts": gettext_lazy("Wang Xiaoming"),
    "people": gettext_lazy("Li Lei"),
    "deals": gettext_lazy("New plant, 20 seats"),
    "products": gettext_lazy("Yearly maintenance"),
    "regions": gettext_lazy("East China"),
    "sources": gettext_lazy("Trade fair"),
}
DATES = {"expected_close", "closed_at"}


def template(actor: Actor, kind: str, process: str) -> tuple[list[str], Notes, str]:
    """Headings, explanations and the name of a sheet of this kind, in the reader's language.

    Refuses with NotAllowed, UnknownImportKind or NoSuchProcess.
    """
    importing.require_kind(actor, kind)
    spec = importing.spec_for(kind, process)
    added = importing.added_targets(kind, actor)
    fields = [target for target in mappings.targets(kind, spec, added) if not target.key.startswith(ENTERED)]
    rows = list(_explained(kind, fields, vocabularies(actor, kind, spec), _own(actor, kind, spec)))
    heads = [_("Column"), _("Needed"), _("What goes in"), _("Example")]
    name = str(mappings.KIND_LABELS[kind])
    return [str(target.label) for target in fields], Notes(_("Explanations"), heads, rows), name


def _own(actor: Actor, kind: str, spec: ProcessSpec | None) -> dict[str, Any]:
    """The fields that a process or an administrator added, by what they are called here."""
    record = importing.RECORDS.get(kind)
    added = crm.fields_typed(actor, record) if record else []
    of_process = {row.key: row for row in spec.fields} if spec else {}
    return {**of_process, **{crm.field_name(field): field for field in added}}


def _explained(
    kind: str, fields: list[Target], words: dict[str, Vocabulary], own: Mapping[str, Any]
) -> Iterator[tuple[str, str, str, str]]:
    types = {key: row.type for key, row in own.items()}
    helps = {key: row.help for key, row in own.items()}
    for target in fields:
        choices = [str(label) for _key, label in words[target.key].choices] if target.key in words else []
        about = _about(target, choices, types.get(target.key, ""))
        said = "; ".join(text for text in (about, helps.get(target.key, "")) if text)
        yield str(target.label), _("yes") if target.required else "", said, _example(kind, target, choices, types)


def _about(target: Target, choices: list[str], type_: str) -> str:
    if choices:
        shown = ", ".join(choices[:SHOWN_CHOICES])
        return _("One of: %(choices)s") % {"choices": f"{shown} …" if len(choices) > SHOWN_CHOICES else shown}
    if target.key in DATES or type_ == "date":
        return _("A date like 2026-03-31.")
    if target.key in {"amount", "price"} or type_ == "money":
        return _("In yuan; 12万 is understood too.")
    return {
        "owner": _("Name or login of a person; you, if left empty."),
        "customer": _("Full name of a customer that is here already."),
        "phone": _("Mobile or landline number."),
        "login": _("Made from the name, if left empty."),
        "code": _("Your own number; what has the same one is not brought in twice."),
    }.get(target.key, _("A number.") if type_ == "number" else "")


def _example(kind: str, target: Target, choices: list[str], types: dict[str, Any]) -> str:
    if choices:
        return choices[0]
    if target.key in DATES or types.get(target.key) == "date":
        return "2026-03-31"
    return str(NAMES[kind]) if target.key == "name" else EXAMPLES.get(target.key, "")
