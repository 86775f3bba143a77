from django.apps import AppConfig
from django.conf import settings

from ground import egress


class GroundConfig(AppConfig):
    name = "ground"

    def ready(self) -> None:
        from ground import checks  # noqa: F401  # registers itself

        egress.declare(
            egress.Party(
                name="Azure Blob Storage (ours)",
                purposes=("storage of packages and exports",),
                data="Packages and exports of accounts, in a private container of the operator.",
                hosts=_storage_hosts,
                country="United States",
                optional=False,
            )
        )
        for name, purpose, data in (
            (
                "Azure (hosting)",
                "hosting",
                "All data of the service: the application, its PostgreSQL database and its Redis cache run there.",
            ),
            ("Cloudflare (DNS)", "name service", "The name of our host that a browser looks up. No content, no account."),
        ):
            egress.declare(
                egress.Party(
                    name=name,
                    purposes=(purpose,),
                    data=data,
                    hosts=list,
                    country="United States",
                    optional=False,
                    called=False,
                )
            )


def _storage_hosts() -> list[str]:
    if not (settings.AZURE_STORAGE_CONNECTION_STRING or settings.AZURE_STORAGE_ACCOUNT_URL):
        return []
    from ground.blobs import hosts  # Azure's client is slow to import, and a laptop does without it

    return hosts()
