"""Addresses of a deal and of the steps one can take with it."""

from django.urls import path

from dealrail.web.deals import views

STEPS = {
    "back": "deal_back",
    "lose": "deal_lose",
    "park": "deal_park",
    "reopen": "deal_reopen",
    "transfer": "deal_transfer",
    "claim": "deal_claim",
    "release": "deal_release",
    "waive": "deal_waive",
    "change": "deal_change",
    "contact": "deal_contact",
    "task": "deal_task",
    "ask-waiver": "deal_ask_waiver",
    "collaborators": "deal_collaborators",
    "hand-over": "deal_hand_over_read",
}
STEP_NAMES = {"collaborators": "collaborator", "hand-over": "hand_over_read"}
APPROVAL_STEPS = {"pass-on": "delegate_approval", "approvers": "add_approver", "withdraw": "withdraw_approval"}

urlpatterns = [
    path("deals/new/", views.deal_new, name="deal_new"),
    path("deals/transfer-back/", views.deal_transfer_back, name="deal_transfer_back"),
    path("deals/<int:deal_id>/", views.deal, name="deal"),
    path("deals/<int:deal_id>/gate/", views.deal_gate, name="deal_gate"),
    path("deals/<int:deal_id>/moves/", views.deal_moves, name="deal_moves"),
    path("deals/<int:deal_id>/advance/", views.deal_advance, name="deal_advance"),
    *(
        path(
            f"deals/<int:deal_id>/{word}/",
            views.deal_step,
            {"step": STEP_NAMES.get(word, word.replace("-", "_"))},
            name=name,
        )
        for word, name in STEPS.items()
    ),
    path("deals/<int:deal_id>/actions/<slug:key>/", views.deal_step, {"step": "action"}, name="deal_action"),
    path("deals/<int:deal_id>/actions/<slug:key>/file/", views.deal_evidence, name="deal_evidence"),
    path("deals/<int:deal_id>/follow-ups/<int:key>/", views.deal_step, {"step": "correct"}, name="deal_correct"),
    path("deals/<int:deal_id>/approvals/<int:key>/", views.deal_step, {"step": "approval"}, name="deal_approval"),
    *(
        path(
            f"deals/<int:deal_id>/approvals/<int:key>/{word}/",
            views.deal_step,
            {"step": step},
            name=f"deal_{step}",
        )
        for word, step in APPROVAL_STEPS.items()
    ),
    path(
        "deals/<int:deal_id>/waivers/<int:key>/", views.deal_step, {"step": "answer_waiver"}, name="deal_answer_waiver"
    ),
    path(
        "deals/<int:deal_id>/waivers/<int:key>/withdraw/",
        views.deal_step,
        {"step": "withdraw_waiver"},
        name="deal_withdraw_waiver",
    ),
    path(
        "deals/<int:deal_id>/collaborators/<int:key>/off/",
        views.deal_step,
        {"step": "collaborator_off"},
        name="deal_collaborator_off",
    ),
    path("deals/<int:deal_id>/timeline/", views.deal_timeline, name="deal_timeline"),
    path("deals/<int:deal_id>/checklist/", views.deal_checklist, name="deal_checklist"),
    path("deals/<int:deal_id>/facts/<str:key>/", views.deal_fact, name="deal_fact"),
]
