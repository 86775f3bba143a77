import uuid

from django.apps import AppConfig

from accounts import periods
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
                kept="until you or your retention delete the package, then 30 days in the Recycle Bin; or with the account",
                periods=(periods.BIN,),
                export="packages.json",
                erase="deleted with its run, row and file in one operation",
                blobs=("packages/",),
                blobs_of=_packages_of,
                content=True,
                metadata=(
                    "generation.Run.provider",
                    "generation.Step.key",
                    "generation.Step.kind",
                    "generation.Package.title",
                    "generation.Package.sha256",
                    "generation.Document.path",
                    "generation.Document.sha256",
                ),
                full="on the page of each package, and take it along there with Download",
            )
        )

        from accounts.flows import reporting
        from generation import receivers
        from generation.flows import discarding, locating

        receivers.listen()
        discarding.declare()
        reporting.declare("generation", locating.find)


def _packages_of(user: uuid.UUID) -> list[str]:
    """By the runs: a package's file may be there before its row."""
    from generation.models import Package, Run

    runs = Run.objects.filter(workspace__owner=user).values_list("pk", flat=True)
    return [f"packages/{run}.zip" for run in runs] + list(
        Package.objects.filter(workspace__owner=user).values_list("blob", flat=True)
    )
