from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        # they need the models; an export that runs is to be ended by an erasure
        from accounts import exporting, personal_kinds  # noqa: F401, PLC0415
        from accounts.sessions import signing_in  # noqa: PLC0415

        personal_kinds.register_all()
        signing_in.connect()
