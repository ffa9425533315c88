"""Addresses of the app's own parts; the service worker stands at the top, because it rules what lies below it."""

from django.urls import path

from dealrail.web.offline import views

urlpatterns = [
    path("sw.js", views.service_worker, name="service_worker"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("offline/<slug:language>/", views.offline, name="offline"),
]
