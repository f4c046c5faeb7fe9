"""What other apps register and this site does not use."""

import allauth.account.admin  # noqa: F401 - registers, so it must come first
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group

admin.site.unregister([EmailAddress, Group])
