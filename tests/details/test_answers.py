"""A bare answer is read as what was just asked for; a refusal to answer gives nothing."""

from __future__ import annotations

import pytest

ANSWERS = [
    ("118204377", "case_number", ["case_number=118204377"]),
    ("it's 118204377", "case_number", ["case_number=118204377"]),
    ("118-204-377", "case_number", ["case_number=118204377"]),
    ("118 204 377", "case_number", ["case_number=118204377"]),
    ("5025550147", "case_number", ["case_number=5025550147"]),
    ("40508", "case_number", ["case_number=40508"]),
    ("C118204", "case_number", ["case_number=C118204"]),
    ("app 20117745", "case_number", ["application_number=20117745"]),
    ("not 118204377, 118204388", "case_number", ["!number=118204377", "case_number=118204388"]),
    ("idk", "case_number", []),
    ("i dont have it", "case_number", []),
    ("774120", "doi_number", ["doi_number=774120"]),
    ("77", "doi_number", ["doi_number=77"]),
    ("18845521", "npn", ["npn=18845521"]),
    ("40508", "zip", ["zip=40508"]),
    ("40508-1234", "zip", ["zip=40508-1234"]),
    ("5025550147", "phone", ["phone=502-555-0147"]),
    ("502 555 0147", "phone", ["phone=502-555-0147"]),
    ("5550147", "phone", ["phone=555-0147"]),
    ("40092277", "psl_number", ["psl_number=40092277"]),
    ("0048", "psl_number", ["psl_number=0048"]),
    ("INC0048213", "psl_number", ["psl_number=INC0048213"]),
    ("71-4420", "psl_number", ["psl_number=714420"]),
    ("12345674", "ticket_number", ["number=12345674"]),
    ("3", "members", ["members=3"]),
    ("three", "members", ["members=3"]),
    ("all", "members", ["members=all"]),
    ("everyone", "members", ["members=all"]),
    ("both", "members", ["members=2"]),
    ("just her", "members", ["members=1"]),
    ("her and the baby", "members", ["members=2"]),
    ("me and my wife", "members", ["members=2"]),
    ("the whole household 4 people", "members", ["members=4"]),
    ("it's not 3 members it's 4", "members", ["!members=3", "members=4"]),
    ("the primary and her son", "members", ["members=2"]),
    ("father, mother, newborn", "members", ["members=3"]),
    ("plan selection", "screen", ["screen=Plan Selection"]),
    ("the documents one", "screen", ["screen=Documents"]),
    ("income", "screen", ["screen=Income"]),
    ("coverage start date", "screen", ["screen=Coverage Start Date"]),
    ("signature", "screen", ["screen=Signature"]),
    ("what do you mean?", "screen", []),
    ("chrome", "screen", ["browser=Chrome"]),
    ("error KY-5021", "screen", ["error=KY-5021"]),
    ("not sure", "browser", []),
    ("edge", "browser", ["browser=Edge"]),
    ("google", "browser", ["browser=Chrome"]),
    ("opera", "browser", ["browser=Opera"]),
    ("ie 11", "browser", ["browser=Internet Explorer"]),
    ("vivaldi", "browser", ["browser=Vivaldi"]),
    ("arc", "browser", ["browser=arc"]),
    ("tried in chrome and edge", "browser", ["browser=Chrome", "browser=Edge"]),
    ("skip", "browser", []),
    ("bluegrass benefits", "agency", ["agency=Bluegrass Benefits"]),
    ("it's Bluegrass Benefits", "agency", ["agency=Bluegrass Benefits"]),
    ("we are with the Smith Group", "agency", ["agency=Smith Group"]),
    ("Leading Edge Insurance", "agency", ["agency=Leading Edge Insurance"]),
    ("none", "agency", []),
    ("agent", "role", ["role=Agent"]),
    ("delegate", "role", ["role=Delegate"]),
    ("im the agent", "role", ["role=Agent"]),
    ("agent pls", "role", []),
    ("i want an agent", "role", []),
    ("yes", "association", ["association=yes"]),
    ("no", "association", ["association=no"]),
    ("not yet", "association", ["association=no"]),
    ("yes im on it", "association", ["association=yes"]),
    ("cleared cache", "tried", ["tried=cleared cache"]),
    ("nothing", "tried", ["tried=nothing yet"]),
    ("nothing yet", "tried", ["tried=nothing yet"]),
    (
        "i called the client and asked her to log in",
        "tried",
        ["tried=called the client and asked her to log in"],
    ),
    ("restart, clear cache", "tried", ["tried=restart, clear cache"]),
    ("none", "tried", ["tried=nothing yet"]),
    ("silver plan starting jan 1", "enrollment", ["enrollment=silver plan starting jan 1"]),
    ("n/a", "enrollment", []),
    ("doesn't apply", "enrollment", []),
    ("anthem silver pathway 4000", "enrollment", ["enrollment=anthem silver pathway 4000"]),
    ("not enrolled", "enrollment", ["enrollment=not enrolled"]),
    ("no error just spins", "error", []),
    ('"Something went wrong"', "error", ["error=Something went wrong"]),
    ("404", "error", ["error=404"]),
    ("KY-5021", "error", ["error=KY-5021"]),
    ("ky5021", "error", ["error=KY5021"]),
    ("it says session expired", "error", ["error=session expired"]),
    ("page wont load", "error", ["error=page wont load"]),
    ("no", "error", []),
    ("spanish", "language", ["language=Spanish"]),
    ("polish", "language", ["language=Polish"]),
    ("fridays", "weekday", ["weekday=Friday"]),
    ("sat and sun", "weekday", ["weekday=Saturday", "weekday=Sunday"]),
    ("wed", "weekday", ["weekday=Wednesday"]),
    ("9-5", "time_range", ["time_range=9:00 AM - 5:00 PM"]),
    ("9 to 5:30", "time_range", ["time_range=9:00 AM - 5:30 PM"]),
    ("noon to 4", "time_range", ["time_range=12:00 PM - 4:00 PM"]),
    ("kynect", "system", ["system=kynect"]),
    ("the portal", "system", ["system=Agent Portal"]),
    ("gateway", "system", ["system=Kentucky Online Gateway (KOG)"]),
    ("ssp", "system", ["system=kynect benefits"]),
    ("medicaid site", "system", ["system=Medicaid portal"]),
    ("no portal involved", "system", []),
]
REFUSALS = ["idk", "not sure", "don't know", "n/a", "skip", "what?", "which one do you mean?", "?"]
FREE_KINDS = ["error", "screen", "browser", "system", "agency", "enrollment", "case_number"]


@pytest.mark.parametrize(("text", "asked", "expected"), ANSWERS)
def test_a_bare_answer_is_what_was_asked_for(
    told, text: str, asked: str, expected: list[str]
) -> None:
    assert told(text, asked) == expected


@pytest.mark.parametrize("asked", FREE_KINDS)
@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_no_answer(told, text: str, asked: str) -> None:
    assert told(text, asked) == []


@pytest.mark.parametrize("text", ["none", "no error", "no", "there was no error", "didn't get one"])
def test_no_error_is_no_error(told, text: str) -> None:
    assert told(text, "error") == []


def test_an_answer_with_more_than_asked_gives_it_all(told) -> None:
    assert told("chrome, case 118204377, 2 members", "browser") == [
        "browser=Chrome",
        "case_number=118204377",
        "members=2",
    ]


def test_another_detail_told_instead_is_not_bent_to_the_question(told) -> None:
    assert told("case 118204377", "browser") == ["case_number=118204377"]
    assert told("error KY-5021", "screen") == ["error=KY-5021"]


def test_an_unknown_kind_changes_nothing(told) -> None:
    assert told("plan page blank in chrome", "what_happened") == told("plan page blank in chrome")
