"""The committed description of the API is what the code says."""

from pathlib import Path

from tools import openapi


def test_the_committed_description_is_what_the_code_says() -> None:
    assert openapi.difference(openapi.PAGE, openapi.described()) == []


def test_a_change_shows_as_a_difference(tmp_path: Path) -> None:
    page = tmp_path / "openapi.json"
    page.write_text(openapi.described().replace("Dealrail", "Something else"))
    assert openapi.main(["check"], page) == 1
    assert openapi.main(["update"], page) == 0
    assert openapi.main(["check"], page) == 0
