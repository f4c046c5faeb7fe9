"""Found by allauth through the provider's package; included below ``accounts/``."""

from django.urls import path

from accounts.identities import views

urlpatterns = [
    path("oidc/<str:provider_id>/login/", views.login, name="openid_connect_login"),
    path(
        "oidc/<str:provider_id>/login/callback/",
        views.callback,
        name="openid_connect_callback",
    ),
]
