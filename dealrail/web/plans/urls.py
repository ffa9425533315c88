"""Addresses of plans and of the calendar for other programs."""

from django.urls import path

from dealrail.web.plans import views

urlpatterns = [
    path("plans/", views.plans, name="plans"),
    path("plans/<int:task_id>/move/", views.plan_move, name="plan_move"),
    path("plans/put-back/", views.plan_put_back, name="plan_put_back"),
    path("me/calendar/", views.own_feed, name="own_feed"),
    path("calendar/<str:secret>.ics", views.calendar_feed, name="calendar_feed"),
]
