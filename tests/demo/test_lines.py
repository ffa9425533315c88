"""The demo company shows its business lines to whoever tries the product."""

from collections.abc import Iterator

import pytest

from dealrail.accounts.actor import Actor
from dealrail.demo import company, lines
from dealrail.process import queries as processes
from dealrail.process.queries.lines import line_by_key, line_processes, startable
from dealrail.process.queries.templates import deviations_of
from dealrail.process.rules.deviations import Part


@pytest.fixture
def founded(db: None) -> Iterator[company.Company]:
    """The demo company with its lines, before its first deal; its processes get numbers that others had."""
    processes.forget_cached_versions()
    made = company.found(by=Actor.system("demo"))
    lines.draw(made, by=Actor.system("demo"))
    yield made
    processes.forget_cached_versions()


def test_two_lines_have_processes_people_and_somebody_in_charge(founded: company.Company) -> None:
    own = {row.key: row.line_id for row in line_processes()}
    for key, process, leader in (("software", "b2b-software", "chenjing"), ("care", "care", "zhouhao")):
        line = line_by_key(key)
        assert own[process] == line.pk
        members = {row.user_id: row.in_charge for row in line.members.all()}
        assert len(members) > 4
        assert [pk for pk, leads in members.items() if leads] == [founded.actors[leader].user_id]
    offered = {
        login: {row.key for row in startable(founded.actors[login])} & {"b2b-software", "care"}
        for login in ("liwei", "wujun", "fanlu")
    }
    assert offered == {"liwei": {"b2b-software", "care"}, "wujun": {"b2b-software"}, "fanlu": set()}


def test_one_line_deviates_from_the_template_of_the_group_where_it_may(founded: company.Company) -> None:
    found = deviations_of("care")
    assert found is not None
    assert (found.parts, len(found.found), found.forbidden) == ([Part.LIMITS], 1, [])
    assert found.version.definition.key == "general"
