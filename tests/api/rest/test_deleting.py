"""What a program deletes lies in the Recycle Bin, comes back from there, or is gone; and how long things are kept."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import AuditEvent, User
from generation.models import Package, Run
from ground import clock
from interviews.models import Interview
from tests.api.rest.conftest import Program, code
from tests.packages import written

pytestmark = pytest.mark.django_db


@pytest.fixture
def package(alice: User) -> Package:
    return written(alice)


def test_a_package_is_deleted_restored_and_purged(program: Program, stranger: Program, package: Package) -> None:
    assert stranger.call("DELETE", f"/packages/{package.pk}").status_code == 404
    assert program.call("DELETE", f"/packages/{package.pk}").status_code == 204
    assert program.get(f"/packages/{package.pk}").status_code == 404
    assert program.get("/packages").json()["items"] == []
    (item,) = program.get("/recycle-bin").json()["items"]
    assert (item["id"], item["kind"], item["deleted_because"]) == (str(package.pk), "package", "owner")
    assert dt.datetime.fromisoformat(item["gone_at"]) - dt.datetime.fromisoformat(item["deleted_at"]) == dt.timedelta(days=30)
    place = f"/recycle-bin/{package.pk}"
    assert stranger.get("/recycle-bin").json()["items"] == []
    assert stranger.post(f"{place}/restore").status_code == 404
    assert stranger.call("DELETE", place).status_code == 404
    assert program.post(f"{place}/restore").json() == item
    assert program.get(f"/packages/{package.pk}").status_code == 200
    assert program.post(f"{place}/restore").status_code == 404
    assert program.call("DELETE", place).status_code == 404, "what lives cannot be purged"
    program.call("DELETE", f"/packages/{package.pk}")
    assert program.call("DELETE", place).status_code == 204
    assert not Package.objects.exists()
    told = AuditEvent.objects.filter(about=package.pk).order_by("at").values_list("action", "means", "through")
    acts = ("package.deleted", "package.restored", "package.deleted", "package.purged")
    assert list(told) == [(act, "key", "Build machine") for act in acts]


def test_an_interview_goes_alone_or_with_its_packages(program: Program, package: Package) -> None:
    place = f"/interviews/{package.project}"
    assert program.call("DELETE", place).status_code == 204
    assert program.get(place).status_code == 404
    assert program.get(f"/packages/{package.pk}").status_code == 200
    program.post(f"/recycle-bin/{package.project}/restore")
    assert program.call("DELETE", f"{place}?with_packages=true").status_code == 204
    assert program.get(f"/packages/{package.pk}").status_code == 404
    assert {item["kind"] for item in program.get("/recycle-bin").json()["items"]} == {"interview", "package"}
    assert program.call("DELETE", "/recycle-bin").json() == {"purged": 2}
    assert (Interview.objects.count(), Package.objects.count(), Run.objects.count()) == (0, 0, 0)
    assert program.call("DELETE", "/recycle-bin").json() == {"purged": 0}


def test_the_bin_is_read_page_by_page(program: Program, package: Package) -> None:
    made = [Interview.objects.create(workspace=program.user.workspace, title=str(number)) for number in range(5)]
    for one in made:
        program.call("DELETE", f"/interviews/{one.pk}")
    program.call("DELETE", f"/packages/{package.pk}")
    program.call("DELETE", f"/interviews/{package.project}")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = program.get(f"/recycle-bin?limit=2{cursor and f'&cursor={cursor}'}").json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == sorted(map(str, (package.pk, package.project, *(one.pk for one in made))), reverse=True)
    with clock.moved(dt.timedelta(days=31)):
        assert program.get("/recycle-bin").json()["items"] == []


def test_retention_says_what_it_would_touch_before_it_is_changed(program: Program, package: Package) -> None:
    assert {one["setting"]: one["chosen"] for one in program.get("/retention").json()["items"]} == dict.fromkeys(
        ("packages", "interviews")
    )
    Package.objects.filter(pk=package.pk).update(created_at=clock.now() - dt.timedelta(days=40))
    counted = program.post("/retention/preview", {"packages": 30}).json()["items"]
    assert {one["setting"]: one["count"] for one in counted} == {"packages": 1, "interviews": 0}
    assert program.post("/retention/preview", {"packages": 50}).json()["items"][0] in (
        {"setting": "packages", "count": 0},
        {"setting": "interviews", "count": 0},
    )
    tag = program.get("/retention").headers["ETag"]
    assert program.call("PATCH", "/retention", {"packages": 30, "interviews": 90}, If_Match=tag).status_code == 200
    assert program.call("PATCH", "/retention", {"packages": 31}, If_Match=tag).status_code == 412
    kept = program.call("PATCH", "/retention", {"interviews": None}).json()["items"]
    assert {one["setting"]: one["chosen"] for one in kept} == {"packages": 30, "interviews": None}
    refused = program.call("PATCH", "/retention", {"packages": 0})
    assert (refused.status_code, code(refused)) == (422, "unfit")
    assert AuditEvent.objects.filter(action="retention.changed", means="key").count() == 2
