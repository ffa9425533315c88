"""Addresses of the first page."""

from django.urls import path

from dealrail.web.today import views

urlpatterns = [
    path("", views.home, name="home"),
    path("team/", views.team, name="team"),
    path("seen/", views.seen, name="seen"),
    path("follow-up/", views.follow_up_pick, name="follow_up_pick"),
    path("tasks/<int:task_id>/finish/", views.task_finish, name="task_finish"),
    path("tasks/<int:task_id>/reopen/", views.task_reopen, name="task_reopen"),
    path("tasks/<int:task_id>/move/", views.task_move, name="task_move"),
]
