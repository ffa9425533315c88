"""What the follow-up form was filled with, as the actions take it."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

from dealrail.activities.errors import BadPlace
from dealrail.activities.rules import CheckIn
from dealrail.web.deals import reading
from dealrail.web.inputs import texts, whole
from dealrail.web.picks import picked_moment

LONGEST_NUMBER = 24


def follow_up(sent: QueryDict) -> dict[str, Any]:
    """The values of a follow-up. Refuses with BadMoment or BadPlace."""
    return {
        **reading.follow_up(texts(sent)),
        **next_step(sent),
        "check_in": check_in(sent),
        "written_at": reading.moment(sent.get("written_at", ""), field="occurred_at"),
        "finishes": [number for one in sent.getlist("finishes") if (number := whole(one))],
    }


def next_step(sent: QueryDict) -> dict[str, Any]:
    """The next step; a quick pick stands for its day, and for words when there are none."""
    text, at = sent.get("next_step", ""), reading.moment(sent.get("next_step_at", ""), field="next_step_at")
    picked = picked_moment(sent.get("pick", ""))
    if at is None and picked is not None:
        at = picked
        text = text.strip() or gettext("Follow up again")
    return {"next_step": text, "next_step_at": at}


def check_in(sent: QueryDict) -> CheckIn | None:
    """The check-in of a visit, if one was made; what stood in the form for another kind doesn't count."""
    if sent.get("kind") != "visit" or not (sent.get("check_in") or sent.get("place", "").strip()):
        return None
    return CheckIn(
        at=reading.moment(sent.get("checked_in_at", ""), field="place"),
        place=sent.get("place", ""),
        latitude=_number(sent, "latitude", Decimal),
        longitude=_number(sent, "longitude", Decimal),
        accuracy=_number(sent, "accuracy", lambda text: round(Decimal(text))),
    )


def _number(sent: QueryDict, name: str, read: Callable[[str], Any]) -> Any:
    text = sent.get(name, "").strip()
    if not text:
        return None
    try:
        return read(text[:LONGEST_NUMBER])
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise BadPlace(field="place") from error


def files(request: HttpRequest) -> list[Any]:
    """The files and photos chosen; an input left empty sends none."""
    return [file for file in request.FILES.getlist("files") if file.name]
