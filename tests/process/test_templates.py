"""The shipped templates load, publish, and can be walked from start to end, each gate refusing first."""

import pytest

from dealrail.core.errors import Refusal
from dealrail.crm.actions.deals import advance_deal
from dealrail.process import checks, rules, texts
from dealrail.process import queries as processes
from dealrail.process.errors import GateBlocked
from tests.cast import MakeDeal, actor_of, event_kinds, fresh, last_event_id, template, unmet, walk_on

TEMPLATES = texts.template_names()
pytestmark = pytest.mark.django_db


def test_four_templates_ship_with_the_package() -> None:
    assert TEMPLATES == ["b2b-software", "complaint-loop", "equipment", "general"]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_nothing_wrong(name: str) -> None:
    assert checks.problems(template(name)) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_lists_why_deals_are_lost_and_conditions_waived(name: str) -> None:
    spec = rules.parse(template(name))
    for reasons in (spec.loss_reasons, spec.waiver_reasons):
        assert len(reasons) >= 6
        assert [*reasons][-1] == "other"


@pytest.mark.parametrize("name", [*TEMPLATES, "trial"])
def test_a_deal_is_refused_at_each_gate_and_then_walks_to_the_end(name: str, make_deal: MakeDeal) -> None:
    key = name if name == "trial" else template(name)["process"]
    deal = make_deal(process=key)
    for stage in processes.spec_of(deal.run.version_id).stages:
        assert fresh(deal).run.stage.key == stage.key
        _refuses_naming_all(deal.pk)
        walk_on(deal)
    assert fresh(deal).run.finished_at
    assert fresh(deal).run.state == "won"


def _refuses_naming_all(deal_id: int) -> None:
    """The gate names every unmet condition at once and writes nothing; one that asks only approval is walked."""
    from dealrail.crm.models import Deal

    deal = Deal.objects.select_related("owner").get(pk=deal_id)
    missing = unmet(deal)
    if not missing:
        return
    before = last_event_id()
    with pytest.raises(GateBlocked) as refused:
        advance_deal(actor=actor_of(deal.owner), deal_id=deal_id)
    assert isinstance(refused.value, Refusal)
    assert [(row.condition, row.item) for row in refused.value.demands] == missing
    assert event_kinds(before) == []
