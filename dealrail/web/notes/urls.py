"""Addresses of comments and files on deals and customers."""

from django.urls import path

from dealrail.web.notes import views

urlpatterns = [
    path("deals/<int:deal_id>/comments/", views.deal_comment, name="deal_comment"),
    path("deals/<int:deal_id>/people/", views.deal_people, name="deal_people"),
    path("deals/<int:deal_id>/files/", views.deal_files, name="deal_files"),
    path("customers/<int:customer_id>/comments/", views.customer_comment, name="customer_comment"),
    path("customers/<int:customer_id>/people/", views.customer_people, name="customer_people"),
    path("customers/<int:customer_id>/files/", views.customer_files, name="customer_files"),
    path("comments/<int:comment_id>/remove/", views.comment_remove, name="comment_remove"),
    path("files/<int:attachment_id>/", views.attached_file, name="attached_file"),
    path("files/<int:attachment_id>/remove/", views.file_remove, name="file_remove"),
    path("files/<int:attachment_id>/restore/", views.file_restore, name="file_restore"),
]
