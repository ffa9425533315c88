"""Registers the screens with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "dealrail.web"
    label = "web"
