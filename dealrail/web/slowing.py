"""How often one address may ask for what is open to everybody."""

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

from dealrail.core import clock

A_MINUTE = 60


def asks_too_often(request: HttpRequest, what: str, most: int) -> bool:
    """Whether this address asked for it more than so many times in this minute."""
    key = f"{what}:{get_adapter().get_client_ip(request)}:{clock.now():%H%M}"
    cache.add(key, 0, timeout=A_MINUTE)
    try:
        return cache.incr(key) > most
    except ValueError:  # the minute was over in between
        return False
