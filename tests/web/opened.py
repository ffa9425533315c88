"""What a browser sends of a form: every field as it stands, and what the form says it held when it was opened."""

from html.parser import HTMLParser

from django.test import Client


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.select = self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {key: value or "" for key, value in attrs}
        name = told.get("name", "")
        if tag == "input" and name and (told.get("type") not in {"checkbox", "radio"} or "checked" in told):
            self.fields.setdefault(name, []).append(told.get("value", ""))
        elif tag == "select":
            self.select = name
        elif tag == "textarea":
            self.textarea = name
            self.fields[name] = [""]
        elif tag == "option" and "selected" in told:
            self.fields[self.select] = [told.get("value", "")]

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.fields[self.textarea] = [data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.textarea = ""


def opened(client: Client, address: str) -> dict[str, list[str]]:
    """Every field of the forms on a page, as it stands there."""
    return fields_in(client.get(address).content.decode())


def fields_in(page: str) -> dict[str, list[str]]:
    """Every field of the forms on a page given as text."""
    parser = _Fields()
    parser.feed(page)
    return parser.fields
