"""A person who can sign in."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.timezone import now

from accounts import keyring


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None, **fields: Any) -> User:
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> User:
        fields["role"] = User.Role.ADMINISTRATOR
        for name in ("is_staff", "is_superuser"):  # what Django's command asks for
            fields.pop(name, None)
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Known by email; ``id`` is random because it appears in logs and file names."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "Like the device"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    class Role(models.TextChoices):
        """What someone may do for others; ``accounts.roles`` says what that is."""

        NONE = "", "None"
        SUPPORT = "support", "Support"
        AUDITOR = "auditor", "Auditor"
        PRIVACY = "privacy", "Privacy officer"
        ADMINISTRATOR = "administrator", "Administrator"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(
        "email address",
        unique=True,
        error_messages={"unique": "Someone with this email address is here already."},
    )
    name = models.CharField("display name", max_length=80, blank=True)
    timezone = models.CharField(max_length=64, blank=True)  # "" until a browser says
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    role = models.CharField(max_length=13, choices=Role, blank=True, default=Role.NONE)
    is_staff = models.BooleanField("may enter the administration", default=False)
    is_active = models.BooleanField("active", default=True)
    # a notice waits for them; so that nobody else's page asks for one
    has_notice = models.BooleanField(default=False, editable=False)
    # while they can still change their mind about the erasure they asked for
    erased_from = models.DateTimeField(null=True, editable=False)
    date_joined = models.DateTimeField("joined", default=now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects = UserManager()

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering = ["email"]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A person is never stored without the key that seals what they say. Their role
        alone opens the administration, and nobody stands above the table of roles.
        """
        self.email = self.email.lower()
        self.is_staff, self.is_superuser = bool(self.role), False
        if "role" in (kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = {*kwargs["update_fields"], "is_staff"}
        if self._state.adding:
            keyring.create(self.id)
        super().save(*args, **kwargs)

    @property
    def initials(self) -> str:
        words = (self.name or self.email.partition("@")[0]).replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper()
