"""Addresses of the board."""

from django.urls import path

from dealrail.web.board import views
from dealrail.web.lists.views import filter_builder

urlpatterns = [
    path("board/", views.board, name="board"),
    path("board/news/", views.board_news, name="board_news"),
    path("board/filter/", filter_builder, {"kind": "board"}, name="board_filter"),
    path("board/column/", views.board_column, name="board_column"),
]
