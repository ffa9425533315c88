"""One's own settings: password and API tokens."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dealrail.accounts import queries as people
from dealrail.accounts.actions import sessions, tokens, users
from dealrail.accounts.permissions import TOKENS_MANAGE
from dealrail.core.errors import Refusal
from dealrail.web.account.devices import devices
from dealrail.web.account.second_factor import limited
from dealrail.web.signed_in import actor_of

DAYS = 90
THEME_NAMES = {"auto": _("As the device has it"), "light": _("Light"), "dark": _("Dark")}


class PasswordsDiffer(Refusal):
    code = "passwords_differ"
    sentence = _("The new password is not the same twice.")


@never_cache
def my_account(request: HttpRequest) -> HttpResponse:
    """Who one is here, one's password and tokens."""
    return _page(request)


@never_cache
@require_POST
def token_new(request: HttpRequest) -> HttpResponse:
    """Make a token and show it this once."""
    actor, days = actor_of(request), request.POST.get("days", "")
    try:
        token = tokens.create_token(
            actor=actor,
            user_id=actor.user_id,
            name=request.POST.get("name", ""),
            days=int(days) if days.isdecimal() and len(days) < 9 else 0,
        )
    except Refusal as refusal:
        return _page(request, token_refusal=refusal)
    return _page(request, token=token)


@require_POST
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Stop a token at once."""
    tokens.revoke_token(actor=actor_of(request), token_id=token_id)
    messages.success(request, gettext("The token is revoked."))
    return redirect("my_account")


@sensitive_post_parameters()
@require_POST
def my_password(request: HttpRequest) -> HttpResponse:
    """Change one's password; one stays logged in here."""
    if (too_often := limited(request)) is not None:
        return too_often
    actor, new = actor_of(request), request.POST.get("new", "")
    try:
        if new != request.POST.get("again", ""):
            raise PasswordsDiffer(field="again")
        users.change_own_password(actor=actor, old=request.POST.get("old", ""), password=new)
    except Refusal as refusal:
        return _page(request, password_refusal=refusal)
    old_key = request.session.session_key or ""
    update_session_auth_hash(request, people.user(actor.user_id))
    new_key = request.session.session_key or ""
    sessions.follow_session(actor=actor, old_key=old_key, new_key=new_key)
    sessions.end_other_sessions(actor=actor, kept_key=new_key)
    if request.POST.get("revoke"):
        tokens.revoke_own_tokens(actor=actor)
    messages.success(request, gettext("Your password is changed."))
    return redirect("my_account")


@require_POST
def my_profile(request: HttpRequest) -> HttpResponse:
    """Change one's name, language and looks."""
    actor, posted = actor_of(request), request.POST
    wanted = {key: posted.get(key, "") for key in ("name", "language", "theme")}
    try:
        users.change_own_profile(actor=actor, **wanted)
    except Refusal as refusal:
        return _page(request, profile_refusal=refusal)
    with translation.override(wanted["language"] or settings.LANGUAGE_CODE):
        messages.success(request, gettext("Saved."))
    return redirect("my_account")


@require_POST
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    """Log oneself out on one device."""
    sessions.end_session(actor=actor_of(request), session_id=session_id)
    messages.success(request, gettext("That device is logged out."))
    return redirect("my_account")


@require_POST
def session_end_others(request: HttpRequest) -> HttpResponse:
    """Log oneself out everywhere but here."""
    sessions.end_other_sessions(actor=actor_of(request), kept_key=request.session.session_key or "")
    messages.success(request, gettext("You are logged in on this device only."))
    return redirect("my_account")


def _page(
    request: HttpRequest,
    *,
    token: str = "",
    token_refusal: Refusal | None = None,
    password_refusal: Refusal | None = None,
    profile_refusal: Refusal | None = None,
) -> HttpResponse:
    actor = actor_of(request)
    refusal = token_refusal or password_refusal or profile_refusal
    person = people.user(actor.user_id)
    context = {
        "person": person,
        "name": request.POST.get("name", person.name) if profile_refusal else person.name,
        "profile_refusal": profile_refusal,
        "has_second_factor": people.has_second_factor(actor.user_id),
        "devices": devices(actor, request.session.session_key or ""),
        "themes": THEME_NAMES,
        "tokens": people.tokens_of(actor.user_id),
        "has_tokens": people.live_tokens(actor.user_id).exists(),
        "token": token,
        "days": request.POST.get("days") or DAYS,
        "may_use_tokens": actor.may(TOKENS_MANAGE),
        "token_refusal": token_refusal,
        "password_refusal": password_refusal,
    }
    return render(request, "people/own.html", context, status=refusal.status if refusal else 200)
