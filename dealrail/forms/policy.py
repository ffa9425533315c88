"""Who may fill forms in; who makes them holds the permission to publish processes."""

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.crm import permissions
from dealrail.crm import policy as crm
from dealrail.crm.models import Customer, Deal
from dealrail.forms.errors import FormElsewhere, FormNotOffered
from dealrail.forms.models import Form, FormRecord


def may_fill(actor: Actor, record: Deal | Customer) -> bool:
    """Whether the actor may fill forms in for this deal or customer: whoever may change its facts may.

    For a customer also whoever owns a deal with it, for its gate may demand the form.
    """
    return crm.may(actor, _permission(record), record) or (
        isinstance(record, Customer) and crm.owns_deal_with(actor, record)
    )


def require_can_fill(actor: Actor, record: Deal | Customer) -> None:
    """Refuse unless the actor may."""
    if not may_fill(actor, record):
        raise NotAllowed(permission=_permission(record))


def may_withdraw(actor: Actor, kept: FormRecord) -> bool:
    """Whether the actor may withdraw what was filled in: whoever did, or may fill forms in there."""
    by_oneself = kept.filled_by_id is not None and kept.filled_by_id == actor.user_id
    return by_oneself or may_fill(actor, kept.deal or kept.customer)


def require_can_withdraw(actor: Actor, kept: FormRecord) -> None:
    """Refuse unless the actor may."""
    if not may_withdraw(actor, kept):
        raise NotAllowed(permission=_permission(kept.deal or kept.customer))


def _permission(record: Deal | Customer) -> str:
    return permissions.DEALS_CHANGE if isinstance(record, Deal) else permissions.CUSTOMERS_CHANGE


def require_offered(form: Form, about: str) -> None:
    """Refuse with FormNotOffered or FormElsewhere unless this form can be filled in for a deal or a customer."""
    if not form.is_active or not form.published:
        raise FormNotOffered(form=form.name)
    if form.about != about:
        raise FormElsewhere(form=form.name, about=str(form.get_about_display()))
