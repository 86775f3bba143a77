from django.apps import AppConfig

from accounts import periods as of_accounts
from ground import register
from interviews import periods


class InterviewsConfig(AppConfig):
    name = "interviews"

    def ready(self) -> None:
        register.declare(
            register.DataClass(
                name="Interviews",
                purpose="To ask, to remember what was said, and to write the package from it.",
                legal_basis="contract",
                models=(
                    "interviews.Interview",
                    "interviews.Question",
                    "interviews.Answer",
                    "interviews.Fact",
                    "interviews.Conflict",
                    "interviews.TopicState",
                ),
                kept="until you or your retention delete the interview, then 30 days in the Recycle Bin; or with the account",
                periods=(of_accounts.BIN,),
                export="interviews.json",
                erase="deleted with the workspace",
                content=True,
                metadata=(
                    "interviews.Interview.title",
                    "interviews.Interview.language",
                    "interviews.Question.label",
                    "interviews.Question.topic",
                    "interviews.Answer.label",
                    "interviews.Fact.label",
                    "interviews.Fact.topic",
                    "interviews.Conflict.label",
                    "interviews.TopicState.topic",
                ),
                full="on the page of each interview, and its notes on the page Review beside it",
            )
        )
        register.declare(
            register.DataClass(
                name="Reference documents",
                purpose="To read what you gave us beside your answers. Only text, name, kind, size and origin are kept.",
                legal_basis="contract",
                models=("interviews.Reference",),
                kept="as long as their interview, or until you remove them",
                export="references.json",
                erase="deleted with the interview",
                owner_path="interview__workspace__owner",
                content=True,
                metadata=tuple(f"interviews.Reference.{name}" for name in ("label", "name", "media_type", "sha256", "source")),
                full="as quotes beside the notes of each interview; the files themselves are not kept",
            )
        )

        register.declare(
            register.DataClass(
                name="Folders being read",
                purpose="To let you choose what is read from your folder, and to show how far that is.",
                legal_basis="contract",
                models=("interviews.FolderReading", "interviews.FolderFile"),
                kept="names of files you did not choose for a day at most, the others as long as their interview",
                periods=(periods.LISTING,),
                export="folders.json",
                erase="deleted with the interview",
                owner_path="interview__workspace__owner",
                optional=True,
                switch="Integrations",
                content=True,
            )
        )

        from accounts.flows import reporting
        from connectors import uses
        from interviews import receivers
        from interviews.flows import discarding, locating, using

        receivers.listen()
        discarding.declare()
        uses.declare(using.find)
        reporting.declare("interviews", locating.find)
