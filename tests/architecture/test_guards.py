"""How the source is written: what stands where, and what must not stand anywhere."""

from collections.abc import Callable, Iterable

import pytest

from tests.architecture import guards
from tests.architecture.source import Module, module, modules

Guard = Callable[[Iterable[Module]], list[str]]
ATOMIC = "@transaction.atomic\n"

# Each guard, and violations that it must see.
GUARDS: list[tuple[Guard, list[tuple[str, str]]]] = [
    (
        guards.web_below_the_edges,
        [
            ("dealrail.crm.actions.deals", "from django.http import Http404"),
            ("dealrail.crm.queries", "def f():\n    from django import forms"),
            ("dealrail.process.engine", "import django.urls"),
        ],
    ),
    (
        guards.signals,
        [
            ("dealrail.crm.apps", "from django.db.models.signals import post_save"),
            ("dealrail.crm.apps", "from django.dispatch import receiver"),
            ("dealrail.web.account.adapter", "from allauth.account import signals"),
        ],
    ),
    (
        guards.overridden_writes,
        [
            ("dealrail.crm.models", "class Deal(Model):\n    def save(self): ..."),
            ("dealrail.crm.models.deals", "class Deals(QuerySet):\n    def delete(self): ..."),
        ],
    ),
    (guards.catch_alls, [("dealrail.crm.utils", ""), ("dealrail.common.money", "")]),
    (
        guards.loose_actions,
        [
            ("dealrail.crm.actions.deals", f"{ATOMIC}def lose_deal(deal_id, *, actor): ..."),
            ("dealrail.crm.actions.deals", f"{ATOMIC}def lose_deal(*, deal_id): ..."),
            ("dealrail.crm.actions.deals", "def lose_deal(*, actor): ..."),
        ],
    ),
    (
        guards.environment_read_elsewhere,
        [
            ("dealrail.crm.queries", "import os\nos.environ['HOME']"),
            ("dealrail.crm.queries", "import os\nos.environ.get('HOME')"),
            ("dealrail.crm.queries", "import os\nos.getenv('HOME')"),
        ],
    ),
]


def names(case: object) -> str:
    return getattr(case, "__name__", "")


@pytest.mark.parametrize("guard", [guard for guard, _ in GUARDS], ids=names)
def test_nothing_in_the_project_breaks(guard: Guard) -> None:
    assert guard(modules()) == []


@pytest.mark.parametrize(
    ("guard", "name", "text"),
    [(guard, name, text) for guard, planted in GUARDS for name, text in planted],
    ids=names,
)
def test_a_planted_violation_is_seen_by(guard: Guard, name: str, text: str) -> None:
    assert len(guard([module(name, text)])) == 1


@pytest.mark.parametrize(
    ("guard", "name", "text"),
    [
        (guards.web_below_the_edges, "dealrail.web.deals.views", "from django.http import Http404"),
        (guards.loose_actions, "dealrail.crm.actions.deals", f"{ATOMIC}def lose_deal(*, actor): ..."),
        (guards.loose_actions, "dealrail.crm.actions.deals", "def _lost(deal): ..."),
        (guards.overridden_writes, "dealrail.web.deals.forms", "class Form:\n    def save(self): ..."),
        (guards.environment_read_elsewhere, "config.wsgi", "import os\nos.environ.setdefault('A', 'b')"),
    ],
    ids=names,
)
def test_what_is_allowed_passes(guard: Guard, name: str, text: str) -> None:
    assert guard([module(name, text)]) == []
