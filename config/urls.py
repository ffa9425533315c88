"""All addresses: the API under /api/v1/, everything else is a screen."""

from django.urls import include, path

from dealrail.api.root import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("dealrail.web.urls")),
]
