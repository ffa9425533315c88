"""The root of every refusal: a code for programs, a status for HTTP, a sentence for people."""

from typing import Any, ClassVar


class Refusal(Exception):
    """Something asked for cannot be done; nothing was written.

    `params` are plain JSON values. `sentence` is a (lazily translated) text with %(named)s places for them.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    sentence: ClassVar[Any] = "This can't be done."

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params = params

    def __str__(self) -> str:
        return str(self.sentence) % self.params
