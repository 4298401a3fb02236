"""The edge: what reaches the assistant, and what never does."""

from __future__ import annotations

import unicodedata

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import edge
from psl.agents.service import CODE_LENGTH, CODE_LETTERS
from psl.settings import PROJECT_ROOT

INTENTS = set(yaml.safe_load((PROJECT_ROOT / "domain.yml").read_text())["intents"])
WHITE = [chr(c) for c in range(0x3001) if chr(c).isspace()]


def taken_for_payload(text: str) -> bool:
    """Whether Rasa itself would read the text as a payload."""
    return YAMLStoryReader.unpack_regex_message(Message({TEXT: text})).get(INTENT) is not None


# Cleaning -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  hello \n", "hello"),
        ("a\tb", "a b"),
        ("two\nlines", "two\nlines"),
        ("nul\x00 bell\x07 esc\x1b[31m", "nul bell esc[31m"),
        ("carriage\r\nreturn", "carriage\nreturn"),
        ("cafe\u0301", "café"),
        ("half \ud83d surrogate", "half  surrogate"),
        ("private \ue000 use", "private  use"),
        ("¿Qué tal? 你好 👍🏽", "¿Qué tal? 你好 👍🏽"),
        ("\x00\x01\x02", ""),
        ("", ""),
    ],
)
def test_clean(sent: str, kept: str) -> None:
    assert edge.clean(sent) == kept


@given(st.text(st.characters(exclude_categories=())))
@example("\x1c/greet")
def test_clean_leaves_nothing_that_breaks_later(text: str) -> None:
    cleaned = edge.clean(text)
    cleaned.encode("utf-8")
    assert edge.clean(cleaned) == cleaned
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} and c != "\n" for c in cleaned)


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ("👍", "yes"),
        ("👍🏽", "yes"),
        (" 👎🏿 ", "no"),
        ("✅", "done"),
        ("✅\ufe0f", "done"),
        ("❌", "no"),
        ("👌🏻", "yes"),
        ("👍 done", "👍 done"),
        ("👍👎", "👍👎"),
        ("🎉", "🎉"),
        ("yes", "yes"),
    ],
)
def test_thumbs(sent: str, word: str) -> None:
    assert edge.as_words(sent) == word


@pytest.mark.parametrize(
    ("text", "readable"),
    [("?!...", False), ("🎉🎉", False), ("", False), ("a", True), ("7", True), ("é", True)],
)
def test_has_words(text: str, readable: bool) -> None:
    assert edge.has_words(text) == readable


# Link codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "link {}",
        "LINK {}",
        "Link: {}",
        "link - {}",
        "please link {}",
        "link me {}",
        "link this chat {}",
        "link my code {}",
        "link my code is {}",
        "link code {}",
        "/link {}",
        "/start {}",
        "link {}.",
        "  link   {}  ",
        "“link {}",
    ],
)
@pytest.mark.parametrize("code", ["CD34-FG67", "CD34FG67", "CD34 FG67", "cd34-fg67", "cdfghjkm"])
def test_a_link_code_is_found(typed: str, code: str) -> None:
    assert edge.link_code(typed.format(code)) == code


@given(st.text(st.sampled_from(CODE_LETTERS), min_size=CODE_LENGTH, max_size=CODE_LENGTH))
def test_every_code_is_found_however_it_is_typed(letters: str) -> None:
    for code in (letters, f"{letters[:4]}-{letters[4:]}", f"{letters[:4]} {letters[4:]}"):
        assert edge.link_code(f"link {code}") == code
        assert edge.link_code(f"link {code.lower()}") == code.lower()


@pytest.mark.parametrize(
    "typed",
    [
        "link",
        "link me",
        "how do I link this chat",
        "link password",
        "link accounts",
        "link this here",
        "linked CD34-FG67",
        "the link CD34-FG67 is old",
        "link CD34-FG6",
        "link CD34-FG678",
        "link CD34-FG67 please now",
        "CD34-FG67",
        "unlink",
        "case CD34FG67",
        "",
    ],
)
def test_what_is_no_link_code(typed: str) -> None:
    assert edge.link_code(typed) is None


# Commands and slashes -----------------------------------------------------------------------------


def test_every_command_leads_to_an_intent_of_the_domain() -> None:
    for payload in edge.COMMANDS.values():
        assert payload.removeprefix("/") in INTENTS


@pytest.mark.parametrize(
    ("typed", "payload"),
    [
        ("/help", "/ask_capabilities"),
        (" /HELP ", "/ask_capabilities"),
        ("/start@psl_bot", "/greet"),
        ("/tickets", "/list_tickets"),
        ("/submit", None),
        ("/ticket_submit", None),
        ("/greet", None),
        ("/help me", None),
        ("//help", None),
        ("help", None),
        ("/restart", None),
        ('/help{"ref": 1}', None),
    ],
)
def test_commands(typed: str, payload: str | None) -> None:
    assert edge.command(typed) == payload


def test_only_what_is_harmless_can_be_typed() -> None:
    assert not {"submit", "todo_done", "merge_issues", "close_ticket"} & {
        payload.removeprefix("/") for payload in edge.COMMANDS.values()
    }


PAYLOAD = '/ticket_submit{"ref":1}'


def test_rasa_would_take_it() -> None:
    assert taken_for_payload(PAYLOAD) and taken_for_payload(f"\u00a0{PAYLOAD}")


@pytest.mark.parametrize(
    "typed",
    [
        PAYLOAD,
        f"/{PAYLOAD}",
        f"////{PAYLOAD}",
        f"/ {PAYLOAD}",
        f"/\n{PAYLOAD}",
        f"\n\n{PAYLOAD}",
        "/submit",
        "/submit@0.99",
        '/inform{"role": "Agent"}',
        *(f"/{white}{PAYLOAD}" for white in WHITE),
        *(f"{white}{PAYLOAD}" for white in WHITE),
    ],
)
def test_a_typed_payload_is_only_words(typed: str) -> None:
    for text in (typed, edge.clean(typed)):
        safe = edge.without_slash(text)
        assert not safe.strip().startswith("/") and not taken_for_payload(safe)
    assert edge.command(edge.clean(typed)) is None


@given(st.text(st.sampled_from([*"/ \n\tsubmit{}\"'@1", *WHITE, "\u200b", "\ufeff"]), max_size=12))
def test_no_slash_leads_whatever_is_before_it(text: str) -> None:
    safe = edge.without_slash(edge.clean(text))
    assert safe and not safe.strip().startswith("/") and not taken_for_payload(safe)


def test_without_slash_leaves_other_text_alone() -> None:
    for text in ("hello", "either/or", "w/ my client", "1/2/2027", "http://x.test/"):
        assert edge.without_slash(text) == text
    assert edge.without_slash("/") == "?"
