from django.apps import AppConfig

from accounts.personal_data import PERSONAL_DATA
from ground import register


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import receivers  # noqa: F401  # signals are heard from now on

        for data in PERSONAL_DATA:
            register.declare(data)
