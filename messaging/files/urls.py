"""The addresses of uploads. Files are read where their messages are: messaging.urls."""

from django.urls import path

from messaging.files import api

api_urls = [
    path("uploads", api.Uploads.as_view()),
    path("uploads/<uuid:upload_id>", api.OneUpload.as_view()),
]
