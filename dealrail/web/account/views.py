"""How a person wants their screens: language, light or dark."""

from allauth.account import views as allauth
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from dealrail.accounts import queries as people
from dealrail.accounts.actions.users import set_language, set_theme
from dealrail.accounts.rules import THEMES
from dealrail.web.signed_in import actor_of

A_YEAR = 365 * 24 * 3600


@login_not_required
def log_in(request: HttpRequest) -> HttpResponseBase:
    """Log in; in a fresh home, where nobody can, the first run."""
    if request.method != "POST" and people.is_empty():
        return redirect("setup")
    answer: HttpResponseBase = allauth.login(request)
    return answer


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language: for the person when one is logged in, else for this browser."""
    wanted = request.POST.get("language", "")
    answer = redirect(back(request))
    if wanted in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            set_language(actor=actor_of(request), language=wanted)
        _remember(answer, settings.LANGUAGE_COOKIE_NAME, wanted)
    return answer


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Switch the looks: for the person when one is logged in, on all their devices, else for this browser."""
    wanted = request.POST.get("theme", "")
    answer = redirect(back(request))
    if wanted in THEMES:
        if request.user.is_authenticated:
            set_theme(actor=actor_of(request), theme=wanted)
        _remember(answer, "theme", wanted)
    return answer


def back(request: HttpRequest) -> str:
    """Where the form was sent from, if that is one of our addresses; the first page otherwise."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else "/"


def _remember(answer: HttpResponse, name: str, value: str) -> None:
    answer.set_cookie(name, value, max_age=A_YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True)
