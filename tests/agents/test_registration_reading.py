"""Agreement, contact, languages and services in agents' words."""

from __future__ import annotations

import pytest

from actions import on_demand_reading as reading
from actions.on_demand_taking import chosen
from psl.agents.times import Question
from psl.details import Reader, shared_reader
from psl.settings import PROJECT_ROOT


@pytest.fixture(scope="module")
def reader() -> Reader:
    return shared_reader(PROJECT_ROOT / "data" / "guide")


@pytest.mark.parametrize(
    ("text", "methods", "phone"),
    [
        ("text is best for me and i speak spanish too", ("text",), None),
        ("call my cell 502-555-0123 for on demand", ("phone",), "502-555-0123"),
        ("text my cell", ("text",), None),
        ("just shoot me a txt, my cell is 502 555 0191", ("text",), "502-555-0191"),
        ("my new cell is 502-555-0199", (), "502-555-0199"),
        ("use email instead", ("email",), None),
        ("email not phone", ("email",), None),
        ("dont call me, text", ("text",), None),
        ("text or call", ("text", "phone"), None),
        ("use my doi number again", (), ""),
        ("back to doi's number", (), ""),
        ("remove the on demand number", (), ""),
        ("mon-fri 9-5 central", (), None),
        ("i agree to be called upon", (), None),
    ],
)
def test_contact(reader: Reader, text: str, methods: tuple[str, ...], phone: str | None) -> None:
    found = reading.contact(text, reader.read(text))
    assert (found.methods, found.phone) == (methods, phone)


def test_an_email_is_told_apart_from_the_method(reader: Reader) -> None:
    text = "reach me at mail@example.org"
    assert reading.contact(text, reader.read(text)) == reading.Contact(email="mail@example.org")


@pytest.mark.parametrize(
    ("text", "add", "remove"),
    [
        ("i speak spanish too", {"Spanish"}, set()),
        ("add arabic and swahili, drop french", {"Arabic", "Swahili"}, {"French"}),
        ("no more vietnamese pls", set(), {"Vietnamese"}),
        ("i dont speak nepali anymore", set(), {"Nepali"}),
        ("replace french with german", {"German"}, {"French"}),
        ("german instead of french", {"German"}, {"French"}),
        ("change french to german", {"German"}, {"French"}),
        ("take french off", set(), {"French"}),
        ("spanish off please", set(), {"Spanish"}),
        ("i also speak vietnamese but not english", {"Vietnamese"}, {"English"}),
        ("i can't do french", set(), {"French"}),
        ("i can do ASL", set(), set()),
    ],
)
def test_languages(reader: Reader, text: str, add: set[str], remove: set[str]) -> None:
    wish = reading.languages(text, reader.read(text))
    assert (set(wish.add), set(wish.remove)) == (add, remove)


@pytest.mark.parametrize("text", ["only english now", "english only", "just english please"])
def test_only_one_language(reader: Reader, text: str) -> None:
    wish = reading.languages(text, reader.read(text))
    assert wish.add == ("English",) and wish.only


@pytest.mark.parametrize(
    ("text", "add", "remove"),
    [
        ("i can do ASL", {"ASL"}, set()),
        ("i know sign language", {"ASL"}, set()),
        ("remove ASL and add TTY", {"TTY"}, {"ASL"}),
        ("i no longer do tty", set(), {"TTY"}),
        ("ky relay works for me", {"KyRelay"}, set()),
        ("text me", set(), set()),
    ],
)
def test_services(text: str, add: set[str], remove: set[str]) -> None:
    wish = reading.services(text)
    assert (set(wish.add), set(wish.remove)) == (add, remove)


@pytest.mark.parametrize("text", ["i agree", "yes i agree", "I agree to register", "ok agreed"])
def test_agrees(text: str) -> None:
    assert reading.agrees(text) and not reading.refuses(text)


@pytest.mark.parametrize(
    "text", ["i dont agree", "I do not agree", "i disagree", "i'll never agree"]
)
def test_refuses(text: str) -> None:
    assert reading.refuses(text) and not reading.agrees(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("evening", "b"),
        ("the morning", "a"),
        ("pm", "b"),
        ("the second one", "b"),
        ("first", "a"),
        ("5", None),
        ("no idea", None),
        ("", None),
    ],
)
def test_a_choice_in_words(text: str, answer: str | None) -> None:
    question = Question("Which?", (("5:00–9:00 AM", "a"), ("5:00–9:00 PM", "b")))
    assert chosen(text, question) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [("last day", "a"), ("through", "a"), ("im back then", "b"), ("jan 2", None)],
)
def test_last_day_or_day_back_in_words(text: str, answer: str | None) -> None:
    question = Question("Which?", (("Through Sat, Jan 2", "a"), ("Back on Sat, Jan 2", "b")))
    assert chosen(text, question) == answer
