"""Every class of personal data of this floor, for the register."""

from __future__ import annotations

import uuid

from accounts import periods
from ground.register import DataClass


def _exports_of(user: uuid.UUID) -> list[str]:
    from accounts.flows import exporting  # needs the models, which are loaded later than this

    return exporting.files_of(user)


def _has_number(user: uuid.UUID) -> bool:
    from accounts.models import User

    return User.objects.filter(pk=user).exclude(sms_verified_at=None).exists()


PERSONAL_DATA = (
    DataClass(
        name="Account",
        purpose="To know whose interviews and packages these are; phone, number for SMS, time zone and language if you set them.",
        legal_basis="contract",
        models=("accounts.User", "accounts.Workspace", "accounts.OperatorRole", "accounts.Retention"),
        kept="until the account is deleted",
        export="account.json",
        erase="deleted with the account",
        owner_path="pk",
    ),
    DataClass(
        name="Outside identities",
        purpose="To recognise you at the next sign-in: the provider, its stable number for you, and the address it gave.",
        legal_basis="contract",
        models=(
            "socialaccount.SocialAccount",
            "socialaccount.SocialToken",
            "account.EmailAddress",
            "account.EmailConfirmation",
        ),
        kept="until you unlink it or delete the account",
        export="identities.json",
        erase="deleted with the account",
        owner_path="user",
        secret=(
            "socialaccount.SocialAccount.extra_data",
            "socialaccount.SocialToken.token",
            "socialaccount.SocialToken.token_secret",
            "account.EmailConfirmation.key",
        ),
    ),
    DataClass(
        name="What happened",
        purpose="To show who did what in your account, and when: sign-ins, generations, keys, rights. No secret, no address.",
        legal_basis="legitimate interest",
        models=("accounts.AuditEvent",),
        kept="90 days, events about a plan 7 years",
        periods=(periods.EVENTS, periods.BILLING_EVENTS),
        export="what-happened.json",
        erase="the time and the name of each action stay, everything that leads to a person is removed",
    ),
    DataClass(
        name="Sessions",
        purpose="To keep you signed in and to show you where. No address of your device, and no copy of the cookie.",
        legal_basis="contract",
        models=("accounts.Session",),
        kept="until you sign out or end it in Settings; 12 hours without use and 7 days at most",
        periods=(periods.SESSION_IDLE, periods.SESSION),
        export="sessions.json",
        erase="deleted with the account",
        owner_path="user",
        secret=("accounts.Session.session_key", "accounts.Session.previous_key", "accounts.Session.session_data"),
    ),
    DataClass(
        name="Photo",
        purpose="To show you who is signed in: Microsoft's picture as a copy, Google's and GitHub's as an address.",
        legal_basis="legitimate interest",
        models=("accounts.Photo",),
        kept="until you unlink the provider or delete the account",
        export="photo.json",
        erase="deleted with the account",
        owner_path="user",
    ),
    DataClass(
        name="Number for SMS",
        purpose="To check that the number is yours: a fingerprint of the code, never the code.",
        legal_basis="consent",
        models=("accounts.PhoneCode",),
        kept="10 minutes, or until the code was entered",
        periods=(periods.CODE,),
        export="not exported: gone within minutes",
        erase="deleted with the account",
        owner_path="user",
        optional=True,
        switch="Profile, number for SMS",
        is_on=_has_number,
        audited=("phone.verified", "phone.removed"),
    ),
    DataClass(
        name="Notices",
        purpose="What you want to be told, and whether mails and SMS arrived. The address is not kept with them.",
        legal_basis="consent",
        models=("accounts.Choice", "accounts.Message"),
        kept="choices until you change them, messages for 90 days",
        periods=(periods.MESSAGES,),
        export="notices.json",
        erase="deleted with the account",
        owner_path="user",
        optional=True,
        switch="Notifications",
        audited=("notices.changed",),
    ),
    DataClass(
        name="Letters to accounts",
        purpose="To tell everybody concerned of a change of policy or an incident.",
        legal_basis="legal obligation",
        models=("accounts.MailOut",),
        kept="as long as the service may have to show that it told you",
        export="notices.json",
        erase="the text that went to everybody stays, without your name on its list",
        owner_path="recipients",
    ),
    DataClass(
        name="Published texts",
        purpose="To show which policy text is in force and who receives data. They name no person who uses the service.",
        legal_basis="legal obligation",
        models=("accounts.PolicyVersion", "accounts.SubProcessor"),
        kept="as long as the service may have to show that it told you",
        export="not exported: everybody can read them",
        erase="these are our own texts, and nothing in them leads to an account",
        owner_path="",
    ),
    DataClass(
        name="Objections",
        purpose="To weigh what you say against a new sub-processor before it is called.",
        legal_basis="contract",
        models=("accounts.Objection",),
        kept="until the account is deleted",
        export="objections.json",
        erase="deleted with the account",
        owner_path="user",
        content=True,
    ),
    DataClass(
        name="API keys",
        purpose="To let your programs act as you: a salted fingerprint, the first 8 characters and calls per day, never the key.",
        legal_basis="contract",
        models=("accounts.ApiKey", "accounts.KeyDay"),
        kept="until you revoke it; counts of calls per day for 90 days",
        periods=(periods.KEY_DAYS,),
        export="api-keys.json",
        erase="deleted with the account",
        secret=("accounts.ApiKey.prefix", "accounts.ApiKey.salt", "accounts.ApiKey.digest"),
        optional=True,
        switch="API keys",
        audited=("api_key.created", "api_key.revoked", "api_key.expired"),
    ),
    DataClass(
        name="Bug reports",
        purpose="To mend what does not work: what you wrote, the path of the page, your browser, ids of run and interview.",
        legal_basis="legitimate interest",
        models=("accounts.BugReport",),
        kept=f"until resolved, then {periods.REPORTS.in_words}",
        periods=(periods.REPORTS,),
        export="bug-reports.json",
        erase="deleted with the account; of reports the service filed, kind of error and time stay",
        owner_path="reporter",
        content=True,
        metadata=tuple(f"accounts.BugReport.{name}" for name in ("title", "description", "route", "user_agent", "error_class")),
    ),
    DataClass(
        name="Consents",
        purpose="To show when you switched an optional processing on or off.",
        legal_basis="legal obligation",
        models=("accounts.Consent",),
        kept="until the account is deleted",
        export="consents.json",
        erase="deleted with the account",
    ),
    DataClass(
        name="Data exports",
        purpose="To hand you a copy of your data: an archive in our storage, and when it was asked for and ready.",
        legal_basis="legal obligation",
        models=("accounts.Export",),
        kept="7 days from when it is ready, or until a newer one is; archive and record go together",
        periods=(periods.EXPORT,),
        export="exports.json",
        erase="deleted with the account",
        blobs=("exports/",),
        blobs_of=_exports_of,
    ),
    DataClass(
        name="Request for deletion",
        purpose="To show that a deletion was asked for and done: a random number, two times, your address until we wrote.",
        legal_basis="legal obligation",
        models=("accounts.DeletionRequest",),
        kept="for good, without your address: that is gone with the last mail, after 24 hours at most",
        periods=(periods.DELETION, periods.LAST_ADDRESS),
        export="not exported: it begins when the account ends",
        erase="loses the link to the account when that is gone",
        owner_path="user",
    ),
)
