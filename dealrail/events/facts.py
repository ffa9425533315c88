"""The shape of a fact: the Python value an action records."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol


class By(Protocol):
    """Whoever acts, as far as the log is concerned; `channel` is the way in (web, api, import, cli, system)."""

    @property
    def user_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def channel(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What happened, in plain JSON values (money as text, ids as int), with all that a subscriber may need.

    A subclass names its `kind` and the `subject_kind` whose chain it joins; the subject's id is the field
    called `<subject_kind>_id`.
    """

    kind: ClassVar[str]
    subject_kind: ClassVar[str]

    @property
    def subject_id(self) -> int:
        """The id of the record whose chain this fact joins."""
        return int(getattr(self, f"{self.subject_kind}_id"))

    @property
    def payload(self) -> dict[str, Any]:
        """The fields as plain JSON."""
        return asdict(self)
