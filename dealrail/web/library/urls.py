"""Addresses of the action library."""

from django.urls import path

from dealrail.web.library import examples, views

urlpatterns = [
    path("library/", views.library, name="library"),
    path("library/new/", views.action_new, name="library_new"),
    path("library/actions/<slug:key>/", views.action, name="library_action"),
    path("library/actions/<slug:key>/edit/", views.action_change, name="library_change"),
    path("library/actions/<slug:key>/offer/", views.action_offer, name="library_offer"),
    path("library/examples/from/<int:activity_id>/", examples.example_new, name="example_new"),
    path("library/examples/<int:example_id>/take-back/", examples.example_take_back, name="example_take_back"),
]
