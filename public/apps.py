from django.apps import AppConfig

from ground import register
from public import periods


class PublicConfig(AppConfig):
    name = "public"

    def ready(self) -> None:
        from public import receivers  # noqa: F401  # hears the signals of the floors below

        register.declare(
            register.DataClass(
                name="Visits to public pages",
                purpose="To know how many people visit, which pages they read and how many open an account. A hash of the day.",
                legal_basis="legitimate interest",
                models=("public.View",),
                kept="30 days, the salt and the cookie of the day 24 hours; totals without the hash for good",
                periods=(periods.VIEWS, periods.SALT, periods.COOKIE),
                export="not exported: no way leads from a view to a person",
                erase="deleted after 30 days; nothing of it leads to an account",
                owner_path="",
            )
        )
