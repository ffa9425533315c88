"""The devices one is logged in on, in words."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor

MOST_SHOWN = 50
# The first that fits: others claim to be Safari or Chrome, too.
BROWSERS = (
    ("MicroMessenger", "微信 WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Device:
    """A session: on what, from where, last used when."""

    id: int
    what: str
    ip: str
    seen_at: datetime
    is_current: bool


def devices(actor: Actor, key: str) -> list[Device]:
    """The actor's devices, this one on top, then the one used last."""
    found = [
        Device(row.pk, device_words(row.user_agent), row.ip, row.last_seen_at, row.session_key == key)
        for row in people.own_sessions(actor)[:MOST_SHOWN]
    ]
    return sorted(found, key=lambda device: not device.is_current)


def device_words(user_agent: str) -> str:
    """The browser and the system that a user agent names; a word for what is neither."""
    browser = next((name for mark, name in BROWSERS if re.search(mark, user_agent)), "")
    system = next((name for mark, name in SYSTEMS if re.search(mark, user_agent)), "")
    return " · ".join(filter(None, (browser, system))) or _("Unknown device")
