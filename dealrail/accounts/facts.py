"""Facts about people and permissions."""

from dataclasses import dataclass, field
from typing import ClassVar

from dealrail.events.facts import Fact


@dataclass(frozen=True, kw_only=True)
class UserFact(Fact):
    subject_kind: ClassVar[str] = "user"
    user_id: int
    login: str
    name: str


@dataclass(frozen=True, kw_only=True)
class UserCreated(UserFact):
    kind: ClassVar[str] = "user.created"
    unit_id: int | None
    roles: list[str]


@dataclass(frozen=True, kw_only=True)
class UserChanged(UserFact):
    kind: ClassVar[str] = "user.changed"
    changes: dict[str, list[str | None]]


@dataclass(frozen=True, kw_only=True)
class UserInvited(UserFact):
    kind: ClassVar[str] = "user.invited"
    expires_at: str


@dataclass(frozen=True, kw_only=True)
class InvitationRevoked(UserFact):
    kind: ClassVar[str] = "user.invitation_revoked"


@dataclass(frozen=True, kw_only=True)
class UserJoined(UserFact):
    kind: ClassVar[str] = "user.joined"


@dataclass(frozen=True, kw_only=True)
class UserLoggedIn(UserFact):
    """Somebody came in by a password, and by their second factor where they have one."""

    kind: ClassVar[str] = "user.logged_in"


@dataclass(frozen=True, kw_only=True)
class LoginFailed(Fact):
    """A password didn't fit. `user_id` 0: nobody is called like that; what was typed then is kept nowhere."""

    kind: ClassVar[str] = "user.login_failed"
    subject_kind: ClassVar[str] = "user"
    user_id: int
    login: str
    name: str


@dataclass(frozen=True, kw_only=True)
class CompanyChanged(Fact):
    kind: ClassVar[str] = "company.changed"
    subject_kind: ClassVar[str] = "company"
    company_id: int
    name: str
    language: str
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CalendarFact(Fact):
    """About the company's working time, or that of a department (`unit_id`)."""

    subject_kind: ClassVar[str] = "calendar"
    calendar_id: int
    unit_id: int | None
    unit_name: str


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(CalendarFact):
    kind: ClassVar[str] = "calendar.changed"
    changes: dict[str, list[str | None]]


@dataclass(frozen=True, kw_only=True)
class CalendarDaysSet(CalendarFact):
    """Days from `first` to `last` are worked, are not, or (None) are as the calendar says."""

    kind: ClassVar[str] = "calendar.days_set"
    first: str
    last: str
    worked: bool | None
    day_name: str


@dataclass(frozen=True, kw_only=True)
class CalendarRemoved(CalendarFact):
    kind: ClassVar[str] = "calendar.removed"


@dataclass(frozen=True, kw_only=True)
class CompanySetUp(Fact):
    kind: ClassVar[str] = "company.set_up"
    subject_kind: ClassVar[str] = "company"
    company_id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class BackupAsked(Fact):
    kind: ClassVar[str] = "backup.asked"
    subject_kind: ClassVar[str] = "company"
    company_id: int


@dataclass(frozen=True, kw_only=True)
class BackupMade(Fact):
    kind: ClassVar[str] = "backup.made"
    subject_kind: ClassVar[str] = "company"
    company_id: int
    name: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class BackupTaken(Fact):
    """Somebody downloaded a backup: everything the installation holds."""

    kind: ClassVar[str] = "backup.taken"
    subject_kind: ClassVar[str] = "company"
    company_id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class UserRemoved(UserFact):
    kind: ClassVar[str] = "user.removed"
    reason: str


@dataclass(frozen=True, kw_only=True)
class SecondFactorChanged(UserFact):
    """`how`: on or off by themselves, codes for new recovery codes, reset by who manages people."""

    kind: ClassVar[str] = "user.second_factor_changed"
    how: str


@dataclass(frozen=True, kw_only=True)
class SessionsEnded(Fact):
    """Somebody logged themselves out on other devices."""

    kind: ClassVar[str] = "user.sessions_ended"
    subject_kind: ClassVar[str] = "user"
    user_id: int
    count: int


@dataclass(frozen=True, kw_only=True)
class UnitRemoved(Fact):
    kind: ClassVar[str] = "unit.removed"
    subject_kind: ClassVar[str] = "unit"
    unit_id: int
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class UnitSaved(Fact):
    kind: ClassVar[str] = "unit.saved"
    subject_kind: ClassVar[str] = "unit"
    unit_id: int
    name: str
    parent_id: int | None
    leader_id: int | None
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RoleSaved(Fact):
    """`added` and `removed` are permissions, `changes` what else differs; earlier versions don't say."""

    kind: ClassVar[str] = "role.saved"
    subject_kind: ClassVar[str] = "role"
    role_id: int
    key: str
    name: str
    permissions: list[str]
    scope: str
    units: list[int]
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changes: dict[str, list[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RoleTargetsSet(Fact):
    """How much the holders of a role are to do: what for → how often, 0 for no target."""

    kind: ClassVar[str] = "role.targets_set"
    subject_kind: ClassVar[str] = "role"
    role_id: int
    key: str
    name: str
    targets: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class RoleRetired(Fact):
    """`heir` is the role that those who held it hold instead; empty when nobody did."""

    kind: ClassVar[str] = "role.retired"
    subject_kind: ClassVar[str] = "role"
    role_id: int
    key: str
    name: str
    heir: str
    holders: int


@dataclass(frozen=True, kw_only=True)
class RoleRestored(Fact):
    kind: ClassVar[str] = "role.restored"
    subject_kind: ClassVar[str] = "role"
    role_id: int
    key: str
    name: str


@dataclass(frozen=True, kw_only=True)
class SeeingBegan(Fact):
    """An administrator began to see as another person (`as_user_id`), or as who holds only one role (`as_role`)."""

    kind: ClassVar[str] = "user.seeing_began"
    subject_kind: ClassVar[str] = "user"
    user_id: int
    as_user_id: int | None
    as_role: str
    as_name: str


@dataclass(frozen=True, kw_only=True)
class SeeingEnded(Fact):
    kind: ClassVar[str] = "user.seeing_ended"
    subject_kind: ClassVar[str] = "user"
    user_id: int
    as_user_id: int | None
    as_role: str
    as_name: str


@dataclass(frozen=True, kw_only=True)
class LookedAs(Fact):
    """A program with an administrator's token was answered as another person, or as who holds one role, would be."""

    kind: ClassVar[str] = "user.looked_as"
    subject_kind: ClassVar[str] = "user"
    user_id: int
    as_user_id: int | None
    as_role: str
    as_name: str
    path: str


@dataclass(frozen=True, kw_only=True)
class TokenCreated(Fact):
    kind: ClassVar[str] = "token.created"
    subject_kind: ClassVar[str] = "user"
    user_id: int
    token_id: int
    name: str
    expires_at: str


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Fact):
    kind: ClassVar[str] = "token.revoked"
    subject_kind: ClassVar[str] = "user"
    user_id: int
    token_id: int
    name: str
