"""An interview with one answer and a package of it, as rows and one small file: enough for what is deleted and kept."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import User
from generation.models import Package
from interviews.flows import answering, opening
from tests.delivery.conftest import make_package
from tests.packages import SAID


def sketched(owner: User) -> Package:
    """Interview and package of ``owner``, in a twentieth of a second."""
    interview = opening.open_interview(workspace=owner.workspace, title="Desk: “day & night”")
    answering.store_answer(interview.questions.get(), text=SAID)
    package = make_package(interview, finish=False)
    default_storage.save(package.blob, ContentFile(b"an archive"))
    return package
