"""Registers forms with Django, the condition that demands one, and the evidence that is one."""

from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "dealrail.forms"
    label = "forms"

    def ready(self) -> None:
        from dealrail.crm import belongings
        from dealrail.crm.engine import linking
        from dealrail.forms import clocks, condition_kinds, exporting
        from dealrail.forms.engine import lead_answers
        from dealrail.forms.models import FormLink, FormRecord
        from dealrail.process import conditions

        conditions.register(condition_kinds.FormFilled())
        conditions.register_given(condition_kinds.GivenForms())
        conditions.register_evidence(condition_kinds.FormEvidence())
        belongings.register(FormLink, FormRecord)
        linking.register("answers", lead_answers)
        exporting.connect()
        clocks.connect()
