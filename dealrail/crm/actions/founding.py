"""What a fresh home lacks: its first administrator, the roles every company starts with, a public pool."""

from django.db import transaction

from dealrail.accounts import queries as people
from dealrail.accounts.actions import roles, users
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import AlreadyFounded
from dealrail.accounts.models import User
from dealrail.core.db import take_turns
from dealrail.crm.actions.pools import save_pool
from dealrail.crm.models import Pool

FIRST_POOL = "公海"


@transaction.atomic
def lay_ground(*, actor: Actor) -> None:
    """Make the roles every company starts with and a public pool, where they are missing. Raises NotAllowed."""
    roles.ensure_builtin_roles(actor=actor)
    if not Pool.objects.exists():
        save_pool(actor=actor, name=FIRST_POOL)


@transaction.atomic
def found_company(*, actor: Actor, login: str, name: str, password: str) -> User:
    """Create the first administrator, as long as nobody exists, and lay the ground.

    Raises AlreadyFounded when somebody exists already, and what `create_user` raises.
    """
    take_turns("company", ["the"])
    if not people.is_empty():
        raise AlreadyFounded()
    lay_ground(actor=actor)
    return users.create_user(actor=actor, login=login, name=name, password=password, roles=[roles.ADMIN])
