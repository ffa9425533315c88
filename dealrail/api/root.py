"""The API application: its door, its routers, and refusals as problem documents."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from dealrail.api import problems
from dealrail.api.auth import bearer_token
from dealrail.api.description import complete
from dealrail.api.once import guarded
from dealrail.api.reading import StrictParser
from dealrail.api.routers import (
    activities,
    customers,
    deals,
    drafts,
    events,
    exports,
    fields,
    forms,
    imports,
    insights,
    layouts,
    library,
    lines,
    lists,
    mappings,
    me,
    merging,
    migrations,
    moves,
    notifications,
    people,
    pictures,
    planning,
    pools,
    processes,
    recycling,
    search,
    templates,
    together,
    tokens,
    trials,
    working_time,
)


class DealrailAPI(NinjaAPI):
    """Names operations as the verbs they call, and describes what all of them have in common."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """`advanceDeal` for advance_deal."""
        first, *rest = operation.view_func.__name__.split("_")
        return first + "".join(word.capitalize() for word in rest)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description, completed."""
        return complete(super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params))


api = DealrailAPI(
    title="Dealrail",
    version="1",
    urls_namespace="api",
    docs_url=None,
    auth=bearer_token,
    parser=StrictParser(),
)
problems.install(api)
api.add_decorator(guarded, mode="view")
AREAS = (
    notifications,
    together,
    me, people, tokens, deals, moves, customers, pools, activities, processes, migrations, trials, drafts,
    library, insights, imports, mappings, exports, events, recycling, search, merging, planning, lists,
    fields, layouts, forms, lines, pictures, templates, working_time,
)  # fmt: skip
for area in AREAS:
    api.add_router("", area.router, auth=bearer_token)
