"""`token create|list|revoke`."""

from django.utils import timezone
from django.utils.translation import gettext as _

from dealrail.accounts import queries as people
from dealrail.accounts.actions import tokens
from dealrail.accounts.models import ApiToken
from dealrail.cli import acting, start
from dealrail.cli.arguments import Options
from dealrail.cli.output import say, say_json, table


def create(options: Options) -> None:
    """Make a token and print it and nothing else."""
    start.require_database()
    person = people.person(options.login)
    actor = acting.as_system()
    say(tokens.create_token(actor=actor, user_id=person.pk, name=options.name, days=options.days))


def show(options: Options) -> None:
    """List a person's tokens."""
    start.require_database()
    rows = [_row(token) for token in people.tokens_of(people.person(options.login).pk)]
    if options.json:
        say_json(rows)
        return
    headings = ["id", _("Name"), _("Begins with"), _("State"), _("Expires"), _("Last used")]
    table(headings, [["" if cell is None else cell for cell in row.values()] for row in rows])


def _row(token: ApiToken) -> dict[str, object]:
    revoked, over = token.revoked_at is not None, token.expires_at <= timezone.now()
    return {
        "id": token.pk,
        "name": token.name,
        "hint": token.hint,
        "state": "revoked" if revoked else "expired" if over else "live",
        "expires_at": token.expires_at.isoformat(timespec="seconds"),
        "last_used_at": token.last_used_at and token.last_used_at.isoformat(timespec="seconds"),
    }


def revoke(options: Options) -> None:
    """Stop a token at once."""
    start.require_database()
    tokens.revoke_token(actor=acting.as_system(), token_id=options.token_id)
    say(_("The token %(number)s doesn't work any more.") % {"number": options.token_id})
