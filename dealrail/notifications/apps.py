"""Notifications: an app of Dealrail."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """What people are told."""

    name = "dealrail.notifications"
