from django.apps import AppConfig
from django.conf import settings

from accounts.personal_data import PERSONAL_DATA
from ground import egress, register

SIGN_IN_HOSTS = {
    "Google": ("GOOGLE_TOKEN_URL",),
    "GitHub": ("GITHUB_URL", "GITHUB_API_URL"),
    "Microsoft": ("MICROSOFT_LOGIN_URL", "GRAPH_URL"),
}
"""The settings that name whom we call; the pages people are sent to are not called by us."""


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import receivers  # noqa: F401  # signals are heard from now on

        for data in PERSONAL_DATA:
            register.declare(data)
        for provider, names in SIGN_IN_HOSTS.items():
            egress.declare(
                egress.Party(
                    name=f"{provider} (sign-in)",
                    purposes=("sign-in",),
                    data="The one-time code of your sign-in and our own credentials; nothing about your work.",
                    hosts=lambda names=names: [egress.host_of(getattr(settings, name)) for name in names],  # type: ignore[misc]
                    country="United States",
                )
            )
