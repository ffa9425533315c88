"""Reading departments."""

from django.db.models import Q, QuerySet, Subquery

from dealrail.accounts.errors import NotFound, UnknownUnit
from dealrail.accounts.models import Unit
from dealrail.core.reading import once
from dealrail.core.texts import tidy


def units_below(unit_id: int) -> QuerySet[Unit, int]:
    """The ids of a department and of all below it."""
    top = Unit.objects.filter(pk=unit_id).values("path")
    return Unit.objects.filter(path__startswith=Subquery(top)).values_list("pk", flat=True)


def unit(text: str | int) -> Unit:
    """The department of this id or name; refuse with UnknownUnit when none or several fit."""
    which = Q(pk=text) if isinstance(text, int) else Q(name=tidy(text))
    found = list(Unit.objects.filter(which)[:2])
    if len(found) != 1:
        raise UnknownUnit(unit=text)
    return found[0]


def unit_by_id(unit_id: int) -> Unit:
    """One department with its parent and leader; refuse with NotFound."""
    found = Unit.objects.select_related("parent", "leader").filter(pk=unit_id).first()
    if found is None:
        raise NotFound()
    return found


@once
def all_units() -> QuerySet[Unit]:
    """The department tree, parents before children."""
    return Unit.objects.select_related("parent", "leader").order_by("path")
