from django.apps import AppConfig


class GroundConfig(AppConfig):
    name = "ground"

    def ready(self) -> None:
        from ground import checks  # noqa: F401  # registers itself
