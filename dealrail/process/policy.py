"""Who may see and change what a process shall become, and who may start deals in it."""

from django.db.models import Q

from dealrail.accounts import policy
from dealrail.accounts.actor import Actor
from dealrail.process.errors import LineRetired, LineUnnamed, NotYourLine, NotYourProcess
from dealrail.process.models import BusinessLine, Definition, Draft
from dealrail.process.permissions import LINES_MANAGE, PROCESS_DESIGN, PROCESS_PUBLISH


def _in_charge(actor: Actor) -> Q:
    """The lines in use that the actor is in charge of, seen from the line."""
    return Q(is_active=True, members__user=actor.user_id, members__in_charge=True)


def lines_in_charge(actor: Actor) -> list[BusinessLine]:
    """The lines in use that the actor is in charge of, in their order."""
    return list(BusinessLine.objects.filter(_in_charge(actor)).order_by("name", "pk"))


def line_of(key: str) -> BusinessLine | None:
    """The line that a process belongs to: its definition says so, before it is published its draft."""
    published = Definition.objects.filter(key=key).select_related("line").first()
    kept = published or Draft.objects.filter(key=key).select_related("line").first()
    return kept.line if kept else None


def may_design(actor: Actor, key: str) -> bool:
    """Whether the actor may change this process: by permission, or in charge of its line."""
    if actor.may(PROCESS_DESIGN):
        return True
    line = line_of(key)
    return line is not None and BusinessLine.objects.filter(_in_charge(actor), pk=line.pk).exists()


def may_design_some(actor: Actor) -> bool:
    """Whether the actor may draw up processes: any, or those of a line."""
    return actor.may(PROCESS_DESIGN) or bool(lines_in_charge(actor))


def require_design(actor: Actor, key: str) -> None:
    """Refuse with NotAllowed unless the actor may change this process."""
    if not may_design(actor, key):
        policy.require(actor, PROCESS_DESIGN)


def require_design_some(actor: Actor) -> None:
    """Refuse with NotAllowed unless the actor may draw up processes."""
    if not may_design_some(actor):
        policy.require(actor, PROCESS_DESIGN)


def line_for_new(actor: Actor, line_id: int | None) -> BusinessLine | None:
    """The line that a new process shall belong to; who designs for some lines only gives it to one of these.

    Refuses with NotAllowed, LineUnnamed, NotYourLine or LineRetired.
    """
    if line_id is not None:
        return _usable_line(actor, line_id)
    if actor.may(PROCESS_DESIGN):
        return None
    own = lines_in_charge(actor)
    if not own:
        policy.require(actor, PROCESS_DESIGN)
    if len(own) > 1:
        raise LineUnnamed(field="line")
    return own[0]


def _usable_line(actor: Actor, line_id: int) -> BusinessLine:
    found = BusinessLine.objects.filter(pk=line_id).first()
    is_own = found is not None and found in lines_in_charge(actor)
    if found is None or not (is_own or actor.may(PROCESS_DESIGN)):
        raise NotYourLine(field="line")
    if not found.is_active:
        raise LineRetired(line=found.name, field="line")
    return found


def may_see_draft(actor: Actor, key: str) -> bool:
    """Whether the actor designs this process, or publishes what others designed."""
    return actor.may(PROCESS_PUBLISH) or may_design(actor, key)


def may_see_drafts(actor: Actor) -> bool:
    """Whether the actor sees drafts at all."""
    return actor.may(PROCESS_PUBLISH) or may_design_some(actor)


def require_sees_draft(actor: Actor, key: str) -> None:
    """Refuse with NotAllowed unless the actor may see what this process shall become."""
    if not may_see_draft(actor, key):
        policy.require(actor, PROCESS_DESIGN)


def visible_drafts(actor: Actor) -> Q:
    """The drafts that the actor may see, as a filter. Refuses with NotAllowed who sees none at all."""
    if actor.may(PROCESS_DESIGN) or actor.may(PROCESS_PUBLISH):
        return Q()
    own = lines_in_charge(actor)
    if not own:
        policy.require(actor, PROCESS_DESIGN)
    published = Definition.objects.all()
    theirs = published.filter(line__in=own)
    return Q(key__in=theirs.values("key")) | (Q(line__in=own) & ~Q(key__in=published.values("key")))


def startable(actor: Actor) -> Q:
    """The processes that the actor may start deals in: the common ones, and those of their lines in use.

    Who manages the lines belongs to the group, and so to all of them.
    """
    is_live = Q(line__isnull=True) | Q(line__is_active=True)
    if actor.may(LINES_MANAGE):
        return is_live
    own = BusinessLine.objects.filter(is_active=True, members__user=actor.user_id)
    return Q(line__isnull=True) | Q(line__in=own.values("pk"))


def require_may_start(actor: Actor, definition: Definition) -> None:
    """Refuse with LineRetired or NotYourProcess unless the actor may start deals in this process."""
    if definition.line_id is None or Definition.objects.filter(startable(actor), pk=definition.pk).exists():
        return
    line = definition.line
    if line is not None and not line.is_active:
        raise LineRetired(line=line.name, field="process")
    raise NotYourProcess(process=definition.name, line=line.name if line else "", field="process")
