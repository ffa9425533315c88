"""Addresses of the follow-up form and of the texts to start from."""

from django.urls import path

from dealrail.web.follow_ups import texts, views

urlpatterns = [
    path("deals/<int:deal_id>/follow-up/", views.deal_follow_up, name="deal_follow_up"),
    path("customers/<int:customer_id>/follow-up/", views.customer_follow_up, name="customer_follow_up"),
    path("follow-up/any/", views.follow_up_any, name="follow_up_any"),
    path("follow-ups/pass/", views.pass_for_sending, name="follow_up_pass"),
    path("me/texts/", texts.own_texts, name="own_texts"),
    path("me/texts/<int:template_id>/", texts.own_text, name="own_text"),
    path("settings/texts/", texts.shared_texts, name="shared_texts"),
    path("settings/texts/<int:template_id>/", texts.shared_text, name="shared_text"),
]
