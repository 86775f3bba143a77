"""The nouns of this floor, one per file."""

from accounts.models.audit import AuditEvent, unlinked
from accounts.models.consents import Consent
from accounts.models.deletions import DeletionRequest
from accounts.models.exports import Export
from accounts.models.identities import Photo
from accounts.models.keys import ApiKey, KeyDay
from accounts.models.mailouts import MailOut
from accounts.models.notices import Choice, Message
from accounts.models.operators import OperatorRole
from accounts.models.phones import PhoneCode
from accounts.models.policies import Objection, PolicyVersion, SubProcessor
from accounts.models.reports import BugReport
from accounts.models.retention import Retention
from accounts.models.sessions import Session
from accounts.models.users import Anyone, Binned, Owned, OwnedQuerySet, User, UserQuerySet, Workspace

__all__ = [
    "Anyone",
    "ApiKey",
    "AuditEvent",
    "Binned",
    "BugReport",
    "Choice",
    "Consent",
    "DeletionRequest",
    "Export",
    "KeyDay",
    "MailOut",
    "Message",
    "Objection",
    "OperatorRole",
    "Owned",
    "OwnedQuerySet",
    "PhoneCode",
    "Photo",
    "PolicyVersion",
    "Retention",
    "Session",
    "SubProcessor",
    "User",
    "UserQuerySet",
    "Workspace",
    "unlinked",
]
