"""Addresses of the screens."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("dealrail.web.today.urls")),
    path("", include("dealrail.web.notifications.urls")),
    path("", include("dealrail.web.board.urls")),
    path("", include("dealrail.web.deals.urls")),
    path("", include("dealrail.web.field_files.urls")),
    path("", include("dealrail.web.notes.urls")),
    path("", include("dealrail.web.follow_ups.urls")),
    path("", include("dealrail.web.plans.urls")),
    path("", include("dealrail.web.bulk.urls")),
    path("", include("dealrail.web.lists.urls")),
    path("", include("dealrail.web.saved_views.urls")),
    path("", include("dealrail.web.seeing.urls")),
    path("", include("dealrail.web.customers.urls")),
    path("", include("dealrail.web.contacts.urls")),
    path("", include("dealrail.web.pools.urls")),
    path("", include("dealrail.web.search.urls")),
    path("", include("dealrail.web.quick.urls")),
    path("", include("dealrail.web.insights.urls")),
    path("", include("dealrail.web.processes.urls")),
    path("", include("dealrail.web.library.urls")),
    path("", include("dealrail.web.forms.urls")),
    path("", include("dealrail.web.imports.urls")),
    path("", include("dealrail.web.people.urls")),
    path("", include("dealrail.web.setup.urls")),
    path("", include("dealrail.web.settings.urls")),
    path("", include("dealrail.web.recycle.urls")),
    path("", include("dealrail.web.offline.urls")),
    path("", include("dealrail.web.account.urls")),
]
