"""Texts to start follow-ups from and calendar links as JSON."""

from typing import Any

from pydantic import BaseModel

from dealrail.api.shapes.parts import plain


class TextOut(BaseModel):
    """A text to start follow-ups from; of every kind when `kind` is empty."""

    id: int
    name: str
    text: str
    kind: str
    is_shared: bool


class FeedOut(BaseModel):
    """The secret link to one's calendar: null when the same request under the same key is answered again."""

    address: str | None


def text_out(row: Any) -> TextOut:
    """A text."""
    return TextOut(id=row.pk, is_shared=row.owner_id is None, **plain(row, "name", "text", "kind"))


def texts_out(rows: list[Any]) -> list[TextOut]:
    """Texts."""
    return [text_out(row) for row in rows]
