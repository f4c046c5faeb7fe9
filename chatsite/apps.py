"""The project as an app: it brings the system checks."""

from django.apps import AppConfig


class ChatsiteConfig(AppConfig):
    name = "chatsite"

    def ready(self) -> None:
        from chatsite import checks  # noqa: F401, PLC0415 - registers, needs the apps
