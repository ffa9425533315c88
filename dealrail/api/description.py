"""What the description of the API says of every operation: the key that makes a POST happen once, and refusals."""

from typing import Any, TypeVar

from dealrail.api.auth import SEE_AS
from dealrail.api.once import HEADER, LONGEST_KEY
from dealrail.api.problems import MEDIA_TYPE

Document = TypeVar("Document", bound=dict[str, Any])
REFUSALS = {
    "400": "The request can't be read.",
    "401": "No valid token.",
    "403": "Not allowed.",
    "404": "Not there, or not yours to see.",
    "409": "Somebody changed it in the meantime.",
    "413": "Too large.",
    "422": "Refused; `code` says why, `unmet` all that a gate still asks for.",
}
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457, with what belongs to the refusal beside these.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence in the language of Accept-Language."},
        "code": {"type": "string", "description": "For programs; never changes."},
        "unmet": {"type": "array", "items": {"$ref": "#/components/schemas/Lacking"}},
    },
}
KEY = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
    "description": "Sent again with the same request within a day, the first answer is given again, and nothing done.",
}

LOOK = {
    "in": "header",
    "name": SEE_AS,
    "required": False,
    "schema": {"type": "string"},
    "description": "`person:LOGIN`, `person:ID` or `role:KEY`: what they would be answered. It takes people.manage and "
    "no fewer rights than theirs, stands on record, and nothing can be changed meanwhile.",
}


def complete(schema: Document) -> Document:
    """Add to each operation the refusals it can meet, to each POST its Idempotency-Key, to each GET as whom to see."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    schema["components"]["schemas"]["Problem"] = PROBLEM
    schema["components"]["responses"] = {
        status: {"description": text, "content": content} for status, text in REFUSALS.items()
    }
    for methods in schema["paths"].values():
        for method, operation in methods.items():
            _complete(method, operation)
    return schema


def _complete(method: str, operation: dict[str, Any]) -> None:
    refusals = {status: {"$ref": f"#/components/responses/{status}"} for status in REFUSALS}
    known = {str(status): answer for status, answer in operation["responses"].items()}
    operation["responses"] = {**known, **refusals}
    for own, header in (("post", KEY), ("get", LOOK)):
        if method == own:
            operation["parameters"] = [*operation["parameters"], header]
