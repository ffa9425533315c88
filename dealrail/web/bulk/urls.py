"""Addresses of steps for many records."""

from django.urls import path

from dealrail.web.bulk import views
from dealrail.web.lists.urls import PATHS

urlpatterns = [
    path("bulk/", views.bulk_jobs, name="bulk_jobs"),
    path("bulk/<int:job_id>/", views.bulk_job, name="bulk_job"),
    path("bulk/<int:job_id>/stop/", views.bulk_stop, name="bulk_stop"),
    path("bulk/<int:job_id>/undo/", views.bulk_undo, name="bulk_undo"),
    path("bulk/<int:job_id>/again/", views.bulk_again, name="bulk_again"),
    *(path(f"{place}bulk/", views.bulk_start, {"kind": kind}, name=f"{kind}_bulk") for kind, place in PATHS.items()),
    *(
        path(f"{place}bulk/value/", views.bulk_value, {"kind": kind}, name=f"{kind}_bulk_value")
        for kind, place in PATHS.items()
    ),
]
