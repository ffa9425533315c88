"""The reference company: 200 people in 20 departments of four business lines, all of one shape.

Because every line and every department has the same shape, what happened in the model department can be told of any
other: the person in the same seat did it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dealrail.accounts.actions import roles, units, users
from dealrail.accounts.actions.company import change_company, finish_set_up
from dealrail.accounts.actor import Actor
from dealrail.accounts.queries import actor_for
from dealrail.demo import company as demo
from dealrail.demo import words
from dealrail.process import texts
from dealrail.process.actions import definitions

LINES = ("制造", "能源", "医药", "零售")
SALES_DEPARTMENTS = ("一部", "二部", "三部", "四部")
SUPPORT = "支持部"
# Seat 0 leads; what the seats of the two kinds of department are.
SALES_SEATS = ("sales_manager", *["sales"] * 9)
SUPPORT_SEATS = (
    "delivery",
    "delivery",
    "delivery",
    "marketing",
    "marketing",
    "presales",
    "legal",
    "legal",
    "finance",
    "service",
)
PROCESSES = ("b2b-software", "equipment", "general")
PASSWORD = "dealrail-bench"
# Each measure is taken as somebody; nobody else needs a password, and hashing one is slow on purpose.
REP, MANAGER, ADMIN = "p0-0-1", "p0-0-0", "admin"


@dataclass(frozen=True)
class Seat:
    """Where somebody sits: line, department (the last one of a line is its support), place in it."""

    line: int
    department: int
    place: int

    @property
    def login(self) -> str:
        """How the person in it logs in."""
        return f"p{self.line}-{self.department}-{self.place}"

    @property
    def is_support(self) -> bool:
        """Whether it is one of the line's support department."""
        return self.department == len(SALES_DEPARTMENTS)


@dataclass(frozen=True)
class Company:
    """Everybody by seat, and the model department as the demo's stories need it."""

    seats: dict[Seat, Actor]
    model: demo.Company

    def reps(self) -> list[Seat]:
        """Who sells, the model department first."""
        return [seat for seat in self.seats if not seat.is_support and seat.place]


def seats() -> Iterator[Seat]:
    """Every seat there is."""
    for line in range(len(LINES)):
        for department in range(len(SALES_DEPARTMENTS) + 1):
            for place in range(10):
                yield Seat(line, department, place)


def found(by: Actor) -> Company:
    """Create the company in an empty, migrated database, through the same actions as everybody."""
    roles.ensure_builtin_roles(actor=by)
    change_company(actor=by, name="基准集团")
    finish_set_up(actor=by)
    for name in PROCESSES:
        definitions.publish_process(actor=by, content=texts.template(name), note="reference")
    demo.stock(by)
    admin = users.create_user(actor=by, login=ADMIN, name="管理员", password=PASSWORD, roles=["admin"])
    people = dict(_hire(by))
    return Company(people, _model(people, actor_for(admin, channel="web")))


def _hire(by: Actor) -> Iterator[tuple[Seat, Actor]]:
    top = units.create_unit(actor=by, name="基准集团", parent_id=None)
    names = iter([f"{surname}{given}" for given in dict.fromkeys(words.GIVEN) for surname in words.SURNAMES])
    for line, line_name in enumerate(LINES):
        above = units.create_unit(actor=by, name=line_name, parent_id=top.pk)
        for department, name in enumerate([*SALES_DEPARTMENTS, SUPPORT]):
            unit = units.create_unit(actor=by, name=name, parent_id=above.pk)
            for place, role in enumerate(SUPPORT_SEATS if name == SUPPORT else SALES_SEATS):
                seat = Seat(line, department, place)
                password = PASSWORD if seat.login in {REP, MANAGER} else None
                person = users.create_user(
                    actor=by, login=seat.login, name=next(names), password=password, unit_id=unit.pk, roles=[role]
                )
                if place == 0:
                    units.change_unit(actor=by, unit_id=unit.pk, leader_id=person.pk)
                yield seat, actor_for(person, channel="web")


def _model(people: dict[Seat, Actor], admin: Actor) -> demo.Company:
    """The first department with the support of its line; the same people under their logins."""
    regions = list(words.CITIES)
    seats_of = {seat: actor for seat, actor in people.items() if seat.line == 0}
    reps = [seat for seat in seats_of if seat.department == 0 and seat.place]
    support = {
        role: [Seat(0, 4, place) for place, has in enumerate(SUPPORT_SEATS) if has == role] for role in SUPPORT_SEATS
    }
    return demo.Company(
        actors={ADMIN: admin} | {seat.login: actor for seat, actor in people.items()},
        reps={seat.login: regions[number % len(regions)] for number, seat in enumerate(reps)},
        marketing=tuple(seat.login for seat in support["marketing"]),
        delivery=tuple(seat.login for seat in support["delivery"]),
        by_id={actor.user_id: actor for actor in people.values()},
    )
