"""A person who uses everything, month after month; every word they say carries the month it was said in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from accounts.flows import exporting, keying, reporting, retaining
from accounts.models import BugReport, Choice, Session, User
from api.oauth import recognising
from connectors.flows import attaching
from connectors.models import Attach, Kind
from delivery.flows import subscribing
from delivery.models import Endpoint
from ground import clock
from interviews.flows import answering, opening
from interviews.models import FolderFile, FolderReading, Reference
from llm.flows import bringing
from llm.models import Exchange, ModelCall
from tests.api.oauth.issued import a_token
from tests.billing.shop import Shop
from tests.connectors.conftest import connected
from tests.connectors.google import Google
from tests.delivery.conftest import make_channel, make_package
from tests.delivery.shelf import Shelf
from tests.delivery.webhooks.receiver import Receiver
from tests.llm.keys.conftest import ANTHROPIC_KEY
from tests.packages import written


@dataclass
class Around:
    """Who plays the outside."""

    shop: Shop
    google: Google
    shelf: Shelf
    receiver: Receiver


@dataclass
class Person:
    name: str
    """A word of its own: what is left of this person is found by it."""
    around: Around
    browser: Client = field(default_factory=lambda: Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"}))
    is_patient: bool = False
    """Waits for a package that is really written."""
    key: str = ""
    tool: str = ""
    months: list[int] = field(default_factory=list)
    """In which something happened."""

    @property
    def user(self) -> User:
        return User.objects.get(email=self.address)

    @property
    def address(self) -> str:
        return f"{self.name.lower()}@example.org"

    def word(self, month: int) -> str:
        return f"{self.name}{month:02}q"

    def signs_up(self) -> None:
        """By the door, after reading a page; then everything that is set up once."""
        assert self.browser.get("/pricing/").status_code == 200
        self.signs_in()
        user = self.user
        known = {"display_name": f"{self.name} Moreau", "contact_phone": f"{self.name} 555"}
        User.objects.filter(pk=user.pk).update(**known, developer_access=True)
        user.refresh_from_db()
        retaining.choose(user.workspace, {"packages": 60, "interviews": 120}, actor=user)
        for kind in ("run.completed", "delivery.failed"):
            Choice.objects.create(user=user, kind=kind, channel="email")
        self.key = keying.make(user, name=f"{self.name} sync").raw
        make_channel(user, self.around.shelf, name=f"{self.name} shelf")
        url = f"{self.around.receiver.url}/{self.name}"
        _, secret = subscribing.add(user.workspace, url=url, events=["run.completed", "package.deleted"], actor=user)
        self.around.receiver.secrets[f"/{self.name}"] = secret
        connected(self.around.google, user, who=self.name)
        bringing.add(user.workspace, provider="anthropic", key=ANTHROPIC_KEY, actor=user)
        self.around.shop.buy(user, "team")
        if self.is_patient:
            written(user)

    def signs_in(self) -> None:
        said = {"id": f"{ord(self.name[0])}", "email": self.address, "first_name": self.name, "email_verified": "on"}
        begun = self.browser.post("/accounts/dummy/login/?process=login&next=%2Finterviews%2F")
        self.browser.post(begun.headers["Location"], said)
        assert self.browser.get("/settings/retention/").status_code == 200

    def lives_a_month(self, month: int) -> None:
        """One day on which a little of everything happens."""
        self.months.append(month)
        user, word, number = self.user, self.word(month), len(self.months)
        self.browser.get("/")
        self.signs_in()
        interview = opening.open_interview(workspace=user.workspace, title=f"{word} desk")
        answering.store_answer(interview.questions.get(), text=f"{word} books online. It must never lose a booking.")
        read = {"media_type": "text/markdown", "size": 5, "sha256": "0", "text": f"{word} says so"}
        Reference.objects.create(interview=interview, label="S-01", name=f"{word}.md", **read)
        reading = FolderReading.objects.create(interview=interview, state=FolderReading.State.LISTED)
        FolderFile.objects.create(reading=reading, item="1", name=f"{word}.docx", size=10)
        package = make_package(interview, BRIEF_md=f"# {word}\n")
        default_storage.save(package.blob, ContentFile(word.encode()))
        self._calls_models(word)
        assert self.browser.get("/api/v1/account", headers={"Authorization": f"Bearer {self.key}"}).status_code == 200
        if number % 2 == 1:
            self.tool = a_token(user)[1]
        assert recognising.recognise(self.tool)
        if number % 2 == 0:
            exporting.ask(user)
        if number % 3 == 0:
            self._reports(word)
        if number % 4 == 0:
            self._begins_to_connect()
            endpoint = Endpoint.objects.get(workspace=user.workspace)
            subscribing.rotate(endpoint, number=subscribing.rotation_number(endpoint), actor=user)
            self.around.receiver.secrets.pop(f"/{self.name}", None)  # two signatures from now on

    def _calls_models(self, word: str) -> None:
        called: dict[str, Any] = {"call": "generation.vision", "version": 1, "provider": "anthropic", "model": "claude-opus-5"}
        ended = {"state": ModelCall.State.ANSWERED, "outcome": ModelCall.Outcome.ANSWERED, "finished_at": clock.now()}
        workspace = self.user.workspace
        call = ModelCall.objects.create(workspace=workspace, started_at=clock.now(), tokens_in=9, tokens_out=9, **called, **ended)
        Exchange.objects.create(workspace=workspace, key=word, prompt_sha256="0" * 64, output={"said": word}, call=call)

    def _reports(self, word: str) -> None:
        filed = {
            "description": f"{word} hangs",
            "severity": BugReport.Severity.LOW,
            "came_from": "/packages/",
            "user_agent": word,
        }
        report = reporting.file(self.user, title=word, **filed)
        BugReport.objects.filter(pk=report.pk).update(state=BugReport.State.RESOLVED, resolved_at=clock.now())

    def _begins_to_connect(self) -> None:
        """And never comes back from the provider."""
        user = self.user
        session = Session.objects.filter(user=user).latest("created_at")
        Attach.objects.create(
            workspace=user.workspace, user=user, session=session, kind=Kind.GOOGLE, ends_at=clock.now() + attaching.LIFETIME
        )
