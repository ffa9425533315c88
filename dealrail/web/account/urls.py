"""Addresses of login, logout, language and looks. Of allauth's only these: a password is set by our own action."""

from allauth.account import views as allauth
from django.urls import path

from dealrail.web.account import views

urlpatterns = [
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", allauth.signup, name="account_signup"),  # says that there is none
]
