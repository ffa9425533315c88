"""All addresses: the API under /api/v1/, everything else is a screen."""

from django.urls import include, path

handler500 = "dealrail.web.refusals.failed"
urlpatterns = [
    path("api/v1/", include("dealrail.api.urls", namespace="api")),
    path("", include("dealrail.web.urls")),
]
