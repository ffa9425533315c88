"""Pictures in the texts of a process: each is named by the hash of its content, as in ![screen](picture:3f2a…)."""

import hashlib
import re
from collections.abc import Iterable, Iterator

from dealrail.process.rules.values import ProcessSpec

SCHEME = "picture:"
LARGEST_MEGABYTES = 5
HASH = re.compile(r"[0-9a-f]{32}")
# in the text itself, or below it as [plan]: picture:3f2a…
_NAMED = re.compile(r"\](?:\(|:)\s*<?picture:([^)\s>]{0,80})")


def hash_of(content: bytes) -> str:
    """What a picture is called by."""
    return hashlib.sha256(content).hexdigest()[:32]


def text_of(name: str, digest: str) -> str:
    """A picture as texts have it; `name` is read where it can't be seen."""
    words = re.sub(r"[\[\]\\\s]+", " ", name).strip()
    return f"![{words}]({SCHEME}{digest})"


def named_in(text: str) -> set[str]:
    """What a text calls its pictures."""
    return set(_NAMED.findall(text))


def marked_texts(spec: ProcessSpec) -> Iterator[tuple[str, str]]:
    """The texts of a process that may hold pictures, each with its place."""
    yield "description", spec.description
    for action in spec.actions:
        yield f"actions.{action.key}.how_to", action.how_to
        yield f"actions.{action.key}.script", action.script
    for stage in spec.stages:
        yield f"stages.{stage.key}.goal", stage.goal
        yield f"stages.{stage.key}.sop", stage.sop
        for number, script in enumerate(stage.scripts, 1):
            yield f"stages.{stage.key}.scripts[{number}]", script.text


def pictures_of(texts: Iterable[str]) -> set[str]:
    """What these texts call their pictures."""
    return {digest for text in texts for digest in named_in(text)}
