"""Every page there is: the addresses of the URLconf that answer a GET, with the cast's records put in.

A new address is covered as soon as it exists; where 1 is no id of its record, add an example here.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver

from dealrail.accounts.models import User
from dealrail.crm.actions.fields import create_field
from tests.api.client import Api
from tests.api.operations import belongings
from tests.architecture.guards import routes
from tests.cast import actor_of

PART = re.compile(r"<(?:\w+:)?(\w+)>")
# What stands for `key` differs from place to place.
KEYS = {"deals/": "visit", "library/": "celebrate", "processes/": "trial", "people/roles/": "sales", "forms/": "survey"}
# By the beginning of the address: what would end the walk.
LEFT_OUT = {
    "logout/": "logs out",
    "api/": "has no pages",
}


def addresses(owner: User) -> Iterator[str]:
    """Every address with records of this person in it, an import with a fault among them."""
    examples = _examples(owner)
    for route, _view in routes(get_resolver().url_patterns):
        if not any(route.startswith(left_out) for left_out in LEFT_OUT):
            yield "/" + _filled(route, examples)


def read(client: Client, address: str) -> Any:
    """What this address answers; a file is read to its end, which closes it."""
    answer = client.get(address)
    if answer.streaming:
        b"".join(answer)
    return answer


def _filled(route: str, examples: Mapping[str, Any]) -> str:
    return PART.sub(lambda part: str(_example(route, part[1], examples)), route)


def _example(route: str, name: str, examples: Mapping[str, Any]) -> Any:
    """What stands in an address for this part; 1 for an id without an example."""
    if name != "key" or "<int:key>" in route:
        return (
            examples["activity_id" if "follow-ups" in route else "request_id"]
            if name == "key"
            else examples.get(name, 1)
        )
    return next(key for start, key in KEYS.items() if route.startswith(start))


def _examples(owner: User) -> dict[str, Any]:
    made = belongings(owner)
    field = create_field(actor=actor_of(None), kind="customer", fields={"name": "会员号"})
    faulty = SimpleUploadedFile("商机.csv", "商机名称,阶段\n,没有的阶段\n".encode())
    job = Api(owner).upload("imports", kind="deals", process="trial", file=faulty).body
    return {
        **made,
        "field_id": field.pk,
        "record_id": made["form_record_id"],
        "file_id": made["form_file_id"],
        "about": "deal",
        "subject_id": made["deal_id"],
        "question": "goal",
        "target": "customer",
        "rule": "shown_when",
        "user_id": owner.pk,
        "job_id": job.get("id", made["import_id"]),
        "number": 1,
        "session_id": 1,
    }
