"""Addresses of the settings that have no place of their own."""

from django.urls import path

from dealrail.web.settings import (
    audit,
    backups,
    field_access,
    fields,
    layouts,
    lines,
    losses,
    shared_views,
    tokens,
    views,
)

urlpatterns = [
    path("settings/", views.settings_home, name="settings_home"),
    path("settings/company/", views.company, name="company"),
    path("settings/loss-reasons/", losses.loss_reasons, name="loss_reasons"),
    path("settings/fields/", fields.fields, name="fields"),
    path("settings/fields/access/", field_access.field_access, name="field_access"),
    path("settings/fields/new/", fields.field_new, name="field_new"),
    path("settings/fields/<int:field_id>/", fields.field_change, name="field_change"),
    path("settings/fields/<int:field_id>/move/", fields.field_move, name="field_move"),
    path("settings/fields/<int:field_id>/recompute/", fields.field_recompute, name="field_recompute"),
    path("settings/layouts/", layouts.layouts, name="layouts"),
    path("settings/layouts/restore/", layouts.layout_restore, name="layout_restore"),
    path("settings/layouts/<slug:place>/", layouts.layout, name="layout"),
    path("settings/layouts/<slug:place>/remove/", layouts.layout_remove, name="layout_remove"),
    path("settings/lines/", lines.lines, name="lines"),
    path("settings/lines/new/", lines.line_new, name="line_new"),
    path("settings/lines/<int:line_id>/", lines.line_change, name="line_change"),
    path("settings/log/", audit.audit_log, name="audit_log"),
    path("settings/log/export/", audit.audit_log_export, name="audit_log_export"),
    path("settings/backups/", backups.backups, name="backups"),
    path("settings/backups/make/", backups.backup_make, name="backup_make"),
    path("settings/backups/<str:name>/", backups.backup_file, name="backup_file"),
    path("settings/views/", shared_views.shared_views, name="shared_views"),
    path("settings/views/<int:view_id>/retract/", shared_views.shared_view_retract, name="shared_view_retract"),
    path("settings/views/<int:view_id>/hand-over/", shared_views.shared_view_hand_over, name="shared_view_hand_over"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<int:token_id>/revoke/", tokens.token_stop, name="token_stop"),
]
