"""The funnel, the deals behind its figures, and the execution rate."""

from dealrail.insights.queries.cohorts import cohort_deals as cohort_deals
from dealrail.insights.queries.cohorts import funnel_deals as funnel_deals
from dealrail.insights.queries.funnels import execution as execution
from dealrail.insights.queries.funnels import funnel as funnel
from dealrail.insights.queries.funnels import funnel_and_execution as funnel_and_execution
