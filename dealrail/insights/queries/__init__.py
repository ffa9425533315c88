"""The funnel, the execution rate, how actions were carried out, and the deals behind each figure."""

from dealrail.insights.queries.actions import action_deals as action_deals
from dealrail.insights.queries.actions import action_usages as action_usages
from dealrail.insights.queries.actions import latest_days as latest_days
from dealrail.insights.queries.cohorts import cohort_deals as cohort_deals
from dealrail.insights.queries.cohorts import funnel_deals as funnel_deals
from dealrail.insights.queries.funnels import execution as execution
from dealrail.insights.queries.funnels import funnel as funnel
from dealrail.insights.queries.funnels import funnel_and_execution as funnel_and_execution
from dealrail.insights.queries.lines import LineFigures as LineFigures
from dealrail.insights.queries.lines import figures_by_line as figures_by_line
