"""Addresses of the board."""

from django.urls import path

from dealrail.web.board import views

urlpatterns = [
    path("board/", views.board, name="board"),
    path("board/column/", views.board_column, name="board_column"),
]
