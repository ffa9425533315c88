"""The handbook of a process as a document to print and to hand to a newcomer."""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dealrail.core.pdf import make_pdf
from dealrail.core.texts import listed
from dealrail.core.uploads import kept_at
from dealrail.process.queries.pictures import pictures_in
from dealrail.process.rules import ProcessSpec
from dealrail.web.marked import blocks, spans
from dealrail.web.processes.handbook import ActionWords, StageWords, cover, handbook, version_words

POINTS_A_PIXEL, WIDEST, HIGHEST = 0.75, 440, 340
TEMPLATE = Path(__file__).with_name("handbook.typ")


def handbook_pdf(version: Any, spec: ProcessSpec, company: str) -> bytes:
    """A version of a process as PDF: cover, contents, stage by stage, loss reasons. Refuses with PdfMissing."""
    pictures = {digest: row for digest, row in pictures_in(spec).items() if kept_at(row.file).is_file()}
    files = {_file(row): kept_at(row.file) for row in pictures.values()}
    return make_pdf(TEMPLATE, _with_pictures(_data(version, spec, company), pictures), files)


def _file(picture: Any) -> str:
    """What a picture is called beside the template."""
    return f"{picture.digest}{PurePath(picture.file).suffix}"


def _with_pictures(value: Any, pictures: Mapping[str, Any]) -> Any:
    """The same data, in which each picture that is there says its file and how wide it is set, in points."""
    if isinstance(value, list):
        return [_with_pictures(one, pictures) for one in value]
    if not isinstance(value, dict):
        return value
    held = {name: _with_pictures(one, pictures) for name, one in value.items() if name != "picture"}
    row = pictures.get(value.get("picture", ""))
    return {**held, "picture": _file(row), "width": _width(row)} if row else held


def _width(picture: Any) -> float:
    """As wide as on a screen, but no wider than the page and no higher than half of it."""
    return float(min(picture.width * POINTS_A_PIXEL, WIDEST, HIGHEST * picture.width / picture.height))


def _data(version: Any, spec: ProcessSpec, company: str) -> dict[str, Any]:
    return {
        "lang": (get_language() or "zh").split("-")[0],
        "company": company,
        "title": spec.name,
        "description": blocks(spec.description),
        "cover": _facts(cover(version)),
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
        "facts": [*_goal(stage), *_facts([*_owners(stage), *stage.facts])],
        "sop": blocks(stage.spec.sop),
        "scripts": [{"name": row.name, "text": blocks(row.text)} for row in stage.spec.scripts],
        "actions": [_action(row) for row in stage.actions],
        "conditions": [{"name": row.name, "says": row.says, "notes": row.notes} for row in stage.conditions],
        "ways": " · ".join(ways),
    }


def _facts(rows: Iterable[tuple[str, str]]) -> list[Any]:
    """Labels and what stands behind them, as spans."""
    return [[label, [{"text": value}]] for label, value in rows]


def _goal(stage: StageWords) -> list[Any]:
    return [[_("Goal"), spans(stage.spec.goal)]] if stage.spec.goal else []


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
