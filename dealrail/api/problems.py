"""Refusals and failures as problem documents (RFC 9457)."""

import json
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.responses import NinjaJSONEncoder

from dealrail.accounts.errors import NotFound
from dealrail.api.errors import (
    InvalidInput,
    MalformedRequest,
    NoSuchMethod,
    NotSignedIn,
    OwnFault,
    TooLarge,
)
from dealrail.api.sentences import told
from dealrail.core import failures
from dealrail.core.errors import Refusal
from dealrail.process.errors import BadDefinition, GateBlocked, describe
from dealrail.process.rules import Demand

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger("dealrail.api")

# Failures that mean one refusal, whatever is in them.
MEANINGS: dict[type[Exception], type[Refusal]] = {
    AuthenticationError: NotSignedIn,
    HttpError: MalformedRequest,
    Http404: NotFound,
    RequestDataTooBig: TooLarge,
    SuspiciousOperation: MalformedRequest,
    MultiPartParserError: MalformedRequest,
    UnreadablePostError: MalformedRequest,
    **failures.MEANINGS,
}
ANSWERED: tuple[type[Exception], ...] = (Refusal, *MEANINGS)


def install(api: NinjaAPI) -> None:
    """Have the API answer every exception with a problem document."""
    api.add_exception_handler(Refusal, _refused)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(Exception, _failed)
    for failure in MEANINGS:
        api.add_exception_handler(failure, _meant)


def _refused(request: HttpRequest, error: Refusal | type[Refusal]) -> HttpResponse:
    return problem(error) if isinstance(error, Refusal) else problem(error())


def _invalid(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    errors = [] if isinstance(error, type) else error.errors
    # An id in the address that can't be one names nothing.
    return problem(NotFound() if any(row["loc"][0] == "path" for row in errors) else InvalidInput(told(errors)))


def _meant(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    if isinstance(error, Exception) and isinstance(error.__cause__, Refusal):
        return problem(error.__cause__)
    kind = error if isinstance(error, type) else type(error)
    return problem(next(MEANINGS[cls] for cls in kind.__mro__ if cls in MEANINGS)())


def _failed(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    log.error("%s %s", request.method, request.path, exc_info=error if isinstance(error, Exception) else None)
    return problem(OwnFault())


def problem(refusal: Refusal) -> HttpResponse:
    """The answer to a refused request."""
    text = json.dumps(document(refusal), cls=NinjaJSONEncoder, ensure_ascii=False)
    response = HttpResponse(text, status=refusal.status, content_type=MEDIA_TYPE)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def no_such_method(request: HttpRequest, answer: HttpResponseNotAllowed) -> HttpResponse:
    """The answer to a method an address doesn't know."""
    response = problem(NoSuchMethod(method=request.method, allowed=answer["Allow"]))
    response["Allow"] = answer["Allow"]
    return response


def document(refusal: Refusal) -> dict[str, Any]:
    """A refusal as plain values: its params, and over them what every problem has."""
    return {
        **refusal.params,
        **_more(refusal),
        "type": f"urn:dealrail:{refusal.code}",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": str(refusal),
        "code": refusal.code,
    }


def _more(refusal: Refusal) -> dict[str, Any]:
    """What these two have beside their params: each thing that is wrong, all of them at once."""
    if isinstance(refusal, GateBlocked):
        return {"unmet": lacking([*refusal.demands, *refusal.approvals]), "approvals": lacking(refusal.approvals)}
    if isinstance(refusal, BadDefinition):
        rows = [{"where": row.where, "code": row.code, "message": describe(row)} for row in refusal.problems]
        return {"problems": rows}
    return {}


def lacking(demands: Iterable[Demand]) -> list[dict[str, Any]]:
    """What a gate asks for, one by one."""
    return [
        {
            **demand.params,
            "code": demand.code,
            "condition": demand.condition,
            "kind": demand.kind,
            "message": demand.message,
        }
        for demand in demands
    ]
