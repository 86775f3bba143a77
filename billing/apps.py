from django.apps import AppConfig
from django.core import checks

from billing import periods
from ground import egress, register, vault
from ground.register import DataClass

PERSONAL_DATA = (
    DataClass(
        name="Spending limits",
        purpose="To stop model calls before they cost more than you allow.",
        legal_basis="contract",
        models=("billing.SpendingLimit",),
        kept="until the account is deleted",
        export="spending-limits.json",
        erase="deleted with the workspace",
    ),
    DataClass(
        name="Plan",
        purpose="To know which plan you have: two ids at the company that sells it, its state, and when it is renewed.",
        legal_basis="contract",
        models=("billing.Subscription", "billing.PlanClaim"),
        kept="until the account is deleted",
        export="plan.json",
        erase="deleted with the workspace; it is ended where it was bought as well",
        optional=True,
        switch="Plan",
    ),
    DataClass(
        name="Count of generations",
        purpose="To hold against your plan how many generations you began in each period.",
        legal_basis="contract",
        models=("billing.QuotaPeriod", "billing.CountedRun"),
        kept=periods.COUNTS.in_words,
        periods=(periods.COUNTS,),
        export="generations.json",
        erase="deleted with the workspace",
    ),
)


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing import receivers, vendor
        from billing.checks import plans_are_sold_rightly, price_files
        from billing.flows import bounding, parting

        for data in PERSONAL_DATA:
            register.declare(data)
        for period in (periods.EVENTS, periods.BOOKS):
            register.declare_period(period)
        egress.declare(vendor.PARTY)
        vault.declare("billing.Parting", "sealed", purpose=parting.PURPOSE)
        receivers.listen()
        bounding.declare()
        checks.register(price_files)
        checks.register(plans_are_sold_rightly)
