"""What must hold for every message, not only for the examples."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from psl.privacy import Masker, mask_identifiers, redact_for_log
from psl.privacy.kinds import MARKS

from .tables import CAUGHT, DOUBTFUL, KEPT

_PLAIN = [
    example.replace("«", "").replace("»", "")
    for example in [*(e for es in CAUGHT.values() for e in es), *DOUBTFUL, *KEPT]
]
_MARK = re.compile("|".join(re.escape(mark) for mark in MARKS.values()))

_MASKER = Masker()

groups = st.tuples(
    st.integers(100, 999).map(str),
    st.integers(10, 99).map(str),
    st.integers(1000, 9999).map(str),
)
separators = st.sampled_from(
    [
        "-",
        " ",
        ".",
        "/",
        " - ",
        "–",
        "—",
        "\u2011",
        "\u00a0",
        "- ",
        " -",
        "_",
        "--",
        "−",
        "\u200b-",
        "  ",
    ]
)
before = st.sampled_from(
    ["", "client ", "her ssn is ", "hi, ", "case 118204377 ", "Maria Roe ", "pls check ", "app id "]
)
after = st.sampled_from(
    ["", ".", " is hers", ", dob next", "\nthanks", " on case 118204377", "!", " call 502-555-0148"]
)
social_words = st.sampled_from(
    [
        "ssn",
        "SSN:",
        "ss#",
        "social",
        "social is",
        "soc sec",
        "scoial",
        "social security number",
        "Social Security #",
        "his social is",
        "ssn is",
        "her soc sec number is",
        "ssn=",
    ]
)
case_words = st.sampled_from(
    [
        "case",
        "Case #",
        "case number",
        "case no.",
        "case:",
        "application",
        "app id",
        "Application ID:",
        "application number",
        "DOI",
        "doi number",
        "npn",
        "ticket",
        "ticket number",
        "ref",
        "reference #",
    ]
)
nine = st.integers(100_000_000, 999_999_999).map(str)
carriers = st.sampled_from(
    [
        "{}",
        "hi {}",
        "{} pls",
        "my client says {} and it fails",
        "error on save. {}",
        "{}, thanks",
        "called at 502-555-0148 about {}",
        "premium is $312, {}",
    ]
)
_PIECES = """
ssn social case app dob born is the : , . - # ( ) and of last four ends in code pin mfa password pw
error income makes $ k a month card exp cvv routing account dl license a# passport i-94 has diabetes
phone zip 404718263 118204377 404-71-8263 3/14/1979 3/14/79 march 14 4111111111111111 5021 482913
38,400 $312 S12-345-678 A123456789 Derby2025! 0148 502-555-0148 one two seven 40502 2025 [ ]
removed]
"""
soup = st.lists(
    st.one_of(
        st.sampled_from([*_PIECES.split(), "\n"]),
        st.sampled_from(list(MARKS.values())),
        st.text(max_size=4),
    ),
    max_size=24,
).flatmap(lambda parts: st.sampled_from(["", " "]).map(lambda joint: joint.join(parts)))


@given(groups, separators, before, after)
@settings(max_examples=400, deadline=None)
def test_a_written_ssn_never_survives(
    parts: tuple[str, str, str], separator: str, ahead: str, behind: str
) -> None:
    masked = _MASKER.mask(ahead + separator.join(parts) + behind)
    assert masked.text.endswith(MARKS["ssn"] + behind)
    assert parts[2] not in masked.text.replace("118204377", "").replace("0148", "")
    assert masked.removed == ("ssn",)


@given(nine, social_words, carriers, st.sampled_from(["", " "]))
@settings(max_examples=300, deadline=None)
def test_a_number_beside_an_ssn_word_never_survives(
    number: str, word: str, carrier: str, joint: str
) -> None:
    glued = joint or ("" if not word[-1].isalpha() else " ")
    masked = _MASKER.mask(carrier.format(word + glued + number))
    assert number not in masked.text
    assert masked.removed == ("ssn",)


@given(
    nine, nine, social_words, case_words, st.booleans(), st.sampled_from([" ", ", ", " and ", "; "])
)
@settings(max_examples=400, deadline=None)
def test_a_case_word_does_not_rescue_an_ssn(
    ssn: str, case: str, social: str, word: str, social_first: bool, joint: str
) -> None:
    parts = [f"{social} {ssn}", f"{word} {case}"]
    text = joint.join(parts if social_first else parts[::-1])
    masked = _MASKER.mask(text)
    if ssn != case:
        assert ssn not in masked.text
        assert case in masked.text
    assert masked.removed == ("ssn",)


@given(
    st.integers(0, 9999).map("{:04}".format),
    st.sampled_from(
        [
            "last 4 of his social {}",
            "social ends in {}",
            "ssn ...{}",
            "ssn ending {}",
            "ssn last four {}",
            "last four digits of her ssn are {}",
            "her social ends with {}",
            "ssn xxx-xx-{}",
            "last 4 ssn: {}",
        ]
    ),
)
@settings(deadline=None)
def test_the_last_four_never_survive(digits: str, carrier: str) -> None:
    assert digits not in _MASKER.mask(carrier.format(digits)).text


@given(nine, case_words, carriers)
@settings(max_examples=300, deadline=None)
def test_a_named_number_survives(number: str, word: str, carrier: str) -> None:
    text = carrier.format(f"{word} {number}")
    masked = _MASKER.mask(text)
    assert masked.text == text
    assert not masked.changed


@given(
    nine,
    carriers,
    st.sampled_from(["case_number", "application_number", "doi_number", "npn", "ticket_number"]),
)
@settings(deadline=None)
def test_an_expected_number_survives(number: str, carrier: str, asked: str) -> None:
    text = carrier.format(number)
    assert _MASKER.mask(text).doubtful_number
    assert _MASKER.mask(text, expecting=frozenset({asked})).text == text


@given(nine, social_words)
@settings(deadline=None)
def test_an_expected_number_is_still_an_ssn_if_it_says_so(number: str, word: str) -> None:
    masked = _MASKER.mask(f"{word} {number}", expecting=frozenset({"case_number"}))
    assert number not in masked.text


@given(st.one_of(st.text(), soup, st.sampled_from(_PLAIN)), st.booleans())
@settings(max_examples=1500, deadline=None)
@example("[SSN removed]404718263", False)
@example("password: [password removed] x9!aaa", False)
def test_masking_again_changes_nothing(text: str, asked: bool) -> None:
    expecting = frozenset({"case_number"}) if asked else frozenset[str]()
    once = _MASKER.mask(text, expecting=expecting)
    twice = _MASKER.mask(once.text, expecting=expecting)
    assert twice.text == once.text
    assert not twice.changed


@given(st.one_of(st.text(), soup, st.tuples(soup, soup).map("".join)))
@settings(max_examples=800, deadline=None)
def test_everything_else_is_untouched(text: str) -> None:
    masked = _MASKER.mask(text)
    kept = [re.escape(part) for part in _MARK.split(masked.text)]
    assert re.fullmatch("(?s:.+?)".join(kept), text, re.DOTALL) or len(kept) > 12
    if not masked.changed:
        assert masked.text == text


@given(st.one_of(st.text(), soup, st.text(alphabet=st.characters(codec=None), max_size=60)))
@settings(max_examples=500, deadline=None)
def test_the_log_never_breaks(text: str) -> None:
    mask_identifiers(text)
    redacted = redact_for_log(text)
    assert redact_for_log(redacted) == redacted


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1 ",
        "1-",
        " ",
        "\n",
        "(",
        "a",
        "oil",
        ".",
        ". ",
        "404718263 ",
        "404718263,",
        "ssn ",
        "password:",
        "password ",
        "pw is ",
        'pw "',
        "one ",
        "one hundred ",
        "1, ",
        "$1,111",
        "march ",
        "3/14/",
        "dob 3/14/79 ",
        "case 118204377 ",
        "a@",
        "a.",
        '"',
        "4\u200b",
        "[",
        "[SSN removed]",
        "last four 1234 ",
        "4444 ",
        "4444-",
        "card 4444 ",
        "has diabetes ",
        "income 38400 ",
        "30-",
        "code 482913 ",
        "a#",
        "a-1",
        "gb00",
        "abc12!",
        "x*#",
        "é\u0301",
        "\ue000",
        "turned 2 on ",
    ],
)
def test_hostile_input_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        best = float("inf")
        for _ in range(2):
            begun = time.perf_counter()
            _MASKER.mask(text)
            redact_for_log(text)
            best = min(best, time.perf_counter() - begun)
        return best

    short, long = seconds(2_500), seconds(10_000)
    assert long < 3.0
    assert long < 12 * short + 0.1  # four times the text; quadratic would be sixteen


def test_an_ordinary_message_is_fast() -> None:
    text = (
        "Hi, I'm trying to associate Maria Roe, case 118204377, her ssn is 404-71-8263 and dob "
        "3/14/1979. kynect shows error 5021 on the review page in chrome, call 502-555-0148 please."
    )
    _MASKER.mask(text)
    begun = time.perf_counter()
    for _ in range(20):
        _MASKER.mask(text)
    assert (time.perf_counter() - begun) / 20 < 0.02  # 1.4 ms on the machine it was written on


def test_no_message_stays_in_spacy() -> None:
    from psl.privacy.reading import CueEngine

    engine = CueEngine()
    engine.load()
    assert engine._nlp is not None
    known = len(engine._nlp.vocab.strings)
    engine.process_text("zyxwv 404718263 hunter2! plugh ssn", "en")
    assert len(engine._nlp.vocab.strings) == known
    assert "404718263" not in engine._nlp.vocab.strings
