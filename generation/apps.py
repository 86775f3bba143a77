import uuid

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
                blobs_of=_packages_of,
                content=True,
            )
        )

        from accounts.flows import reporting
        from generation import receivers
        from generation.flows import locating

        receivers.listen()
        reporting.declare("generation", locating.find)


def _packages_of(user: uuid.UUID) -> list[str]:
    """By the runs: a package's file may be there before its row."""
    from generation.models import Package, Run

    runs = Run.objects.filter(workspace__owner=user).values_list("pk", flat=True)
    return [f"packages/{run}.zip" for run in runs] + list(
        Package.objects.filter(workspace__owner=user).values_list("blob", flat=True)
    )
