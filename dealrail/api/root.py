"""The API application: its routers, and refusals as problem documents."""

from ninja import NinjaAPI

api = NinjaAPI(title="Dealrail", version="1", urls_namespace="api", docs_url=None)
