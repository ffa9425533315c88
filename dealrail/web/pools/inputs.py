"""The inputs of the pool form."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal
from dealrail.core.problems import Problems
from dealrail.crm.actions.pools import LIMIT_LABELS
from dealrail.web.inputs import Input, whole

LIMITS = ("claim_limit", "claim_days", "capacity", "cooldown_days", "daily_views")


class NoWholeNumber(Refusal):
    code = "no_whole_number"
    sentence = _("“%(value)s” is no whole number from 0 on.")


def limits_typed(typed: Mapping[str, Any]) -> dict[str, int]:
    """The limits as numbers; one that is left out means none. Refuses with NoWholeNumber naming the field."""
    limits = {name: 0 if not typed[name].strip() else whole(typed[name].strip()) for name in LIMITS}
    problems = Problems()
    for name in (name for name, limit in limits.items() if limit is None):
        with problems:
            raise NoWholeNumber(field=name, value=typed[name][:40], label=str(LIMIT_LABELS[name]))
    problems.refuse()
    return {name: limit or 0 for name, limit in limits.items()}


def pool_inputs() -> list[Input]:
    """Empty inputs for a pool's name and limits."""
    return [
        Input("name", _("Name"), required=True),
        Input("claim_limit", _("Claims per person"), kind="number", help=_("In the days below; 0 means no limit.")),
        Input("claim_days", _("Counted over days"), kind="number"),
        Input(
            "capacity", _("Owned at most"), kind="number", help=_("Who owns this many can't claim; 0 means no limit.")
        ),
        Input(
            "cooldown_days",
            _("Days before the last owner may claim again"),
            kind="number",
            help=_("0 means at once."),
        ),
        Input(
            "daily_views",
            _("Records opened a day"),
            kind="number",
            help=_("How many of the pool one person may open on a day; 0 means no limit."),
        ),
    ]


def pool_values(pool: Any) -> dict[str, Any]:
    """What the inputs hold for a pool, and for a new one."""
    if pool is None:
        return {"name": "", "claim_limit": 0, "claim_days": 1, "capacity": 0, "cooldown_days": 0, "daily_views": 0}
    members = {"units": [row.pk for row in pool.units.all()], "admins": [row.pk for row in pool.admins.all()]}
    return {"name": pool.name, **{name: getattr(pool, name) for name in LIMITS}, **members}
