from django.apps import AppConfig
from django.conf import settings

from ground import egress, register


class LLMConfig(AppConfig):
    name = "llm"

    def ready(self) -> None:
        register.declare(
            register.DataClass(
                name="Model calls",
                purpose="To show what was asked of a model, what it cost, and not to pay for the same answer twice.",
                legal_basis="contract",
                models=("llm.ModelCall",),
                kept="until the account is deleted",
                export="model-calls.json",
                erase="deleted with the workspace",
            )
        )
        for name, setting, country in (
            ("Anthropic", "ANTHROPIC_BASE_URL", "United States"),
            ("OpenAI", "OPENAI_BASE_URL", "United States"),
        ):
            egress.declare(
                egress.Party(
                    name=name,
                    purposes=("model calls",),
                    data="Interview turns, excerpts of references and drafts of documents, without secrets.",
                    hosts=lambda setting=setting: [egress.host_of(getattr(settings, setting))],  # type: ignore[misc]
                    country=country,
                )
            )
