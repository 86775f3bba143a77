"""What a hostile or broken archive may not do, and what is never overwritten."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from specstep_client import pulling
from specstep_client.saying import Trouble


def archive(*names: str, link: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            entry.external_attr = (0o120777 if link else 0o100644) << 16
            opened.writestr(entry, b"/etc/passwd")
    return file.getvalue()


def manifest(files: dict[str, bytes]) -> dict[str, bytes]:
    rows = [{"path": path, "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"} for path, content in files.items()]
    return files | {pulling.MANIFEST: json.dumps({"files": rows}).encode()}


@pytest.mark.parametrize(
    "names",
    [
        ("spec/../../x",),
        ("/spec/x",),
        ("spec/./x",),
        ("spec\\..\\x",),
        ("spec/a:b",),
        ("spec/nul.md",),
        ("spec/x ",),
        ("spec/\x1b[2J",),
        ("spec//x",),
        ("spec/a", "other/b"),
        ("alone.md",),
        ("spec/A.md", "spec/a.md"),
        (),
    ],
)
def test_an_archive_that_would_write_elsewhere_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(Trouble, match="Nothing was written"):
        pulling.files_of(archive(*names))


@pytest.mark.parametrize("content", [b"", b"PK", archive("spec/x")[:-30], b"\0" * 1000])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(Trouble, match="Nothing was written"):
        pulling.files_of(content)


def test_links_in_an_archive_are_refused() -> None:
    with pytest.raises(Trouble, match="Nothing was written"):
        pulling.files_of(archive("spec/x", link=True))


def test_an_archive_of_another_package_is_refused() -> None:
    with pytest.raises(Trouble, match="SHA-256 differs"):
        pulling.verified(b"x", {"sha256": hashlib.sha256(b"y").hexdigest()})


def test_a_newer_package_replaces_what_an_earlier_one_left_unchanged(tmp_path: Path) -> None:
    pulling.write_folder(tmp_path, manifest({"a.md": b"one", "docs/b.md": b"one"}))
    (tmp_path / "docs" / "b.md").write_bytes(b"two")  # by chance what comes now
    assert pulling.write_folder(tmp_path, manifest({"a.md": b"two", "docs/b.md": b"two"})) == 2
    assert (tmp_path / "a.md").read_bytes() == b"two"
    assert not list(tmp_path.rglob(".specstep-*"))


def test_what_a_person_wrote_stays(tmp_path: Path) -> None:
    pulling.write_folder(tmp_path, manifest({"a.md": b"one", "b.md": b"one"}))
    (tmp_path / "b.md").write_bytes(b"mine")
    with pytest.raises(pulling.WouldOverwrite, match=r"b\.md"):
        pulling.write_folder(tmp_path, manifest({"a.md": b"two", "b.md": b"two"}))
    assert (tmp_path / "a.md").read_bytes() == b"one", "nothing at all is written"
    pulling.write_folder(tmp_path, manifest({"a.md": b"two", "b.md": b"two"}), overwrite=True)
    assert (tmp_path / "b.md").read_bytes() == b"two"


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "docs").symlink_to(tmp_path / "outside")
    with pytest.raises(pulling.WouldOverwrite):
        pulling.write_folder(tmp_path / "spec", {"docs/x.md": b"x"})
    assert not list((tmp_path / "outside").iterdir())


def test_a_zip_does_not_replace_another_file_unasked(tmp_path: Path) -> None:
    target = tmp_path / "package.zip"
    pulling.write_archive(target, b"one")
    pulling.write_archive(target, b"one")
    with pytest.raises(pulling.WouldOverwrite):
        pulling.write_archive(target, b"two")
    pulling.write_archive(target, b"two", overwrite=True)
    assert target.read_bytes() == b"two"
