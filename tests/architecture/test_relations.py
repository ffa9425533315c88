"""Which way tables point: to their own layer or a lower one, as the layers of pyproject.toml have it."""

import tomllib
from typing import Any

from django.apps import apps

from dealrail.crm.models import Deal
from dealrail.process.models import Run
from tests.architecture import guards
from tests.architecture.source import ROOT


def ranks() -> dict[str, int]:
    """Each app's height in the house, counted from the bottom."""
    linter: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = next(contract["layers"] for contract in linter["contracts"] if contract["id"] == "apps")
    return {
        app.strip("() "): rank
        for rank, layer in enumerate(reversed(layers))
        for app in layer.replace(":", "|").split("|")
    }


def test_every_relation_points_to_the_same_or_a_lower_layer() -> None:
    assert guards.upward_relations(apps.get_models(), ranks()) == []


def test_a_relation_that_points_up_is_seen() -> None:
    turned = {"process": 9, "crm": 1}
    assert "crm.Deal.run points up to process.Run" in guards.upward_relations([Deal, Run], turned)
