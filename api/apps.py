from django.apps import AppConfig

from api.personal_data import PERSONAL_DATA
from ground import register


class APIConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        for data in PERSONAL_DATA:
            register.declare(data)
