"""Addresses of processes."""

from django.urls import path

from dealrail.web.processes import views

urlpatterns = [
    path("processes/", views.process_list, name="processes"),
    path("processes/publish/", views.process_publish, name="process_publish"),
    path("processes/<slug:key>/", views.process, name="process"),
    path("processes/<slug:key>/versions/<int:number>/", views.process, name="process_version"),
    path("processes/<slug:key>/versions/<int:number>/yaml/", views.process_yaml, name="process_yaml"),
    path("processes/<slug:key>/versions/<int:number>/pdf/", views.process_pdf, name="process_pdf"),
]
