"""A client of the API with somebody's token, and short ways to ask and to read."""

import json
from typing import Any

from django.http import HttpResponseBase
from django.test import Client

from dealrail.accounts.actions.tokens import create_token
from dealrail.accounts.models import User
from tests.cast import actor_of

ROOT = "/api/v1/"


class Answer:
    """What the API answered."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.text: str = b"".join(response).decode("utf-8-sig", "replace")

    @property
    def body(self) -> Any:
        """The JSON in it; None for an empty answer."""
        return json.loads(self.text) if self.text else None

    @property
    def code(self) -> str:
        """The code of a problem document, checked to be one."""
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.body["status"] == self.status
        assert self.body["detail"]
        return str(self.body["code"])

    @property
    def names(self) -> list[str]:
        """The names of the rows of a list."""
        return [row["name"] for row in self.body["items"]]


class Api:
    """Asks with the token of this person, or with none."""

    def __init__(self, user: User | None = None, token: str = "", language: str = "en") -> None:
        if user is not None:
            token = create_token(actor=actor_of(user), user_id=user.pk, name="tests")
        self.headers = {"authorization": f"Bearer {token}"} if token else {}
        if language:
            self.headers["accept-language"] = language
        self.client = Client()

    def get(self, path: str, **params: Any) -> Answer:
        """Read something."""
        return Answer(self.client.get(_full(path), params, headers=self.headers))

    def post(self, path: str, body: Any = None, *, key: str = "", **fields: Any) -> Answer:
        """Do something; the body is given as a whole or field by field."""
        return self.send("post", path, body if body is not None else fields, key=key)

    def patch(self, path: str, **fields: Any) -> Answer:
        """Change something."""
        return self.send("patch", path, fields)

    def put(self, path: str, **fields: Any) -> Answer:
        """Put something in the place of what is there."""
        return self.send("put", path, fields)

    def delete(self, path: str) -> Answer:
        """Remove something."""
        return Answer(self.client.delete(_full(path), headers=self.headers))

    def send(self, method: str, path: str, body: Any, *, key: str = "", kind: str = "application/json") -> Answer:
        """Send a body as JSON, or text as it is."""
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {**self.headers, **({"idempotency-key": key} if key else {})}
        response: HttpResponseBase = self.client.generic(method.upper(), _full(path), data, kind, headers=headers)
        return Answer(response)

    def upload(self, path: str, *, key: str = "", **parts: Any) -> Answer:
        """Send a form with files."""
        headers = {**self.headers, **({"idempotency-key": key} if key else {})}
        return Answer(self.client.post(_full(path), parts, headers=headers))


def _full(path: str) -> str:
    return path if path.startswith("/") else ROOT + path
