from django.apps import AppConfig

from accounts.personal_data import PERSONAL_DATA
from ground import egress, register


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks  # noqa: F401  # registers itself
        from accounts.parties import PARTIES

        for data in PERSONAL_DATA:
            register.declare(data)
        for party in PARTIES:
            egress.declare(party)
