import uuid

from django.apps import AppConfig

from delivery import periods
from delivery.contract import PURPOSE
from ground import register, vault


class DeliveryConfig(AppConfig):
    name = "delivery"

    def ready(self) -> None:
        from delivery import parties, receivers  # noqa: F401  # receivers hear the signals of the floors below

        parties.declare()

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
                is_on=_delivers,
                audited=("channel.created", "channel.changed", "channel.removed"),
            )
        )
        register.declare(
            register.DataClass(
                name="Webhooks",
                purpose="To tell your own systems how generations stand: an address, a sealed secret, ids and states.",
                legal_basis="contract",
                models=("delivery.Endpoint", "delivery.Event", "delivery.Dispatch", "delivery.Attempt"),
                kept="endpoints until you remove them, a secret that was replaced 24 hours, the log of attempts 30 days",
                periods=(periods.WEBHOOK_LOG, periods.SECRET_BEFORE),
                export="webhooks.json",
                erase="deleted with the account",
                optional=True,
                switch="Webhooks",
                is_on=_calls,
                audited=("webhook.created", "webhook.disabled", "webhook.resumed", "webhook.deleted"),
            )
        )


def _delivers(user: uuid.UUID) -> bool:
    from delivery.models import Channel

    return Channel.objects.filter(workspace__owner=user, state=Channel.State.ACTIVE).exists()


def _calls(user: uuid.UUID) -> bool:
    from delivery.models import Endpoint

    return Endpoint.objects.filter(workspace__owner=user, state=Endpoint.State.ACTIVE).exists()
