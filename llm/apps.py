import uuid

from django.apps import AppConfig
from django.conf import settings

from ground import egress, guarding, register, vault
from llm import periods


class LLMConfig(AppConfig):
    name = "llm"

    def ready(self) -> None:
        register.declare(
            register.DataClass(
                name="Model calls",
                purpose="To show what was asked of which model and what it cost: times, models, numbers of tokens, cost.",
                legal_basis="contract",
                models=("llm.ModelCall", "llm.RedactionCount"),
                kept="90 days",
                periods=(periods.CALLS,),
                export="model-calls.json",
                erase="deleted with the workspace",
            )
        )
        register.declare(
            register.DataClass(
                name="Answers of models",
                purpose="Not to pay for the same answer twice while a package is written.",
                legal_basis="contract",
                models=("llm.Exchange",),
                kept="30 days",
                periods=(periods.ANSWERS,),
                export="model-answers.json",
                erase="deleted with the workspace",
                content=True,
                full="in the documents that were written from them",
            )
        )
        register.declare(
            register.DataClass(
                name="Usage by month",
                purpose="To bill and to show your usage: sums per month and model, without single calls.",
                legal_basis="legal obligation",
                models=("llm.UsageMonth",),
                kept="7 years",
                periods=(periods.SUMS,),
                export="usage.json",
                erase="deleted with the workspace",
            )
        )
        register.declare(
            register.DataClass(
                name="Own model keys",
                purpose="To ask the vendor you chose with the key you brought. Encrypted; shown by its last four characters.",
                legal_basis="contract",
                models=("llm.OwnKey",),
                kept="until you revoke the key or delete the account",
                export="own-keys.json",
                erase="deleted with the workspace",
                secret=("llm.OwnKey.last_four",),
                optional=True,
                switch="Model keys",
                audited=("own_key.added", "own_key.revoked"),
            )
        )
        register.declare(
            register.DataClass(
                name="Another vendor of models",
                purpose="To ask the other vendor when the first one cannot answer, where you allow it.",
                legal_basis="consent",
                models=("llm.VendorChoice",),
                kept="until the account is deleted",
                export="model-settings.json",
                erase="deleted with the workspace",
                optional=True,
                switch="Model keys",
                is_on=_failover,
                audited=("failover.allowed", "failover.forbidden"),
            )
        )
        register.declare(
            register.DataClass(
                name="Placeholders of secrets",
                purpose="To name the same secret by the same placeholder: a sealed key that is yours alone.",
                legal_basis="contract",
                models=("llm.RedactionKey",),
                kept="until the account is deleted",
                export="model-settings.json",
                erase="deleted with the workspace",
            )
        )
        from llm.guarding import cleaned, holds_a_secret

        guarding.register(cleaned)
        guarding.register_finder(holds_a_secret)
        vault.declare("llm.OwnKey", "sealed", purpose="own model key")
        vault.declare("llm.RedactionKey", "sealed", purpose="redaction key")
        for name, setting, country in (
            ("Anthropic", "ANTHROPIC_BASE_URL", "United States"),
            ("OpenAI", "OPENAI_BASE_URL", "United States"),
        ):
            egress.declare(
                egress.Party(
                    name=name,
                    purposes=("model calls", "key validation"),
                    data="Interview turns, excerpts of references and drafts of documents, without secrets. A key you bring.",
                    hosts=lambda setting=setting: [egress.host_of(getattr(settings, setting))],  # type: ignore[misc]
                    country=country,
                )
            )


def _failover(user: uuid.UUID) -> bool:
    from llm.models import VendorChoice

    return VendorChoice.objects.filter(workspace__owner=user, failover=True).exists()
