"""Tags and filters of our templates: icons, money, times, SOP texts."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from dealrail.core import clock, money
from dealrail.forms.queries import link_token
from dealrail.web import picks
from dealrail.web.marked import MARKDOWN, in_line, unmarked
from dealrail.web.people import naming

register = template.Library()
NOTHING = "—"
DAYS_SAID_RELATIVELY = 7
DAYS_NEAR = {-1: gettext_lazy("yesterday"), 0: gettext_lazy("today"), 1: gettext_lazy("tomorrow")}


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; with a label when no word stands beside it."""
    hidden = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    sprite = static("dealrail/icons.svg")
    return format_html('<svg class="icon" {}><use href="{}#{}"></use></svg>', hidden, sprite, name)


@register.simple_tag
def days_off() -> str:
    """The days ahead that aren't worked, for a control that chooses days by itself."""
    return picks.days_off(timezone.localdate(clock.now()))


@register.simple_tag
def kept(name: str, **values: Any) -> SafeString:
    """A part of a page that hangs on nothing but these values and the language: made once for each, then kept."""
    make = _made.__wrapped__ if settings.DEBUG else _made
    return make(get_language(), name, tuple(values.items()))


@lru_cache(maxsize=2048)
def _made(language: str | None, name: str, values: tuple[tuple[str, Any], ...]) -> SafeString:
    # Nothing else of the page is handed in: a part that wants more shows a gap, not what was meant for somebody else.
    return mark_safe(get_template(name).render(dict(values)))


@register.filter
def wan(value: Decimal | None) -> str:
    """Money for cards and charts: 4,643.98 万, in English 46.44M."""
    if value is None:
        return NOTHING
    return money.in_wan(Decimal(value)) if (get_language() or "").startswith("zh") else _in_millions(Decimal(value))


def _in_millions(value: Decimal) -> str:
    for unit, name in ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(1000), "K")):
        if abs(value) >= unit:
            return f"{money.grouped(value / unit)}{name}"
    return money.grouped(value)


@register.filter
def yuan(value: Decimal | str | None) -> str:
    """Money in full: ¥1,234,567.00."""
    return NOTHING if value in (None, "") else f"¥{money.grouped(Decimal(str(value)))}"


@register.filter
def day(value: date | datetime | None) -> str:
    """A date as 2026-03-01."""
    if value is None:
        return NOTHING
    return date_format(timezone.localtime(value) if isinstance(value, datetime) else value, "Y-m-d")


@register.filter
def weekday(value: date) -> str:
    """The weekday in short: Fri, 周五."""
    return date_format(value, "D").replace("星期", "周")


@register.filter
def moment(value: datetime | None) -> str:
    """A date with its time as 2026-03-01 09:30; of one at midnight, who only had a date, the day alone."""
    if value is None:
        return NOTHING
    return day(value) if _is_a_day(value) else date_format(timezone.localtime(value), "Y-m-d H:i")


def _is_a_day(value: datetime) -> bool:
    """Whether a time is exactly midnight, as what came with a date and no time."""
    return timezone.localtime(value).time() == time.min


@register.filter
def dialled(value: str) -> str:
    """A phone number as a phone dials it: digits and a leading +, and after a pause the extension."""
    number, _extension, rest = re.sub(r"(转|分机|ext\.?|[x#,;])", ",", value, flags=re.IGNORECASE).partition(",")
    digits = re.sub(r"[^\d+]", "", number)
    extension = re.sub(r"\D", "", rest)
    return f"{digits},{extension}" if extension else digits


@register.filter
def ago(value: datetime | None) -> SafeString | str:
    """A time in words when it is near, as a date when it is far; the exact one on hover."""
    if value is None:
        return NOTHING
    exact = moment(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, _near(value) or day(value))


def _near(value: datetime) -> str:
    now = clock.now()
    days = (timezone.localdate(value) - timezone.localdate(now)).days
    if days in DAYS_NEAR and _is_a_day(value):
        return str(DAYS_NEAR[days])
    if days == 0 and value <= now:
        seconds = (now - value).total_seconds()
        return _("just now") if seconds < 60 else _("%(time)s ago") % {"time": timesince(value, now, depth=1)}
    clock_time = date_format(timezone.localtime(value), "H:i")
    named = {-1: _("yesterday %(time)s"), 0: _("today %(time)s"), 1: _("tomorrow %(time)s")}
    if days in named:
        return named[days] % {"time": clock_time}
    if abs(days) > DAYS_SAID_RELATIVELY:
        return ""
    if days < 0:
        return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": -days}
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}


@register.filter
def markdown(text: str) -> SafeString:
    """A text of the process as HTML; HTML in it stays text."""
    html: str = MARKDOWN.render(text or "")
    return mark_safe(html)


@register.filter
def markdown_line(text: str) -> SafeString:
    """The same of one line."""
    return mark_safe(in_line(text))


@register.filter
def words_only(text: str) -> str:
    """The same without its marks, where only words can stand."""
    return unmarked(text)


@register.filter
def lookup(values: Any, key: Any) -> Any:
    """The value of a mapping under a key; nothing when there is none."""
    return values.get(key, "") if values else ""


@register.filter
def step_kind(value: datetime | None) -> str:
    """How urgent a next step is: overdue, today, planned, or none."""
    if value is None:
        return "none"
    due, today = timezone.localdate(value), timezone.localdate(clock.now())
    if value < clock.now() and due <= today:
        return "overdue"
    return "today" if due == today else "planned"


@register.filter
def role_name(role: Any) -> str:
    """A role's name; of a built-in one nobody renamed, in the reader's language."""
    return naming.role_name(role.key, role.name)


@register.filter
def is_past(value: date | None) -> bool:
    """Whether a day lies before today."""
    return value is not None and value < timezone.localdate(clock.now())


@register.filter
def percent(share: float | None) -> str:
    """A share of 1 in per cent; a dash where there was nothing to divide by."""
    return "—" if share is None else f"{100 * share:.1f}%"


@register.filter
def drawn(cell: Any) -> Any:
    """What stands in a plain cell of a list (web.lists.cells.Cell); not a template, as a page has hundreds of them."""
    match cell.kind:
        case "none":
            return format_html('<span class="hint">{}</span>', NOTHING)
        case "record":
            return format_html('<a href="{}">{}</a>', cell.href, cell.value) if cell.href else cell.value
        case "money":
            return yuan(cell.value)
        case "day":
            return format_html('<span class="tabular">{}</span>', day(cell.value))
        case "ago":
            return ago(cell.value)
        case _:
            return cell.value


@register.simple_tag(takes_context=True)
def form_address(context: Mapping[str, Any], link: Any) -> str:
    """The whole address of a link by which somebody without a login fills a form in."""
    address: str = context["request"].build_absolute_uri(reverse("public_form", args=[link_token(link)]))
    return address
