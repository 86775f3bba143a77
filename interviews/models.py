"""People become answers: what was asked, what was said, what was noted from it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from accounts.models import Binned, OwnedQuerySet
from ground.rows import Row


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
        return self.state != self.State.CLOSED


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
    """A document the owner gave us. Only its text, name, kind and size are kept (N-18)."""

    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField(help_text="bytes as received")
    sha256 = models.CharField(max_length=64)
    text = models.TextField()
    secrets_removed = models.JSONField(default=dict)
    """How many secrets were taken out of name and text, by kind. Never a value."""
    precedence = models.CharField(
        max_length=10, default="below", choices=[("above", "wins over answers"), ("below", "answers win")]
    )
    ranked_in = models.ForeignKey(Answer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    """The answer that said whether documents or answers count; until then it is asked about each difference."""
    read_at = models.DateTimeField(null=True, blank=True)
    """When its facts were noted."""

    objects: ClassVar = OwnedQuerySet["Reference"].as_manager()

    class Meta(InInterview.Meta):
        pass


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
