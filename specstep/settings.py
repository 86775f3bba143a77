"""Settings: every value that differs between a laptop and production is read from the environment here, and nowhere else.

Without any configuration this is the embedded default of a laptop (docs/architecture.md, 5).
"""

from __future__ import annotations

import contextlib
import os
import secrets
from decimal import Decimal, InvalidOperation
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.smart_cast = False
DATA_DIR = Path(env.str("SPECSTEP_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("SPECSTEP_DEBUG", default="DATABASE_URL" not in env.ENVIRON)
"""On a laptop, off as soon as a real database is named."""


def _local_secret(name: str) -> str:
    """A random secret that is made once and stays in the data folder; production names its own in the environment."""
    path = DATA_DIR / name
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        draft = DATA_DIR / f".{name}.{secrets.token_hex(6)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        # Web, worker and beat may start together: linking fails where a first one already stands, and that one stays.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def _dollars(name: str) -> Decimal | None:
    """An amount in US dollars such as 2.50; None when the variable is not set."""
    given = env.str(name, default="")
    try:
        amount = Decimal(given or "0")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ImproperlyConfigured(f"{name} is {given!r}. Give an amount in US dollars such as 2.50, or leave it out.")
    return amount if given else None


SECRET_KEY_IS_NAMED = bool(env.str("SECRET_KEY", default=""))
SECRET_KEY = env.str("SECRET_KEY", default="") or _local_secret("secret-key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "oauth2_provider",
    *(["allauth.socialaccount.providers.dummy"] if DEBUG else []),
    "ground",
    "accounts",
    "llm",
    "billing",
    "connectors",
    "interviews",
    "generation",
    "delivery",
    "api",
    "public",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.session_cookies.SessionCookieMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.zones.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "specstep.policy.ContentPolicyMiddleware",
    "public.traffic.TrafficMiddleware",
    "accounts.suspended.SuspendedMiddleware",
]

ROOT_URLCONF = "specstep.urls"
ASGI_APPLICATION = "specstep.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- database: PostgreSQL by DATABASE_URL, else SQLite in the data folder ------------------------------------------------
if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db("DATABASE_URL")}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("ssl_min_protocol_version", "TLSv1.2")
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=15)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "specstep.sqlite3",
            # IMMEDIATE makes writers queue instead of failing at the lock upgrade; measured in docs/adr/0003.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
            },
            # A file, as in use: in a database in memory a second thread fails at a lock where here it waits its turn.
            "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
        }
    }
DATABASE_ENGINE = str(DATABASES["default"]["ENGINE"])
"""For the production check: anything but PostgreSQL is refused there."""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people --------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, str]] = []
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/interviews/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_ADAPTER = "accounts.identities.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_ONLY = True  # no password form, no sign-up form, no reset route
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_ADAPTER = "accounts.identities.IdentityAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # accounts.flows.recognising decides what may be linked
SIGN_IN_APPS = {
    name: (env.str(f"{name.upper()}_CLIENT_ID", default=""), env.str(f"{name.upper()}_CLIENT_SECRET", default=""))
    for name in ("google", "github", "microsoft")
}
"""Client id and secret of each; a provider without both is not offered (docs/sign-in.md)."""
GOOGLE_OAUTH_URL = env.str("GOOGLE_OAUTH_URL", default="https://accounts.google.com")
GOOGLE_AUTHORIZE_URL = env.str("GOOGLE_AUTHORIZE_URL", default=f"{GOOGLE_OAUTH_URL}/o/oauth2/v2/auth")
GOOGLE_TOKEN_URL = env.str("GOOGLE_TOKEN_URL", default="https://oauth2.googleapis.com/token")
GITHUB_URL = env.str("GITHUB_URL", default="https://github.com")
MICROSOFT_LOGIN_URL = env.str("MICROSOFT_LOGIN_URL", default="https://login.microsoftonline.com")
MICROSOFT_TENANT = env.str("MICROSOFT_TENANT", default="common")
"""common: every organisation and personal accounts; organizations; consumers; or the id of one tenant."""
GRAPH_URL = env.str("GRAPH_URL", default="https://graph.microsoft.com")
SIGN_IN_SECONDS = env.float("SIGN_IN_SECONDS", default=8.0)
"""For all calls to a provider while one person waits; a quarter of it at most for Microsoft's picture."""
SIGN_IN_ATTEMPTS = env.int("SIGN_IN_ATTEMPTS", default=60)
"""By one address within five minutes and per process, the way there and the way back counted; an office of 25 fits in."""
SIGNUP_NOTICE = env.bool("SIGNUP_NOTICE", default=False)
"""Tell the operator (OPERATOR_EMAIL) of each new account, so as to welcome the person."""
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_NAME = "sessionid" if DEBUG else "__Host-sessionid"  # the prefix binds it to https, this host and / (RFC 6265bis)
VISIT_COOKIE_NAME = "visit" if DEBUG else "__Host-visit"
"""The hash of the day on public pages, for the attribution of a sign-up on that day."""
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # the way back from a provider is a link from another site
OPERATOR_SECOND_FACTOR = env.str("OPERATOR_SECOND_FACTOR", default="off" if DEBUG else "required")
"""required: the operator console opens only to a sign-in whose identity provider states a second factor. off: on a laptop."""
if OPERATOR_SECOND_FACTOR not in ("required", "off"):
    raise ImproperlyConfigured(f"OPERATOR_SECOND_FACTOR is {OPERATOR_SECOND_FACTOR!r}. Set required or off, or leave it out.")

# --- broker: Redis by REDIS_URL, else files in the data folder. Only a bell: the step rows are the truth --------------------
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        "unacked_restore_throttle": 1,
        "global_keyprefix": env.str("REDIS_KEY_PREFIX", default="specstep:"),
    }
else:
    BROKER_DIR = DATA_DIR / "broker"
    CELERY_BROKER_URL = "files://"  # specstep.broker, on kombu's filesystem transport
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.int("WORKER_THREADS", default=16)
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 25
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)
CELERY_TASK_EAGER_PROPAGATES = True

# --- files -----------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = DEBUG
if DEBUG:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
AZURE_STORAGE_CONNECTION_STRING = env.str("AZURE_STORAGE_CONNECTION_STRING", default="")
AZURE_STORAGE_ACCOUNT_URL = env.str("AZURE_STORAGE_ACCOUNT_URL", default="")
"""https://ACCOUNT.blob.core.windows.net, reached with the machine's managed identity; AZURE_CLIENT_ID chooses one of several."""
AZURE_STORAGE_CONTAINER = env.str("AZURE_STORAGE_CONTAINER", default="specstep")
AZURE_CLIENT_ID = env.str("AZURE_CLIENT_ID", default="")
BLOBS_DIR = env.str("SPECSTEP_BLOBS_DIR", default="")
"""A folder that web and workers share, where blob storage is not wanted."""
STORAGES = {
    "default": {"BACKEND": "ground.blobs.AzureBlobs", "OPTIONS": {"container": AZURE_STORAGE_CONTAINER}}
    if AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT_URL
    else {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": BLOBS_DIR or str(DATA_DIR / "blobs")},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["ground.uploads.UnnamedFileUploadHandler"]

# --- models of language ----------------------------------------------------------------------------------------------------
LLM_PROVIDER = env.str("LLM_PROVIDER", default="offline")
"""offline, anthropic, openai or (tests) scripted."""
LLM_AT_ONCE = env.int("LLM_AT_ONCE", default=256)
"""Model calls in flight in one process, per vendor and key."""
LLM_SILENCE_SECONDS = env.float("LLM_SILENCE_SECONDS", default=45.0)
"""The longest wait between two pieces of an answer. Vendors send a ping more often than that."""
LLM_WARM_SECONDS = env.float("LLM_WARM_SECONDS", default=15.0)
"""How long calls with the same prefix wait for the first of them to warm the vendor's prompt cache."""
LLM_SEARCH_SECONDS = env.float("LLM_SEARCH_SECONDS", default=30.0)
"""The search of one payload for secrets may take this long; then nothing is sent."""
LLM_OPENAI_BACKGROUND = env.bool("LLM_OPENAI_BACKGROUND", default=True)
"""Long answers of OpenAI are written in the background and fetched by id, so that a crash does not buy them again. They are
stored at OpenAI until they are fetched; off for accounts without storage and for compatible servers that do not know it."""
LLM_REVIEW_PROVIDER = env.str("LLM_REVIEW_PROVIDER", default="")
"""Who reviews: "other" (than the vendor that writes), anthropic or openai, where a key of it is there; else who writes."""
if LLM_REVIEW_PROVIDER not in ("", "other", "anthropic", "openai"):
    raise ImproperlyConfigured(
        f"LLM_REVIEW_PROVIDER is {LLM_REVIEW_PROVIDER!r}. Set other, anthropic or openai, or leave it out."
    )
LLM_FIRST_WAIT_SECONDS = env.float("LLM_FIRST_WAIT_SECONDS", default=0.5)
"""The pause after the first temporary failure of a vendor; it doubles from try to try."""
LLM_KEY_CHECK_SECONDS = env.float("LLM_KEY_CHECK_SECONDS", default=7.0)
"""How long a vendor may be silent when it is asked, one single time, whether it accepts an owner's key."""
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
ANTHROPIC_BASE_URL = env.str("ANTHROPIC_BASE_URL", default="https://api.anthropic.com")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="https://api.openai.com/v1")
LLM_MODELS = {
    (vendor, tier): env.str(f"LLM_MODEL_{vendor.upper()}_{tier.upper()}", default="")
    # A name that no vendor is named with belongs to the vendor that is asked first: the other one would not know it.
    or (env.str(f"LLM_MODEL_{tier.upper()}", default="") if vendor == LLM_PROVIDER else "")
    or model
    for vendor, tier, model in [
        ("anthropic", "judgement", "claude-opus-5"),
        ("anthropic", "balanced", "claude-sonnet-5"),
        ("anthropic", "quick", "claude-haiku-4-5"),
        ("openai", "judgement", "gpt-5.6"),
        ("openai", "balanced", "gpt-5.6-terra"),
        ("openai", "quick", "gpt-5.6-luna"),
    ]
}
"""By vendor and tier: LLM_MODEL_ANTHROPIC_QUICK, or LLM_MODEL_QUICK for the vendor of LLM_PROVIDER; see docs/models.md."""
LLM_PRICES_FILE = env.str("LLM_PRICES_FILE", default="")
"""A file like llm/prices.yaml whose rows are added to ours or replace them: sovereign clouds, own agreements."""
LLM_CAP_RUN_USD = _dollars("LLM_CAP_RUN_USD")
"""US dollars one run or one interview may cost with managed keys; without it there is no such limit."""
LLM_CAP_MONTH_USD = _dollars("LLM_CAP_MONTH_USD")
"""US dollars one workspace may cost in a calendar month (UTC) with managed keys; without it there is no such limit."""

# --- outside world -----------------------------------------------------------------------------------------------------------
EGRESS_ALLOW = env.list("SPECSTEP_EGRESS_ALLOW", default=[])
"""Host names or host:port that may resolve to a private or loopback address (tests, on-premise servers)."""
EGRESS_CA = env.str("SPECSTEP_EGRESS_CA", default="")
"""A PEM file of authorities that are believed beside the public ones: servers inside a company, proxies that look into TLS."""
GITHUB_API_URL = env.str("GITHUB_API_URL", default="https://api.github.com").rstrip("/")
"""GitHub Enterprise Server: https://HOST/api/v3."""
GITLAB_URL = env.str("GITLAB_URL", default="https://gitlab.com").rstrip("/")
AZURE_DEVOPS_URL = env.str("AZURE_DEVOPS_URL", default="https://dev.azure.com").rstrip("/")
BITBUCKET_API_URL = env.str("BITBUCKET_API_URL", default="https://api.bitbucket.org").rstrip("/")
# --- folders of OneDrive, SharePoint and Google Drive (docs/folders.md); without id and secret a provider is not offered
ONEDRIVE_APP = (env.str("ONEDRIVE_CLIENT_ID", default=""), env.str("ONEDRIVE_CLIENT_SECRET", default=""))
ONEDRIVE_TENANT = env.str("ONEDRIVE_TENANT", default="common")
ONEDRIVE_ACCESS = env.str("ONEDRIVE_ACCESS", default="read")
"""read: Files.Read, Sites.Read.All for SharePoint. selected: Files.SelectedOperations.Selected, as an administrator grants it."""
GOOGLE_DRIVE_APP = (env.str("GOOGLE_DRIVE_CLIENT_ID", default=""), env.str("GOOGLE_DRIVE_CLIENT_SECRET", default=""))
GOOGLE_DRIVE_ACCESS = env.str("GOOGLE_DRIVE_ACCESS", default="picked")
"""picked: drive.file and files picked at Google. folder: drive.readonly and a whole folder; Google has to verify the service."""
for _access, _narrow, _wide in (("ONEDRIVE_ACCESS", "selected", "read"), ("GOOGLE_DRIVE_ACCESS", "picked", "folder")):
    if globals()[_access] not in (_narrow, _wide):
        raise ImproperlyConfigured(f"{_access} is {globals()[_access]!r}. Set {_narrow} or {_wide}.")
GOOGLE_API_URL = env.str("GOOGLE_API_URL", default="https://www.googleapis.com").rstrip("/")
GOOGLE_REVOKE_URL = env.str("GOOGLE_REVOKE_URL", default="https://oauth2.googleapis.com/revoke")
MICROSOFT_CONSENT_URL = env.str("MICROSOFT_CONSENT_URL", default="https://myapplications.microsoft.com/")
GOOGLE_CONSENT_URL = env.str("GOOGLE_CONSENT_URL", default="https://myaccount.google.com/connections")
"""Where a person takes access back by hand; only linked to."""
MICROSOFT_FILE_HOSTS = env.list("MICROSOFT_FILE_HOSTS", default=[".sharepoint.com", ".1drv.com", ".microsoftpersonalcontent.com"])
GOOGLE_FILE_HOSTS = env.list("GOOGLE_FILE_HOSTS", default=[".googleusercontent.com", "www.googleapis.com"])
"""Hosts that a download may be sent on to: a name, a name with port, or all names below one that begins with a dot."""
FOLDER_PROVIDERS = {name: f"connectors.kinds.{name}.provider" for name in ("microsoft", "google")}
FOLDER_LEASE_SECONDS = env.float("FOLDER_LEASE_SECONDS", default=60.0)
"""How long a silent worker keeps the reading of a folder; it is extended three times as often."""
WEBHOOK_SECONDS = env.float("WEBHOOK_SECONDS", default=15.0)
"""One try of a webhook: looking up the name, connecting, sending, and the answer."""
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
"""How many proxies of our own stand before the service, each adding to X-Forwarded-For; 0: that header is not believed. Who
is counted by address (sign-in, wrong keys, tools, visits) is counted by the one that the outermost of them saw."""
DBIP_FILE = env.str("DBIP_FILE", default="")
"""DB-IP Lite "IP to Country" in the MMDB format (db-ip.com, CC BY 4.0). Empty: views are counted without a country."""
VAULT_KEYS = env.str("SPECSTEP_VAULT_KEYS", default="")
"""Key ring: "2:BASE64,1:BASE64", newest first. Without it a laptop makes one in the data folder."""

# --- mails and SMS: Azure Communication Services by ACS_ENDPOINT, printed on a laptop (docs/notices.md) -----------------------
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}").rstrip("/")
"""Where people reach this service; links in mails begin with it."""
CONTACT_EMAIL = env.str("CONTACT_EMAIL", default="hello@specstep.com")
"""Where people write to: answers to our mails, public pages, security.txt."""
OPERATOR_NAME = env.str("OPERATOR_NAME", default="No Compromise AI")
OPERATOR_FORM = env.str("OPERATOR_FORM", default="a Delaware corporation")
OPERATOR_SITE = env.str("OPERATOR_SITE", default="https://www.nocompromise.ai").rstrip("/")
SERVICE_HOST = env.str("SERVICE_HOST", default="specstep.com")
"""Who runs the service and under which name: the policy pages say so (S-002, N-57)."""
PRIVACY_EMAIL = env.str("PRIVACY_EMAIL", default=CONTACT_EMAIL)
SECURITY_EMAIL = env.str("SECURITY_EMAIL", default=CONTACT_EMAIL)
DPA_EMAIL = env.str("DPA_EMAIL", default=CONTACT_EMAIL)
"""For requests about personal data, for weaknesses and vendor reviews, for the data processing agreement."""
TRANSFER_FRAMEWORK = env.str("TRANSFER_FRAMEWORK", default="")
"""The framework for transfers that the operator takes part in, by its full name. Empty: no page claims one (N-56)."""
ENCRYPTED_AT_REST = env.bool("ENCRYPTED_AT_REST", default=False)
"""What the deployment says of the disks of database and files (S-175)."""
AZURE_REGION = env.str("AZURE_REGION", default="")
"""Where the machines stand, by Azure's name: eastus2. Pages say it; production refuses what is not in the United States."""
OPERATOR_EMAIL = env.str("OPERATOR_EMAIL", default="")
"""Who is told of a first sign-in, to welcome the person. Empty: nobody is."""
ACS_ENDPOINT = env.str("ACS_ENDPOINT", default="").rstrip("/")
ACS_ACCESS_KEY = env.str("ACS_ACCESS_KEY", default="")
ACS_EMAIL_SENDER = env.str("ACS_EMAIL_SENDER", default="")
ACS_SMS_SENDER = env.str("ACS_SMS_SENDER", default="")
ACS_HOOK_SECRET = env.str("ACS_HOOK_SECRET", default="")
"""What Event Grid shows when it brings delivery reports. Empty: there is no such door."""
TWILIO_API_URL = env.str("TWILIO_API_URL", default="https://api.twilio.com")
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
TWILIO_FROM = env.str("TWILIO_FROM", default="")
_carrier = "acs" if ACS_ENDPOINT else "console" if DEBUG else "none"
MAIL_PROVIDER = env.str("MAIL_PROVIDER", default=_carrier)
SMS_PROVIDER = env.str("SMS_PROVIDER", default=_carrier)
for _name, _chosen, _known in (
    ("MAIL_PROVIDER", MAIL_PROVIDER, ("acs", "console", "none")),
    ("SMS_PROVIDER", SMS_PROVIDER, ("acs", "twilio", "console", "none")),
):
    if _chosen not in _known:
        raise ImproperlyConfigured(f"{_name} is {_chosen!r}. Set one of {', '.join(_known)}.")
CARRIER_SECONDS = env.float("CARRIER_SECONDS", default=15.0)
"""How long a service that carries mails or SMS may take to answer."""
SMS_CODES_PER_HOUR = env.int("SMS_CODES_PER_HOUR", default=300)
"""Codes sent by SMS in an hour, to all numbers together."""
# --- API keys (docs/api-keys.md) ---------------------------------------------------------------------------------------------
API_KEYS_AT_MOST = env.int("API_KEYS_AT_MOST", default=25)
"""Keys of one account."""
API_CALLS = env.int("API_CALLS", default=600)
API_CALLS_SECONDS = env.int("API_CALLS_SECONDS", default=60)
"""Calls of one key: so many at once, and again after so many seconds."""
API_STRANGER_CALLS = env.int("API_STRANGER_CALLS", default=30)
API_STRANGER_SECONDS = env.int("API_STRANGER_SECONDS", default=60)
"""The same for one caller without a key that we know, counted in the memory of one web process."""
# --- MCP (docs/mcp.md) ---------------------------------------------------------------------------------------------------------
MCP_ORIGINS = env.list("MCP_ORIGINS", default=[])
"""Origins whose pages may call /mcp from a browser, beside those of this service: https://inspector.example.org."""
# --- tools: the authorization server (docs/oauth.md) ---------------------------------------------------------------------------
OAUTH2_PROVIDER_APPLICATION_MODEL = "api.Client"
OAUTH2_PROVIDER_GRANT_MODEL = "api.Grant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "api.AccessToken"  # noqa: S105  # the name of a model
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "api.RefreshToken"  # noqa: S105  # the name of a model
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "api.IDToken"  # noqa: S105  # the name of a model
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "api.DeviceGrant"
TOOL_TOKEN_SECONDS = 90 * 24 * 3600
"""Life of a tool's token: 90 days, as the public page promises (S-096). Not a choice of the operator."""
TOOL_CODE_SECONDS = 60
"""Between consent and exchange (OAuth 2.1, 4.1.3 wants a minute at most)."""
TOOL_REGISTRATIONS = env.int("TOOL_REGISTRATIONS", default=20)
"""Registrations of clients by one address within an hour, counted in the memory of one web process."""
TOOL_REQUESTS = env.int("TOOL_REQUESTS", default=60)
"""Requests of tools for one person's consent within ten minutes."""
TOOL_DOCUMENTS = env.int("TOOL_DOCUMENTS", default=30)
"""Descriptions of tools that are fetched for one person within an hour; ten times as many of one host for everybody."""
TOOL_DOCUMENT_SECONDS = env.float("TOOL_DOCUMENT_SECONDS", default=5.0)
"""One fetch of a tool's description: looking up the name, connecting, and the answer."""
OAUTH2_PROVIDER = {
    "SCOPES": {"full_access": "Full access to your account"},
    "DEFAULT_SCOPES": ["full_access"],
    "ACCESS_TOKEN_EXPIRE_SECONDS": TOOL_TOKEN_SECONDS,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": TOOL_CODE_SECONDS,
    "OAUTH2_SERVER_CLASS": "api.oauth.server.CodeOnlyServer",
    "OAUTH2_VALIDATOR_CLASS": "api.oauth.server.Validator",
    "PKCE_REQUIRED": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],  # for the library's own check; ours lets loopback in (api.oauth.rules.redirects)
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    **{
        f"COMPLIANT_BCP_RFC9700_{name}": True
        for name in ("IMPLICIT_GRANT", "PASSWORD_GRANT", "PKCE_METHOD", "ACCESS_TOKEN_TRANSPORT", "AUTHZ_RESPONSE_ISS")
    },
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
}
# --- delivery ------------------------------------------------------------------------------------------------------------------
DELIVERY_KINDS = {
    name: f"delivery.kinds.{name}.channel" for name in ("github", "gitlab", "azure_devops", "bitbucket", "git", "blob")
}
"""Kinds of channels by name: the module that holds each."""
DELIVERY_LEASE_SECONDS = env.float("DELIVERY_LEASE_SECONDS", default=60.0)
"""How long a silent worker keeps a delivery; it is extended three times as often."""

# --- plans and payment: only with STRIPE_SECRET_KEY (docs/billing.md) ---------------------------------------------------------
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
"""Without it nothing is sold, everything is unmetered and no page speaks of it."""
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])
"""What Stripe signs events with: one, and two while it is replaced."""
STRIPE_API_URL = env.str("STRIPE_API_URL", default="https://api.stripe.com").rstrip("/")
STRIPE_PAGES = env.list(
    "STRIPE_PAGES", default=["https://checkout.stripe.com", "https://billing.stripe.com", "https://invoice.stripe.com"]
)
"""Where people are sent to pay, manage and read invoices; an address elsewhere is not followed."""
STRIPE_PRICES = {name: value for name, value in env.ENVIRON.items() if name.startswith("STRIPE_PRICE_") and value}
"""Ids of prices at Stripe, by the names that the table of plans uses."""
STRIPE_PORTAL_CONFIGURATION = env.str("STRIPE_PORTAL_CONFIGURATION", default="")
"""Which configuration of the customer portal is shown; empty: the account's default."""
STRIPE_TAX = env.bool("STRIPE_TAX", default=False)
"""Stripe Tax reckons the tax of every purchase."""
STRIPE_SECONDS = env.float("STRIPE_SECONDS", default=20.0)
"""How long Stripe may be silent in one call."""
PLANS_FILE = env.str("SPECSTEP_PLANS_FILE", default="")
"""A table of plans in place of billing/plans.yaml."""

# --- steps --------------------------------------------------------------------------------------------------------------------
STEP_LEASE_SECONDS = env.float("STEP_LEASE_SECONDS", default=15.0)
STEP_HEARTBEAT_SECONDS = env.float("STEP_HEARTBEAT_SECONDS", default=5.0)
STEP_SWEEP_SECONDS = env.float("STEP_SWEEP_SECONDS", default=10.0)
STEP_MAX_ATTEMPTS = env.int("STEP_MAX_ATTEMPTS", default=5)

STEP_PATIENCE_SECONDS = env.float("STEP_PATIENCE_SECONDS", default=6 * 3600.0)
"""How long a step may stand aside, all in all, because a model vendor asks us to wait. That does not count as a try."""
STEP_LOOK_SECONDS = env.float("STEP_LOOK_SECONDS", default=1.0)
"""How soon a worker notices that its step was cancelled or taken over, and stops its model calls."""

# --- words, time, mail ----------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
EMAIL_BACKEND = (
    "django.core.mail.backends.console.EmailBackend" if MAIL_PROVIDER == "console" else "accounts.carriers.backend.CarrierBackend"
)
DEFAULT_FROM_EMAIL = f"SpecStep <{CONTACT_EMAIL}>"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
INTERNAL_IPS: list[str] = []

# --- security -------------------------------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEBUG:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrftoken"  # else a host beside ours, under one domain, could set it

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
"""Whoever bears it may read `/metrics`. Empty: there is no such page."""
if METRICS_TOKEN:
    # The client library reads this when it is imported; web and worker write into one folder.
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(DATA_DIR / "metrics"))
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)

# --- what the processes say: every line and every report is searched for secrets (specstep/logs.py, reports.py) ----------------
LOGGING_CONFIG = "specstep.logs.configure"
LOG_LEVEL = env.str("LOG_LEVEL", default="WARNING").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "specstep.logs.Redacting", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django and uvicorn bring handlers that write lines as they come. Theirs are taken off; ours stands at the root.
        **{name: {"handlers": [], "propagate": True, "level": LOG_LEVEL} for name in ("django", "uvicorn", "uvicorn.error")},
        # At the level of debugging Django writes every statement with its values: what people wrote.
        "django.db.backends": {"level": "WARNING"},
        # And these two libraries the codes they make.
        "oauthlib": {"level": "WARNING"},
        "oauth2_provider": {"level": "WARNING"},
        # A request's whole address: that of somebody's webhook is theirs, and often holds what lets one in.
        "httpx2": {"level": "WARNING"},
        # Stripe's library writes whole answers: names, addresses, the last digits of cards.
        "stripe": {"level": "WARNING"},
        # The development server and uvicorn write the caller's address into access lines; addresses are stored nowhere (N-06).
        "django.server": {"handlers": [], "propagate": False},
        "uvicorn.access": {"handlers": [], "propagate": False},
    },
}
DEFAULT_EXCEPTION_REPORTER = "specstep.reports.Report"
DEFAULT_EXCEPTION_REPORTER_FILTER = "specstep.reports.ReportFilter"
