"""Registers accounts with Django, its permissions with the policy and its step with the worker."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dealrail.accounts"
    label = "accounts"

    def ready(self) -> None:
        from dealrail.accounts import clocks, permissions, policy

        policy.register(*permissions.PERMISSIONS)
        clocks.connect()
