from django.apps import AppConfig

from api.personal_data import PERSONAL_DATA
from ground import egress, register


class APIConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        from api import receivers  # noqa: F401  # hears the signals of the floors below
        from api.oauth.documents import PARTY

        egress.declare(PARTY)
        from api import periods  # needs the settings
        from ground import idempotency

        for period in (periods.UNUSED_CLIENT, periods.USED_CLIENT, idempotency.PERIOD):
            register.declare_period(period)
        for data in PERSONAL_DATA:
            register.declare(data)
