"""Registers the event log with Django."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "dealrail.events"
    label = "events"
