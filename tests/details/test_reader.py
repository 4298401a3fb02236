"""Whole messages, the small class that holds details, and the lists the reader is made from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from psl.details import KINDS, Detail, Details, Reader
from psl.details.lists import load_lists
from psl.details.reader import all_patterns
from psl.details.spelling import Spelling
from psl.details.words import expand, vocabulary
from psl.guide import GuideError

GUIDE = Path(__file__).parents[2] / "data" / "guide"

MESSAGES = [
    (
        "error KY-5021 on the plan selection screen in chrome, case 118204377, two members "
        "affected, already cleared cache",
        "error=KY-5021|screen=Plan Selection screen|browser=Chrome|case_number=118204377|"
        "members=2|tried=cleared cache",
    ),
    (
        "agent portal documents tab wont load edge 131 cs#118204377 app 20117745 3 ppl tried "
        "incognito",
        "system=Agent Portal|screen=Documents tab|browser=Edge 131|case_number=118204377|"
        "application_number=20117745|members=3|tried=tried incognito",
    ),
    (
        "im a delegate with bluegrass benefits agency doi# 402211, app 20117745, not associated",
        "role=Delegate|agency=Bluegrass Benefits|doi_number=402211|application_number=20117745|"
        "association=no",
    ),
    (
        'Good morning, on the income page it says "amount is invalid" for case # 118-204-377, '
        "whole household of 4, enrolled in Anthem silver 01/01/2027. I work for Smith Insurance "
        "Group, call me at 502-555-0147.",
        "screen=Income page|error=amount is invalid|case_number=118204377|members=4|"
        "enrollment=enrolled in Anthem silver 01/01/2027|agency=Smith Insurance Group|"
        "phone=502-555-0147",
    ),
    (  # what a Representative notes during a call
        "Caller: agent w/ Bluegrass Benefits, DOI 774120. Case 118204377. States plan selection "
        "screen freezes w/ KY-5021 in Chrome. 2 mbrs affected. Cleared cache.",
        "role=Agent|agency=Bluegrass Benefits|doi_number=774120|case_number=118204377|"
        "screen=Plan Selection screen|error=KY-5021|browser=Chrome|members=2|tried=Cleared cache",
    ),
    (
        "Agency: Bluegrass Benefits\nDOI: 774120\nRole: Delegate\nSystem: Agent Portal\n"
        "Screen: Documents\nError: DOC-22\nBrowser: Edge 131\nCase: 118204377\nApp: 20117745\n"
        "Members: 2\nTried: cleared cache, restarted\nEnrollment: silver plan",
        "agency=Bluegrass Benefits|doi_number=774120|role=Delegate|system=Agent Portal|"
        "screen=Documents|error=DOC-22|browser=Edge 131|case_number=118204377|"
        "application_number=20117745|members=2|tried=cleared cache; restarted|"
        "enrollment=silver plan",
    ),
    ("mon-fri 9-5, sat 10 to 2", "weekday=Monday to Friday|time_range=9:00 AM - 5:00 PM|"
     "weekday=Saturday|time_range=10:00 AM - 2:00 PM"),
    ("how long do i have to accept a general referral", ""),
    ("agent pls", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MESSAGES)
def test_whole_messages(told, text: str, expected: str) -> None:
    assert "|".join(told(text)) == expected


def test_shouting_changes_no_kind(reader: Reader) -> None:
    text = MESSAGES[0][0]
    assert [d.kind for d in reader.read(text.upper())] == [d.kind for d in reader.read(text)]


def test_a_detail_keeps_the_words_as_written(reader: Reader) -> None:
    text = "stuck  in CROME v131,\tcase # 118-204-377"
    browser, case = reader.read(text)
    assert (browser.text, browser.value) == ("CROME v131", "Chrome 131")
    assert (case.text, case.value) == ("118-204-377", "118204377")
    assert all(text[d.start : d.end] == d.text for d in (browser, case))


def test_details_are_looked_up_by_kind() -> None:
    chrome = Detail("browser", "Chrome", "chrome", 0, 6)
    edge = Detail("browser", "Edge", "edge", 11, 15, negated=True)
    details = Details((chrome, edge, chrome))
    assert details.first("browser") == chrome
    assert details.first("screen") is None
    assert details.of("browser") == (chrome, chrome)
    assert details.values("browser") == ("Chrome",)


def test_every_kind_read_is_a_known_kind(reader: Reader) -> None:
    assert {d.kind for text, _ in MESSAGES for d in reader.read(text)} <= set(KINDS)


def test_reading_twice_gives_the_same(reader: Reader) -> None:
    text = MESSAGES[0][0]
    assert reader.read(text) == reader.read(text)


def test_nothing_of_a_message_stays_in_memory(reader: Reader) -> None:
    strings = reader._pipeline._nlp.vocab.strings
    before = len(strings)
    reader.read("error on the zyzzyvaquux page for case 998877665")
    assert len(strings) == before
    assert "zyzzyvaquux" not in strings


def test_patterns_expand_to_phrases() -> None:
    assert expand("cleared|deleted my? cache") == [
        "cleared my cache",
        "cleared cache",
        "deleted my cache",
        "deleted cache",
    ]
    assert expand("{im} here")[:2] == ["i'm here", "i am here"]


@pytest.mark.parametrize(
    ("slip", "word"),
    [("crome", "chrome"), ("agnet", "agent"), ("dont", "don't"), ("assosiated", "associated"),
     ("signatrue", "signature"), ("dashbord", "dashboard"), ("three", "3")],
)  # fmt: skip
def test_slips_are_put_right(spelling: Spelling, slip: str, word: str) -> None:
    assert spelling.norm(slip) == word


WORDS_OF_THEIR_OWN = (
    "field section widow states stars noted table human count america brother mother other "
    " planned form from liked posed retired selling serve setting throw default produce "
    " block break begin device happen manage route server"
)


@pytest.mark.parametrize("word", WORDS_OF_THEIR_OWN.split())
def test_words_of_their_own_are_left_alone(spelling: Spelling, word: str) -> None:
    assert spelling.norm(word) == word


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    lists = load_lists(GUIDE)
    lines = [line for lines in all_patterns(lists).values() for line in lines]
    return Spelling(vocabulary(lines), lists.spelling)


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    for name in ("systems", "screens", "browsers", "languages", "error_words"):
        shutil.copy(GUIDE / f"{name}.yml", tmp_path)
    return tmp_path


def test_a_missing_list_is_named(guide: Path) -> None:
    (guide / "screens.yml").unlink()
    with pytest.raises(GuideError, match=r"screens\.yml.*missing"):
        Reader(guide)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("browsers: [", "screens"),
        ("source: open\nlast_checked: 2026-11-21\n", "`screens` is missing"),
        ("last_checked: 2026-11-21\nscreens: []\n", "`source` is missing"),
        ("source: open\nscreens: []\n", "`last_checked` is missing"),
        ("source: open\nlast_checked: 2026-11-21\nscreens: [{alias: x}]\n", "screens.0"),
        ("just words", "no lists"),
    ],
)
def test_a_wrong_list_is_named_with_the_reason(guide: Path, text: str, reason: str) -> None:
    (guide / "screens.yml").write_text(text)
    with pytest.raises(GuideError, match=reason):
        Reader(guide)


def test_a_list_can_be_added_to_without_code(guide: Path) -> None:
    path = guide / "browsers.yml"
    path.write_text(path.read_text().replace(
        "devices:", "  - {name: Ladybird, aliases: [ladybird]}\ndevices:"
    ))  # fmt: skip
    assert Reader(guide).read("in ladybyird").values("browser") == ()
    assert Reader(guide).read("in ladybrid").values("browser") == ("Ladybird",)
