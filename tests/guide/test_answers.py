"""What the shipped guide says, and that every intent leads somewhere."""

from __future__ import annotations

import string
from typing import Any

import pytest
import yaml

from psl.guide import Guide, load_guide
from psl.guide.models import ACTIONS, Limit
from psl.settings import PROJECT_ROOT, Settings

# The assistant and its buttons send these; nobody types them.
SENT_ONLY = {"attach_file", "remove_file"}
GUIDE_DIR = PROJECT_ROOT / "data" / "guide"
LONGEST = 700


def _yaml(path: str) -> Any:
    return yaml.safe_load((PROJECT_ROOT / path).read_text(encoding="utf-8"))


def _domain() -> dict[str, Any]:
    return dict(_yaml("domain.yml"))


def _trained() -> list[str]:
    files = sorted((PROJECT_ROOT / "data" / "nlu").glob("*.yml"))
    return [
        entry["intent"]
        for file in files
        for entry in _yaml(str(file.relative_to(PROJECT_ROOT)))["nlu"]
        if "intent" in entry
    ]


def _rules() -> dict[str, set[str]]:
    actions: dict[str, set[str]] = {}
    for file in sorted((PROJECT_ROOT / "data" / "rules").glob("*.yml")):
        for rule in _yaml(str(file.relative_to(PROJECT_ROOT)))["rules"]:
            steps = rule["steps"]
            heads = [s["intent"] for s in steps[0].get("or", [steps[0]])]
            for intent in heads:
                actions.setdefault(intent, set()).update(s["action"] for s in steps[1:])
    return actions


def test_domain_and_training_data_have_the_same_intents() -> None:
    trained = _trained()
    assert len(trained) == len(set(trained)), "an intent stands in two places"
    assert set(_domain()["intents"]) - {"nlu_fallback"} - SENT_ONLY == set(trained)


def test_every_intent_has_one_rule_and_an_answer_or_an_action_of_its_own(guide: Guide) -> None:
    rules = _rules()
    for intent in _domain()["intents"]:
        actions = rules.get(intent, set())
        assert len(actions) == 1, f"{intent} leads to {actions or 'nothing'}"
        if actions == {"action_answer"}:
            assert intent in guide.answers, f"{intent} is answered, but with what?"
        else:
            assert intent not in guide.answers, f"the answer to {intent} is never said"
    assert set(rules) <= set(_domain()["intents"])
    assert set(guide.answers) <= set(_domain()["intents"])


def test_rules_and_buttons_name_what_the_domain_has() -> None:
    domain = _domain()
    assert set().union(*_rules().values()) <= set(domain["actions"])
    assert set(ACTIONS) <= set(domain["intents"])


def test_answers_are_short_whole_and_sourced(guide: Guide) -> None:
    for intent, answer in guide.answers.items():
        said = guide.reply(answer)
        assert len(said) <= LONGEST, f"{intent}: {len(said)} characters"
        assert "{" not in said and "}" not in said, intent
        assert "  " not in said.replace("\n", " "), f"{intent}: two spaces"
        title = guide.sources[answer.source].title
        if answer.source in {"psl_guide", "od_guide", "public"}:
            assert said.endswith(f"(Source: {title})"), intent


def test_open_answers_say_so_and_mark_the_setting(guide: Guide) -> None:
    opened = [a for a in guide.answers.values() if a.not_stated]
    assert len(opened) >= 10
    for answer in opened:
        said = guide.reply(answer)
        assert "does not state" in said, answer.intent
        marked = "Not a programme rule, but what this assistant is set to do: "
        if answer.setting:
            before, after = said.split(marked)
            assert "does not state" in before, answer.intent
            assert guide.fill(answer.setting).rstrip(".") in after, answer.intent
        else:
            assert marked not in said


def test_what_the_guides_leave_open_is_never_given_their_name(guide: Guide) -> None:
    for answer in guide.answers.values():
        if answer.source == "open":
            assert answer.not_stated, f"{answer.intent} is OPEN: say what is not stated"
        if answer.setting:
            assert guide.sources[answer.source].kind == "OPEN", answer.intent


def test_labels_tell_the_answers_apart_on_buttons(guide: Guide) -> None:
    labels = [a.label.casefold() for a in guide.answers.values()]
    labels += [label.casefold() for label in ACTIONS.values()]
    twice = {label for label in labels if labels.count(label) > 1}
    assert not twice


def test_buttons_lead_on_not_back(guide: Guide) -> None:
    for answer in guide.answers.values():
        assert answer.intent not in answer.next
        assert len(answer.next) == len(set(answer.next))
        assert all(guide.can_offer(name) and guide.label(name) for name in answer.next)
    assert not guide.can_offer("affirm")


# Settings show ------------------------------------------------------------------------------------

CHANGED = {
    "accept_seconds": (420, "accept_window", "7 minutes"),
    "promise_seconds": (2700, "promise", "45 minutes"),
    "miss_limit": (5, "miss_limit", "5"),
    "call_margin_seconds": (0, "call_margin", "0 seconds"),
    "no_answer_attempts": (4, "no_answer_attempts", "4"),
}


@pytest.mark.parametrize("setting", CHANGED)
def test_a_changed_setting_changes_every_answer_that_uses_it(guide: Guide, setting: str) -> None:
    value, term, shown = CHANGED[setting]
    changed = load_guide(GUIDE_DIR, Settings(_env_file=None, **{setting: value}))
    assert changed.terms[term] == shown
    users = []
    for intent, answer in guide.answers.items():
        texts = f"{answer.text} {answer.not_stated} {answer.setting}"
        names = {name for _, name, _, _ in string.Formatter().parse(texts) if name}
        same = guide.reply(answer) == changed.reply(changed.answers[intent])
        assert same == (term not in names), intent
        users += [intent] if term in names else []
    assert users


def test_every_limit_with_a_setting_agrees_with_its_default(guide: Guide) -> None:
    defaults = Settings(_env_file=None)
    for name, limit in guide.limits.items():
        if limit.setting:
            measure = limit.count if limit.seconds is None else limit.seconds
            assert getattr(defaults, limit.setting) == measure, name


@pytest.mark.parametrize(
    ("limit", "override", "words"),
    [
        ({"seconds": 900}, None, "15 minutes"),
        ({"seconds": 90}, None, "90 seconds"),
        ({"seconds": 60}, None, "60 seconds"),
        ({"seconds": 120}, None, "2 minutes"),
        ({"seconds": 130}, None, "130 seconds"),
        ({"seconds": 900}, 5, "5 seconds"),
        ({"seconds": 900}, 0, "0 seconds"),
        ({"count": 3}, None, "3"),
        ({"count": 3}, 7, "7"),
    ],
)
def test_limits_in_words(limit: dict[str, int], override: int | None, words: str) -> None:
    assert Limit(source="open", meaning="", **limit).words(override) == words


# The facts that must never go wrong (domain.md) ----------------------------------------------------


def test_never_the_resident_tty_number_as_psls(guide: Guide) -> None:
    for intent, answer in guide.answers.items():
        for line in guide.reply(answer).splitlines():
            if guide.terms["resident_tty"] in line:
                assert "TTY" in line, intent
    first, *_ = guide.reply(guide.answers["ask_psl_number"]).splitlines()
    assert guide.terms["psl_phone"] in first
    assert guide.terms["resident_tty"] not in first


def test_no_number_is_made_up_for_those_who_have_none(guide: Guide) -> None:
    for name in ("kog_help_desk", "khbe_training", "khbe_compliance", "carrier", "issue_tracker"):
        assert guide.contacts[name].phone is None


def test_technical_issue_asks_for_all_that_the_guide_asks_for(guide: Guide) -> None:
    technical = next(k for k in guide.ticket_kinds if k.id == "technical")
    assert set(technical.fields) == {
        "what_happened",
        "system",
        "screen",
        "error",
        "browser",
        "case_or_application",
        "members",
        "enrollment",
        "tried",
        "agency",
        "doi_number",
        "role",
    }
    for kind in guide.ticket_kinds:
        assert {"what_happened", "agency", "doi_number", "role"} <= set(kind.fields)


def test_call_checklists_are_those_of_the_guide(guide: Guide) -> None:
    items = {name: [i.id for i in c.items] for name, c in guide.checklists.items()}
    assert items["before_call"] == [
        "escalation",
        "training",
        "association",
        "doi_information",
        "case_details",
    ]
    assert items["during_call"] == ["detail", "questions", "ticket_number"]
    assert len(items["after_call"]) == 4
    assert items["eligibility"] == ["licence", "certification", "doi_contact"]
