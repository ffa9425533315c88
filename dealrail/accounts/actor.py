"""Who acts: a person with the reach of each permission, or the system."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dealrail.accounts.permissions import EVERYTHING, NOTHING, Reach

SYSTEM_ID = 0
SYSTEM_NAME = "Dealrail"
"""What the log calls the program itself; screens say it in the reader's language."""


@dataclass(frozen=True)
class Actor:
    """The one who calls an action, by which way in. `user_id` is 0 for the system, never None.

    `roles` are the keys of the roles held; `people` are those of each department within reach, by id. `looker` is the
    administrator who only sees as this actor (`queries.seen_as`).
    """

    user_id: int
    name: str
    channel: str
    unit_id: int | None = None
    grants: Mapping[str, Reach] = field(default_factory=dict)
    is_system: bool = False
    roles: frozenset[str] = frozenset()
    people: Mapping[int, tuple[int, ...]] = field(default_factory=dict, compare=False, repr=False)
    looker: "Actor | None" = field(default=None, compare=False, repr=False)

    @classmethod
    def system(cls, channel: str = "system") -> "Actor":
        """The program itself: every permission, but no way round a gate."""
        return cls(user_id=SYSTEM_ID, name=SYSTEM_NAME, channel=channel, is_system=True)

    def reach(self, permission: str) -> Reach:
        """How far this permission goes for the actor; empty when it isn't granted at all."""
        return EVERYTHING if self.is_system else self.grants.get(permission, NOTHING)

    def may(self, permission: str) -> bool:
        """Whether the permission is granted at all."""
        return bool(self.reach(permission))
