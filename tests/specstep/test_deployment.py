"""The deployment definition keeps what the privacy policy says of places and copies. Read as text: Azure is not asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import Settings

from accounts.policies import shipped
from ground import checks
from ground.checks import US_REGIONS

ROOT = Path(__file__).resolve().parents[2]
BICEP = (ROOT / "deploy" / "azure" / "main.bicep").read_text()


def resource(kind: str) -> str:
    """The block of the one resource of this kind."""
    found = re.findall(rf"^resource \w+ '{re.escape(kind)}@[\d-]+' = {{\n(.*?)^}}", BICEP, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, kind
    return str(found[0])


@pytest.mark.promise("S-189")
def test_it_lists_regions_of_the_united_states_only() -> None:
    allowed = re.search(r"@allowed\(\[(.*?)\]\)\s*param region", BICEP, re.DOTALL)
    assert allowed is not None
    assert set(re.findall(r"'(\w+)'", allowed[1])) == US_REGIONS
    places = set(re.findall(r"^\s*location: (.+)$", BICEP, re.MULTILINE))
    assert places == {"region", "'global'"}, "global: names and mail have no region; the mail keeps its data in the United States"
    assert "dataLocation: 'United States'" in resource("Microsoft.Communication/communicationServices")
    assert "geoRedundantBackup: 'Disabled'" in BICEP
    assert "GRS" not in resource("Microsoft.Storage/storageAccounts")


@pytest.mark.promise("S-183")
def test_application_database_cache_and_storage_are_azures() -> None:
    for kind in (
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "Microsoft.Cache/redis",
        "Microsoft.Storage/storageAccounts",
        "Microsoft.App/managedEnvironments",
    ):
        assert resource(kind)
    for setting in ("DATABASE_URL", "REDIS_URL", "AZURE_STORAGE_ACCOUNT_URL", "AZURE_REGION"):
        assert f"name: '{setting}'" in BICEP


@pytest.mark.promise("S-175")
def test_storage_is_encrypted_private_and_forgets_what_is_deleted() -> None:
    storage, blobs = resource("Microsoft.Storage/storageAccounts"), resource("Microsoft.Storage/storageAccounts/blobServices")
    assert "services: { blob: { enabled: true" in storage
    # Azure encrypts every flexible server with its own keys, and has no switch to turn that off (Microsoft, "Data encryption").
    assert resource("Microsoft.DBforPostgreSQL/flexibleServers")
    assert "{ name: 'ENCRYPTED_AT_REST', value: 'true' }" in BICEP
    for line in ("allowBlobPublicAccess: false", "requireInfrastructureEncryption: true", "minimumTlsVersion: 'TLS1_2'"):
        assert line in storage
    assert "deleteRetentionPolicy: { enabled: false }" in blobs
    assert "isVersioningEnabled: false" in blobs


def test_only_what_runs_goes_into_the_image() -> None:
    """``COPY . .`` would take the history, and keys, database and packages of whoever builds it, to a registry."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*", "everything is left out that is not named"
    named = {line.removeprefix("!") for line in lines if line.startswith("!")}
    apps = {name for name in settings.INSTALLED_APPS if (ROOT / name / "apps.py").is_file()}
    assert named == apps | {
        "specstep", "templates", "static", "samples", "manage.py", "requirements.txt", "deploy/run"
    }  # fmt: skip
    assert {"**/.env", "**/var"} <= set(lines)


def test_the_ingress_is_no_caller() -> None:
    """All people would share one limit of attempts to sign in."""
    assert "{ name: 'TRUSTED_PROXIES', value: '1' }" in BICEP


def test_backups_last_as_long_as_the_policy_says() -> None:
    days = re.search(r"var backupDays = (\d+)", BICEP)
    assert days is not None
    assert f"Backups of the database are kept for {days[1]} days" in shipped("privacy")[0].text
    assert "backupRetentionDays: backupDays" in BICEP


@pytest.mark.promise("S-174")
def test_nothing_talks_in_clear() -> None:
    assert "minimumTlsVersion: '1.2'" in resource("Microsoft.Cache/redis")
    assert "minimumTlsVersion: 'TLS1_2'" in resource("Microsoft.Storage/storageAccounts")
    assert re.search(r"name: 'ssl_min_protocol_version'\n\s+properties: { value: 'TLSv1.2'", BICEP)
    assert "?ssl_cert_reqs=required" in BICEP
    assert "enableNonSslPort: false" in resource("Microsoft.Cache/redis")
    assert "sslmode=verify-full" in BICEP
    assert "rediss://" in BICEP
    assert "allowInsecure: false" in BICEP


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, set()),
        ({"AZURE_REGION": "westeurope"}, {"specstep.E020"}),
        ({"AZURE_REGION": ""}, {"specstep.E020"}),
        ({"DATABASE_ENGINE": "django.db.backends.sqlite3"}, {"specstep.E021"}),
        ({"REDIS_URL": ""}, {"specstep.E022"}),
        ({"AZURE_STORAGE_ACCOUNT_URL": ""}, {"specstep.E023"}),
    ],
)
@pytest.mark.promise("S-183", "S-189")
def test_production_is_refused_outside_the_united_states_and_without_its_parts(
    settings: Settings, changed: dict[str, object], codes: set[str]
) -> None:
    """The same functions that ``manage.py check --deploy`` runs, which ``deploy/run`` starts nothing without."""
    whole = {
        "AZURE_REGION": "eastus2",
        "DATABASE_ENGINE": "django.db.backends.postgresql",
        "REDIS_URL": "rediss://cache.example:6380/0",
        "AZURE_STORAGE_ACCOUNT_URL": "https://specstep.blob.core.windows.net",
        "AZURE_STORAGE_CONNECTION_STRING": "",
        "BLOBS_DIR": "",
    }
    for name, value in (whole | changed).items():
        setattr(settings, name, value)
    asked = (
        checks.runs_in_the_united_states,
        checks.database_is_postgresql,
        checks.broker_is_redis,
        checks.storage_is_named,
    )
    assert {found.id for check in asked for found in check()} == codes
    assert "check --deploy --fail-level ERROR" in (ROOT / "deploy" / "run").read_text()


def test_the_web_process_keeps_what_answers_agents() -> None:
    """Without the lifespan events the MCP server has no place for its tasks (``specstep/asgi.py``)."""
    assert "--lifespan on" in (ROOT / "deploy" / "run").read_text()
