"""Words in pictures and on scanned pages: what is recognised, where it stands, and what is said when there are none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image

from interviews.extraction import engine
from interviews.extraction.extracting import Extracted, extract
from interviews.extraction.languages import _SETS, language_of
from interviews.extraction.unnamed import unnamed
from interviews.flows import referencing
from interviews.models import Interview
from tests.interviews.conftest import Say
from tests.interviews.references import documents, pictures
from tests.interviews.references.pictures import drawn, saved

ROOT = Path(__file__).resolve().parents[3]
WRONG = "and some may be wrong."


def read(name: str, data: bytes) -> Extracted:
    with unnamed(data) as file:
        return extract(file, name)


def test_the_engine_is_installed_with_all_its_languages() -> None:
    held = engine.load()
    assert held is not None, "Run script/recognition: tests of pictures need Tesseract and its data."
    assert held.languages == list(engine.LANGUAGES)


def test_words_in_an_image_are_read_with_their_lines_as_places() -> None:
    image = drawn("Tools must come back within 14 days. A fee is due", "when a tool comes back late.", size=(760, 320))
    image.paste(drawn("At most 3 tools per neighbour.", size=(760, 80)), (0, 220))
    found = read("board.png", saved(image))
    assert found.text == (
        "Tools must come back within 14 days. A fee is due when a tool comes back late.\n\nAt most 3 tools per neighbour."
    )
    assert found.places == ((0, "image, lines 1-2"), (80, "image, line 3"))
    assert found.trouble == f"The words of board.png were recognised in a picture, {WRONG}"
    assert (found.kind.words, found.is_read, found.pages) == ("PNG image", True, None)


def test_every_format_and_depth_of_colour_is_read() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was held on its side
    deep = drawn("Sixteen bits a pixel.").convert("I").point(lambda value: value * 200 + 3_000)
    moving = [drawn(f"Frame number {number} moves.") for number in (1, 2)]
    glass = drawn("White words on glass.", mode="RGBA", ground=(255, 255, 255, 0), ink=(255, 255, 255, 255))
    found = read(
        "all.zip",
        documents.archive(
            a__jpg=saved(drawn("Four inks for print.", mode="CMYK", ground=(0, 0, 0, 0), ink=(0, 0, 0, 255)), "JPEG"),
            b__jpg=saved(drawn("Held on its side.").rotate(90, expand=True), "JPEG", exif=turned),
            c__png=saved(deep.convert("I;16")),
            d__gif=saved(moving[0], "GIF", save_all=True, append_images=moving[1:]),
            e__webp=saved(glass, "WEBP", lossless=True),
            f__bmp=saved(drawn("Light words on dark.", ground=25, ink=235), "BMP"),
            g__tif=saved(
                drawn("First page of it.").convert("1"),
                "TIFF",
                compression="group4",
                save_all=True,
                append_images=[drawn("Second page of it.").convert("1")],
            ),
            h__avif=saved(drawn("A picture of a phone."), "AVIF"),
            i__png=saved(drawn("Only two colours.").convert("1")),
            j__png=saved(drawn("The palette has few.").convert("P"), transparency=255),
        ),
    )
    lines = [line for line in found.text.split("\n") if line and not line.startswith("#")]
    assert lines == [
        "Four inks for print.",
        "Held on its side.",
        "Sixteen bits a pixel.",
        "Frame number 1 moves.",
        "White words on glass.",
        "Light words on dark.",
        "First page of it.",
        "Second page of it.",
        "A picture of a phone.",
        "Only two colours.",
        "The palette has few.",
    ]
    assert "g.tif, image, page 2, line 1" in [place for _, place in found.places]
    assert found.trouble == "Scanned pages of all.zip whose words were recognised: 11. Some words may be wrong."


def test_scanned_pages_are_read_and_pages_with_text_are_not_drawn() -> None:
    scanned = pictures.scans(drawn("The lease ends on 31 March."), Image.new("L", (760, 200), 255), drawn("Rent is due monthly."))
    found = read("lease.pdf", scanned)
    assert found.text == "The lease ends on 31 March.\n\nRent is due monthly."
    assert [place for _, place in found.places] == ["page 1, scanned", "page 3, scanned"]
    assert found.trouble == "Scanned pages of lease.pdf whose words were recognised: 2. Some words may be wrong."
    assert found.pages == 3
    typed = read("typed.pdf", documents.pdf(["The lease ends on 31 March."]))
    assert (typed.places, typed.trouble) == (((0, "page 1"),), "")


def test_a_scan_with_a_stamp_is_read_and_a_title_typed_on_a_photo_stays_as_it_is() -> None:
    body = drawn("The lease ends on 31 March of next year.", "Rent is due monthly, in advance.")
    stamped = read("stamped.pdf", pictures.typed_on(pictures.scans(body), "Copy 7"))
    assert stamped.text.startswith("The lease ends on 31 March of next year.\nRent is due monthly, in advance.")
    assert stamped.places == ((0, "page 1, scanned"),)
    cover = read("cover.pdf", pictures.typed_on(pictures.scans(drawn("Spring")), "A Spring Catalogue"))
    assert (cover.text, cover.places, cover.trouble) == ("A Spring Catalogue", ((0, "page 1"),), "")


def test_a_language_is_told_by_its_small_words_or_by_what_is_surest() -> None:
    together = [word for words in _SETS.values() for word in words]
    assert len(together) == len(set(together))
    known = list(engine.LANGUAGES)
    assert language_of(["The", "fee", "is", "due", "when", "the", "tool", "is", "late"], known) == "eng"
    assert language_of(["Die", "Kosten", "sind", "mit", "der", "Rechnung", "zu", "zahlen"], known) == "deu"
    assert language_of(["Les", "outils", "sont", "dans", "la", "caisse"], known) == "fra"
    assert language_of(["Start", "Stop", "OK"], known) is None
    assert language_of(["Les", "outils", "sont", "dans", "la", "caisse"], ["eng"]) is None


SANS = Path("/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf")  # Pillow's own font has no umlauts


def test_german_and_french_keep_their_letters() -> None:
    found = read(
        "two.zip",
        documents.archive(
            a__png=saved(drawn("Die Gebühr für jede Woche ist fünf Euro", "und wird mit der Rückgabe fällig.", font=SANS)),
            b__png=saved(drawn("Les outils doivent être rendus à l'heure", "et les frais sont payés par jour.", font=SANS)),
            c__png=saved(drawn("Schlüssel ändern", "Gebühr", "Rückgabe", font=SANS)),
        ),
    )
    assert "Die Gebühr für jede Woche ist fünf Euro und wird mit der Rückgabe fällig." in found.text
    assert "Les outils doivent être rendus à l'heure et les frais sont payés par jour." in found.text
    assert "Schlüssel ändern\nGebühr\nRückgabe" in found.text


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("cat.png", saved(pictures.fur()), "No words were found in cat.png."),
        ("dot.png", saved(Image.new("RGBA", (1, 1))), "No words were found in dot.png."),
        ("thread.png", saved(Image.new("L", (1, 20_000), 200)), "No words were found in thread.png."),
        (
            "huge.png",
            documents.png(100_000, 100_000),
            "huge.png has 10,000 megapixels; 60 fit. Save it smaller and attach it again.",
        ),
        ("lies.png", documents.png(6_000, 6_000), "lies.png is damaged or not what it claims to be"),
        ("nothing.png", documents.png(0, 0), "nothing.png is damaged or not what it claims to be"),
        ("cut.jpg", saved(drawn("Cut off."), "JPEG")[:2_000], "cut.jpg is damaged or not what it claims to be"),
        ("noise.jpg", b"\xff\xd8\xff" + bytes(range(256)) * 40, "noise.jpg is damaged or not what it claims to be"),
        ("short.gif", b"GIF89a" + b"\xff" * 20, "short.gif is damaged or not what it claims to be"),
        ("list.tif", b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\x01" * 60, "list.tif is damaged or not what it claims to be"),
        (
            "phone.heic",
            b"\x00\x00\x00\x18ftypheic" + bytes(500),
            "Words in HEIF images are not read. phone.heic is listed; save it as JPEG",
        ),
        ("loop.webp", b"RIFF\xff\xff\xff\x7fWEBPVP8X" + b"\xff" * 40, "loop.webp is damaged or not what it claims to be"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 12 else "",
)
def test_a_picture_without_words_and_one_that_lies_end_in_one_clear_sentence(name: str, data: bytes, says: str) -> None:
    found = read(name, data)
    assert says in found.trouble
    assert found.text == ""
    assert found.is_read == ("words" in says.lower())


def test_thousands_of_frames_cost_no_more_than_the_first_ones() -> None:
    blank = Image.new("L", (24, 24), 255)
    many = [Image.new("L", (24, 24), number % 200) for number in range(3_000)]
    assert read("moves.gif", saved(blank, "GIF", save_all=True, append_images=many)).trouble.startswith("No words were found")
    found = read("fax.tif", saved(drawn("Page one."), "TIFF", save_all=True, append_images=[blank] * 300))
    assert (found.text, found.places) == ("Page one.", ((0, "image, page 1, line 1"),))
    assert "not read, or not whole, as reading them takes too long: 261." in found.trouble


def with_less(less: str, document: str) -> str:
    """What is said of a document in a process of its own, whose limits are set smaller than ours."""
    program = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from interviews.extraction import extracting
before = "import sys; sys.path.insert(0, sys.argv[1]); from interviews.extraction import engine, limits; "
extracting._PROGRAM = before + {less!r} + "; " + extracting._PROGRAM
from interviews.extraction.unnamed import unnamed
from tests.interviews.references import documents, pictures
with unnamed({document}) as file:
    found = extracting.extract(file, "it")
print(found.is_read, found.text.split(), found.trouble)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=90, check=False, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


SCANS = 'pictures.scans(*[pictures.drawn(f"Page number {n}.", size=(600, 90)) for n in "123"])'


def test_what_takes_too_long_is_left_out_and_said_to_be() -> None:
    said = with_less("limits.MAX_PICTURES = 2", SCANS)
    assert "'1.', 'Page', 'number', '2.']" in said
    assert "not read, or not whole, as reading them takes too long: 1." in said
    part = with_less("limits.PICTURE_SECONDS = 0.001", SCANS)
    assert "not read, or not whole, as reading them takes too long: 3." in part
    none = with_less("limits.RECOGNITION_SECONDS = 0", SCANS)
    assert none.startswith("True [] Pictures or scanned pages in it that were not read, or not whole")


def test_without_the_engine_one_sentence_says_what_to_install() -> None:
    said = with_less("engine.FOLDERS = ()", SCANS)
    assert said.startswith("True [] Words in the pictures of it were not read, as text recognition is not installed here")
    assert "apt-get install libtesseract5 tesseract-ocr-eng" in said
    assert with_less("engine.FOLDERS = ()", 'documents.pdf(["Plain."])') == "True ['Plain.']"


def test_the_image_of_the_service_and_debian_get_the_same_packages() -> None:
    written = (ROOT / "deploy" / "Dockerfile").read_text()
    assert [name for name in engine.PACKAGES if f" {name} " not in written.replace("\n", " ")] == []


def test_a_fact_from_a_picture_says_so_and_the_list_as_well(as_alice: Client, interview: Interview, say: Say) -> None:
    image = drawn("Tools must come back within 14 days.")
    referencing.add_reference(interview, name="board.png", data=saved(image))
    referencing.add_reference(interview, name="cat.png", data=saved(pictures.fur()))
    say("We lend tools to neighbours.")
    [fact] = interview.facts.filter(origin="document", reference__label="S-01")
    assert (fact.quote, fact.place) == ("Tools must come back within 14 days", "image, line 1")
    page = as_alice.get(f"/interviews/{interview.pk}/").content.decode()
    assert "PNG image, words recognised, " in page
    assert "No words were found in cat.png." in page


def test_a_key_in_a_picture_is_replaced_before_anything_is_kept(interview: Interview) -> None:
    password = "Kestrel" + "-77-" + "Heron"
    image = drawn("The desk is open until six.", f"The admin password is {password}.", size=(760, 160))
    reference = referencing.add_reference(interview, name="shot.png", data=saved(image))
    assert reference.text.startswith("The desk is open until six.\nThe admin password is ")
    assert password not in reference.text
    assert reference.secrets_removed == {"password": 1}


def test_of_a_key_that_is_read_doubtfully_nothing_long_is_left(interview: Interview) -> None:
    secret = "HtJvaYALubyNLOidO0VDWR6wMTrVFbLd9Rb9xqOD"
    image = drawn("The value is below, do not share it.", secret, size=(900, 160), letters=20)
    reference = referencing.add_reference(interview, name="shot.png", data=saved(image))
    assert reference.text.startswith("The value is below, do not share it.")
    assert max(map(len, reference.text.split())) < 12
