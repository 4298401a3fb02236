"""What is read out of an agent's words about referrals."""

from __future__ import annotations

import pytest

from actions import referral_reading as reading
from actions.referral_outcomes import corrects, outcome_told, reached, tries_told
from psl.referrals.models import OfferKind, Referral
from psl.referrals.rules import Outcome
from psl.settings import PROJECT_ROOT

GUIDE_DIR = PROJECT_ROOT / "data" / "guide"

OUTCOMES = {
    "she enrolled": Outcome.ENROLLED,
    "he enroled in a silver pln": Outcome.ENROLLED,
    "got them signed up": Outcome.ENROLLED,
    "she went with silver": Outcome.ENROLLED,
    "she's covered, close her out": Outcome.ENROLLED,
    "not enrolled, just gave a quote": Outcome.QUOTE_GIVEN,
    "he only wanted a qoute": Outcome.QUOTE_GIVEN,
    "calling back tuesday": Outcome.FOLLOW_UP,
    "she's thinking it over": Outcome.FOLLOW_UP,
    "appt friday": Outcome.FOLLOW_UP,
    "no luck after 3 tries": Outcome.NO_ANSWER,
    "he never picked up": Outcome.NO_ANSWER,
    "wrong #": Outcome.WRONG_NUMBER,
    "line is disconnected": Outcome.WRONG_NUMBER,
    "hes on medicade": Outcome.MEDICAID,
    "sent to dcbs": Outcome.MEDICAID,
    "alredy has an agent": Outcome.HAS_AGENT,
    "she went with another agent": Outcome.HAS_AGENT,
    "has a broker already": Outcome.HAS_AGENT,
    "doesn't want it": Outcome.NOT_INTERESTED,
    "decided against it": Outcome.NOT_INTERESTED,
    "dup": Outcome.DUPLICATE,
    "she asked twice": Outcome.DUPLICATE,
    "something else": Outcome.OTHER,
    "Medicaid/KCHIP, sent to DCBS": Outcome.MEDICAID,
    "done": None,
    "mark R-4821-7308 complete": None,
    "talked to her": None,
    "": None,
}


@pytest.mark.parametrize("said", OUTCOMES)
def test_outcomes(said: str) -> None:
    assert outcome_told(said) == OUTCOMES[said]


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_read_by_its_name(outcome: Outcome) -> None:
    assert outcome_told(outcome.lower()) == outcome


REASONS = {
    "reject": "",
    "reject R-4821-7308": "",
    "reject the spanish one": "",
    "decline the pike county one": "",
    "no thanks": "",
    "pass on it, im with a client": "im with a client",
    "decline, too far": "too far",
    "reject, not my county": "not my county",
    "reject the one in my county": "",
    "i dont speak nepali, reject it": "i dont speak nepali",
    "reject it because i'm at lunch": "i'm at lunch",
    "cant take it im driving": "cant take it im driving",
    "hand back R-4821-7308, something came up": "something came up",
    "give it back, kid is sick": "kid is sick",
}


@pytest.mark.parametrize("said", REASONS)
def test_reasons(said: str) -> None:
    assert reading.reason_told(said) == REASONS[said]


@pytest.mark.parametrize(
    ("said", "tries"),
    [
        ("no answer", 1),
        ("left a vm at 2", 1),
        ("tried at 9 and at 3, no answer", 1),
        ("no answer on R-2222-3333", 1),
        ("tried twice", 2),
        ("attempt 2 nothing", 2),
        ("third try, still nothing", 3),
        ("called 3x", 3),
    ],
)
def test_tries(said: str, tries: int) -> None:
    assert tries_told(said) == tries


def test_corrections_and_having_spoken() -> None:
    assert corrects("no wait, wrong number") and corrects("actually a quote")
    assert not corrects("no answer") and not corrects("she enrolled")
    assert reached("talked to her just now") and not reached("no answer")


@pytest.mark.parametrize(
    ("said", "number", "part"),
    [
        ("accept R-4821-7308", "48217308", None),
        ("R48217308 done", "48217308", None),
        ("4821 7308 complete", "48217308", None),
        ("the one ending 7305", None, "7305"),
        ("ending in 305", None, "305"),
        ("show T-4821-7308", None, None),
        ("case 118204377", None, None),
        ("call 502-555-0123", None, None),
    ],
)
def test_numbers(said: str, number: str | None, part: str | None) -> None:
    assert reading.full_number(said) == number
    if part is not None:
        assert reading.number_part(said) == part


def referral(number: str, zip_code: str, language: str, name: str) -> Referral:
    return Referral(
        number=number,
        zip=zip_code,
        county="",
        language=language,
        first_name=name,
        last_name="Adkins",
        phone="+15025550123",
        email="a.adkins@example.org",
    )


OFFERED = (
    reading.Choice(referral("11118888", "40202", "English", "Ana"), OfferKind.GENERAL),
    reading.Choice(referral("22227777", "40507", "Spanish", "Berta"), OfferKind.GENERAL),
    reading.Choice(referral("33336666", "42101", "English", "Cora"), OfferKind.MASS),
)


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("the spanish one", ["22227777"]),
        ("the louisville one", ["11118888"]),
        ("warren county", ["33336666"]),
        ("the mass one", ["33336666"]),
        ("the general", ["11118888", "22227777"]),
        ("the english general one", ["11118888"]),
        ("first one", ["11118888"]),
        ("2nd", ["22227777"]),
        ("the last one", ["33336666"]),
        ("the fourth", []),
        ("R-2222-7777", ["22227777"]),
        ("R-9999-7777", []),
        ("ending 6666", ["33336666"]),
        ("2222", ["22227777"]),
        # Before accepting, nobody knows the resident's name: it chooses nothing.
        ("the one of Berta", []),
        ("hm", []),
    ],
)
def test_which_one(said: str, numbers: list[str]) -> None:
    picked = reading.chosen(said, OFFERED, GUIDE_DIR)
    assert [choice.referral.number for choice in picked] == numbers


def test_in_hand_the_name_chooses() -> None:
    held = [reading.Choice(choice.referral) for choice in OFFERED]
    assert reading.chosen("close berta's", held, GUIDE_DIR) == [held[1]]
    assert reading.chosen("close the berta one", held, GUIDE_DIR) == [held[1]]


def test_another_language_or_type_is_no_match() -> None:
    english, _, mass = OFFERED
    assert reading.contradicts("accept the spanish one", english, GUIDE_DIR)
    assert reading.contradicts("accept the mass one", english, GUIDE_DIR)
    assert reading.contradicts("the general one", mass, GUIDE_DIR)
    assert not reading.contradicts("accept the english general one please", english, GUIDE_DIR)


@pytest.mark.parametrize(
    "phone", ["502-555-0123", "(502) 555-0123", "5025550123", "+1 502 555 0123"]
)
def test_reasons_are_kept_without_the_resident(phone: str) -> None:
    cleaned = reading.without_resident(
        f"ana ADKINS is my aunt, {phone}, a.adkins@example.org", OFFERED[0].referral
    )
    assert cleaned == "the resident is my aunt, the number, the e-mail"
