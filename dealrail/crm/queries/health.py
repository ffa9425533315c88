"""What `dealrail doctor` asks about deals."""

from django.db.models import Exists, F, OuterRef, Q

from dealrail.crm.models import Deal
from dealrail.events.models import ChainHead
from dealrail.process.rules import State


def deals_out_of_step() -> int:
    """How many deals don't stand where their runs do."""
    under_way = Q(run__state__in=[State.OPEN, State.WON], run__finished_at__isnull=True)
    where = (under_way & Q(stage_now=F("run__stage"))) | (~under_way & Q(stage_now__isnull=True))
    in_step = Deal.objects.filter(where, state=F("run__state"), stage_since=F("run__stage_entered_at"))
    return Deal.objects.count() - in_step.count()


def deals_without_events() -> int:
    """How many deals the log knows nothing of."""
    head = ChainHead.objects.filter(subject_kind="deal", subject_id=OuterRef("pk"))
    return Deal.objects.filter(~Exists(head)).count()
