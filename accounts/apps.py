from django.apps import AppConfig

from accounts.personal_data import PERSONAL_DATA
from ground import egress, register


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks, receivers  # noqa: F401  # checks register themselves, signals are heard from now on
        from accounts.parties import PARTIES

        for data in PERSONAL_DATA:
            register.declare(data)
        for party in PARTIES:
            egress.declare(party)
