from django.apps import AppConfig

from ground import register


class GenerationConfig(AppConfig):
    name = "generation"

    def ready(self) -> None:
        register.declare(
            register.DataClass(
                name="Packages",
                purpose="To write documents from your answers, to show how far the writing is, and to hand the package over.",
                legal_basis="contract",
                models=("generation.Run", "generation.Step", "generation.Package", "generation.Document"),
                kept="until the package, its interview or the account is deleted",
                export="packages.json",
                erase="deleted with the interview",
                blobs=("packages/",),
            )
        )
