"""The front end and the messages are built when, and only when, what they are made from has changed."""

from pathlib import Path

import pytest

from tools import assets, freshness


def test_a_digest_changes_with_a_name_and_with_a_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = freshness.digest(tmp_path, [tmp_path / "a"])
    (tmp_path / "a").rename(tmp_path / "b")
    renamed = freshness.digest(tmp_path, [tmp_path / "b"])
    (tmp_path / "b").write_text("2")
    assert len({first, renamed, freshness.digest(tmp_path, [tmp_path / "b"])}) == 3


def test_a_catalogue_is_compiled_again_after_a_change(tmp_path: Path) -> None:
    po = tmp_path / "dealrail" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    po.write_text('msgid "Won"\nmsgstr "赢单"\n', "utf-8")
    assets.compile_messages(tmp_path, po)
    assert freshness.is_compiled(tmp_path, po)
    po.write_text('msgid "Won"\nmsgstr "成交"\n', "utf-8")
    assert not freshness.is_compiled(tmp_path, po)


def test_a_broken_catalogue_stops_the_build_by_name(tmp_path: Path) -> None:
    po = tmp_path / "dealrail" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    po.write_text("nonsense\n", "utf-8")
    with pytest.raises(assets.BuildFailed, match=r"django\.po cannot be compiled"):
        assets.compile_messages(tmp_path, po)


def test_an_icon_becomes_a_symbol_without_its_frame(tmp_path: Path) -> None:
    frame = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'
    svg = f'<svg viewBox="0 0 24 24">\n  {frame}\n  <path d="M3 12h4" />\n</svg>'
    (tmp_path / "bell.svg").write_text(svg)
    sprite = assets.icon_sprite(tmp_path, ["bell"])
    assert '<symbol id="bell"' in sprite
    assert sprite.count("<path") == 1


def test_an_icon_that_tabler_lacks_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(assets.BuildFailed, match="rocket-sled"):
        assets.icon_sprite(tmp_path, ["rocket-sled"])


def test_what_a_failing_tool_said_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "fail.js").write_text("console.error('no such bundle'); process.exit(3)")
    with pytest.raises(assets.BuildFailed, match="no such bundle"):
        assets.run_node(tmp_path, tmp_path / "fail.js")


def test_what_is_served_is_up_to_date() -> None:
    assert freshness.is_current()
