"""Business lines, definitions, versions, pictures in their texts; runs, stays, approvals, waivers and debts."""

from dealrail.process.models.definitions import (
    Definition,
    DefinitionVersion,
    Draft,
    DraftStep,
    Stage,
)
from dealrail.process.models.lines import (
    BusinessLine,
    LineMember,
)
from dealrail.process.models.pictures import (
    Picture,
)
from dealrail.process.models.runs import (
    LIVE_APPROVALS,
    ApprovalPart,
    ApprovalRequest,
    Debt,
    Run,
    Stay,
    Waiver,
    WaiverRequest,
)
from dealrail.process.models.templates import (
    GroupTemplate,
    TemplateUse,
)

__all__ = [
    "LIVE_APPROVALS",
    "ApprovalPart",
    "ApprovalRequest",
    "BusinessLine",
    "Debt",
    "Definition",
    "DefinitionVersion",
    "Draft",
    "DraftStep",
    "GroupTemplate",
    "LineMember",
    "Picture",
    "Run",
    "Stage",
    "Stay",
    "TemplateUse",
    "Waiver",
    "WaiverRequest",
]
