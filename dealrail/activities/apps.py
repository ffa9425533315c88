"""Registers activities with Django, their permissions, condition kinds and reactions."""

from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "dealrail.activities"
    label = "activities"

    def ready(self) -> None:
        from functools import partial

        from dealrail.accounts import policy
        from dealrail.activities import bulk_steps, clocks, condition_kinds, exporting, handlers, permissions, queries
        from dealrail.activities.actions.sop import take_back_actions
        from dealrail.activities.facts import ActivityCorrected
        from dealrail.activities.models import Activity, ActivityValue, Attachment, Comment, Task
        from dealrail.crm import belongings, emptying, importing
        from dealrail.crm import policy as crm_policy
        from dealrail.crm.queries.custom import register_values
        from dealrail.forms.engine import withdrawals
        from dealrail.process import conditions

        policy.register(*permissions.PERMISSIONS)
        conditions.register(condition_kinds.ActionsDone())
        conditions.register(condition_kinds.FollowUps())
        conditions.register(condition_kinds.FilesAttached())
        conditions.register_given(
            condition_kinds.GivenActions(), condition_kinds.GivenFollowUps(), condition_kinds.GivenFiles()
        )
        withdrawals.append(lambda proof, actor: take_back_actions(actor=actor, proof=proof))
        crm_policy.share(permissions.ACTIVITIES_RECORD)
        handlers.connect()
        clocks.connect()
        exporting.connect()
        register_values("activity", ActivityValue)
        belongings.register(Activity, Attachment, Comment, Task)
        emptying.register(
            "activity",
            lambda row, lost: ActivityCorrected(activity_id=row.pk, before=row.text, after=row.text, changes=lost),
        )
        bulk_steps.connect()
        for about in ("deal", "customer"):
            importing.hold_back(about, partial(queries.with_tasks_of_people, about))
