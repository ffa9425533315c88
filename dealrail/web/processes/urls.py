"""Addresses of processes."""

from django.urls import path

from dealrail.web.processes import following, history, pictures, running, trials, views, waivers
from dealrail.web.processes.designer import (
    conditions,
    drawing,
    examples,
    parts,
    publishing,
    stages,
    starting,
    text,
)

DRAFT = "processes/<slug:key>/draft/"

urlpatterns = [
    path("processes/", views.process_list, name="processes"),
    path("pictures/", pictures.pictures, name="pictures"),
    path("pictures/<slug:digest>/", pictures.picture, name="picture"),
    path("processes/publish/", views.process_publish, name="process_publish"),
    path("processes/<slug:key>/", views.process, name="process"),
    path("processes/<slug:key>/versions/", history.process_history, name="process_history"),
    path("processes/<slug:key>/compare/", history.process_compare, name="process_compare"),
    path("processes/<slug:key>/waivers/", waivers.process_waivers, name="process_waivers"),
    path("processes/<slug:key>/versions/<int:number>/", views.process, name="process_version"),
    path("processes/<slug:key>/versions/<int:number>/yaml/", views.process_yaml, name="process_yaml"),
    path("processes/<slug:key>/versions/<int:number>/pdf/", views.process_pdf, name="process_pdf"),
    path("processes/drafts/new/", starting.draft_new, name="draft_new"),
    path(f"{DRAFT}", stages.draft, name="draft"),
    path(f"{DRAFT}start/", starting.draft_start, name="draft_start"),
    path(f"{DRAFT}news/", publishing.draft_news, name="draft_news"),
    path(f"{DRAFT}undo/", publishing.draft_step, {"step": "undo"}, name="draft_undo"),
    path(f"{DRAFT}redo/", publishing.draft_step, {"step": "redo"}, name="draft_redo"),
    path(f"{DRAFT}publish/", publishing.draft_publish, name="draft_publish"),
    path(f"{DRAFT}discard/", publishing.draft_discard, name="draft_discard"),
    path(f"{DRAFT}text/", text.draft_text, name="draft_text"),
    path(f"{DRAFT}examples/", examples.draft_examples, name="draft_examples"),
    path(f"{DRAFT}examples/<slug:example>/remove/", examples.example_remove, name="example_remove"),
    path(f"{DRAFT}map/", drawing.draft_map, name="draft_map"),
    path(f"{DRAFT}details/", parts.draft_details, name="draft_details"),
    path(f"{DRAFT}stages/", stages.stage_add, name="stage_add"),
    path(f"{DRAFT}stages/<slug:stage>/", stages.draft_stage, name="draft_stage"),
    path(f"{DRAFT}stages/<slug:stage>/move/", stages.stage_move, name="stage_move"),
    path(f"{DRAFT}stages/<slug:stage>/remove/", stages.stage_remove, name="stage_remove"),
    path(f"{DRAFT}stages/<slug:stage>/condition/", conditions.condition, name="draft_condition"),
    path(f"{DRAFT}stages/<slug:stage>/condition/remove/", conditions.condition_remove, name="condition_remove"),
    path(f"{DRAFT}stages/<slug:stage>/condition/move/", conditions.condition_move, name="condition_move"),
    path("processes/<slug:key>/template/", following.process_template, name="process_template"),
    path("processes/<slug:key>/template/take-over/", following.process_take_over, name="process_take_over"),
    path("processes/<slug:key>/running/", running.process_running, name="process_running"),
    path("processes/<slug:key>/replay/", running.process_replay, name="process_replay"),
    path("processes/<slug:key>/migrations/<int:migration_id>/", running.process_migration, name="process_migration"),
    path(
        "processes/<slug:key>/migrations/<int:migration_id>/stop/",
        running.process_migration_stop,
        name="process_migration_stop",
    ),
    path("processes/<slug:key>/trials/<int:trial_id>/", trials.process_trial, name="process_trial"),
    path("processes/<slug:key>/trials/<int:trial_id>/stop/", trials.process_trial_stop, name="process_trial_stop"),
    path(f"{DRAFT}parts/<slug:part>/", parts.draft_part, name="draft_part"),
    path(f"{DRAFT}parts/<slug:part>/<slug:row>/", parts.draft_row, name="draft_row"),
    path(f"{DRAFT}parts/<slug:part>/<slug:row>/move/", parts.row_move, name="row_move"),
    path(f"{DRAFT}parts/<slug:part>/<slug:row>/remove/", parts.row_remove, name="row_remove"),
]
