"""The reference pages name what there is, all of it and nothing else: in the first column of their tables."""

from collections.abc import Callable, Collection, Iterator

import pytest

from dealrail.accounts import policy
from dealrail.events.facts import Fact
from dealrail.process import conditions
from tests.architecture import guards
from tests.architecture.source import ROOT, load_everything, module, modules


def kinds(root: type[Fact] = Fact) -> Iterator[str]:
    """The kinds of all facts of the project."""
    for child in root.__subclasses__():
        if child.__module__.startswith("dealrail.") and "kind" in vars(child):
            yield child.kind
        yield from kinds(child)


NAMES: dict[str, Callable[[], Collection[str]]] = {
    "settings": lambda: guards.settings_read(modules()),
    "events": lambda: set(kinds()),
    "conditions": lambda: conditions.kinds,
    "permissions": lambda: policy.registered,
}


@pytest.mark.parametrize("page", NAMES)
def test_page_names_everything_and_nothing_else(page: str) -> None:
    load_everything()
    names = NAMES[page]()
    assert names
    assert guards.undocumented(names, (ROOT / "docs" / f"{page}.md").read_text("utf-8")) == []


def test_a_missing_and_a_made_up_name_are_seen() -> None:
    found = guards.undocumented({"deal.won"}, "| kind | when |\n|---|---|\n| `deal.lost` | |\n")
    assert found == ["deal.won isn't in the page", "the page has deal.lost, which doesn't exist"]


def test_a_setting_is_found_where_it_is_read() -> None:
    readers = module("config.env", "def flag(name): ...\ndef _raw(name): ...")
    reads = module("config.settings", "DEBUG = env.flag('DEALRAIL_DEBUG', False)\nenv._raw('SECRET')")
    assert guards.settings_read([readers, reads]) == {"DEALRAIL_DEBUG"}
