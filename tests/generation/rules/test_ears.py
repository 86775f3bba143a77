"""How a statement must read."""

from __future__ import annotations

import pytest

from generation.rules import ears
from generation.rules.content import Ears

SOUND: list[tuple[Ears, str]] = [
    ("event", "When a patient chooses a site, the Booking Desk shall list the free slots of that site."),
    ("unwanted", "If two patients confirm the same slot, then the Booking Desk shall give it to the first confirmation."),
    ("state", "While a patient waits for a code, the Booking Desk shall show the desk phone number of the site."),
    ("optional", "Where a patient has declined reminders, the Booking Desk shall send that patient no reminder."),
    ("complex", "While the file is late, when a patient confirms a slot, the Booking Desk shall refuse the booking."),
    ("ubiquitous", "The Booking Desk shall store and process patient data only in Germany."),
]
TERMS = ["Booking Desk", "Germany"]


@pytest.mark.parametrize(("kind", "statement"), SOUND)
def test_it_knows_each_class(kind: Ears, statement: str) -> None:
    assert ears.classify(statement) == kind
    assert ears.faults(statement, kind, terms=TERMS) == []


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("The Booking Desk shall show the free slots in a timely manner to everybody.", "timely"),
        ("The Booking Desk shall show the free slots, the doctors and/or the sites.", "and/or"),
        ("The Booking Desk shall show slots, doctors, sites, etc. on one page.", "etc."),
        ("The Booking Desk shall show what a patient may book on this page.", "may"),
    ],
)
def test_it_smells_unclear_words(statement: str, word: str) -> None:
    assert word in ears.smells(statement)


def test_the_month_of_may_is_no_loophole() -> None:
    assert ears.smells("The Booking Desk shall open on 3 May at all sites.") == []


def test_technology_belongs_to_the_solution_unless_the_owner_speaks_of_it() -> None:
    statement = "The Ban Desk shall keep the list of bans on every game server."
    assert ears.technology(statement) == ["server"]
    assert ears.technology(statement, ["game server"]) == []


def test_a_name_has_to_be_in_the_glossary() -> None:
    statement = "When a file from Ordinata arrives, the CRM shall take in every complete record."
    assert ears.strange_names(statement, ["CRM"]) == ["Ordinata"]
    assert ears.strange_names(statement, ["CRM", "Ordinata"]) == []


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        ("When it fails, the Booking Desk shall show the desk phone number.", "hides its subject"),
        ("The Booking Desk shall list slots and shall send one reminder to patients.", "2 times"),
        ("The Booking Desk shall book.", "words"),
        ("When a patient books the Booking Desk shall send a code to the patient.", "does not have the form"),
    ],
)
def test_it_names_what_is_wrong(statement: str, part: str) -> None:
    kind: Ears = "event" if statement.startswith("When") else "ubiquitous"
    assert any(part in fault for fault in ears.faults(statement, kind, terms=TERMS))
