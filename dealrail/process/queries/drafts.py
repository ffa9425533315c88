"""Reading drafts of processes, and what they are compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from dealrail.accounts.actor import Actor
from dealrail.process import policy, rules
from dealrail.process.errors import NoSuchDraft, NoSuchVersion
from dealrail.process.models import Draft
from dealrail.process.queries import spec_of, versions_of
from dealrail.process.rules import ProcessSpec

DRAFT = "draft"


def draft(actor: Actor, key: str) -> Draft:
    """The draft of a process. Refuses with NotAllowed or NoSuchDraft."""
    policy.require_sees_draft(actor, key)
    found = drafts(actor).filter(key=key).first()
    if found is None:
        raise NoSuchDraft(process=key)
    return found


def drafts(actor: Actor) -> QuerySet[Draft]:
    """The drafts that the actor may see, the one changed last first; refuse with NotAllowed who sees none at all."""
    rows = Draft.objects.filter(policy.visible_drafts(actor))
    return rows.select_related("base", "origin", "started_by", "edited_by").order_by("-edited_at", "-pk")


@dataclass(frozen=True)
class Text:
    """A version or a draft to compare: which one, what it says, and as values unless it is too wrong for that."""

    which: str
    content: Mapping[str, Any]
    spec: ProcessSpec | None


def text_of(actor: Actor, key: str, which: str) -> Text:
    """A version of a process by its number, or its draft by the word “draft”.

    Refuses with NoSuchVersion, NoSuchDraft or, for a draft, NotAllowed.
    """
    if which == DRAFT:
        content = draft(actor, key).content
        return Text(which, content, None if rules.problems(content) else rules.parse(content))
    rows = versions_of(key).filter(number=int(which)) if which.isdecimal() and len(which) < 10 else versions_of(key)[:0]
    for version in rows:
        return Text(which, version.content, spec_of(version.pk))
    raise NoSuchVersion(process=key, version=which[:40])
