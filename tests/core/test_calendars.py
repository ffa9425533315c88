"""Calendars for other programs: folded, escaped, in UTC, and read back as they were meant."""

import re
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from dealrail.core.calendars import Entry, calendar, escaped, folded

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=CHINA)
PLAN = Entry("task-7@dealrail", NOW, 30, "回访;带上报价,谢谢", "第一行\n第二行 \\", "https://crm.example/deals/7/")


def read(text: str) -> list[dict[str, str]]:
    """The events of a calendar, unfolded and unescaped, as a program that reads RFC 5545 would."""
    assert "\n" not in text.replace("\r\n", "")
    lines = text.replace("\r\n ", "").split("\r\n")
    events: list[dict[str, str]] = []
    event: dict[str, str] = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            event = {}
        elif line == "END:VEVENT":
            events.append(event)
            event = {}  # what follows belongs to the calendar
        else:
            event[name] = re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)
    return events


def test_an_entry_is_read_back_as_it_was() -> None:
    [event] = read(calendar("计划", [PLAN], now=NOW))
    assert event == {
        "UID": "task-7@dealrail",
        "DTSTAMP": "20261125T013000Z",
        "DTSTART": "20261125T013000Z",
        "DTEND": "20261125T020000Z",
        "SUMMARY": PLAN.summary,
        "DESCRIPTION": PLAN.description,
        "URL": PLAN.url,
    }


def test_the_frame_is_that_of_the_standard() -> None:
    lines = calendar("计划", [], now=NOW).split("\r\n")
    assert (lines[0], lines[1], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR", "")


@given(st.text(max_size=400))
def test_no_line_is_too_long_and_no_text_breaks_out(text: str) -> None:
    written = calendar("x", [Entry("u", NOW, 30, text)], now=NOW)
    assert all(len(line.encode("utf-8", "surrogatepass")) <= 75 for line in written.split("\r\n"))
    [event] = read(written)
    assert event["SUMMARY"] == "".join(
        one for one in re.sub("\r\n?", "\n", text) if one == "\n" or (one >= " " and one != "\x7f")
    )


def test_a_short_line_stays_whole() -> None:
    assert folded("SUMMARY:x") == "SUMMARY:x"
    assert escaped("a,b;c\\d\r\ne\x07") == "a\\,b\\;c\\\\d\\ne"
