"""Addresses for creating something from wherever one is."""

from django.urls import path

from dealrail.web.quick import views

urlpatterns = [path("new/<slug:what>/", views.quick, name="quick")]
