"""Addresses of people, departments and roles, and of one's own settings."""

from django.urls import path

from dealrail.web.people import own, roles, units, views

urlpatterns = [
    path("people/", views.people_list, name="people"),
    path("people/new/", views.person_new, name="person_new"),
    path("people/<int:user_id>/", views.person_change, name="person"),
    path("people/<int:user_id>/password/", views.person_password, name="person_password"),
    path("people/<int:user_id>/second-factor/", views.person_second_factor, name="person_second_factor"),
    path("people/<int:user_id>/active/", views.person_active, name="person_active"),
    path("people/units/", units.unit_tree, name="units"),
    path("people/units/new/", units.unit_new, name="unit_new"),
    path("people/units/<int:unit_id>/", units.unit_change, name="unit"),
    path("people/roles/", roles.role_list, name="roles"),
    path("people/new-role/", roles.role_new, name="role_new"),
    path("people/roles/<slug:key>/targets/", roles.role_targets, name="role_targets"),
    path("people/roles/<slug:key>/", roles.role_change, name="role"),
    path("me/profile/", own.my_profile, name="my_profile"),
    path("me/sessions/end-others/", own.session_end_others, name="session_end_others"),
    path("me/sessions/<int:session_id>/end/", own.session_end, name="session_end"),
    path("me/", own.my_account, name="my_account"),
    path("me/password/", own.my_password, name="my_password"),
    path("me/tokens/new/", own.token_new, name="token_new"),
    path("me/tokens/<int:token_id>/revoke/", own.token_revoke, name="token_revoke"),
]
