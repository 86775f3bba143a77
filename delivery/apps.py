from importlib import import_module

from django.apps import AppConfig

from delivery.contract import PURPOSE
from ground import egress, register, vault


class DeliveryConfig(AppConfig):
    name = "delivery"

    def ready(self) -> None:
        import_module("delivery.receivers")
        egress.declare(
            egress.Party(
                name="Your webhook endpoint",
                purposes=("webhooks",),
                data="Ids, states and times of your generations and packages.",
                hosts=None,
            )
        )
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
