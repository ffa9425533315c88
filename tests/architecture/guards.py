"""Guards for what import contracts can't show. Each takes what it looks at and returns the violations, in words."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Model
from django.urls import URLPattern, URLResolver
from django.utils import translation
from ninja import NinjaAPI

from dealrail.core.errors import Refusal
from tests.architecture.source import Module, imports, is_within

EDGES = ("dealrail.web", "dealrail.api")
ONLY_AT_THE_EDGES = ("django.http", "django.shortcuts", "django.views", "django.urls", "django.forms")
CATCH_ALLS = {"base", "common", "helpers", "misc", "services", "utils"}
LEARNS_FROM_EVENTS_ONLY = "dealrail.incentives"


def web_below_the_edges(modules: Iterable[Module]) -> list[str]:
    """Requests, addresses and forms belong to the screens and the API."""
    return [
        f"{module.name} imports {name}"
        for module in modules
        if is_within(module.name, "dealrail") and not any(is_within(module.name, edge) for edge in EDGES)
        for name in imports(module.tree)
        if any(is_within(name, package) for package in ONLY_AT_THE_EDGES)
    ]


def signals(modules: Iterable[Module]) -> list[str]:
    """What follows from a change is called or subscribes to its event; nothing hangs on signals."""
    return [
        f"{module.name} imports {name}"
        for module in modules
        for name in imports(module.tree)
        if is_within(name, "django.dispatch") or "signals" in name.split(".")
    ]


def overridden_writes(modules: Iterable[Module]) -> list[str]:
    """Models hold data; what a change means stands in an action."""
    return [
        f"{module.name}.{cls.name} overrides {method.name}()"
        for module in modules
        if module.layer == "models"
        for cls in ast.walk(module.tree)
        if isinstance(cls, ast.ClassDef)
        for method in cls.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
        if method.name in {"save", "asave", "save_base", "delete", "adelete"}
    ]


def catch_alls(modules: Iterable[Module]) -> list[str]:
    """A module is named for what it does."""
    return [module.name for module in modules if CATCH_ALLS & set(module.name.split("."))]


def domain_tables_in_incentives(modules: Iterable[Module]) -> list[str]:
    """Wall 5: points are reckoned from events, not from the tables that made them."""
    return [
        f"{module.name} imports {name}"
        for module in modules
        if is_within(module.name, LEARNS_FROM_EVENTS_ONLY)
        for name in imports(module.tree)
        if "models" in name.split(".") and is_within(name, "dealrail")
        if not is_within(name, LEARNS_FROM_EVENTS_ONLY)
    ]


def loose_actions(modules: Iterable[Module]) -> list[str]:
    """A public action takes keywords only, `actor` among them, and is atomic."""
    return [
        f"{module.name}.{function.name} {fault}"
        for module in modules
        if module.layer == "actions"
        for function in module.tree.body
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not function.name.startswith("_")
        for fault in _faults(function)
    ]


def _faults(action: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    arguments = action.args
    if arguments.posonlyargs or arguments.args or arguments.vararg:
        yield "takes positional arguments"
    if "actor" not in {argument.arg for argument in arguments.kwonlyargs}:
        yield "doesn't take actor"
    if not any(ast.unparse(decorator).startswith("transaction.atomic") for decorator in action.decorator_list):
        yield "isn't @transaction.atomic"


def routes(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every address with its view."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def open_views(patterns: Iterable[URLPattern | URLResolver], reasons: Mapping[str, str]) -> list[str]:
    """Views that need no login and aren't listed with a reason; a listed prefix covers what lies below it."""
    return [
        f"{route} needs no login"
        for route, view in routes(patterns)
        if not getattr(view, "login_required", True)
        if not any(route == listed or (listed.endswith("/**") and route.startswith(listed[:-2])) for listed in reasons)
    ]


def open_operations(api: NinjaAPI, reasons: Mapping[str, str]) -> list[str]:
    """API operations that take anyone and aren't listed with a reason."""
    return [
        f"{'/'.join(operation.methods)} {router.prefix}{path} takes anyone"
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for operation in view.operations
        if not operation.auth_callbacks and f"{router.prefix}{path}" not in reasons
    ]


def unclear_refusals(refusals: Iterable[type[Refusal]], translated: Collection[str]) -> list[str]:
    """Each refusal has a code of its own and a sentence that the Chinese catalogue knows."""
    seen: dict[str, str] = {}
    found = []
    with translation.override("en"):
        for refusal in refusals:
            name = f"{refusal.__module__}.{refusal.__name__}"
            if (other := seen.setdefault(refusal.code, name)) != name:
                found.append(f"{name} has the code {refusal.code} of {other}")
            if str(refusal.sentence) not in translated:
                found.append(f"{name} has no Chinese sentence")
    return found


def upward_relations(models: Iterable[type[Model]], ranks: Mapping[str, int]) -> list[str]:
    """A table points at tables of its own layer or a lower one; `ranks` counts from the bottom."""
    return [
        f"{model._meta.label}.{field.name} points up to {field.related_model._meta.label}"
        for model in models
        if _app(model) in ranks and not model._meta.auto_created
        for field in [*model._meta.fields, *model._meta.many_to_many]
        if isinstance(field.related_model, type)
        if ranks.get(_app(field.related_model), -1) > ranks[_app(model)]
    ]


def _app(model: type[Model]) -> str:
    return model.__module__.split(".")[1] if is_within(model.__module__, "dealrail") else ""


def settings_read(modules: Iterable[Module]) -> set[str]:
    """The names that are read through config/env.py."""
    return {
        node.args[0].value
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"env.{kind}" for kind in _env_readers(modules)}
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }


def _env_readers(modules: Iterable[Module]) -> set[str]:
    readers = next((module.tree.body for module in modules if module.name == "config.env"), [])
    return {node.name for node in readers if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")}


def environment_read_elsewhere(modules: Iterable[Module]) -> list[str]:
    """Settings come through config/env.py, so that nonsense is refused by name; presetting one is not reading it."""
    return [
        f"{module.name} reads {ast.unparse(node)}"
        for module in modules
        if module.name != "config.env"
        for node in ast.walk(module.tree)
        if ast.unparse(node) in {"os.getenv", "os.environ.get", "os.environ.items"}
        or (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ" and _is_read(node))
    ]


def _is_read(node: ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Load)


def undocumented(names: Collection[str], page: str) -> list[str]:
    """Names that aren't in the first column of the page's tables, and rows for what doesn't exist."""
    rows = set(re.findall(r"^\|\s*`([^`]+)`", page, re.MULTILINE))
    missing = [f"{name} isn't in the page" for name in sorted(set(names) - rows)]
    return missing + [f"the page has {name}, which doesn't exist" for name in sorted(rows - set(names))]
