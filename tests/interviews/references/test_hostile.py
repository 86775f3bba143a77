"""Files that mean harm, lie or are broken: each ends in one clear sentence, within its limits, and leaves nothing."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviews.extraction import limits
from interviews.extraction.extracting import Extracted, extract
from interviews.extraction.formats.markup import read_html
from interviews.extraction.formats.plain import as_it_is
from interviews.extraction.pieces import joined
from interviews.extraction.unnamed import unnamed
from tests.interviews.references import documents, pictures
from tests.plugins.servers import wait_until

ROOT = str(Path(__file__).resolve().parents[3])
WORD_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def read(name: str, data: bytes) -> Extracted:
    with unnamed(data) as file:
        return extract(file, name)


def word_of(body: str, before: str = "") -> bytes:
    """A Word document whose main part is written by hand."""
    packages = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    return documents.archive(
        **{
            "[Content_Types]__xml": (
                f'<Types xmlns="{packages}/content-types"><Default Extension="rels" '
                'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Override PartName="/word/document.xml" ContentType="{WORD_TYPES}"/></Types>'
            ).encode(),
            "_rels/__rels": (
                f'<Relationships xmlns="{packages}/relationships"><Relationship Id="a" Type="{office}" '
                'Target="word/document.xml"/></Relationships>'
            ).encode(),
            "word/document__xml": f'{before}<w:document xmlns:w="{SPACE}"><w:body>{body}</w:body></w:document>'.encode(),
        }
    )


def lying(data: bytes, *, declared: int) -> bytes:
    """The archive, with ``declared`` as the unpacked size of each member in the central directory and before the member."""
    changed = bytearray(data)
    for magic, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = changed.find(magic)
        while at >= 0:
            struct.pack_into("<I", changed, at + place, declared)
            at = changed.find(magic, at + 4)
    return bytes(changed)


def nested(depth: int) -> bytes:
    return (b"<div>" * depth) + b"deep words" + (b"</div>" * depth)


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "'
    + "lol" * 10
    + '">'
    + "".join(f'<!ENTITY {chr(98 + step)} "{f"&{chr(97 + step)};" * 10}">' for step in range(9))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
WORDS = "<w:p><w:r><w:t>Due in 14 days. &a;</w:t></w:r></w:p>"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("locked.pdf", documents.encrypted_pdf(), "locked.pdf is protected with a password. Remove the password"),
        ("long.pdf", documents.pdf(["x"] * 3_000), "long.pdf has 3,000 pages; 1,000 fit."),
        (
            "cut.pdf",
            documents.pdf(["x"] * 20)[:900].replace(b"/Type/Catalog", b"/Type/Nothing"),
            "is damaged or not what it claims",
        ),
        ("bomb.docx", word_of("<w:p/>" * 3_000_000), "bomb.docx would unpack to far more than a document holds"),
        ("laughs.docx", word_of(WORDS.replace("&a;", "&j;"), ENTITIES), "laughs.docx is damaged or not what it claims"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "is in an old Office format. Save it as .docx"),
        (
            "locked.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "locked.docx is protected with a password",
        ),
        ("a.zip", documents.archive(b__zip=documents.archive(c__md=b"x")), "a.zip holds no document that can be read."),
        ("out.zip", documents.archive(**{"../../etc/cron__d": b"x"}), "holds files with paths that lead out of it"),
        ("many.zip", documents.archive(**{f"{n}__md": b"x" for n in range(51)}), "many.zip holds 51 files; 50 fit."),
        ("empty.zip", documents.archive(), "empty.zip holds no document"),
        ("short.zip", lying(documents.archive(a__md=b"words " * 90_000), declared=10), "holds no document that can be read"),
        ("cut.zip", documents.archive(a__md=b"words")[:-30], "is damaged"),
        ("program.pdf", b"MZ\x90\x00" + b"\x00" * 600, "is of a kind that cannot be read"),
        ("deep.docx", word_of("<w:sdt><w:sdtContent>" * 5_000 + "</w:sdtContent></w:sdt>" * 5_000), "is damaged"),
        ("letter.rtf", b"{\\rtf1 words}", "is in a format that cannot be read. Save it as PDF or .docx"),
        (
            "book.odt",
            documents.archive(mimetype=b"application/vnd.oasis.opendocument.text"),
            "is in a format that cannot be read",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 15 else "",
)
def test_each_ends_in_one_clear_sentence(name: str, data: bytes, says: str) -> None:
    found = read(name, data)
    assert says in found.trouble
    assert (found.is_read, found.text) == (False, "")


def test_nothing_outside_of_a_document_gets_into_its_text() -> None:
    for found in (read("xxe.docx", word_of(WORDS, OUTSIDE)), read("xxe.svg", f"{OUTSIDE}<svg><text>a &a;</text></svg>".encode())):
        assert "root:" not in found.text
    page = b"<html><img src='http://169.254.169.254/x'><iframe src='file:///etc/passwd'></iframe><object data='/etc'>x</object>ok"
    assert read("page.html", page).text == "ok"


def test_members_that_share_their_bytes_are_not_unpacked() -> None:
    data = bytearray(documents.archive(**{f"{n}__md": b"words and more words " * 40 for n in range(30)}))
    first = data.find(b"PK\x01\x02")
    at = first
    while at >= 0:
        struct.pack_into("<I", data, at + 20, len(data))  # each says it is packed as large as the whole file
        at = data.find(b"PK\x01\x02", at + 4)
    assert "would unpack to far more" in read("overlap.zip", bytes(data)).trouble


def test_a_polyglot_is_read_as_what_it_begins_with() -> None:
    image = read("both.gif", pictures.saved(pictures.drawn("On the picture."), "GIF") + documents.archive(a__md=b"hidden"))
    assert (image.kind.words, image.text) == ("GIF image", "On the picture.")
    assert read("both.pdf", documents.pdf(["On the page."]) + documents.archive(a__md=b"hidden")).text == "On the page."


def test_a_deeply_nested_page_is_read() -> None:
    assert read("deep.html", b"<html>" + nested(100_000)).text == "deep words"


def test_more_text_than_fits_is_cut_and_said_to_be() -> None:
    found = read("long.html", b"<html>" + b"<p>words and words</p>" * 200_000)
    assert len(found.text.encode()) <= limits.MAX_TEXT
    assert found.trouble == "Only the beginning of long.html was kept: more than 2 MB of text do not fit."
    assert read("long.txt", b"words and words\n" * 200_000).trouble.startswith("Only the beginning of long.txt was kept")


CHILD = f"""
import ctypes, os, socket, sys
sys.path.insert(0, {ROOT!r})
from interviews.extraction import confinement, limits
confinement.limit(os.getppid())
libc = ctypes.CDLL(None, use_errno=True)
# kill, tkill, tgkill; mkdirat: on x86-64 and arm64
SIGNALS, MKDIRAT = ((62, 200, 234), 258) if os.uname().machine == "x86_64" else ((129, 130, 131), 34)
MADE = b"made-by-a-child-that-reads"
held = confinement.confine()
def refused(call):
    try:
        call()
    except (OSError, MemoryError):
        return True
    return False
answers = [
    refused(lambda: socket.create_connection(("127.0.0.1", 9))),
    refused(lambda: os.system("true")),
    refused(lambda: os.fork()),
    refused(lambda: open("/etc/passwd")),
    refused(lambda: bytearray(2 * limits.MEMORY_BYTES)),
    # Past Python's own hook: what a library in C would do.
    not held or libc.socket(2, 1, 0) == -1,
    not held or libc.open(b"/etc/passwd", 0) == -1,
    not held or libc.fork() == -1,
    # Other processes and what lies about: signals by every call there is, folders, modes, a room of one's own.
    not held or [number for number in SIGNALS if libc.syscall(number, os.getppid(), os.getppid(), 0) != -1] == [],
    not held or libc.syscall(MKDIRAT, -100, MADE, 0o700) == -1,
    not held or libc.fchmodat(-100, MADE, 0o700, 0) == -1 and ctypes.get_errno() == 1,
    not held or libc.unshare(0x10000000) == -1 and ctypes.get_errno() == 1,
]
print(held, answers)
"""


def test_a_child_reaches_no_network_no_program_and_no_file(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-I", "-c", CHILD], capture_output=True, text=True, timeout=30, check=False, cwd=tmp_path
    )
    assert list(tmp_path.iterdir()) == []
    assert said.stdout.split(" ", 1)[1].strip() == str([True] * 12), said.stderr
    assert said.stdout.startswith("True") or sys.platform != "linux"


LIMITED = """
import resource, sys
from interviews.extraction import limits
resource.setrlimit(resource.RLIMIT_CPU, (2, 2))
resource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28))
from interviews.extraction.extracting import extract
from interviews.extraction.unnamed import unnamed
made = {
    "comments": lambda: b"<!---->" * 580 + b"x",
    "heading": lambda: b"# a" + b"#" * 1_000_000 + b"x",
    "blanks": lambda: b"# a" + b" \\t" * 500_000 + b"x",
    "directory": lambda: (
        b"PK\\3\\4" + bytes(26) + (b"PK\\1\\2" + bytes(24) + b"\\1" + bytes(17) + b"a") * 500_000
        + b"PK\\5\\6" + bytes(8) + (47 * 500_000).to_bytes(4, "little") + (30).to_bytes(4, "little") + bytes(2)
    ),
}
with unnamed(made[sys.argv[1]]()) as file:
    print(extract(file, "file.md"))
"""


@pytest.mark.parametrize(
    ("attack", "says"),
    [
        ("comments", "x"),
        ("heading", "under “a#"),
        ("blanks", "under “a"),
        ("directory", "The list of files in file.md is longer than one document may have."),
    ],
)
def test_what_the_receiving_process_looks_at_itself_costs_it_little(attack: str, says: str) -> None:
    """Kind, headings and the list of an archive are looked at in the process that serves everybody: two seconds, 256 MB."""
    said = subprocess.run(
        [sys.executable, "-c", LIMITED, attack], capture_output=True, text=True, timeout=30, check=False, cwd=ROOT
    )
    assert says in said.stdout, said.stderr


SHEET = 'documents.sheets(A=[[f"word {n} and {n}", n] for n in range(30_000)])'
LONG_SHEET = SHEET.replace("30_000", "120_000")  # takes a fast processor more than two seconds
PAGE = 'b"<html>" + b"word " * 4_000_000'


@pytest.mark.parametrize(
    ("less", "document", "says"),
    [
        ("MEMORY_BYTES = 2 ** 26", PAGE, "big needs more memory to read than one document may take."),
        ("CPU_SECONDS = 1", LONG_SHEET, "big took too long to read, so we stopped."),
        ("WALL_SECONDS = 0.05", SHEET, "big took too long to read, so we stopped."),
    ],
)
def test_a_child_that_takes_too_much_is_ended(less: str, document: str, says: str) -> None:
    """In a process of its own, whose limits are set smaller than ours."""
    program = f"""
import sys; sys.path.insert(0, {ROOT!r})
from interviews.extraction import extracting, limits
limits.{less}
path = "import sys; sys.path.insert(0, sys.argv[1]); "
extracting._PROGRAM = f"{{path}}from interviews.extraction import limits; limits.{less}; {{extracting._PROGRAM}}"
from interviews.extraction.unnamed import unnamed
from tests.interviews.references import documents, pictures
with unnamed({document}) as file:
    print(extracting.extract(file, "big").trouble)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert says in said.stdout, said.stderr


def test_bytes_are_gone_with_the_process_that_held_them(tmp_path: Path) -> None:
    """kill -9 in the middle of reading: the file has no name, so no folder holds anything of it, and the child ends too."""
    program = f"""
import sys, time; sys.path.insert(0, {ROOT!r})
from interviews.extraction import extracting
from interviews.extraction.unnamed import unnamed
from tests.interviews.references import documents, pictures
with unnamed(documents.pdf(["Canary Kestrel"] * 900)) as file:
    def told(done, of):
        print("reading", flush=True)
        time.sleep(60)
    extracting.extract(file, "a.pdf", told=told)
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment, cwd=ROOT) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"reading\n"
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        assert children
        assert list(tmp_path.iterdir()) == []
        parent.kill()
    assert list(tmp_path.iterdir()) == []
    wait_until(lambda: not any(_lives(child) for child in children), seconds=5, what="the end of the child")


def _lives(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>/!-[]&;#'\"= \nabph1é\x00\u202e", max_size=200))
def test_any_page_is_read_without_a_fault(text: str) -> None:
    pieces = read_html(io.BytesIO(f"<html>{text}".encode()), lambda done, of: None)
    found = joined(pieces)
    assert "\x00" not in found.text
    assert all(0 <= start <= len(found.text) for start, _ in found.places)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="#`~ \n\tabé\u2028", min_size=1, max_size=200).filter(lambda text: bool(text.strip())))
def test_any_markdown_is_kept_letter_by_letter(text: str) -> None:
    found = as_it_is(text.encode(), has_headings=True)
    assert found.text == text.replace("\r\n", "\n").replace("\r", "\n")
    assert all(found.text[start : start + 1] == "#" for start, _ in found.places)


def test_the_guard_holds_for_an_archive_with_very_many_members() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for number in range(limits.MAX_MEMBERS + 1):
            written.writestr(str(number), b"")
    assert read("crowd.zip", out.getvalue()).trouble == "crowd.zip holds 10,001 files; 10,000 fit. Attach those that matter."
