from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from interviews.rules.noting import is_unknown, note, put_off_until, vague_words
from interviews.rules.topics import BY_ID
from tests.interviews.rules.test_reading import ANY_TEXT


@given(text=ANY_TEXT, topic=some.sampled_from(sorted(BY_ID)), is_first=some.booleans(), is_document=some.booleans())
def test_every_quote_is_a_stretch_of_the_text_and_every_slot_exists(
    text: str, topic: str, is_first: bool, is_document: bool
) -> None:
    for fact in note(text, topic=topic, is_first=is_first, is_document=is_document):
        assert fact.quote in text
        assert fact.quote.strip()
        assert fact.slot in BY_ID[fact.topic].slots
        assert 0 <= fact.confidence <= 1
        assert fact.subject


@pytest.mark.parametrize(
    "text",
    [
        "Größe: 12 Räume für Ärztinnen, höchstens 30 Minuten.",
        "予約は24時間前まで。 We keep 30 days of logs.",
        "Patients 🙂 book at most 2 slots 👩‍⚕️ each.",
        "| a | b |\n| --- | --- |\n| 10 minutes | **bold** |",
        "1. First step\n2. `code` and _emphasis_ with 5 seconds",
    ],
)
def test_it_keeps_the_quote_verbatim_in_any_script(text: str) -> None:
    for fact in note(text, topic="R4"):
        assert fact.quote in text


def test_a_number_becomes_a_value_with_unit_and_direction() -> None:
    [fact] = note("Running it may cost at most 900 euros.", topic="A14")
    assert (fact.value, fact.unit, fact.op, fact.quote) == (900, "euros", "<=", "Running it may cost at most 900 euros")


def test_a_clear_statement_is_trusted_more_than_a_document() -> None:
    said = note("We have 240 calls per day.", topic="V1")[0]
    read = note("We have 240 calls per day.", topic="V1", is_document=True)[0]
    assert said.confidence > read.confidence


@pytest.mark.parametrize("text", ["Should be fast.", "It has to be secure.", "Easy, you know.", "It depends."])
def test_a_soft_word_alone_is_vague(text: str) -> None:
    assert all(fact.is_vague for fact in note(text, topic="R11"))
    assert vague_words(text)


def test_a_soft_word_with_a_number_is_not_vague() -> None:
    assert not any(fact.is_vague for fact in note("Fast, two seconds at most.", topic="R11"))


def test_soft_words_are_whole_words() -> None:
    assert vague_words("breakfast at the steadfast inn") == []


def test_a_refusal_is_noted_as_a_no() -> None:
    [fact] = note("Nobody may switch the sound off for the whole ward.", topic="R4")
    assert fact.value == "no"


def test_an_action_at_one_hour_for_another_gives_the_time_between() -> None:
    [fact] = note("Someone cancels at 8 in the morning for ten o'clock.", topic="R2")
    assert (fact.attribute, fact.value, fact.unit) == ("lead time", 2, "h")


def test_a_limit_before_the_start_gives_the_same_measure() -> None:
    facts = note("Cancelling online is possible until 24 hours before.", topic="R4")
    assert [(fact.attribute, fact.value, fact.unit, fact.op) for fact in facts] == [("lead time", 24, "h", ">=")]


def test_the_open_first_answer_goes_to_the_topics_it_speaks_of() -> None:
    text = "We are a group practice. Our calendar is Ordinata. Should be live before summer."
    topics = {fact.quote: fact.topic for fact in note(text, topic="V1", is_first=True)}
    assert topics["Our calendar is Ordinata"] == "R7"
    assert topics["Should be live before summer"] == "V7"


def test_retention_is_noted_under_its_topic_wherever_it_is_said() -> None:
    facts = note("Old appointments are deleted after six months.", topic="R5")
    assert {(fact.topic, fact.slot) for fact in facts} == {("R15", "retention")}


@pytest.mark.parametrize("text", ["", "   ", "Good question.", "You know what I mean.", "| --- |", "hm"])
def test_fillers_leave_no_facts(text: str) -> None:
    assert note(text, topic="V1") == []


@pytest.mark.parametrize("text", ["I don't know.", "No idea, sorry.", "I do not know that"])
def test_not_knowing_is_heard(text: str) -> None:
    assert is_unknown(text)


@pytest.mark.parametrize("text", ["I don't know who, but it is 5 people.", "They ring us. " * 10 + "I don't know."])
def test_an_answer_that_says_something_beside_is_not_ignorance(text: str) -> None:
    assert not is_unknown(text)


def test_putting_off_says_until_when() -> None:
    text = "Decide later. The partners talk about a fee in January, ask me after that meeting."
    assert put_off_until(text) == "The partners talk about a fee in January, ask me after that meeting"
    assert put_off_until("Decide later.") == "when the owner takes it up again"


@pytest.mark.parametrize(
    "text",
    ["", "We decide every Monday who gets the slot.", "They decide later in the day. First come, first served. So it goes."],
)
def test_deciding_as_part_of_the_work_is_not_putting_off(text: str) -> None:
    assert put_off_until(text) == "" or "later in the day" in text


def test_an_order_is_kept_as_one_fact_with_its_items_in_order() -> None:
    [fact] = note(
        "Booking, then cancelling, then the reminder, then the desk screen. Figures last.", topic="R22", slot="forced order"
    )[:1]
    assert fact.value == "booking, cancelling, reminder, desk screen"
    assert fact.quote == "Booking, then cancelling, then the reminder, then the desk screen"


def test_a_full_date_is_noted_as_a_day_and_not_as_a_number() -> None:
    [fact] = note("It has to be running by 1 June 2027.", topic="V7", slot="date")
    assert (fact.attribute, fact.value, fact.op) == ("date", "2027-06-01", "<=")


def test_a_day_that_does_not_exist_is_no_date() -> None:
    assert not [fact for fact in note("It starts on 31 February 2027.", topic="V7") if fact.value]


def test_an_hour_of_the_night_is_no_quantity() -> None:
    [fact] = note("Ten at night she picks a blood test.", topic="R2")
    assert (fact.attribute, fact.value) == ("time of day", "22:00")


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("The desk already does something like that", "Desk"),
        ("Only Petra can restate a value", "Petra"),
        ("A published value never changes", "Published value"),
        ("because we need to talk to them", "Talk"),
    ],
)
def test_the_subject_is_a_noun_without_filling_words(text: str, subject: str) -> None:
    assert note(text, topic="R4")[0].subject == subject


def test_everything_within_a_sentence_is_not_vague() -> None:
    assert not note("The hospital network is full of everything.", topic="R14")[0].is_vague
    assert note("Everything, everything.", topic="R14")[0].confidence
    assert vague_words("Everything.") == ["everything"]


def test_a_reason_for_now_is_no_answer_about_the_stakes() -> None:
    [why] = note("The tender closes in January.", topic="V10", slot="stakes")
    assert why.slot == "deadline cause"
    [stakes] = note("Inside one organisation, I would say.", topic="V10", slot="stakes")
    assert stakes.slot == "stakes"


def test_the_numbers_of_a_list_are_no_facts() -> None:
    rules = "# House rules\n\n1. Only members borrow.\n2. A loan lasts 7 days.\n10) Tools are returned clean.\n"
    noted = note(rules, topic="V4", slot="current steps", is_document=True)
    assert [fact.quote for fact in noted] == [
        "House rules",
        "Only members borrow",
        "A loan lasts 7 days",
        "Tools are returned clean",
    ]


@pytest.mark.parametrize(
    "price",
    [
        "The deposit is 20 euros for electric tools.",
        "A tool returned late costs 2 euros a day.",
        "She takes 20 euros in cash at the counter.",
        "A ticket costs 12 dollars.",
    ],
)
def test_a_price_of_the_daily_business_is_no_budget(price: str) -> None:
    assert all(fact.topic != "V7" for fact in note(price, topic="V4", is_document=True))


@pytest.mark.parametrize(
    "budget", ["There are 12,000 euros from the district.", "The budget is 300 euros a month, fees included."]
)
def test_money_for_the_project_is_a_budget(budget: str) -> None:
    assert {(fact.topic, fact.slot) for fact in note(budget, topic="V1", is_first=True)} == {("V7", "money")}


def test_the_rest_of_an_answer_about_the_stakes_is_no_reason_for_now() -> None:
    noted = note("Inside one organisation, our co-op. Members only.", topic="V10", slot="stakes")
    assert {fact.slot for fact in noted} == {"stakes"}
