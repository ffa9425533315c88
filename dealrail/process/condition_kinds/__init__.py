"""The condition kinds the kernel itself knows: approval, cooling time; and what examples say of a deal to them."""

from dealrail.process.condition_kinds.approval import Approval, seats, told
from dealrail.process.condition_kinds.cooling import Cooling, DaysInStage
from dealrail.process.condition_kinds.granted import Approved, Waived

__all__ = ["Approval", "Approved", "Cooling", "DaysInStage", "Waived", "seats", "told"]
