"""Registers the CRM with Django, its permissions, condition kinds and reactions."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "dealrail.crm"
    label = "crm"

    def ready(self) -> None:
        from dealrail.accounts import policy
        from dealrail.crm import bulk_steps, clocks, condition_kinds, handlers, importing, permissions, rules
        from dealrail.crm.queries import families
        from dealrail.process import conditions

        policy.register(*permissions.PERMISSIONS)
        conditions.register(condition_kinds.FieldsFilled())
        conditions.register(condition_kinds.CustomerFilled())
        conditions.register(condition_kinds.ContactsKnown())
        conditions.register(condition_kinds.CustomerKnown())
        conditions.register_given(
            condition_kinds.GivenDeal(), condition_kinds.GivenCustomer(), condition_kinds.GivenContacts()
        )
        conditions.register_filter(condition_kinds.DealFilter())
        conditions.reserve_fields(*rules.DEAL_FIELDS, *rules.DEAL_FACTS)
        conditions.register_standing(condition_kinds.CUSTOMER_KNOWN)
        handlers.connect()
        clocks.connect()
        bulk_steps.connect()
        importing.hold_back("customer", families.ever_merged)
