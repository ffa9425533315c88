"""The API keeps to its description: whatever a client makes of it, no request breaks the server."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dealrail.accounts.models import User
from dealrail.api.root import api
from tests.api.client import Answer, Api
from tests.api.operations import belongings

EXAMPLES = 12


def test_no_request_that_fits_the_description_breaks_the_server(as_admin: Api, rep: User) -> None:
    ids = belongings(rep)
    as_admin.get("me")
    found: Any = schemathesis.openapi.from_dict(api.get_openapi_schema()).get_all_operations()
    for operation in found:
        try_out(operation.ok(), as_admin, ids)


def try_out(operation: Any, asker: Api, ids: dict[str, Any]) -> None:
    """Send requests of all shapes, to records that exist and to others; take back what they did."""

    @given(case=operation.as_strategy(), exists=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any, exists: bool) -> None:
        with transaction.atomic():
            answer = sent(case, asker, ids if exists else {})
            transaction.set_rollback(True)
        assert answer.status < 500, (operation.label, case)
        assert answer.status != 400 or answer.code == "malformed_request"

    send()


def sent(case: Any, asker: Api, ids: dict[str, Any]) -> Answer:
    """The made-up request, sent; its address names these ids where it has them."""
    named = {name: quote(str(ids.get(name, value)), safe="") for name, value in (case.path_parameters or {}).items()}
    path = f"{case.operation.path.format(**named)}?{urlencode(case.query or {})}"
    body = None if isinstance(case.body, type(schemathesis.core.NOT_SET)) else case.body
    if case.media_type == "multipart/form-data":
        return asker.upload(path, **{name: str(value) for name, value in dict(body or {}).items()})
    return asker.send(case.method, path, "" if case.body is not body else json.dumps(body))
