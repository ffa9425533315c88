"""Addresses of contacts."""

from django.urls import path

from dealrail.web.contacts import views

urlpatterns = [
    path("customers/<int:customer_id>/contacts/new/", views.contact_new, name="contact_new"),
    path("contacts/duplicates/", views.duplicates, name="contact_duplicates"),
    path("contacts/<int:contact_id>/change/", views.contact_change, name="contact_change"),
    path("contacts/<int:contact_id>/delete/", views.contact_delete, name="contact_delete"),
]
