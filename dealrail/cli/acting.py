"""Who acts on the command line: Dealrail itself, or the person named with --as."""

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.cli.arguments import Options

CHANNEL = "cli"


def as_system() -> Actor:
    """Dealrail itself: every permission, but no way round a gate."""
    return Actor.system(CHANNEL)


def chosen(options: Options) -> Actor:
    """The person of --as, within what they may do, else Dealrail itself. Refuses with UnknownPerson."""
    if options.acting is None:
        return as_system()
    return people.actor_for(people.person(options.acting), channel=CHANNEL)
