"""Addresses of login, logout, language and looks."""

from django.urls import URLPattern, URLResolver, include, path

from dealrail.web.account import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("", include("allauth.account.urls")),
]
