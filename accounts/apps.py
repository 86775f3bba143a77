from django.apps import AppConfig

from accounts import periods
from accounts.personal_data import PERSONAL_DATA
from ground import egress, register, vault


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks, receivers  # noqa: F401  # checks register themselves, signals are heard from now on
        from accounts.flows import engaging, erasing
        from accounts.parties import PARTIES

        vault.declare("accounts.DeletionRequest", "sealed_address", purpose=erasing.PURPOSE)
        for data in PERSONAL_DATA:
            register.declare(data)
        register.declare_period(periods.REDELETION)
        for party in PARTIES:
            egress.declare(party)
        egress.gate(engaging.is_active)
