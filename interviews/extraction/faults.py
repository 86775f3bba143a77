"""Why a document was not read, or not whole, as one sentence for the person who gave it.

A child process names a fault by its code and a figure; the sentence is made here, so that nothing a document says speaks for us.
"""

from __future__ import annotations

from interviews.extraction import limits

SENTENCES = {
    "empty": "{name} is empty.",
    "large": "{name} has {figure:,} MB; {most:,} MB fit. Attach the part that matters.",
    "unknown": (
        "{name} is of a kind that cannot be read. "
        "PDF, Word, Excel, PowerPoint, HTML, Markdown, text, images and ZIP files of these can be."
    ),
    "encoding": "{name} is text in an encoding we do not know. Save it in UTF-8 and attach it again.",
    "binary": "{name} holds binary data. Save it as plain text or PDF and attach it again.",
    "old_office": "{name} is in an old Office format. Save it as .docx, .xlsx or .pptx and attach it again.",
    "other_office": "{name} is in a format that cannot be read. Save it as PDF or .docx and attach it again.",
    "encrypted": "{name} is protected with a password. Remove the password and attach it again.",
    "damaged": "{name} is damaged or not what it claims to be, so it could not be read. Save it again and attach the new file.",
    "pixels": "{name} has {figure:,} megapixels; {most:,} fit. Save it smaller and attach it again.",
    "pages": "{name} has {figure:,} pages; {most:,} fit. Attach the pages that matter.",
    "bomb": "{name} would unpack to far more than a document holds, so it was not opened. Attach the part that matters.",
    "members": "{name} holds {figure:,} files; {most:,} fit. Attach those that matter.",
    "directory": "The list of files in {name} is longer than one document may have. Attach those that matter.",
    "paths": "{name} holds files with paths that lead out of it, so it was not opened. Pack it again.",
    "nested": "{name} is an archive inside an archive; those are not opened.",
    "nothing": "{name} holds no document that can be read.",
    "slow": "{name} took too long to read, so we stopped. Attach the part that matters, or save it as plain text.",
    "memory": "{name} needs more memory to read than one document may take. Attach the part that matters.",
    "ended": "{name} could not be read: the reading of it broke off. Save it in another format and attach it again.",
    "busy": "Many documents are being read just now. Attach {name} again in a minute.",
    # Read, and yet something is to be said.
    "cut": "Only the beginning of {name} was kept: more than 2 MB of text do not fit.",
    "rows": "Only the first {most:,} rows of {name} were read.",
    "no_text": "{name} holds no text that could be read. It is listed; write in your answers what matters in it.",
    "no_words": "No words were found in {name}. It is listed; write in your answers what matters in it.",
    "heif": "Words in HEIF images are not read. {name} is listed; save it as JPEG or PNG and attach that, so that they are.",
    "recognised": "The words of {name} were recognised in a picture, and some may be wrong.",
    "scans": "Scanned pages of {name} whose words were recognised: {figure:,}. Some words may be wrong.",
    "left_out": (
        "Pictures or scanned pages in {name} that were not read, or not whole, as reading them takes too long: {figure:,}. "
        "Attach them as a document of their own."
    ),
    "no_engine": (
        "Words in the pictures of {name} were not read, as text recognition is not installed here (Debian: apt-get install "
        "libtesseract5 tesseract-ocr-eng). Install it and attach {name} again, or write in your answers what matters in it."
    ),
    "parts": "{figure:,} of the files in {name} could not be read: {rest}",
}
READ_WITH = {"cut", "rows", "no_text", "no_words", "heif", "recognised", "scans", "left_out", "no_engine", "parts"}
"""Faults of a document that was read all the same."""
MOST = {
    "large": limits.MAX_BYTES // (1024 * 1024),
    "pages": limits.MAX_PAGES,
    "pixels": limits.MAX_PIXELS // 1_000_000,
    "members": limits.MAX_MEMBERS,
    "rows": limits.MAX_ROWS,
}


def sentence(code: str, name: str, *, figure: int = 0, rest: str = "") -> str:
    """The sentence of a fault. ``rest`` ends the sentence about the parts of a ZIP."""
    most = limits.MAX_PARTS if code == "members" and figure <= limits.MAX_MEMBERS else MOST.get(code, 0)
    return SENTENCES[code].format(name=name, figure=figure, most=most, rest=rest)


class Fault(Exception):
    """A document cannot be read; ``code`` is a key of ``SENTENCES``."""

    def __init__(self, code: str, figure: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.figure = figure
