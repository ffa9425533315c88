"""Registers accounts with Django and its permissions with the policy."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dealrail.accounts"
    label = "accounts"

    def ready(self) -> None:
        from dealrail.accounts import permissions, policy

        policy.register(*permissions.PERMISSIONS)
