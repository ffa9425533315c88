"""What lets people in: tokens, devices, a second factor, invitations; and whether anybody is there yet."""

from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import signing
from django.db.models import Q, QuerySet
from django.utils import crypto, timezone

from dealrail.accounts import policy, rules
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import ApiToken, Company, User
from dealrail.accounts.permissions import PEOPLE_MANAGE, TOKENS_MANAGE


def live_tokens(user_id: int) -> QuerySet[ApiToken]:
    """Somebody's tokens that weren't revoked and haven't run out."""
    return ApiToken.objects.filter(user=user_id, revoked_at__isnull=True, expires_at__gt=timezone.now())


def token_row(token: str) -> ApiToken:
    """What is kept of a token, for who has just made it."""
    return ApiToken.objects.get(digest=rules.token_digest(token))


def own_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """The actor's tokens, newest first; refuse with NotAllowed."""
    policy.require(actor, TOKENS_MANAGE)
    return tokens_of(actor.user_id)


def everybodys_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """All tokens with whose they are, those that still work first; refuse with NotAllowed."""
    policy.require(actor, PEOPLE_MANAGE)
    rows = ApiToken.objects.select_related("user").annotate(
        works=Q(revoked_at__isnull=True, expires_at__gt=timezone.now(), user__is_active=True)
    )
    return rows.order_by("-works", "-pk")


def tokens_of(user_id: int) -> QuerySet[ApiToken]:
    """A person's tokens, newest first."""
    return ApiToken.objects.filter(user=user_id).order_by("-pk")


def has_second_factor(user_id: int) -> bool:
    """Whether a login of this person asks for a code after the password."""
    return bool(Authenticator.objects.filter(user=user_id, type=Authenticator.Type.TOTP).exists())


def own_sessions(actor: Actor) -> QuerySet[UserSession]:
    """The devices that the actor is logged in on, the one used last on top."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows: QuerySet[UserSession] = UserSession.objects.filter(user=actor.user_id, session_key__in=alive)
    return rows.order_by("-last_seen_at", "-pk")


INVITATION = "dealrail.invitation"


def invitation_token(invited: User) -> str:
    """What their link carries: who they are, signed over the unusable password they have now."""
    return signing.dumps([invited.pk, rules.token_digest(invited.password)[:16]], salt=INVITATION)


def invited(token: str) -> User | None:
    """Whom a link invites, as long as it works: not used, not replaced, not older than 7 days."""
    try:
        user_id, digest = signing.loads(token, salt=INVITATION, max_age=timedelta(days=rules.INVITATION_DAYS))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = User.objects.filter(pk=user_id, is_active=True).first()
    if found is None or found.has_usable_password():
        return None
    return found if rules.token_digest(found.password)[:16] == digest else None


def company() -> Company:
    """The company this installation serves; an unsaved one without name until it was named."""
    return Company.objects.first() or Company(pk=1)


def first_run_code() -> str:
    """What whoever makes the first account must know, as `serve` shows it on the console; of this home only."""
    return crypto.salted_hmac("dealrail.first_run", "code").hexdigest()[:16]


def is_empty() -> bool:
    """Whether nobody exists yet: a fresh home."""
    return not User.objects.exists()
