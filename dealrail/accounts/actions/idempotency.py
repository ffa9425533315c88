"""Answering a repeated request with the answer it got the first time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import KeyReused
from dealrail.accounts.models import IdempotentAnswer

KEPT_FOR = timedelta(days=1)
BATCH = 500
FIRST_REFUSAL = 400


@dataclass(frozen=True)
class Answer:
    """What a request was answered with; `replayed` says that nothing was done this time."""

    status: int
    body: str
    replayed: bool = False


@transaction.atomic
def answer_once(*, actor: Actor, key: str, fingerprint: str, answer: Callable[[], Answer]) -> Answer:
    """Answer a request under a key the actor made up, once: asked again, the first answer is given again.

    The key is kept in the transaction of what `answer` does, so that both happen or neither; a second request at the
    same time waits. A refusal (status 400 and up) is not kept and undoes everything. Raises KeyReused for another
    request under the same key.
    """
    mine = IdempotentAnswer.objects.filter(user=actor.user_id, key=key)
    mine.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    kept, is_new = mine.get_or_create(user_id=actor.user_id, key=key, defaults={"fingerprint": fingerprint})
    if not is_new:
        return _replayed(kept, fingerprint)
    answered = answer()
    if answered.status >= FIRST_REFUSAL:
        transaction.set_rollback(True)
        return answered
    mine.update(status=answered.status, body=answered.body)
    return answered


def _replayed(kept: IdempotentAnswer, fingerprint: str) -> Answer:
    if kept.fingerprint != fingerprint or kept.status is None:
        raise KeyReused()
    return replace(Answer(kept.status, kept.body), replayed=True)


@transaction.atomic
def forget_old_answers(*, actor: Actor) -> int:
    """Drop a batch of answers older than a day, and tell how many; ids grow with time, so the oldest come first."""
    limit = timezone.now() - KEPT_FOR
    oldest = IdempotentAnswer.objects.order_by("pk").values_list("pk", "created_at")[:BATCH]
    old = [pk for pk, created_at in oldest if created_at < limit]
    if old:
        IdempotentAnswer.objects.filter(pk__in=old).delete()
    return len(old)
