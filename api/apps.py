from django.apps import AppConfig

from api.personal_data import PERSONAL_DATA
from ground import egress, register


class APIConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        from api import receivers  # noqa: F401  # hears the signals of the floors below
        from api.oauth.documents import PARTY

        egress.declare(PARTY)
        for data in PERSONAL_DATA:
            register.declare(data)
