"""Taking over fields and layouts from a text: all of it or nothing, and what the text leaves out stays as it is."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.actions.layouts import save_layout
from dealrail.crm.engine.asked import Asked, Row
from dealrail.crm.engine.describing import field_refused
from dealrail.crm.queries.custom import custom_fields
from dealrail.crm.queries.texts import STANDARD, Difference, Named, fields_there, layouts_there
from dealrail.crm.rules import FIELD_KINDS, changes
from dealrail.process.permissions import PROCESS_PUBLISH

There = tuple[Mapping[Named, Mapping[str, str]], Mapping[Named, Mapping[str, str]]]
MOST_ROUNDS = 20


@transaction.atomic
def take_over_fields(*, actor: Actor, text: str, only_look: bool = False) -> Difference:
    """Make fields and layouts what a text says, and tell what differed; `only_look` undoes it all again.

    A field in the text is described whole: a part that is left out has its standard. Fields and layouts that aren't
    named stay as they are. Taken over twice, a text changes nothing the second time.

    Raises NotAllowed, UnreadableDefinition, or FieldsRefused naming everything that can't be, each by its line.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    asked = Asked(text)
    asked.refuse()
    before = fields_there(), layouts_there()
    with transaction.atomic():
        _put(actor, asked)
        asked.refuse()
        found = _difference(before, (fields_there(), layouts_there()), asked)
        transaction.set_rollback(only_look)
    return found


def _difference(before: There, now: There, asked: Asked) -> Difference:
    fields, laid_out = (
        {named: found for named, told in after.items() if (found := changes(was.get(named, {}), told))}
        for was, after in zip(before, now, strict=True)
    )
    fields_named, layouts_named = ({row.named for row in rows} for rows in (asked.fields, asked.layouts))
    return Difference(
        fields=fields,
        layouts=laid_out,
        names={named: told["name"] for named, told in now[0].items()},
        left=tuple(named for named in before[0] if named not in fields_named),
        left_layouts=tuple(named for named in before[1] if named not in layouts_named),
    )


def _put(actor: Actor, asked: Asked) -> None:
    """Do it, with what is refused noted."""
    _in_rounds(asked, asked.fields, lambda row: _put_field(actor, row))
    for kind in FIELD_KINDS if asked.is_sound else ():
        _put_in_order(actor, kind, [row.named[1] for row in asked.fields if row.named[0] == kind])
    _in_rounds(asked, asked.layouts if asked.is_sound else (), lambda row: _put_layout(actor, row))


def _in_rounds(asked: Asked, rows: Iterable[Row], put: Callable[[Row], None]) -> None:
    """Put each; what is refused once more as long as that helps: a formula may stand before what it computes with."""
    waiting, refused = list(rows), list[tuple[Row, Refusal]]()
    for _round in range(MOST_ROUNDS):
        refused = [(row, refusal) for row in waiting if (refusal := _refusal(row, put))]
        if len(refused) == len(waiting):
            break
        waiting = [row for row, _refusal_of_it in refused]
    for row, refusal in refused:
        asked.note(row, refusal)


def _refusal(row: Row, put: Callable[[Row], None]) -> Refusal | None:
    try:
        with transaction.atomic():
            put(row)
    except Refusal as refusal:
        return refusal
    return None


def _put_field(actor: Actor, row: Row) -> None:
    kind, key = row.named
    wanted = {**STANDARD, **{name: value for name, value in row.parts.items() if value is not None}}
    there = custom_fields(kind).filter(key=key).first()
    if there is None:
        create_field(actor=actor, kind=kind, fields=wanted)
        return
    for name in ("type", "target"):
        if wanted.pop(name) != getattr(there, name):
            raise field_refused(name, _("This can't be changed any more: there is a field of this key already."))
    del wanted["key"]
    change_field(actor=actor, field_id=there.pk, fields=wanted)


def _put_in_order(actor: Actor, kind: str, keys: Sequence[str]) -> None:
    """Let the fields that a text names stand in its order, in the places that they have together; others stay."""
    there = list(custom_fields(kind))
    named = {row.key: row for row in there}
    waiting = iter(keys)
    wanted = [named[next(waiting)] if row.key in keys else row for row in there]
    for position, row in enumerate(wanted):
        if there[position] != row:
            change_field(actor=actor, field_id=row.pk, fields={"position": position})
            there.remove(row)
            there.insert(position, row)


def _put_layout(actor: Actor, row: Row) -> None:
    place, role = row.named
    save_layout(actor=actor, place=place, role=role, **row.parts)
