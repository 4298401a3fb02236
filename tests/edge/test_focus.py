"""Which action a message leads to while a task is in focus, as tables."""

from __future__ import annotations

import pytest
import yaml

from bot.dialogue.focus import (
    ALWAYS_RULES,
    ASIDE,
    COMMANDS,
    ELSEWHERE,
    FREE_TEXT,
    LOST,
    TURN_ACTION,
    Message,
    action_in_focus,
    looks_like_question,
)
from psl.guide import Guide
from psl.settings import PROJECT_ROOT

DOMAIN = yaml.safe_load((PROJECT_ROOT / "domain.yml").read_text())
QUESTIONS = frozenset({"ask_psl_number", "ask_app_stuck", "greet", "thanks", "ask_one_issue"})
TURN, SUBMIT = "action_ticket_turn", "action_ticket_submit"


def said(
    text: str,
    intent: str,
    confidence: float = 0.9,
    *,
    kinds: tuple[str, ...] = (),
    best: str | None = None,
    button: bool = False,
) -> Message:
    return Message(text, intent, [(best or intent, confidence)], frozenset(kinds), button)


def test_the_rules_name_what_the_domain_has() -> None:
    assert set(DOMAIN["intents"]) >= ALWAYS_RULES | COMMANDS | ELSEWHERE
    assert {*TURN_ACTION.values(), ASIDE, SUBMIT, LOST} <= set(DOMAIN["actions"])
    assert not ALWAYS_RULES & COMMANDS


def test_free_text_is_what_the_guide_asks_in_free_text(guide: Guide) -> None:
    fields = {f.id for f in guide.ticket_fields.values() if f.free_text}
    assert FREE_TEXT - {"suggestion", "note"} <= fields


@pytest.mark.parametrize("focus", TURN_ACTION)
@pytest.mark.parametrize("intent", sorted(ALWAYS_RULES))
def test_some_things_are_reached_from_anywhere(focus: str, intent: str) -> None:
    for button in (False, True):
        message = said("whatever is said", intent, button=button)
        assert action_in_focus(focus, "error", message, QUESTIONS) is None


@pytest.mark.parametrize("focus", TURN_ACTION)
@pytest.mark.parametrize("intent", sorted(COMMANDS - {"submit", "review"}))
def test_control_words_belong_to_the_task(focus: str, intent: str) -> None:
    for button in (False, True):
        message = said("control word", intent, button=button)
        assert action_in_focus(focus, "error", message, QUESTIONS) == TURN_ACTION[focus]


BUTTONS = [
    ("ticket", "submit", SUBMIT),
    ("ticket", "ask_psl_number", ASIDE),
    ("ticket", "inform", TURN),
    ("ticket", "start_ticket", None),
    ("checklist", "ask_psl_number", ASIDE),
    ("checklist", "done_item", "action_checklist_turn"),
    ("checklist", "report_call_done", None),
    ("handover", "cancel", "action_hand_over_turn"),
    ("handover", "start_ticket", None),
]


@pytest.mark.parametrize(("focus", "intent", "action"), BUTTONS)
def test_buttons(focus: str, intent: str, action: str | None) -> None:
    message = said(f"/{intent}", intent, 1.0, button=True)
    assert action_in_focus(focus, "confirm", message, QUESTIONS) == action


# asked, message, what it leads to
TICKET = [
    ("confirm", said("send it", "submit"), SUBMIT),
    ("error", said("just submit it", "submit"), SUBMIT),
    ("confirm", said("yes", "affirm"), SUBMIT),
    ("duplicate", said("yes", "affirm"), SUBMIT),
    ("confirm", said("done", "done_item"), SUBMIT),
    ("error", said("yes", "affirm"), TURN),
    ("confirm", said("no", "deny"), TURN),
    # an answer that sounds like a topic is an answer
    ("error", said("the signature page hangs", "ask_app_stuck", 0.95), TURN),
    ("what_happened", said("application is stuck", "ask_app_stuck", 0.95), TURN),
    ("tried", said("nothing yet", "nlu_fallback", 0.2), TURN),
    ("system", said("kynect", "nlu_fallback", 0.2, kinds=("browser",)), TURN),
    # a clear question is answered, and the draft goes on
    ("error", said("what is the psl number?", "ask_psl_number", 0.9), ASIDE),
    ("system", said("wait, whats the psl number", "ask_psl_number", 0.4), ASIDE),
    ("system", said("what is the psl number", "ask_psl_number", 0.2), LOST),
    ("tried", said("what is the psl number", "ask_psl_number", 0.2), TURN),
    ("system", said("did she use chrome?", "ask_psl_number", 0.2, kinds=("browser",)), TURN),
    # another ticket's number is about that ticket
    ("error", said("any news on T-4821-7305", "inform", kinds=("ticket_number",)), None),
    # one with details in it must be surer
    ("system", said("is the app stuck in chrome?", "ask_app_stuck", 0.5, kinds=("browser",)), TURN),
    (
        "system",
        said("is the app stuck in chrome?", "ask_app_stuck", 0.7, kinds=("browser",)),
        ASIDE,
    ),
    # without the form of a question only where no free text is awaited, and if sure
    ("system", said("psl number", "ask_psl_number", 0.8), ASIDE),
    ("system", said("psl number", "ask_psl_number", 0.6), TURN),
    ("tried", said("psl number", "ask_psl_number", 0.99), TURN),
    # undecided, but the best guess is a question
    ("system", said("psl number?", "nlu_fallback", 0.5, best="ask_psl_number"), ASIDE),
    # other tickets
    ("error", said("new ticket please", "start_ticket"), None),
    ("split", said("two tickets", "start_ticket"), TURN),
    ("what_happened", said("i need a ticket for her", "start_ticket"), TURN),
    ("error", said("ticket: chrome error", "start_ticket", kinds=("browser",)), TURN),
    ("system", said("what is the status of my ticket?", "ticket_status", 0.6), None),
    ("system", said("status of my other ticket", "ticket_status", 0.8), None),
    ("system", said("ticket status", "ticket_status", 0.7), None),
    ("error", said("status waiting", "ticket_status", 0.8), TURN),
    # one issue a ticket
    ("split", said("they are one issue", "merge_issues"), TURN),
    ("split", said("can't they go under one ticket?", "merge_issues"), ASIDE),
]


@pytest.mark.parametrize(
    ("asked", "message", "action"), TICKET, ids=[f"{a}: {m.text}" for a, m, _ in TICKET]
)
def test_while_a_ticket_is_drafted(asked: str, message: Message, action: str | None) -> None:
    assert action_in_focus("ticket", asked, message, QUESTIONS) == action


RUN = "action_checklist_turn"
CHECKLIST = [
    (said("done", "done_item"), RUN),
    (said("not associated with it", "ask_not_associated", 0.9), RUN),
    (said("what is the psl number?", "ask_psl_number", 0.9), ASIDE),
    (said("what is the psl number?", "ask_psl_number", 0.2), RUN),
    (said("psl number", "ask_psl_number", 0.99), RUN),
    (said("what does that mean?", "explain", 0.9), RUN),
    (said("what is the psl number?", "explain", 0.5, best="ask_psl_number"), ASIDE),
    (said("draft a ticket", "start_ticket", 0.9), None),
    (said("a ticket number", "start_ticket", 0.4), RUN),
    (said("status of my ticket", "ticket_status", 0.9), None),
    (said("gibberish", "nlu_fallback", 0.1), RUN),
]


@pytest.mark.parametrize(("message", "action"), CHECKLIST, ids=[m.text for m, _ in CHECKLIST])
def test_while_a_checklist_runs(message: Message, action: str | None) -> None:
    assert action_in_focus("checklist", None, message, QUESTIONS) == action


NOTE = "action_hand_over_turn"
HANDOVER = [
    (said("my client cannot wait", "report_problem", 0.9), NOTE),
    (said("what is the psl number?", "ask_psl_number", 0.9), ASIDE),
    (said("what is the psl number?", "ask_psl_number", 0.25), NOTE),
    (said("draft a ticket instead", "start_ticket", 0.9), None),
    (said("draft a ticket instead", "start_ticket", 0.4), NOTE),
    (said("never mind", "cancel", 0.9), NOTE),
    (said("show me the draft", "review", 0.9), None),
    (said("send the ticket", "submit", 0.9), None),
    (said("send it", "submit", 0.4), NOTE),
]


@pytest.mark.parametrize(("message", "action"), HANDOVER, ids=[m.text for m, _ in HANDOVER])
def test_while_a_person_is_asked_for(message: Message, action: str | None) -> None:
    assert action_in_focus("handover", "note", message, QUESTIONS) == action


def test_without_a_ranking_the_decision_counts() -> None:
    assert Message("x", "affirm", [], frozenset(), False).best == ("affirm", 1.0)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("what is the number", True),
        ("wait, what is the number", True),
        ("ok so can i reject it", True),
        ("psl number?", True),
        ("quick question about mass", True),
        ("wondering if they get medicaid", True),
        ("tell me how to register", True),
        ("before that, who handles this", True),
        ("the page hangs", False),
        ("chrome", False),
        ("two members, mother and son", False),
        ("she sees an error 500", False),
        ("it happens when I submit", False),
        ("", False),
    ],
)
def test_looks_like_a_question(text: str, asks: bool) -> None:
    assert looks_like_question(text) == asks
