"""Addresses of the pages about the person."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("setup/<str:token>/", views.setup, name="setup"),
    path("settings/", views.settings, name="settings"),
    path("settings/theme/", views.theme, name="settings_theme"),
]
