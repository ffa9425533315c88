"""`migrate` and `createadmin`: from an empty home to one that somebody can log in to."""

import getpass
import sys

from django.db import transaction
from django.utils.translation import gettext as _

from config import env
from dealrail.accounts import queries as people
from dealrail.accounts.actions import second_factor, users
from dealrail.accounts.actions.roles import ADMIN, complete_admin_role
from dealrail.accounts.models import User
from dealrail.cli import acting, start
from dealrail.cli.arguments import Options
from dealrail.cli.errors import PasswordsDiffer, WrongUse
from dealrail.cli.output import say
from dealrail.crm.actions import founding
from dealrail.process import queries as processes
from dealrail.process import texts
from dealrail.process.actions import definitions


def reset_second_factor(options: Options) -> None:
    """Take the second factor from somebody who has lost theirs: the way back in for the last administrator."""
    start.require_database()
    person = people.person(options.login)
    second_factor.reset_second_factor(actor=acting.as_system(), user_id=person.pk)
    say(_("%(name)s logs in with the password alone again.") % {"name": person.name})


def migrate(options: Options) -> None:
    """Make or update the tables; administrators get what the new version allows."""
    if applied := start.migrate():
        complete_admin_role(actor=acting.as_system())
    say(_("The database is up to date; %(count)s migrations were applied.") % {"count": len(applied)})


def create_admin(options: Options) -> None:
    """Create an administrator and what a fresh home lacks."""
    start.require_database()
    created = found(options.login, options.name or options.login, _password())
    say(_("“%(login)s” can log in now and may do everything.") % {"login": created.login})


def _password() -> str:
    """The password of the settings, or typed twice. Raises WrongUse where nobody can type, or PasswordsDiffer."""
    if given := env.text("DEALRAIL_ADMIN_PASSWORD", ""):
        return given
    if not sys.stdin.isatty():
        raise WrongUse(_("Nobody can be asked for a password here; set DEALRAIL_ADMIN_PASSWORD."))
    first = getpass.getpass(_("Password: "))
    if getpass.getpass(_("Again: ")) != first:
        raise PasswordsDiffer()
    return first


@transaction.atomic
def found(login: str, name: str, password: str) -> User:
    """Create an administrator; in a fresh home also the roles, the shipped processes and a public pool."""
    actor = acting.as_system()
    founding.lay_ground(actor=actor)
    admin = users.create_user(actor=actor, login=login, name=name, password=password, roles=[ADMIN])
    if not processes.definitions().exists():
        for template in texts.template_names():
            definitions.publish_process(actor=actor, content=texts.template(template))
    return admin
