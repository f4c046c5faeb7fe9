"""The product's settings, with fast passwords: nearly every test signs somebody up."""

from chatsite.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
