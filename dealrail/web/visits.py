"""A check-in told to people: when and where in words, and a link to a map for whoever follows it."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

MAP = "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"
CHINESE_MAP = "https://uri.amap.com/marker?position={longitude},{latitude}&coordinate=wgs84"


def check_in(payload: Mapping[str, Any]) -> str:
    """When somebody checked in, the place in words, and how sure the browser was of it; nothing without a check-in."""
    at = parse_datetime(payload.get("checked_in_at") or "")
    if at is None:
        return ""
    said = [_("Checked in at %(time)s") % {"time": date_format(timezone.localtime(at), "H:i")}, payload["place"]]
    if payload["latitude"] is not None and payload["accuracy"]:
        said.append(f"±{payload['accuracy']} m")
    return " · ".join(filter(None, said))


def map_link(payload: Mapping[str, Any]) -> str:
    """Where a map shows the place of a check-in; nothing without degrees. The page itself asks nobody for it."""
    if payload.get("latitude") is None or payload.get("longitude") is None:
        return ""
    shape = CHINESE_MAP if (get_language() or "").startswith("zh") else MAP
    return shape.format(latitude=payload["latitude"], longitude=payload["longitude"])
