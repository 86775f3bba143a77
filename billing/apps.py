from django.apps import AppConfig
from django.core import checks

from ground import register


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        register.declare(
            register.DataClass(
                name="Spending limits",
                purpose="To stop model calls before they cost more than you allow.",
                legal_basis="contract",
                models=("billing.SpendingLimit",),
                kept="until the account is deleted",
                export="spending-limits.json",
                erase="deleted with the workspace",
            )
        )
        from billing.checks import price_files

        checks.register(price_files)
