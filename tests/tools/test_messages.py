"""The Chinese catalogue is complete, and the tool that says so sees what is wrong."""

import polib
import pytest

from tools import messages
from tools.messages import Message


def catalogue(text: str) -> polib.POFile:
    return polib.pofile(text + "\n")


def test_every_message_of_the_source_is_translated() -> None:
    assert messages.run("check") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('_("Won")', Message("Won")),
        ('translation.gettext("Won" " over")', Message("Won over")),
        ('ngettext("%(n)s deal", "%(n)s deals", n)', Message("%(n)s deal", plural="%(n)s deals")),
        ('pgettext_lazy("month", "May")', Message("May", context="month")),
        ('class Lost(Refusal):\n    sentence = "Gone."', Message("Gone.")),
        ('class Lost(Refusal):\n    sentence: ClassVar[str] = "Gone."', Message("Gone.")),
    ],
)
def test_reads_a_message_from_python(text: str, expected: Message) -> None:
    assert list(messages.in_python(text, "planted.py")) == [expected]


@pytest.mark.parametrize("text", ['_(f"{n} deals")', '_("a" + b)', '_("%s deals" % n)', '_("{} deals".format(n))'])
def test_refuses_a_computed_message_by_its_place(text: str) -> None:
    with pytest.raises(messages.Unreadable, match=r"planted\.py:1"):
        list(messages.in_python(text, "planted.py"))


def test_a_message_marked_elsewhere_may_be_translated_anywhere() -> None:
    assert list(messages.in_python("gettext(refusal.sentence)", "planted.py")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<b title="{% translate "It\'s “won”" %}">', Message("It's “won”")),
        ('{% translate "May" context "month" as m %}', Message("May", context="month")),
        ("{% blocktranslate trimmed %}\n  Hello\n  {{ name }}\n{% endblocktranslate %}", Message("Hello %(name)s")),
        (
            "{% blocktranslate count n=deals %}One{% plural %}{{ n }}{% endblocktranslate %}",
            Message("One", plural="%(n)s"),
        ),
        ('{{ _("Won") }}', Message("Won")),
    ],
)
def test_reads_a_message_from_a_template(text: str, expected: Message) -> None:
    assert list(messages.in_template(text, "planted.html")) == [expected]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "missing"),
        ('msgid "%(n)s won"\nmsgstr ""', "untranslated"),
        ('#, fuzzy\nmsgid "%(n)s won"\nmsgstr "%(n)s 个赢单"', "fuzzy"),
        ('msgid "%(n)s won"\nmsgstr "赢单"', "other places"),
        ('msgid "%(n)s won"\nmsgstr "%(n)s 赢单"\n\nmsgid "Lost"\nmsgstr "输单"', "unused"),
        ('msgid "%(n)s won"\nmsgstr "%(n)s 赢单"\n\n#~ msgid "Lost"\n#~ msgstr "输单"', "obsolete"),
    ],
)
def test_names_what_keeps_a_catalogue_from_being_complete(text: str, fault: str) -> None:
    found = messages.problems({Message("%(n)s won")}, catalogue(text))
    assert [problem.split(":")[0] for problem in found] == [fault]


def test_a_place_without_a_name_is_seen() -> None:
    text = 'msgid "%s of %s"\nmsgstr "%s / %s"'
    assert messages.problems({Message("%s of %s")}, catalogue(text)) == ["place without a name: '%s of %s'"]


def test_merging_keeps_translations_sorts_and_drops_what_is_unused() -> None:
    old = catalogue('msgid "Won"\nmsgstr "赢单"\n\nmsgid "Gone"\nmsgstr "没了"')
    merged = messages.merged([Message("Won"), Message("Lost")], old)
    assert [(entry.msgid, entry.msgstr) for entry in merged] == [("Lost", ""), ("Won", "赢单")]
