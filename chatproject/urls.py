"""Every address, by room."""

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView

from accounts.urls import api_urls as account_api
from accounts.urls import page_urls as account_pages
from chatproject.api import nothing
from chatproject.schema import Docs
from groups.urls import api_urls as group_api
from groups.urls import page_urls as group_pages
from messaging.files.urls import api_urls as file_api
from messaging.urls import api_urls as messaging_api
from messaging.urls import page_urls as messaging_pages

api_urls = [
    *account_api,
    *group_api,
    *file_api,
    *messaging_api,
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("docs/", Docs.as_view(url_name="schema"), name="docs"),
]

handler500 = "chatproject.outages.server_error"
urlpatterns = [
    path("api/v1/", include(api_urls)),
    # Also keeps APPEND_SLASH from sending API clients elsewhere.
    re_path(r"^api/v1(?:/[\s\S]*)?\Z", nothing),
    path("admin/", admin.site.urls),
    path("", include(account_pages)),
    path("", include(group_pages)),
    path("", include(messaging_pages)),
]
