from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ground import vault

ROOT = Path(__file__).resolve().parents[2]


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as an operator does, with this environment and nothing of the tests' own."""
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=clean | environment, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    return production_environment(tmp_path)


def production_environment(folder: Path) -> dict[str, str]:
    """What production is told, with nothing left out."""
    return {
        "SPECSTEP_DATA_DIR": str(folder),
        "DATABASE_URL": "postgres://specstep@127.0.0.1:1/specstep",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnopqrstuvwxyz",
        "SPECSTEP_VAULT_KEYS": f"1:{vault.new_key()}",
        "ALLOWED_HOSTS": "specstep.example",
        "SITE_URL": "https://specstep.example",
        "ACS_ENDPOINT": "https://acs.specstep.example",
        "ACS_ACCESS_KEY": "bm9ib2R5J3Mga2V5",
        "ACS_EMAIL_SENDER": "donotreply@specstep.example",
        "ACS_SMS_SENDER": "+18335550100",
        "AZURE_STORAGE_ACCOUNT_URL": "https://specstep.blob.core.windows.net",
        "AZURE_REGION": "eastus2",
        "ENCRYPTED_AT_REST": "true",
    }


def test_production_settings_pass_djangos_deployment_checks(production: dict[str, str]) -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **production)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("left_out", "code"),
    [
        ("SPECSTEP_VAULT_KEYS", "specstep.E001"),
        ("SECRET_KEY", "specstep.E002"),
        ("ACS_ENDPOINT", "specstep.E010"),
        pytest.param("ENCRYPTED_AT_REST", "specstep.E027", marks=pytest.mark.promise("S-175")),
    ],
)
def test_production_names_its_secrets(production: dict[str, str], left_out: str, code: str) -> None:
    checked = manage("check", "--deploy", **{name: value for name, value in production.items() if name != left_out})
    assert checked.returncode != 0
    assert code in checked.stderr


def test_production_may_keep_packages_in_a_folder_on_purpose(production: dict[str, str], tmp_path: Path) -> None:
    del production["AZURE_STORAGE_ACCOUNT_URL"]
    shared = manage("check", "--deploy", "--fail-level", "WARNING", SPECSTEP_BLOBS_DIR=str(tmp_path / "shared"), **production)
    assert shared.returncode == 0, shared.stderr


def test_the_test_identity_exists_on_a_laptop_only(production: dict[str, str], tmp_path: Path) -> None:
    ask = (
        "shell",
        "-v",
        "0",
        "-c",
        "from django.conf import settings; print('allauth.socialaccount.providers.dummy' in settings.INSTALLED_APPS)",
    )
    assert manage(*ask, SPECSTEP_DATA_DIR=str(tmp_path)).stdout.strip() == "True"
    assert manage(*ask, **production).stdout.strip() == "False"


def test_a_laptop_keeps_the_secret_it_made(tmp_path: Path) -> None:
    ask = ("shell", "-v", "0", "-c", "from django.conf import settings; print(settings.SECRET_KEY)")
    first, second = (manage(*ask, SPECSTEP_DATA_DIR=str(tmp_path)).stdout for _ in range(2))
    assert first == second
    assert len(first) > 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_every_cookie_of_production_is_bound_to_this_host() -> None:
    read = (ROOT / "specstep" / "settings.py").read_text()
    assert 'CSRF_COOKIE_NAME = "__Host-csrftoken"' in read.partition("if not DEBUG:")[2]
    for name in ("SESSION", "VISIT"):
        assert re.search(rf'{name}_COOKIE_NAME = "\w+" if DEBUG else "__Host-\w+"', read)
