"""What a role can allow, and how far: permissions and reaches; pure."""

from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Permission:
    """One thing a role can allow. `zh` and `en` name it; `scoped` says whether the role's data scope limits it."""

    key: str
    zh: str
    en: str
    scoped: bool = True


class Scope:
    """The data scopes of a role, from narrow to wide."""

    OWN = "own"
    UNIT = "unit"
    SUBTREE = "subtree"
    UNITS = "units"
    ALL = "all"


@dataclass(frozen=True)
class Reach:
    """The records a permission extends to: everything, or one's own and those owned by people of these units."""

    everything: bool = False
    own: bool = False
    units: frozenset[int] = field(default_factory=frozenset)

    def __or__(self, other: Self) -> "Reach":
        return Reach(
            everything=self.everything or other.everything,
            own=self.own or other.own,
            units=self.units | other.units,
        )

    def __bool__(self) -> bool:
        return self.everything or self.own or bool(self.units)

    def covers(self, *, owner_id: int | None, owner_unit_id: int | None, user_id: int) -> bool:
        """Whether a record of this owner lies within reach of this user."""
        if self.everything:
            return True
        return (self.own and owner_id == user_id) or (owner_unit_id in self.units)


NOTHING = Reach()
EVERYTHING = Reach(everything=True)

PEOPLE_MANAGE = "people.manage"
COMPANY_MANAGE = "company.manage"
TOKENS_MANAGE = "tokens.manage"
LOG_READ = "log.read"

PERMISSIONS = (
    Permission(PEOPLE_MANAGE, "管理人员、部门与角色", "Manage people, departments and roles", scoped=False),
    Permission(COMPANY_MANAGE, "管理公司与备份", "Manage the company and its backups", scoped=False),
    Permission(TOKENS_MANAGE, "使用访问令牌", "Use API tokens", scoped=False),
    Permission(LOG_READ, "查看审计日志", "Read the audit log", scoped=False),
)

registered: dict[str, Permission] = {}
"""Every permission by key; each app above adds its own."""
