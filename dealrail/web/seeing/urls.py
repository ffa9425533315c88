"""Addresses of seeing as somebody else."""

from django.urls import path

from dealrail.web.seeing import views

urlpatterns = [
    path("people/see-as/", views.see_as, name="see_as"),
    path("see-as/end/", views.see_as_end, name="see_as_end"),
]
