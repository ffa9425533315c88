"""Addresses of the lists. Each kind of record has the same ones below its own."""

from django.urls import URLPattern, path

from dealrail.web.lists import activities as activities
from dealrail.web.lists import contacts as contacts
from dealrail.web.lists import customers as customers
from dealrail.web.lists import deals as deals
from dealrail.web.lists import tasks as tasks
from dealrail.web.lists import views

PATHS = {
    "deals": "deals/",
    "customers": "customers/",
    "contacts": "contacts/",
    "tasks": "tasks/",
    "activities": "follow-ups/",
}


def _of(kind: str, place: str) -> list[URLPattern]:
    about = {"kind": kind}
    return [
        path(place, views.records, about, name=kind),
        path(f"{place}columns/", views.columns, about, name=f"{kind}_columns"),
        path(f"{place}filter/", views.filter_builder, about, name=f"{kind}_filter"),
        path(f"{place}export/", views.export, about, name=f"{kind}_export"),
    ]


urlpatterns = [one for kind, place in PATHS.items() for one in _of(kind, place)]
