"""Addresses of imports."""

from django.urls import path

from dealrail.web.imports import mapping, views

urlpatterns = [
    path("imports/template/<slug:kind>/", views.import_template, name="import_template"),
    path("imports/", views.imports, name="imports"),
    path("imports/map/", mapping.import_map, name="import_map"),
    path("imports/<int:job_id>/", views.import_job, name="import_job"),
    path("imports/<int:job_id>/map/", views.import_remap, name="import_remap"),
    path("imports/<int:job_id>/stop/", views.import_stop, name="import_stop"),
    path("imports/<int:job_id>/start/", views.import_start, name="import_start"),
    path("imports/<int:job_id>/undo/", views.import_undo, name="import_undo"),
    path("imports/<int:job_id>/errors/", views.import_errors, name="import_errors"),
]
