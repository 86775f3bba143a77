from django.apps import AppConfig

from ground import register


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
                kept="30 days; totals without the hash for good",
                export="not exported: no way leads from a view to a person",
                erase="deleted after 30 days; nothing of it leads to an account",
                owner_path="",
            )
        )
