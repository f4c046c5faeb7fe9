"""Addresses of the pages about the person."""

from django.urls import include, path

from accounts import security, views
from accounts.identities.views import Disconnect

urlpatterns = [
    path("setup/<str:token>/", views.setup, name="setup"),
    path("settings/", views.settings, name="settings"),
    path("settings/theme/", views.theme, name="settings_theme"),
    path("settings/security/", security.security, name="security"),
    path("settings/security/others/", security.sign_out_others, name="sign_out_others"),
    # in place of allauth's, which come after
    path("accounts/2fa/", include("accounts.factors.urls")),
    path("accounts/3rdparty/", Disconnect.as_view(), name="socialaccount_connections"),
    path("accounts/reauthenticate/anew/", security.anew, name="anew"),
    path(
        "accounts/password/change/",
        security.change_password,
        name="account_change_password",
    ),
    path("accounts/password/set/", security.set_password, name="account_set_password"),
]
