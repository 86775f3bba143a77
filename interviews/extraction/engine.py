"""Tesseract, the engine that recognises words in pictures, by its C interface (tesseract/capi.h, version 5).

The library and the data of its languages are loaded before a child is confined; after that it opens no file (ADR 0028).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("eng", "deu", "fra", "spa", "ita", "por", "nld")
"""Those whose data is looked for, by their names at Tesseract (ISO 639-2). English is needed, the others are welcome."""
PACKAGES = ("libtesseract5", *(f"tesseract-ocr-{language}" for language in LANGUAGES))
"""What Debian calls engine and data; script/recognition and the image of the service install these."""
FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)
"""Where systems keep the data: Debian, other Linux, builds by hand, Homebrew."""
_LIBRARIES = ("libtesseract.so.5", "libtesseract.5.dylib", "/opt/homebrew/lib/libtesseract.5.dylib")
_MOST_DATA = 20 * 1024 * 1024
"""Bytes of the data of one language; larger is the slow kind, for which our limits of time are too short."""
_LSTM_ONLY, _WHOLE_PAGE = 1, 3
_SAUVOLA = b"2"
"""What is ink is told by what is around it: photos are lighter in the middle than at their edges (Sauvola 2000)."""
_WORD = 5
"""The level of a word in Tesseract's table of what it found."""


@dataclass(frozen=True)
class Word:
    """``sureness`` from 0 to 100; ``line`` and ``block`` tell which words stand together."""

    text: str
    sureness: float
    line: int
    block: int


class Engine:
    """Recognises words in one language at a time."""

    def __init__(self, library: ctypes.CDLL, data: dict[str, bytes]) -> None:
        self._library = library
        self._data = data
        self._handles: dict[str, int] = {}

    @property
    def languages(self) -> list[str]:
        return list(self._data)

    def words(self, pixels: bytes, width: int, height: int, *, language: str, dpi: int, seconds: float) -> list[Word]:
        """The words of a grey picture, one byte a pixel. After ``seconds`` it stops and gives what it has."""
        library, handle = self._library, self._handle(language)
        monitor = library.TessMonitorCreate()
        try:
            library.TessMonitorSetDeadlineMSecs(monitor, max(1, int(seconds * 1000)))
            library.TessBaseAPISetPageSegMode(handle, _WHOLE_PAGE)
            library.TessBaseAPISetImage(handle, pixels, width, height, 1, width)
            library.TessBaseAPISetSourceResolution(handle, dpi)
            library.TessBaseAPIRecognize(handle, monitor)
            table = library.TessBaseAPIGetTsvText(handle, 0)
            if not table:
                return []
            try:
                return list(_words(ctypes.string_at(table).decode("utf-8", "replace")))
            finally:
                library.TessDeleteText(table)
        finally:
            library.TessBaseAPIClear(handle)
            library.TessMonitorDelete(monitor)

    def _handle(self, language: str) -> int:
        """An engine of one language, made of data in memory when it is first asked for."""
        if language not in self._handles:
            handle, data = self._library.TessBaseAPICreate(), self._data[language]
            answer = self._library.TessBaseAPIInit5(
                handle, data, len(data), language.encode(), _LSTM_ONLY, None, 0, None, None, 0, 0
            )
            if answer:
                raise ValueError(f"The data of {language} is not for this engine.")
            self._library.TessBaseAPISetVariable(handle, b"thresholding_method", _SAUVOLA)
            self._handles[language] = handle
        return self._handles[language]


def load() -> Engine | None:
    """The engine with all languages that are installed; None where there is no engine or no data of English."""
    library = _library()
    data = _data()
    return Engine(library, data) if library is not None and "eng" in data else None


def _data() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for language in LANGUAGES:
        for folder in FOLDERS:
            file = Path(folder) / f"{language}.traineddata"
            if file.is_file() and file.stat().st_size <= _MOST_DATA:
                found[language] = file.read_bytes()
                break
    return found


def _library() -> ctypes.CDLL | None:
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        _declare(library)
        return library
    return None


def _declare(library: ctypes.CDLL) -> None:
    handle, text, number, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_size_t
    for name, gives, takes in (
        ("TessBaseAPICreate", handle, []),
        (
            "TessBaseAPIInit5",
            number,
            [handle, text, number, text, number, handle, number, handle, handle, size, number],
        ),
        ("TessBaseAPISetVariable", number, [handle, text, text]),
        ("TessBaseAPISetPageSegMode", None, [handle, number]),
        ("TessBaseAPISetImage", None, [handle, text, number, number, number, number]),
        ("TessBaseAPISetSourceResolution", None, [handle, number]),
        ("TessBaseAPIRecognize", number, [handle, handle]),
        ("TessBaseAPIGetTsvText", handle, [handle, number]),
        ("TessBaseAPIClear", None, [handle]),
        ("TessDeleteText", None, [handle]),
        ("TessMonitorCreate", handle, []),
        ("TessMonitorSetDeadlineMSecs", None, [handle, number]),
        ("TessMonitorDelete", None, [handle]),
    ):
        call = getattr(library, name)
        call.restype, call.argtypes = gives, takes


def _words(table: str) -> Iterator[Word]:
    """Rows of a word: level, page, block, paragraph, line, word, left, top, width, height, sureness, text."""
    lines: dict[tuple[str, ...], int] = {}
    blocks: dict[tuple[str, ...], int] = {}
    for row in table.split("\n"):
        cells = row.split("\t", 11)
        if len(cells) == 12 and cells[0] == str(_WORD) and cells[11].strip():
            block = blocks.setdefault(tuple(cells[2:4]), len(blocks))
            line = lines.setdefault(tuple(cells[2:5]), len(lines))
            yield Word(cells[11].strip(), float(cells[10]), line, block)
