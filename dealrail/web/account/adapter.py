"""How allauth behaves here: nobody signs up by themselves, and secrets aren't kept in the clear."""

import base64
import hashlib
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actions.sessions import note_failed_login, note_login
from dealrail.accounts.actor import Actor
from dealrail.web.signed_in import actor_of

SEEN_AT = "seen_at"
LONGEST_LOGIN = 60


class ClosedSignup(DefaultAccountAdapter):
    """People are invited by an administrator; there is no sign-up page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def login(self, request: HttpRequest, user: object) -> None:
        """Log in, and begin to note when this device is used."""
        super().login(request, user)
        request.session[SEEN_AT] = int(time.time())
        note_login(actor=actor_of(request))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Put on record that a password didn't fit."""
        note_failed_login(actor=Actor.system("web"), login=str(credentials.get("username", ""))[:LONGEST_LOGIN])


def log_in(request: HttpRequest, user: AbstractBaseUser, *, onward: str) -> HttpResponse:
    """Log somebody in who has just chosen a password: the same session, devices and second factor as by the form."""
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=reverse(onward)))
    return answer


class SecondFactor(DefaultMFAAdapter):
    """Keeps the secrets of authenticator apps encrypted by the secret key, so that a backup gives none away."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right. Take the newest one, or a recovery code not used yet."),
    }

    def encrypt(self, text: str) -> str:
        """The text as it is kept."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text as it was; nothing under another secret key, and no code is right then."""
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return ""


def _fernet() -> Fernet:
    digest = hashlib.sha256(b"dealrail.second_factor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
