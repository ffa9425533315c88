"""What stands before every operation: parameters it doesn't know are refused, and a key makes a POST happen once."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from types import MethodType
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponse, QueryDict
from ninja.operation import Operation

from dealrail.accounts.actions.idempotency import Answer, answer_once
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import OnlyLooking
from dealrail.api.auth import bearer_token
from dealrail.api.errors import BadKey, UnknownParameter
from dealrail.api.reading import storable
from dealrail.core.db import refusing_writes

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replay"
LONGEST_KEY = 255
SHOWN_ONCE = "shown_once"
Run = Callable[..., HttpResponse]
Operate = TypeVar("Operate", bound=Callable[..., Any])


def shown_once(*fields: str) -> Callable[[Operate], Operate]:
    """Mark fields of an operation's answer as secret: never kept, and null when the answer is given again."""

    def marked(operate: Operate) -> Operate:
        vars(operate)[SHOWN_ONCE] = fields
        return operate

    return marked


def guarded(run: MethodType) -> Run:
    """An operation that also looks at its parameters and its Idempotency-Key; strangers see the door first."""
    operate, known = cast(Run, run), _names(run.__self__, {"query"})
    parts, secrets = _names(run.__self__, {"form", "file"}), _secrets(run.__self__)

    @wraps(run)
    def guard(request: HttpRequest, **values: Any) -> HttpResponse:
        actor = bearer_token(request)
        if actor is None:
            return operate(request, **values)
        _refuse_unknown(request.GET, known)
        if parts:
            _refuse_unknown(request.POST, parts)
        if actor.looker is not None:
            with refusing_writes(OnlyLooking):
                return operate(request, **values)
        if request.method != "POST" or HEADER not in request.headers:
            return operate(request, **values)
        return _once(actor, request, lambda: operate(request, **values), secrets)

    return guard


def _secrets(operation: object) -> tuple[str, ...]:
    """The fields of its answer that an operation shows once."""
    fields: tuple[str, ...] = getattr(getattr(operation, "view_func", None), SHOWN_ONCE, ())
    return fields


def _names(operation: object, sources: set[str]) -> list[str]:
    """What an operation reads from these parts of a request."""
    if not isinstance(operation, Operation):
        raise TypeError(f"{operation} is no operation of the API")
    models = [model for model in operation.models if model.__ninja_param_source__ in sources]
    return [name for model in models for name in getattr(model, "__ninja_flatten_map__", model.model_fields)]


def _refuse_unknown(sent: QueryDict, known: list[str]) -> None:
    for name, values in sent.lists():
        storable([name, *values])
        if name not in known:
            raise UnknownParameter(parameter=name[:60], known=", ".join(known) or "—")


def _once(
    actor: Actor, request: HttpRequest, run: Callable[[], HttpResponse], secrets: tuple[str, ...]
) -> HttpResponse:
    key = request.headers[HEADER].strip()
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise BadKey(longest=LONGEST_KEY)
    made: list[HttpResponse] = []

    def answer() -> Answer:
        made.append(run())
        return Answer(status=made[0].status_code, body=_without(made[0].content.decode(), secrets))

    answered = answer_once(actor=actor, key=key, fingerprint=_fingerprint(request), answer=answer)
    if not answered.replayed:
        return made[0]
    return HttpResponse(
        answered.body,
        status=answered.status,
        content_type="application/json; charset=utf-8",
        headers={REPLAYED: "true"},
    )


def _without(body: str, secrets: tuple[str, ...]) -> str:
    """The answer as it may be kept."""
    if not secrets:
        return body
    return json.dumps({**json.loads(body), **dict.fromkeys(secrets)}, ensure_ascii=False)


def _fingerprint(request: HttpRequest) -> str:
    """The same for the same request; the parts of a form count, not how they were sent."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    digest.update(repr(sorted(request.POST.lists())).encode())
    files: list[tuple[str, Any]] = sorted(request.FILES.items())
    for name, file in files:
        digest.update(f"{name} {file.name} {file.size}\n".encode())
        for chunk in file.chunks():
            digest.update(chunk)
    return digest.hexdigest()
