"""The condition kinds the kernel itself knows: approval, cooling time."""

from dealrail.process.condition_kinds.approval import Approval, seats, told
from dealrail.process.condition_kinds.cooling import Cooling

__all__ = ["Approval", "Cooling", "seats", "told"]
