"""What other apps register and this site does not use."""

import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin  # noqa: F401 - they register, so they must come first
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group

admin.site.unregister(
    [
        Authenticator,
        EmailAddress,
        Group,
        SocialAccount,
        SocialApp,
        SocialToken,
    ]
)
