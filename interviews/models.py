"""People become answers: what was asked, what was said, what was noted from it."""

from __future__ import annotations

import bisect
from typing import ClassVar

from django.db import models
from django.urls import reverse

from accounts.models import Binned, OwnedQuerySet
from ground.rows import Row
from interviews.extraction.kinds import TEXT, WORDS
from interviews.folder_readings import FolderFile, FolderReading

__all__ = [
    "Answer",
    "Conflict",
    "Fact",
    "FolderFile",
    "FolderReading",
    "InInterview",
    "Interview",
    "Question",
    "Reference",
    "TopicState",
]


class InInterview(Row):
    """A row of one interview. ``label`` is its public id inside the interview: Q-001, A-012, F-031, X-001, S-01."""

    interview = models.ForeignKey("interviews.Interview", on_delete=models.CASCADE, related_name="%(class)ss")
    label = models.CharField(max_length=8)
    workspace_path: ClassVar[str] = "interview__workspace"

    class Meta:
        abstract = True
        ordering: ClassVar = ["label"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["interview", "label"], name="%(class)s_label_once")]

    def __str__(self) -> str:
        return self.label


class Interview(Binned):
    """One project's interview: vision, requirements and architecture share this one ledger."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        READING = "reading", "Reading the last answer"
        CLOSED = "closed", "Closed"

    class Profile(models.TextChoices):
        LEAN = "lean", "Lean"
        STANDARD = "standard", "Standard"
        REGULATED = "regulated", "Regulated"

    class Depth(models.TextChoices):
        QUICK = "quick", "Quick, about 10 questions"
        STANDARD = "standard", "Standard, about 25 questions"
        THOROUGH = "thorough", "Thorough, about 50 questions"

    class Stakes(models.TextChoices):
        UNKNOWN = "", "Not asked yet"
        HOBBY = "hobby", "For ourselves"
        INTERNAL = "internal", "Inside one organisation"
        LAUNCH = "launch", "For the public"
        REGULATED = "regulated", "Regulated"

    title = models.CharField(max_length=120)
    profile = models.CharField(max_length=10, choices=Profile.choices, default=Profile.LEAN)
    depth = models.CharField(max_length=10, choices=Depth.choices, default=Depth.STANDARD)
    stakes = models.CharField(max_length=10, choices=Stakes.choices, default=Stakes.UNKNOWN, blank=True)
    language = models.CharField(max_length=8, default="en")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    respondent = models.CharField(max_length=60, default="owner")
    draft = models.TextField(blank=True)
    """What the owner has typed and not sent."""
    anchor = models.JSONField(null=True, blank=True)
    """Goal, invariants and non-goals as the owner signed them."""
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=200, blank=True)
    trouble = models.CharField(max_length=300, blank=True)
    """A sentence for a person when the last reply failed."""
    reply_due_at = models.DateTimeField(null=True, blank=True)
    """From when a worker may take the reply; moved ahead while one works on it."""
    spent_labels = models.JSONField(default=dict, blank=True)
    """The last number of each letter whose row was removed: a label is never given out twice. {"S": 3, "F": 41}."""

    objects: ClassVar = OwnedQuerySet["Interview"].as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("interviews:interview", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of this interview's event log."""
        return f"interview:{self.pk}"

    @property
    def is_open(self) -> bool:
        """Somebody may say something in it."""
        return self.state != self.State.CLOSED and self.deleted_at is None


class Question(InInterview):
    """One question as it was shown."""

    class Kind(models.TextChoices):
        OPEN = "open", "Open"
        OPTIONS = "options", "Options"
        RANKING = "ranking", "Ranking"
        NUMBER = "number", "Number"

    class State(models.TextChoices):
        OPEN = "open", "Waiting for an answer"
        ANSWERED = "answered", "Answered"
        UNKNOWN = "unknown", "I don't know"
        DEFERRED = "deferred", "Decide later"
        WITHDRAWN = "withdrawn", "No longer needed"

    topic = models.CharField(max_length=4)
    slot = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OPEN)
    text = models.TextField()
    why = models.TextField()
    options = models.JSONField(null=True, blank=True)
    recommended = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  # null is "no recommendation" in the schema
    triggered_by = models.JSONField(default=list)
    lint = models.JSONField(default=dict)
    respondent = models.CharField(max_length=60, default="owner")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField()
    offered = models.JSONField(null=True, blank=True)
    """What "I don't know" was answered with: an example, a default and its consequence."""

    objects: ClassVar = OwnedQuerySet["Question"].as_manager()

    class Meta(InInterview.Meta):
        constraints: ClassVar = [
            *InInterview.Meta.constraints,
            models.UniqueConstraint(fields=["interview"], condition=models.Q(state="open"), name="one_open_question_at_a_time"),
        ]


class Answer(InInterview):
    """What a person said, word for word (secrets apart: those are replaced before the row is written)."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")
    text = models.TextField()
    redactions = models.JSONField(default=list)
    """Personal spans in ``text``: [{"kind", "placeholder", "start", "end"}], in order."""
    secrets_removed = models.JSONField(default=dict)
    """Kind to count of the secrets that were replaced before storing."""
    respondent = models.CharField(max_length=60, default="owner")
    rev = models.PositiveSmallIntegerField(default=0)
    client_id = models.CharField(max_length=40, blank=True)
    """Made by the page: sending the same answer twice makes one row."""
    read_at = models.DateTimeField(null=True, blank=True)
    """When its facts were noted."""

    objects: ClassVar = OwnedQuerySet["Answer"].as_manager()

    class Meta(InInterview.Meta):
        constraints: ClassVar = [
            *InInterview.Meta.constraints,
            models.UniqueConstraint(
                fields=["interview", "client_id"], condition=~models.Q(client_id=""), name="an_answer_is_sent_once"
            ),
        ]

    @property
    def shared_text(self) -> str:
        """The text as agents and packages see it: names, phone numbers and addresses replaced by placeholders.

        Quotes of facts are substrings of this text.
        """
        text = self.text
        for span in sorted(self.redactions, key=lambda span: -span["start"]):
            text = text[: span["start"]] + span["placeholder"] + text[span["end"] :]
        return text


class Reference(InInterview):
    """A document the owner gave us. Only its text, name, kind, size and where it came from are kept (N-18)."""

    class Source(models.TextChoices):
        UPLOAD = "upload", "Uploaded"
        PASTE = "paste", "Pasted"
        ANSWERS_FILE = "answers_file", "From the answers file"
        ONEDRIVE = "onedrive", "OneDrive"
        SHAREPOINT = "sharepoint", "SharePoint"
        GOOGLE_DRIVE = "google_drive", "Google Drive"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        READING = "reading", "Being read"
        READ = "read", "Read"
        SKIPPED = "skipped", "Skipped"
        FAILED = "failed", "Not read"
        CANCELLED = "cancelled", "Cancelled"

    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField(help_text="bytes as received")
    sha256 = models.CharField(max_length=64, blank=True)
    text = models.TextField(blank=True)
    places = models.JSONField(default=list, blank=True)
    """From which character of ``text`` which place begins: [[0, "page 1"], [812, "page 2"]]."""
    pages = models.PositiveIntegerField(null=True, blank=True)
    """Pages, slides, sheets, or files of a ZIP; null where there is no such thing."""
    pages_done = models.PositiveIntegerField(default=0)
    """How many of ``pages`` are read while it is being read."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.READ)
    trouble = models.CharField(max_length=800, blank=True)
    """A sentence for a person: why it was not read, or what of it was not."""
    due_at = models.DateTimeField(null=True, blank=True)
    """When reading it has certainly ended or broken off; null when nobody waits for that."""
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.UPLOAD)
    source_item = models.CharField(max_length=400, blank=True)
    """What its provider calls it; never shown, never made by hand."""
    source_version = models.CharField(max_length=200, blank=True)
    """What its provider says changes with its content."""
    secrets_removed = models.JSONField(default=dict)
    """How many secrets were taken out of name and text, by kind. Never a value."""
    precedence = models.CharField(
        max_length=10, default="below", choices=[("above", "wins over answers"), ("below", "answers win")]
    )
    ranked_in = models.ForeignKey(Answer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    """The answer that said whether documents or answers count; until then it is asked about each difference."""
    wins_over = models.JSONField(default=list, blank=True)
    """Labels of the documents it holds against where they differ, as the owner said. Asked once for two documents."""
    read_at = models.DateTimeField(null=True, blank=True)
    """When its facts were noted."""

    objects: ClassVar = OwnedQuerySet["Reference"].as_manager()

    class Meta(InInterview.Meta):
        pass

    @property
    def is_under_way(self) -> bool:
        return self.state in {self.State.WAITING, self.State.READING}

    @property
    def has_text(self) -> bool:
        """It was read and there were words in it: only then do agents get it."""
        return self.state == self.State.READ and bool(self.text)

    @property
    def kind(self) -> str:
        """Its kind in words: "PDF", "Word document"."""
        return WORDS.get(self.media_type, "file")

    def place_of(self, quote: str, after: int = 0) -> str:
        """Where ``quote`` stands: "page 12", "Prices, A2:F9", "under “Returns”", "line 3"; empty when nothing can be said."""
        start = self.text.find(quote, after) if quote else -1
        if start < 0:
            return ""
        if self.media_type == TEXT.media_type:
            return f"line {self.text.count(chr(10), 0, start) + 1}"
        place = bisect.bisect_right(self.places, start, key=lambda place: place[0])
        return str(self.places[place - 1][1]) if place else ""


class Fact(InInterview):
    """One thing noted, with the verbatim words it rests on. Append-only: a correction is a new fact."""

    class Origin(models.TextChoices):
        USER = "user", "Said"
        DOCUMENT = "document", "From a document"
        ASSUMPTION = "assumption", "Assumed"
        DEFAULT = "default", "Default"

    class State(models.TextChoices):
        LIVE = "live", "Live"
        SUPERSEDED = "superseded", "Superseded"
        REJECTED = "rejected", "Rejected"

    topic = models.CharField(max_length=4)
    slot = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    attribute = models.CharField(max_length=120)
    op = models.CharField(max_length=4, null=True, blank=True)  # noqa: DJ001
    value = models.JSONField(null=True, blank=True)
    unit = models.CharField(max_length=60, null=True, blank=True)  # noqa: DJ001
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.USER)
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, null=True, blank=True, related_name="facts")
    reference = models.ForeignKey(Reference, on_delete=models.CASCADE, null=True, blank=True, related_name="facts")
    quote = models.TextField()
    place = models.CharField(max_length=120, blank=True)
    """Where the quote stands in its document: "page 12", "slide 3", "Prices, A2:F9"; empty for what was said."""
    confidence = models.FloatField(default=1.0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    superseded_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="supersedes")
    confirmed_by = models.CharField(max_length=60, null=True, blank=True)  # noqa: DJ001
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = OwnedQuerySet["Fact"].as_manager()

    class Meta(InInterview.Meta):
        pass

    @property
    def source(self) -> str:
        """The label of the answer or reference that holds the quote."""
        holder = self.answer or self.reference
        return holder.label if holder else ""


class Conflict(InInterview):
    """Two facts that cannot both hold. Both voices stay; the loser is superseded, never deleted."""

    class Kind(models.TextChoices):
        NUMERIC = "numeric"
        SCOPE = "scope"
        PERMISSION = "permission"
        TRADEOFF = "tradeoff"
        TEXT = "text"

    class Resolution(models.TextChoices):
        OPEN = "open", "Open"
        FIRST = "first", "The first holds"
        SECOND = "second", "The second holds"
        BOTH = "both-when", "Both, it depends"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    first = models.ForeignKey(Fact, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Fact, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=200)
    question = models.ForeignKey(Question, on_delete=models.SET_NULL, null=True, blank=True, related_name="conflicts")
    resolution = models.CharField(max_length=10, choices=Resolution.choices, default=Resolution.OPEN)
    decided_in = models.ForeignKey(Answer, on_delete=models.SET_NULL, null=True, blank=True, related_name="decides")
    result = models.ManyToManyField(Fact, blank=True, related_name="+")

    objects: ClassVar = OwnedQuerySet["Conflict"].as_manager()

    class Meta(InInterview.Meta):
        pass


class TopicState(Row):
    """Where one of the 47 topics stands in one interview."""

    class State(models.TextChoices):
        EMPTY = "empty", "Open"
        TOUCHED = "touched", "Touched"
        PARTIAL = "partial", "Half settled"
        SUFFICIENT = "sufficient", "Settled"
        CONFIRMED = "confirmed", "Confirmed"
        DEFERRED = "deferred", "Put off"
        NOT_APPLICABLE = "n/a", "Does not apply"
        ASSUMED = "assumed", "Assumed"

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="topicstates")
    topic = models.CharField(max_length=4)
    state = models.CharField(max_length=10, choices=State.choices, default=State.EMPTY)
    missing = models.JSONField(default=list)
    """Slots without a fact."""
    note = models.CharField(max_length=300, blank=True)
    """Reason for n/a, or the default that is assumed."""
    owner = models.CharField(max_length=80, blank=True)
    trigger = models.CharField(max_length=120, blank=True)
    workspace_path: ClassVar[str] = "interview__workspace"

    objects: ClassVar = OwnedQuerySet["TopicState"].as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["interview", "topic"], name="one_state_per_topic")]

    def __str__(self) -> str:
        return f"{self.topic} {self.state}"
