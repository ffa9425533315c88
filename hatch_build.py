"""Hatchling's hook: builds the front end and the messages before they are packed."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))

from tools import assets


class AssetsHook(BuildHookInterface):
    """Runs tools/assets.py, so that a wheel has it all and `uv sync` leaves a complete checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, or stop the build with what went wrong."""
        assets.build(Path(self.root))
