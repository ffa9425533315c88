"""What fields of the lists can be set to, in words: people, departments, stages and the like."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.crm import queries as crm
from dealrail.process import queries as processes
from dealrail.process.queries import lines
from dealrail.process.rules import ProcessSpec
from dealrail.web.inputs import whole
from dealrail.web.lists.filters import NONE, OTHERS, Option, Picker, picker
from dealrail.web.people.choosing import named_people

STATES = {"open": _("Open"), "won": _("Won"), "lost": _("Lost"), "parked": _("Parked")}
GRADES = (("A", "A"), ("B", "B"), ("C", "C"))
MINE = ("me", _("Mine"))
NOBODY = (NONE, _("Nobody"))
COMMON = (NONE, _("Common to all lines"))
NOT_MINE = (OTHERS, _("Everybody but me"))


def named(rows: QuerySet[Any]) -> list[tuple[int, str]]:
    """Records as options."""
    return list(rows.values_list("pk", "name"))


def choices(pairs: Iterable[tuple[Any, Any]]) -> list[Option]:
    """Pairs of value and words as options."""
    return [Option(str(value), words) for value, words in pairs]


def current_process(params: QueryDict) -> ProcessSpec | None:
    """The process the list is narrowed to; the only one there is, if there is one."""
    keys = [row.key for row in processes.definitions()]
    key = params.get("process", "") or (keys[0] if len(keys) == 1 else "")
    return processes.spec_of(processes.current_version(key).pk) if key in keys else None


def specs(params: QueryDict) -> list[ProcessSpec]:
    """The process the list is narrowed to, else all of them in the versions in force."""
    current = current_process(params)
    return [current] if current else [processes.spec_of(row.pk) for row in processes.current_versions()]


def people_options(actor: Actor, params: QueryDict) -> list[Option]:
    """Everybody, oneself first."""
    return choices([MINE, *named_people(people.active_people())])


def unit_options(actor: Actor, params: QueryDict) -> list[Option]:
    """Every department."""
    return choices(named(people.all_units()))


# what a field of one's own that points at somebody or a department is set to; what a link leads to is found by its name
POINTED_OPTIONS: Mapping[str, Callable[[Actor, QueryDict], list[Option]]] = {
    "person": people_options,
    "unit": unit_options,
}


def region_options(actor: Actor, params: QueryDict) -> list[Option]:
    """Every region."""
    return choices(named(crm.regions()))


def source_options(actor: Actor, params: QueryDict) -> list[Option]:
    """Every source."""
    return choices(named(crm.sources()))


def product_options(actor: Actor, params: QueryDict) -> list[Option]:
    """Every product."""
    return choices(named(crm.products()))


def pool_options(actor: Actor, params: QueryDict) -> list[Option]:
    """The pools one may claim from or look after."""
    return choices(named(crm.pools(actor)))


def process_options(actor: Actor, params: QueryDict) -> list[Option]:
    """Every process."""
    return choices((row.key, row.name) for row in processes.definitions())


def line_options(actor: Actor, params: QueryDict) -> list[Option]:
    """Every business line, and none for what is common to all."""
    return choices([*named(lines.lines()), COMMON])


def line_pickers(params: QueryDict) -> list[Picker]:
    """The filter by business line; none in a company without lines."""
    rows = named(lines.lines())
    return [picker(params, "line", _("Business line"), [*rows, COMMON])] if rows else []


def processes_of_line(params: QueryDict) -> list[Any]:
    """The processes of the business line that the address names, else all; those common to all lines for none."""
    asked, rows = params.get("line", ""), list(processes.definitions())
    wanted = whole(asked)
    if asked == NONE or wanted is not None:
        return [row for row in rows if row.line_id == wanted]
    return rows


def stage_options(actor: Actor, params: QueryDict) -> list[Option]:
    """The stages of the processes shown; of the same key only the first."""
    return choices({stage.key: stage.name for spec in reversed(specs(params)) for stage in spec.stages}.items())


def loss_options(actor: Actor, params: QueryDict) -> list[Option]:
    """The reasons for which the processes shown lose deals."""
    return choices({key: name for spec in specs(params) for key, name in spec.loss_reasons.items()}.items())


def state_options(actor: Actor, params: QueryDict) -> list[Option]:
    """Open, won, lost, parked."""
    return choices(STATES.items())


def grade_options(actor: Actor, params: QueryDict) -> list[Option]:
    """The grades of customers."""
    return choices(GRADES)


def own_options(name: str, params: QueryDict) -> list[Option]:
    """What a field that processes add can be chosen from."""
    rows = (row for spec in specs(params) for row in spec.fields if row.key == name)
    return choices(dict.fromkeys((choice, choice) for row in rows for choice in row.choices))
