"""One's second factor on screen: setting it up, recovery codes, turning it off."""

from typing import Any

from allauth.core import ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dealrail.accounts import queries as people
from dealrail.accounts.actions import second_factor as actions
from dealrail.core.errors import Refusal
from dealrail.web.account.qr import qr_svg
from dealrail.web.signed_in import actor_of

SECRET = "second_factor_secret"
GROUP = 4


@never_cache
@sensitive_post_parameters("code")
def second_factor(request: HttpRequest) -> HttpResponse:
    """Show the secret as a QR code and take the first code; or, once it is on, what can be done about it."""
    if request.method != "POST":
        return _page(request)
    try:
        codes = actions.turn_on_second_factor(
            actor=actor_of(request), secret=_secret(request), code=request.POST.get("code", "")
        )
    except Refusal as refusal:
        return _page(request, refusal=refusal)
    request.session.pop(SECRET, None)
    messages.success(request, gettext("Your second factor is on. From now on a login asks for a code."))
    return _page(request, codes=codes)


@never_cache
@sensitive_post_parameters("password")
@require_POST
def second_factor_off(request: HttpRequest) -> HttpResponse:
    """Turn it off, with the password."""
    if (too_often := limited(request)) is not None:
        return too_often
    try:
        actions.turn_off_second_factor(actor=actor_of(request), password=request.POST.get("password", ""))
    except Refusal as refusal:
        return _page(request, off_refusal=refusal)
    messages.success(request, gettext("Your second factor is off."))
    return redirect("my_account")


@never_cache
@sensitive_post_parameters("password")
@require_POST
def second_factor_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes, with the password, and show them this once."""
    if (too_often := limited(request)) is not None:
        return too_often
    try:
        codes = actions.renew_recovery_codes(actor=actor_of(request), password=request.POST.get("password", ""))
    except Refusal as refusal:
        return _page(request, codes_refusal=refusal)
    return _page(request, codes=codes)


def limited(request: HttpRequest) -> HttpResponse | None:
    """The page for too many tries, so that an open screen doesn't help to guess the password."""
    answer: HttpResponse | None = ratelimit.consume_or_429(request, action="reauthenticate", user=request.user)
    return answer


def _secret(request: HttpRequest) -> str:
    """The secret offered in this session; the same on every look at the page until it is taken."""
    if SECRET not in request.session:
        request.session[SECRET] = generate_totp_secret()
    return str(request.session[SECRET])


def _page(request: HttpRequest, *, codes: list[str] | None = None, **refusals: Refusal) -> HttpResponse:
    actor = actor_of(request)
    is_on = people.has_second_factor(actor.user_id)
    context: dict[str, Any] = {"is_on": is_on, "codes": codes, **refusals}
    if not is_on:
        context |= _offer(request)
    status = next((refusal.status for refusal in refusals.values()), 200)
    return render(request, "account/second_factor.html", context, status=status)


def _offer(request: HttpRequest) -> dict[str, Any]:
    secret = _secret(request)
    address = get_adapter().build_totp_url(request.user, secret)
    return {
        "qr": qr_svg(address, gettext("QR code for the authenticator app")),
        "secret": " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP)),
        "address": address,
    }
