"""Several things wrong at once, and what somebody else changed while a form stood open."""

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.core.errors import Refusal


class FieldsRefused(Refusal):
    """Several fields can't be used like this; `problems` says of each its field, label and what is wrong."""

    code = "fields_refused"
    sentence = gettext_lazy("%(all)s")

    def __init__(self, *, problems: Iterable[Mapping[str, Any]]) -> None:
        super().__init__(problems=[dict(row) for row in problems])

    def __str__(self) -> str:
        return str(self.sentence) % {"all": " · ".join(map(_told, self.params["problems"]))}


class ChangedMeanwhile(FieldsRefused):
    """What one changed was changed by somebody else since one looked; `problems` says what it holds now."""

    code = "changed_meanwhile"
    status = 409
    sentence = gettext_lazy("Somebody changed this in the meantime. Look at it again and repeat your step. %(all)s")


class Problems:
    """Runs one check after the other (`with problems:`), and refuses at the end with all that was wrong."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Refusal) or not {"field", "problems"} & set(error.params):
            return False
        self.refusals.append(error)
        return True

    def refuse(self) -> None:
        """Refuse with the only refusal, or with all of them in one."""
        if len(self.refusals) == 1:
            raise self.refusals[0]
        if self.refusals:
            raise FieldsRefused(problems=[row for refusal in self.refusals for row in problems_of(refusal)])


def problems_of(refusal: Refusal | None) -> list[dict[str, str]]:
    """What a refusal says about each field it names."""
    params = refusal.params if refusal else {}
    if isinstance(refusal, FieldsRefused):
        return list(params["problems"])
    if "field" not in params:
        return []
    problem = str(params.get("problem") or refusal)
    return [{"field": str(params["field"]), "label": str(params.get("label", "")), "problem": problem}]


def refuse_changed(
    now: Mapping[str, Any],
    wanted: Mapping[str, Any],
    seen: Mapping[str, Any] | None,
    labels: Mapping[str, Any],
    *,
    shown: Callable[[Any], Any] | None = None,
) -> None:
    """Refuse with ChangedMeanwhile where a field that is to change no longer holds what was seen of it.

    `shown` puts a value that isn't told by itself in words.
    """
    held = seen or {}
    stale = [key for key in wanted if key in held and now[key] != wanted[key] and not _same(now[key], held[key])]
    if stale:
        words = shown or _shown
        problems = [
            {
                "field": key,
                "label": str(labels.get(key, key)),
                "problem": _("Now: %(value)s") % {"value": words(now[key])},
            }
            for key in stale
        ]
        raise ChangedMeanwhile(problems=problems)


def merged(now: Iterable[Any], wanted: Iterable[Any], seen: Iterable[Any] | None) -> list[Any]:
    """What is chosen now, with only what was added and taken away since it was seen."""
    chosen = set(wanted)
    if seen is not None:
        before = set(seen)
        chosen = (set(now) | (chosen - before)) - (before - chosen)
    return sorted(chosen)


def plain(value: Any) -> str:
    """A text as forms send it: line ends alike, and no blanks around it."""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def _same(now: Any, seen: Any) -> bool:
    texts = {plain(now)} | {plain(getattr(now, name)) for name in ("pk", "name") if hasattr(now, name)}
    return plain(seen) in texts


def _shown(value: Any) -> str:
    return plain(getattr(value, "name", value)) or "—"


def _told(problem: Mapping[str, Any]) -> str:
    return f"{problem['label']}: {problem['problem']}" if problem["label"] else str(problem["problem"])
