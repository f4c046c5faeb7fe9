"""Addresses of ours in place of allauth's, below ``accounts/2fa/``; the others stay."""

from django.urls import path
from django.views.generic.base import RedirectView

from accounts.factors import views

to_the_settings = RedirectView.as_view(pattern_name="security")

urlpatterns = [
    path("", to_the_settings, name="mfa_index"),
    path("totp/activate/", views.AddApp.as_view(), name="mfa_activate_totp"),
    path("totp/deactivate/", views.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("webauthn/", to_the_settings, name="mfa_list_webauthn"),
    path("webauthn/add/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path(
        "webauthn/login/", views.SignInWithPasskey.as_view(), name="mfa_login_webauthn"
    ),
    path(
        "webauthn/reauthenticate/",
        views.ProveByPasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "webauthn/keys/<int:pk>/remove/",
        views.RemovePasskey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path(
        "recovery-codes/generate/",
        views.MakeRecoveryCodes.as_view(),
        name="mfa_generate_recovery_codes",
    ),
]
