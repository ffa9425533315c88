"""The examples of a draft: what each says, and whether the gates keep it; they are written in its text."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from dealrail.process import checks, examples, texts
from dealrail.process.examples import Judged
from dealrail.process.rules import END, ExampleSpec, ProcessSpec, editing
from dealrail.web.processes.designer.desk import desk_of, keep_or_say, show

EXPECTED = {
    "passes": gettext_lazy("must pass"),
    "approval": gettext_lazy("must need an approval and nothing else"),
    "refused": gettext_lazy("must be refused"),
    "no_move": gettext_lazy("must find no such move"),
}


@dataclass(frozen=True)
class ExampleLine:
    """An example: which move it makes and what must come of it in words, what is given, and what the gate says."""

    spec: ExampleSpec
    stage: str
    to: str
    expected: object
    given: str
    judged: Judged | None


@require_safe
def draft_examples(request: HttpRequest, key: str) -> HttpResponse:
    """Every example with its verdict; none as long as something else is wrong with the draft."""
    desk = desk_of(request, key)
    if not desk.is_readable:
        return redirect("draft_text", key)
    is_sound = not checks.problems(desk.content)
    judged = {row.example.key: row for row in examples.judged(desk.spec)} if is_sound else {}
    lines = [_line(row, desk.spec, judged.get(row.key)) for row in desk.spec.examples]
    return show(request, "processes/draft/examples.html", desk, {"tab": "examples", "lines": lines})


def _line(example: ExampleSpec, spec: ProcessSpec, judged: Judged | None) -> ExampleLine:
    return ExampleLine(
        spec=example,
        stage=_name(example.stage, spec),
        to=_name(example.to, spec),
        expected=EXPECTED[example.expect],
        given=texts.write_yaml(example.given).rstrip() if example.given else "",
        judged=judged,
    )


def _name(key: str, spec: ProcessSpec) -> str:
    if key == END:
        return gettext("end of the process")
    return spec.stage(key).name if spec.has_stage(key) else key


@require_POST
def example_remove(request: HttpRequest, key: str, example: str) -> HttpResponse:
    """Take an example out of the draft; undo brings it back."""
    desk = desk_of(request, key)
    if keep_or_say(request, desk, lambda content: editing.remove_row(content, "examples", example)):
        messages.success(request, gettext("The example is taken out. Undo brings it back."))
    return redirect("draft_examples", key)
