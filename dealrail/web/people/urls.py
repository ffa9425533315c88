"""Addresses of people, departments and roles, and of one's own settings."""

from django.urls import path

from dealrail.web.people import inviting, leaving, own, roles, units, views

urlpatterns = [
    path("people/", views.people_list, name="people"),
    path("people/new/", views.person_new, name="person_new"),
    path("people/<int:user_id>/", views.person_change, name="person"),
    path("people/<int:user_id>/password/", views.person_password, name="person_password"),
    path("people/<int:user_id>/second-factor/", views.person_second_factor, name="person_second_factor"),
    path("people/<int:user_id>/activate/", views.person_activate, name="person_activate"),
    path("people/invite/", inviting.person_invite, name="person_invite"),
    path("people/<int:user_id>/invite/", inviting.person_invite_again, name="person_invite_again"),
    path("people/<int:user_id>/invite/revoke/", inviting.person_invite_revoke, name="person_invite_revoke"),
    path("people/<int:user_id>/leave/", leaving.person_leave, name="person_leave"),
    path("invited/<str:token>/", inviting.invited, name="invited"),
    path("people/units/", units.unit_tree, name="units"),
    path("people/units/new/", units.unit_new, name="unit_new"),
    path("people/units/<int:unit_id>/", units.unit_change, name="unit"),
    path("people/units/<int:unit_id>/move/", units.unit_move, name="unit_move"),
    path("people/units/move-back/", units.unit_move_back, name="unit_move_back"),
    path("people/roles/", roles.role_list, name="roles"),
    path("people/new-role/", roles.role_new, name="role_new"),
    path("people/roles/<slug:key>/targets/", roles.role_targets, name="role_targets"),
    path("people/roles/<slug:key>/retire/", roles.role_retire, name="role_retire"),
    path("people/roles/<slug:key>/restore/", roles.role_restore, name="role_restore"),
    path("people/roles/<slug:key>/", roles.role_change, name="role"),
    path("me/profile/", own.my_profile, name="my_profile"),
    path("me/sessions/end-others/", own.session_end_others, name="session_end_others"),
    path("me/sessions/<int:session_id>/end/", own.session_end, name="session_end"),
    path("me/", own.my_account, name="my_account"),
    path("me/password/", own.my_password, name="my_password"),
    path("me/tokens/new/", own.token_new, name="token_new"),
    path("me/tokens/<int:token_id>/revoke/", own.token_revoke, name="token_revoke"),
]
