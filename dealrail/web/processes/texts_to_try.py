"""The texts of a process that can be tried on its deals: its draft and its versions."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dealrail.accounts.actor import Actor
from dealrail.process import queries as processes
from dealrail.process.queries.drafts import drafts

DRAFT = "draft"
MOST_VERSIONS = 50


@dataclass(frozen=True)
class Text:
    """A draft, or a version by its number."""

    key: str
    label: str
    content: Any
    number: int | None = None
    version_id: int | None = None

    @property
    def named(self) -> dict[str, Any]:
        """What an action is told of it."""
        return {"version": self.number} if self.number is not None else {"content": self.content}


def texts_to_try(actor: Actor, key: str) -> list[Text]:
    """The version in force first, then the draft, then older versions. Refuses with NotAllowed."""
    found = drafts(actor).filter(key=key).first()
    draft = [Text(DRAFT, _("Draft"), found.content)] if found else []
    first, *older = (
        Text(str(row.number), _("Version %(number)s") % {"number": row.number}, row.content, row.number, row.pk)
        for row in processes.versions_of(key)[:MOST_VERSIONS]
    )
    return [first, *draft, *older]


def text_of(actor: Actor, key: str, chosen: str) -> Text:
    """The text that was chosen; the version in force unless there is such a one. Refuses with NotAllowed."""
    texts = texts_to_try(actor, key)
    return next((text for text in texts if text.key == chosen), texts[0])
