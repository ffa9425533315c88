"""Addresses of login, logout, language and looks. Of allauth's only these: a password is set by our own action."""

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from django.urls import path

from dealrail.web.account import second_factor, views

urlpatterns = [
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("me/second-factor/", second_factor.second_factor, name="second_factor"),
    path("me/second-factor/off/", second_factor.second_factor_off, name="second_factor_off"),
    path("me/second-factor/codes/", second_factor.second_factor_codes, name="second_factor_codes"),
    path("login/second-factor/", mfa.authenticate, name="mfa_authenticate"),
    path("login/", views.log_in, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", allauth.signup, name="account_signup"),  # says that there is none
]
