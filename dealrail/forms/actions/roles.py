"""What a role may with questions of forms that is made from another one."""

from collections.abc import Iterable

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import Role
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.crm.actions import fields
from dealrail.events.engine import record
from dealrail.forms.facts import FormSaved
from dealrail.forms.models import Form, FormVersion
from dealrail.forms.rules import Told, limited


@transaction.atomic
def create_role_like(
    *, actor: Actor, model: str, key: str, name: str, permissions: Iterable[str], scope: str, units: Iterable[int] = ()
) -> Role:
    """Add a role that may no more than the `model` role may with fields that were added and with questions of forms.

    Those of published versions are limited too, or the role would see what was answered: a version never changes but
    for what a role may that didn't exist when it was published. Each field and form that changes is on record. Raises
    what `save_role` does, and RoleKeyTaken where there is a role of this key.
    """
    role = fields.create_role_like(
        actor=actor, model=model, key=key, name=name, permissions=permissions, scope=scope, units=units
    )
    take_turns("forms", ["all"])
    for form in Form.objects.select_for_update().order_by("pk"):
        _limit(form, model, key, actor)
    return role


def _limit(form: Form, model: str, key: str, actor: Actor) -> None:
    """Keep a role from the questions of a form that the model is kept from."""
    changed: Told = {}
    for version in FormVersion.objects.filter(form=form).order_by("number"):
        version.questions, told = limited(version.questions, model, key)
        if told:
            version.save(update_fields=["questions"])
        changed |= told
    form.questions, told = limited(form.questions, model, key)
    changed |= told
    if told:
        form.revision += 1
        form.changed_at, form.changed_by_id = clock.now(), actor.user_id or None
        form.save(update_fields=["questions", "revision", "changed_at", "changed_by"])
    if changed:
        record(FormSaved(form_id=form.pk, key=form.key, name=form.name, changes=changed), actor=actor)
