"""The product's addresses."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("conversations.urls")),
]
