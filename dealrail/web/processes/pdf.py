"""The handbook of a process as a document to print and to hand to a newcomer."""

from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dealrail.core.pdf import make_pdf
from dealrail.core.texts import listed
from dealrail.process.rules import ProcessSpec
from dealrail.web.marked import blocks
from dealrail.web.processes.handbook import ActionWords, StageWords, cover, handbook, version_words

TEMPLATE = Path(__file__).with_name("handbook.typ")


def handbook_pdf(version: Any, spec: ProcessSpec, company: str) -> bytes:
    """A version of a process as PDF: cover, contents, stage by stage, loss reasons. Refuses with PdfMissing."""
    return make_pdf(TEMPLATE, _data(version, spec, company))


def _data(version: Any, spec: ProcessSpec, company: str) -> dict[str, Any]:
    return {
        "lang": (get_language() or "zh").split("-")[0],
        "company": company,
        "title": spec.name,
        "description": blocks(spec.description),
        "cover": [[label, value] for label, value in cover(version)],
        "words": _words(version),
        "stages": [_stage(number, stage) for number, stage in enumerate(handbook(spec), 1)],
        "losses": list(spec.loss_reasons.values()),
        "waivers": list(spec.waiver_reasons.values()),
    }


def _words(version: Any) -> dict[str, str]:
    return {
        "handbook": _("SOP handbook"),
        "version": version_words(version),
        "contents": _("Contents"),
        "sop": _("What to do"),
        "scripts": _("Talk tracks"),
        "actions": _("Actions"),
        "script": _("Script"),
        "example": _("An example"),
        "conditions": _("What leaving this stage demands"),
        "losses": _("Loss reasons"),
        "waivers": _("Waiver reasons"),
    }


def _stage(number: int, stage: StageWords) -> dict[str, Any]:
    ways = [_("Forward to") + ": " + stage.forward, *([_("Back to") + ": " + stage.back] if stage.back else [])]
    return {
        "title": f"{number}. {stage.spec.name}",
        "facts": [[label, value] for label, value in [*_owners(stage), *stage.facts]],
        "sop": blocks(stage.spec.sop),
        "scripts": [{"name": row.name, "text": blocks(row.text)} for row in stage.spec.scripts],
        "actions": [_action(row) for row in stage.actions],
        "conditions": [{"name": row.name, "says": row.says, "notes": row.notes} for row in stage.conditions],
        "ways": " · ".join(ways),
    }


def _owners(stage: StageWords) -> list[tuple[str, str]]:
    return [(_("Owning roles"), listed(stage.owners))] if stage.owners else []


def _action(action: ActionWords) -> dict[str, Any]:
    return {
        "name": action.spec.name,
        "notes": listed(action.notes),
        "how_to": blocks(action.spec.how_to),
        "script": blocks(action.spec.script),
        "examples": [[{"kind": "text", "spans": [{"text": row.text}]}] for row in action.examples],
    }
