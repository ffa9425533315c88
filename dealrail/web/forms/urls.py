"""Addresses of forms of one's own."""

from django.urls import path

from dealrail.web.forms import filling, links, questions, views

# keys hold no dash, so that none of them is taken for one of these
urlpatterns = [
    path("forms/", views.forms, name="forms"),
    path("forms/new-form/", views.form_new, name="form_new"),
    path("forms/records/<int:record_id>/", filling.form_record, name="form_record"),
    path("forms/records/<int:record_id>/withdraw/", filling.form_withdraw, name="form_withdraw"),
    path("forms/files/<int:file_id>/", filling.form_file, name="form_file"),
    path("forms/for/<slug:about>/<int:subject_id>/<slug:key>/", filling.form_fill, name="form_fill"),
    path("forms/for/<slug:about>/<int:subject_id>/<slug:key>/link/", links.record_link_new, name="record_link_new"),
    path("deals/<int:deal_id>/actions/<slug:key>/form/", filling.action_form, name="action_form"),
    path("forms/links/<int:link_id>/shut/", links.form_link_shut, name="form_link_shut"),
    path("f/thanks/", links.public_form_thanks, name="public_form_thanks"),
    path("f/<str:token>/", links.public_form, name="public_form"),
    path("forms/<slug:key>/", views.form, name="form"),
    path("forms/<slug:key>/edit/", views.form_change, name="form_change"),
    path("forms/<slug:key>/export/", views.form_export, name="form_export"),
    path("forms/<slug:key>/links/new/", links.lead_link_new, name="lead_link_new"),
    path("forms/<slug:key>/publish/", views.form_publish, name="form_publish"),
    path("forms/<slug:key>/questions/new-question/", questions.question_new, name="question_new"),
    path("forms/<slug:key>/questions/<slug:question>/", questions.question_change, name="question_change"),
    path("forms/<slug:key>/questions/<slug:question>/move/", questions.question_move, name="question_move"),
    path("forms/<slug:key>/questions/<slug:question>/remove/", questions.question_remove, name="question_remove"),
    path("forms/<slug:key>/questions/<slug:question>/<slug:rule>/", questions.question_rule, name="question_rule"),
]
