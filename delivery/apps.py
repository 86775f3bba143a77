from django.apps import AppConfig
from django.conf import settings

from delivery.contract import PURPOSE
from ground import egress, register, vault


class DeliveryConfig(AppConfig):
    name = "delivery"

    def ready(self) -> None:
        _declare_forges()
        vault.declare("delivery.Channel", "sealed", purpose=PURPOSE)
        vault.declare("delivery.Endpoint", "sealed", purpose="webhook secret")
        vault.declare("delivery.Endpoint", "sealed_before", purpose="webhook secret before")
        register.declare(
            register.DataClass(
                name="Delivery of packages",
                purpose="To bring packages to the place you named: its details, a sealed credential, what came of it.",
                legal_basis="contract",
                models=("delivery.Channel", "delivery.Delivery", "delivery.Try"),
                kept="until you remove the channel or delete the account",
                export="deliveries.json",
                erase="deleted with the account; what was delivered stays where it is",
                optional=True,
                switch="Delivery",
            )
        )
        register.declare(
            register.DataClass(
                name="Webhooks",
                purpose="To tell your own systems how generations stand: an address, a sealed secret, ids and states.",
                legal_basis="contract",
                models=("delivery.Endpoint", "delivery.Event", "delivery.Dispatch", "delivery.Attempt"),
                kept="endpoints until you remove them, the log of attempts 30 days",
                export="webhooks.json",
                erase="deleted with the account",
                optional=True,
                switch="Webhooks",
            )
        )


def _declare_forges() -> None:
    """Who packages are brought to. Another git server is named by its user, so its address is checked at every call."""
    for name, setting in (
        ("GitHub (delivery)", "GITHUB_API_URL"),
        ("GitLab (delivery)", "GITLAB_URL"),
        ("Azure DevOps (delivery)", "AZURE_DEVOPS_URL"),
        ("Bitbucket (delivery)", "BITBUCKET_API_URL"),
        ("Git server of a user (delivery)", ""),
    ):
        egress.declare(
            egress.Party(
                name=name,
                purposes=("delivery",),
                data="Generated documents, to a repository that you name. Nothing about you but the credential you gave for it.",
                hosts=(lambda setting=setting: [egress.host_of(getattr(settings, setting))]) if setting else None,  # type: ignore[misc]
            )
        )
