"""Registers forms with Django, and the condition that demands one."""

from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "dealrail.forms"
    label = "forms"

    def ready(self) -> None:
        from dealrail.crm import belongings
        from dealrail.forms import condition_kinds, exporting
        from dealrail.forms.models import FormRecord
        from dealrail.process import conditions

        conditions.register(condition_kinds.FormFilled())
        conditions.register_given(condition_kinds.GivenForms())
        belongings.register(FormRecord)
        exporting.connect()
