"""Words in pictures: a picture made plain for the engine, read in its language, and what is left when noise is taken away.

Runs in the child process. One child has one session: what it may spend is spent once, for all pictures of a document.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import fmean

from PIL import Image, ImageOps

from interviews.extraction import limits
from interviews.extraction.engine import Engine, Word, load
from interviews.extraction.languages import language_of

SURE_WORD = 35
"""Words the engine is less sure of are left out, of 100."""
SURE_LINE = 60
"""Lines whose words are less sure on average are left out whole: edges, fur and leaves look like letters here and there."""
_STRINGS = re.compile(r"[^\W_]+")
LONG_STRING, SURE_STRING = 10, 85
"""Letters and figures in one string from which on the engine has to be surer of it."""
UNREADABLE = "[…]"
"""Stands for such a string."""
SURE_LANGUAGE = 88
"""Pages whose words are less sure on average may be in another language than the one they were read in."""
FEW_WORDS = 60
"""So few words are read in every language when their language is not plain."""
SHORT = 4.0
"""Seconds that have to be left before a picture is begun."""
LARGEST = 12_000_000
"""Pixels an engine gets; larger pictures are made smaller, which costs nothing below the size of print."""
SMALL, SMALL_SIDE = 2_500_000, 3_000
"""Pictures of fewer pixels are doubled, as letters on screens are smaller than those the engine was trained with."""
DARK = 110
"""Mean brightness, of 255, below which a picture is taken for light words on a dark ground."""


@dataclass(frozen=True)
class Line:
    text: str
    block: int


class Session:
    """What one child recognises. ``engine`` is None where none is installed."""

    def __init__(self, engine: Engine | None) -> None:
        self.engine = engine
        self.language = ""
        """Of the picture before: pages of a document are mostly in one."""
        self.pictures = self.read = self.left_out = 0
        """Pictures that were looked at, those with words, and those that were left out, or of which something was."""
        self._is_whole = True
        self._slowest = 0.0

    def lines(self, image: Image.Image, *, dpi: int = 0) -> list[Line]:
        """The lines of words in a picture; none when there are none, or when it ``is_over``."""
        if self.engine is None or self.is_over:
            self.left_out += 1
            return []
        self.pictures += 1
        self._is_whole = True
        plain = _plain(image)
        found = list(_lines(self._best(self.engine, plain, dpi or _dpi(plain))))
        self.read += bool(found)
        self.left_out += not self._is_whole
        return found

    @property
    def is_over(self) -> bool:
        """No engine is there, or all that a document may take is spent."""
        return self.engine is None or self.pictures >= limits.MAX_PICTURES or not self._has_time

    @property
    def _has_time(self) -> bool:
        """For one as slow as the slowest so far: the engine cannot be stopped while it looks for lines."""
        return _seconds_left() > max(SHORT, self._slowest)

    def _best(self, engine: Engine, plain: Image.Image, dpi: int) -> list[Word]:
        """Read in the language of the picture before, and again in another where that is plainer, as long as there is time."""
        known = engine.languages
        first = self.language or known[0]
        words = self._read(engine, plain, first, dpi)
        wanted = language_of((word.text for word in words), known)
        if wanted and wanted != first and self._has_time:
            self.language = wanted
            return self._read(engine, plain, wanted, dpi)
        self.language = wanted or self.language
        if wanted or not words or len(words) > FEW_WORDS or _sureness(words) >= SURE_LANGUAGE or _sureness(words) < SURE_LINE / 2:
            return words
        for language in known:
            if language != first and _seconds_left() > limits.RECOGNITION_SECONDS / 2:
                again = self._read(engine, plain, language, dpi)
                words = max(words, again, key=_sureness)
        return words

    def _read(self, engine: Engine, plain: Image.Image, language: str, dpi: int) -> list[Word]:
        seconds, begun, used = min(_seconds_left(), limits.PICTURE_SECONDS), time.monotonic(), time.process_time()
        words = engine.words(plain.tobytes(), plain.width, plain.height, language=language, dpi=dpi, seconds=seconds)
        self._is_whole = self._is_whole and time.monotonic() - begun < seconds
        self._slowest = max(self._slowest, time.process_time() - used)
        return words


_sessions: list[Session] = []


def warm_up() -> None:
    """Load engine and data, before the child is confined."""
    session()


def session() -> Session:
    """The session of this process."""
    if not _sessions:
        _sessions.append(Session(load()))
    return _sessions[0]


def is_missed() -> bool:
    """Whether pictures went unread in this process: then nobody can say that they hold no words."""
    return bool(_sessions and _sessions[0].left_out)


def said(*, of_picture: bool) -> list[tuple[str, int]]:
    """What is to be said of the pictures of a document, as codes of ``faults`` with figures."""
    if not _sessions:
        return []
    held = _sessions[0]
    found = [("recognised" if of_picture and held.read == 1 else "scans", held.read)] if held.read else []
    if held.left_out:
        found.append(("left_out" if held.engine else "no_engine", held.left_out))
    return found


def _seconds_left() -> float:
    """Of the time pictures may take, of the processor or on the wall, whichever ends first."""
    return min(limits.RECOGNITION_SECONDS - time.process_time(), limits.RECOGNITION_WALL - (time.monotonic() - _BEGUN))


_BEGUN = time.monotonic()


def _plain(image: Image.Image) -> Image.Image:
    """Grey, dark on light, neither too small nor too large."""
    pixels = max(1, image.width * image.height)
    if pixels > 2 * LARGEST and image.mode in {"L", "LA", "RGB", "RGBA", "CMYK"}:
        image = image.reduce(2)  # before copies are made of it
        pixels = image.width * image.height
    grey = image if image.mode == "L" else _grey(image)
    if pixels > LARGEST:
        scale = (LARGEST / pixels) ** 0.5
        grey = grey.resize((max(1, int(grey.width * scale)), max(1, int(grey.height * scale))), Image.Resampling.BOX)
    elif pixels < SMALL and max(grey.size) < SMALL_SIDE:
        grey = grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.LANCZOS)
    brightness = sum(step * count for step, count in enumerate(grey.histogram())) / max(1, grey.width * grey.height)
    return ImageOps.invert(grey) if brightness < DARK else grey


def _grey(image: Image.Image) -> Image.Image:
    """One byte a pixel. What shines through is white, or black when nothing would be seen on white."""
    if image.mode.startswith(("I", "F")):
        low, high = (float(edge) for edge in image.getextrema())  # type: ignore[arg-type]  # one band: two numbers
        scale = 255 / (high - low) if high > low else 0.0
        return image.convert("F").point(lambda value: value * scale - low * scale).convert("L")
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        clear = image.convert("RGBA")
        for ground in ("white", "black"):
            under = Image.new("RGBA", clear.size, ground)
            grey = Image.alpha_composite(under, clear).convert("L")
            if len(set(grey.getextrema())) > 1:
                break
        return grey
    return image.convert("L")


def _dpi(image: Image.Image) -> int:
    """A guess of the engine's own kind: as if the longer side were that of a page of paper."""
    return min(400, max(100, int(max(image.size) / 11)))


def _lines(words: list[Word]) -> Iterator[Line]:
    """Lines of which the engine is sure enough; none at all when together they do not look like words."""
    kept: list[Line] = []
    letters = 0
    for _, together in groupby(words, key=lambda word: word.line):
        line = list(together)
        told = [word for word in line if not _is_guess(word)]
        sure = [word for word in told if word.sureness >= SURE_WORD]
        if sure and _sureness(told) >= SURE_LINE and any(any(map(str.isalnum, word.text)) for word in sure):
            text = " ".join(UNREADABLE if _is_guess(word) else word.text for word in line if word in sure or _is_guess(word))
            kept.append(Line(text, line[0].block))
            letters += sum(_is_word(word) for word in sure)
    if letters:
        yield from kept


def _is_word(word: Word) -> bool:
    """Three letters or figures in a row of which the engine is quite sure: what it finds in fur is shorter or doubtful."""
    return word.sureness >= SURE_LANGUAGE - 8 and sum(map(str.isalnum, word.text)) >= 3


def _is_guess(word: Word) -> bool:
    """A long string of letters and figures of which the engine is not sure: a key with a wrong sign in it.

    It is of no use, and the search for secrets knows it worse than the right one. Short parts with signs between them, as in an
    address, are none.
    """
    return word.sureness < SURE_STRING and any(map(_is_mixed, _STRINGS.findall(word.text)))


def _is_mixed(signs: str) -> bool:
    jumps = sum(one.islower() and other.isupper() for one, other in pairwise(signs))
    return len(signs) >= LONG_STRING and (jumps > 1 or (not signs.isalpha() and not signs.isdigit()))


def _sureness(words: list[Word]) -> float:
    """The mean, each word as heavy as it is long."""
    weights = [len(word.text) for word in words]
    return fmean((word.sureness for word in words), weights=weights) if words else 0.0
