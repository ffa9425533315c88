"""Addresses of what one was told."""

from django.urls import path

from dealrail.web.notifications import views

urlpatterns = [
    path("notifications/", views.notification_list, name="notifications"),
    path("notifications/panel/", views.notification_panel, name="notification_panel"),
    path("notifications/count/", views.notification_count, name="notification_count"),
    path("notifications/read/", views.notification_read_all, name="notification_read_all"),
    path("notifications/<int:notification_id>/", views.notification_open, name="notification_open"),
    path("notifications/<int:notification_id>/read/", views.notification_read, name="notification_read"),
]
