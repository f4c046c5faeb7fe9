from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "conversations"

    def ready(self) -> None:
        from conversations import (  # noqa: PLC0415 - they need the models
            forgetting,
            personal_data,
        )
        from conversations.services import at_rest  # noqa: PLC0415 - as these

        at_rest.begin()

        personal_data.register_all()
        forgetting.register()
