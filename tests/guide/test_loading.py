"""A wrong file of the guide stops the start, and says where and why."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from psl.guide import GuideError, load_guide
from psl.settings import PROJECT_ROOT, Settings

GUIDE = PROJECT_ROOT / "data" / "guide"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GUIDE, tmp_path / "guide"))


def load(folder: Path) -> None:
    load_guide(folder, Settings(_env_file=None))


# file, what is put in place of what, the text of the line that must be named, the reason
WRONG = {
    "not YAML": (
        "limits.yml",
        ("    seconds: 900\n    setting: accept_seconds", "    seconds: [900\n    setting: x"),
        "setting: x",
        "expected",
    ),
    "a key twice": (
        "sources.yml",
        ("    kind: GUIDE\n", "    kind: GUIDE\n    kind: OPEN\n"),
        "kind: OPEN",
        "duplicate key",
    ),
    "no top key": ("sources.yml", ("sources:", "origins:"), "# Where the facts", "key `sources`"),
    "unknown key": ("contacts.yml", ("term: psl_phone", "terms: psl_phone"), "terms:", "Extra"),
    "wrong phone": (
        "contacts.yml",
        ("phone: 502-564-6004", "phone: 502-564-600"),
        "phone: 502-564-600",
        "doi.phone: String should match",
    ),
    "no such kind of source": (
        "sources.yml",
        ("kind: PUBLIC", "kind: HEARSAY"),
        "kind: HEARSAY",
        "public.kind",
    ),
    "no date": (
        "sources.yml",
        (
            "where: what this assistant does itself\n    last_checked: 2026-11-21",
            "where: what this assistant does itself\n    last_checked: lately",
        ),
        "last_checked: lately",
        "assistant.last_checked",
    ),
    "limit with both measures": (
        "limits.yml",
        ("    seconds: 1800\n", "    seconds: 1800\n    count: 3\n"),
        "promise:",
        "either `seconds` or `count`",
    ),
    "limit with no measure": ("limits.yml", ("    seconds: 90\n", ""), "consent_timer:", "either"),
    "limit below one": ("limits.yml", ("seconds: 90\n", "seconds: 0\n"), "seconds: 0", "greater"),
    "unknown setting": (
        "limits.yml",
        ("setting: miss_limit", "setting: miss_limits"),
        "setting: miss_limits",
        "unknown setting",
    ),
    "unknown source of a limit": (
        "limits.yml",
        ("seconds: 90\n    source: public", "seconds: 90\n    source: rumour"),
        "source: rumour",
        "unknown source `rumour`",
    ),
    "unknown contact": ("handlers.yml", ("to: dcbs", "to: dcb"), "to: dcb", "contact `dcb`"),
    "unknown source of an answer": (
        "answers/referrals.yml",
        ("label: General or Mass?\n  source: od_guide", "label: General or Mass?\n  source: od"),
        "source: od",
        "ask_general_vs_mass: unknown source `od`",
    ),
    "unknown term": (
        "answers/referrals.yml",
        (
            "Don't count on the last second: a General referral is to be accepted or rejected within "
            "{accept_window}",
            "Within {acceptwindow}",
        ),
        "text: |",
        "ask_exactly_at_limit: unknown terms ['acceptwindow']",
    ),
    "a brace that opens nothing": (
        "answers/referrals.yml",
        ("Don't count on the last second", "Don't { count on the last second"),
        "text: |",
        "ask_exactly_at_limit: ",
    ),
    "term without a name": (
        "answers/referrals.yml",
        ("The {promise} you may have heard of", "The {} you may have heard of"),
        "text: |",
        "unknown terms ['']",
    ),
    "answered twice": (
        "answers/referrals.yml",
        ("- intent: ask_how_reject", "- intent: ask_where_accept"),
        "- intent: ask_where_accept",
        "`ask_where_accept` is answered twice",
    ),
    "unknown next": (
        "answers/referrals.yml",
        ("next: [ask_window_start, ask_miss_rule]", "next: [ask_how_to_reject]"),
        "next: [ask_how_to_reject]",
        "`next` names unknown ask_how_to_reject",
    ),
    "four next": (
        "answers/referrals.yml",
        ("next: [ask_window_start, ask_miss_rule]", "next: [greet, thanks, goodbye, off_topic]"),
        "next: [greet",
        "at most 3",
    ),
    "long label": (
        "answers/referrals.yml",
        ("label: How to reject", "label: How to reject a referral that is yours"),
        "label: How to reject a referral",
        "at most 32",
    ),
    "setting without open question": (
        "answers/referrals.yml",
        ("label: How to reject\n", "label: How to reject\n  setting: x\n"),
        "- intent: ask_how_reject",
        "add `not_stated`",
    ),
    "pattern of a checklist": (
        "checklists.yml",
        ("mentions: ['escalat']", "mentions: ['escalat(']"),
        "mentions: ['escalat(']",
        "escalation: `escalat(`",
    ),
    "term of a checklist": (
        "checklists.yml",
        ("The answers help the Representative", "The {answers} help the Representative"),
        "The {answers} help",
        "questions: unknown terms ['answers']",
    ),
    "end of a checklist": (
        "checklists.yml",
        ("finish: eligibility", "finish: applause"),
        "finish: applause",
        "finish",
    ),
    "item twice": (
        "checklists.yml",
        ("      - id: questions\n", "      - id: detail\n"),
        "items:",
        "two items have one id",
    ),
    "unknown field of a kind": (
        "ticket_fields.yml",
        ("fields: [what_happened, system, error, browser, tried,", "fields: [mood, system,"),
        "fields: [mood",
        "account: unknown fields ['mood']",
    ),
    "field twice": (
        "ticket_fields.yml",
        ("  - id: screen\n", "  - id: system\n"),
        "- id: system",
        "`system` is described twice",
    ),
    "pattern of a kind": (
        "ticket_fields.yml",
        ("'password', ", "'password', '*', "),
        "cues:",
        "account: `*`",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_file_is_named_with_line_and_reason(folder: Path, case: str) -> None:
    name, (old, new), line_text, reason = WRONG[case]
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, "the shipped file changed: bring this case up to date"
    text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GuideError) as stopped:
        load(folder)
    found = re.match(rf"{re.escape(str(path))}:(\d+): (.*)", str(stopped.value), re.DOTALL)
    assert found, stopped.value
    assert line_text in text.splitlines()[int(found[1]) - 1]
    assert reason in found[2]


@pytest.mark.parametrize(
    "name", ["sources.yml", "contacts.yml", "limits.yml", "handlers.yml", "checklists.yml"]
)
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(GuideError, match=rf"{name}: the file is missing"):
        load(folder)


def test_empty_and_binary_files(folder: Path) -> None:
    (folder / "limits.yml").write_text("")
    with pytest.raises(GuideError, match=r"limits\.yml:1: the key `limits` is missing"):
        load(folder)
    (folder / "limits.yml").write_bytes(b"limits: \xff\xfe\x00")
    with pytest.raises(GuideError, match=r"limits\.yml: "):
        load(folder)


def test_shipped_guide_loads_whole() -> None:
    guide = load_guide(GUIDE, Settings(_env_file=None))
    assert len(guide.answers) > 150
    assert set(guide.checklists) == {"before_call", "during_call", "after_call", "eligibility"}
    assert guide.ticket_kinds[-1].cued is None, "the last kind takes what no other takes"
    assert guide.terms["psl_phone"] != guide.terms["resident_tty"]
