"""Addresses of people and of one's own settings."""

from django.urls import path

from dealrail.web.people import own, views

urlpatterns = [
    path("people/", views.people_list, name="people"),
    path("people/new/", views.person_new, name="person_new"),
    path("people/<int:user_id>/", views.person_change, name="person"),
    path("people/<int:user_id>/active/", views.person_active, name="person_active"),
    path("people/units/new/", views.unit_new, name="unit_new"),
    path("me/", own.my_account, name="my_account"),
    path("me/password/", own.my_password, name="my_password"),
    path("me/tokens/new/", own.token_new, name="token_new"),
    path("me/tokens/<int:token_id>/revoke/", own.token_revoke, name="token_revoke"),
]
