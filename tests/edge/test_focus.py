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
    ON_DEMAND,
    STATEMENTS,
    TURN_ACTION,
    WHEN_SURE,
    Message,
    action_in_focus,
    action_without_focus,
)
from bot.nlu.form import looks_like_question
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
    assert set(DOMAIN["intents"]) >= ALWAYS_RULES | COMMANDS | ELSEWHERE | WHEN_SURE
    assert set(TURN_ACTION) >= ON_DEMAND
    assert {*TURN_ACTION.values(), ASIDE, SUBMIT, LOST} <= set(DOMAIN["actions"])
    assert not ALWAYS_RULES & COMMANDS
    assert not WHEN_SURE & (ALWAYS_RULES | COMMANDS)


def test_free_text_is_what_the_guide_asks_in_free_text(guide: Guide) -> None:
    fields = {f.id for f in guide.ticket_fields.values() if f.free_text}
    assert FREE_TEXT - {"suggestion", "note"} <= fields


@pytest.mark.parametrize("focus", TURN_ACTION)
@pytest.mark.parametrize("intent", sorted(ALWAYS_RULES))
def test_some_things_are_reached_from_anywhere(focus: str, intent: str) -> None:
    for button in (False, True):
        # Without saying what, "resume" goes on with the task that is open.
        text = "resume the checklist" if intent == "resume" else "whatever is said"
        message = said(text, intent, button=button)
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
    ("ticket", "set_hours", None),
    ("registration", "submit", "action_registration_turn"),
    ("registration", "ask_psl_number", ASIDE),
    ("registration", "set_hours", "action_registration_turn"),
    ("registration", "start_registration", "action_registration_turn"),
    ("registration", "leave_on_demand", None),
    ("availability", "set_out_of_office", "action_availability"),
    ("availability", "start_registration", None),
    ("availability", "ask_human", None),
    ("referral", "inform", "action_referral_turn"),
    ("referral", "set_out_of_office", None),
    ("referral", "complete_referral", None),
    ("referral", "start_ticket", None),
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
    ("error", said("any news on T-4821-7308", "inform", kinds=("ticket_number",)), None),
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


REGISTRATION, AVAILABILITY = "action_registration_turn", "action_availability"
REFERRAL = "action_referral_turn"
ON_DEMAND_TURNS = [
    # registering: what is told is an answer, also in a command's words
    ("registration", "agree", said("i agree", "affirm"), REGISTRATION),
    ("registration", "agree", said("i accept", "accept_referral", 0.95), REGISTRATION),
    ("registration", "agree", said("decline", "reject_referral", 0.95), REGISTRATION),
    ("registration", "agree", said("accept the referral", "accept_referral"), None),
    ("registration", "hours", said("accept R-4821-7308", "accept_referral"), None),
    ("registration", "hours", said("accept?", "accept_referral", 0.45), REGISTRATION),
    ("registration", "hours", said("mon-fri 9-5", "set_hours"), REGISTRATION),
    ("registration", "hours", said("am I on now", "show_availability"), REGISTRATION),
    ("registration", "contact", said("text me", "set_contact", 0.3), REGISTRATION),
    ("registration", "contact", said("sign me up", "start_registration"), REGISTRATION),
    ("registration", "confirm", said("save my hours", "submit"), REGISTRATION),
    ("registration", "confirm", said("let me see it", "review"), REGISTRATION),
    ("registration", "confirm", said("later", "pause"), REGISTRATION),
    ("registration", "hours", said("continue", "resume"), REGISTRATION),
    ("registration", "hours", said("continue my ticket", "resume"), None),
    ("registration", "hours", said("asdf", "nlu_fallback", 0.1), REGISTRATION),
    # a number where On Demand calls is not a wish to be called by a person
    (
        "registration",
        "contact",
        said("call 5025550123", "ask_human", kinds=("phone",)),
        REGISTRATION,
    ),
    ("registration", "hours", said("call 5025550123", "ask_human", kinds=("phone",)), None),
    ("registration", "contact", said("get me a person", "ask_human", 0.3), None),
    # a question is answered, unless it tells what is kept and might be an answer
    ("registration", "hours", said("what is the psl number", "ask_psl_number", 0.3), ASIDE),
    ("registration", "hours", said("what is the psl number", "ask_psl_number", 0.2), REGISTRATION),
    ("registration", "hours", said("psl number", "ask_psl_number"), REGISTRATION),
    (
        "registration",
        "hours",
        said("is 9-5 ok?", "ask_psl_number", 0.5, kinds=("time_range",)),
        REGISTRATION,
    ),
    (
        "registration",
        "hours",
        said("psl open saturday?", "ask_psl_number", kinds=("weekday",)),
        ASIDE,
    ),
    ("registration", "hours", said("can you make it 9-5?", "set_hours"), REGISTRATION),
    # other business
    ("registration", "hours", said("take me off on demand", "leave_on_demand"), None),
    ("registration", "hours", said("no more", "leave_on_demand", 0.5), REGISTRATION),
    ("registration", "hours", said("open a ticket", "start_ticket", 0.7), None),
    ("registration", "hours", said("open a ticket", "start_ticket", 0.5), REGISTRATION),
    (
        "registration",
        "hours",
        said("ticket friday", "start_ticket", kinds=("weekday",)),
        REGISTRATION,
    ),
    ("registration", "hours", said("add to my ticket", "add_ticket_detail", 0.7), None),
    ("availability", "hours", said("fri til 1", "correct", kinds=("weekday",)), AVAILABILITY),
    ("availability", "absence_end", said("back jan 3", "resume", kinds=("date",)), AVAILABILITY),
    ("availability", "absence_end", said("no end date", "deny", 0.3), AVAILABILITY),
    ("availability", "confirm", said("spanish too", "set_language"), AVAILABILITY),
    ("availability", "confirm", said("sign me up", "start_registration"), None),
    ("availability", "confirm", said("what's waiting", "show_my_referrals"), None),
    (
        "availability",
        "hours",
        said("what came in friday", "show_my_referrals", 0.7, kinds=("weekday",)),
        AVAILABILITY,
    ),
    # a referral's reason or outcome is told in any words
    ("referral", "reason", said("out of office today", "set_out_of_office"), REFERRAL),
    ("referral", "reason", said("pass, im with a client", "reject_referral"), REFERRAL),
    ("referral", "outcome", said("done, she enrolled", "complete_referral"), REFERRAL),
    ("referral", "outcome", said("no answer", "report_no_answer"), REFERRAL),
    ("referral", "outcome", said("she wants a person", "ask_human", 0.6), REFERRAL),
    ("referral", "outcome", said("he took the silver plan", "accept_referral", 0.7), REFERRAL),
    ("referral", "outcome", said("accept the new one", "accept_referral", 0.95), None),
    ("referral", "outcome", said("what is the psl number?", "ask_psl_number"), ASIDE),
    ("referral", "hand_back", said("yes give it back", "hand_back_referral"), REFERRAL),
    ("referral", "hand_back", said("no answer yet", "report_no_answer"), None),
    ("referral", "which", said("the one in pike county", "accept_referral", 0.7), REFERRAL),
    ("referral", "which", said("the one ending 7305", "nlu_fallback", 0.3), REFERRAL),
    ("referral", "which", said("pause me today", "set_out_of_office"), None),
    ("referral", "which", said("sign me up", "start_registration"), None),
]


@pytest.mark.parametrize(
    ("focus", "asked", "message", "action"),
    ON_DEMAND_TURNS,
    ids=[f"{a}: {m.text}" for _, a, m, _ in ON_DEMAND_TURNS],
)
def test_while_something_of_on_demand_is_open(
    focus: str, asked: str, message: Message, action: str | None
) -> None:
    assert action_in_focus(focus, asked, message, QUESTIONS) == action


OUT_OF_A_TASK = [
    ("ticket", "browser", said("pause me today", "set_out_of_office"), None),
    ("ticket", "browser", said("pause me", "set_out_of_office", 0.6), TURN),
    ("ticket", "what_happened", said("my hours are wrong on it", "set_hours", 0.85), TURN),
    ("ticket", "what_happened", said("im sick, out today", "set_out_of_office", 0.95), None),
    ("ticket", "tried", said("called, no answer", "report_no_answer", 0.8), TURN),
    ("ticket", "browser", said("hours fail in edge", "set_hours", kinds=("browser",)), TURN),
    ("ticket", "browser", said("fridays til 1", "set_hours", kinds=("weekday",)), None),
    ("ticket", "browser", said("give my referral back", "hand_back_referral"), None),
    ("checklist", None, said("turn me back on", "end_out_of_office"), None),
    ("checklist", None, said("no answer", "report_no_answer", 0.6), RUN),
    ("handover", "note", said("nobody answered", "report_no_answer", 0.75), NOTE),
    ("handover", "note", said("take me off on demand", "leave_on_demand"), None),
    ("handover", "note", said("ok then just the psl number", "ask_psl_number", 0.7), ASIDE),
    ("handover", "note", said("the psl number I had", "ask_psl_number", 0.4), NOTE),
]


@pytest.mark.parametrize(
    ("focus", "asked", "message", "action"),
    OUT_OF_A_TASK,
    ids=[f"{f}: {m.text}" for f, _, m, _ in OUT_OF_A_TASK],
)
def test_on_demand_from_within_another_task(
    focus: str, asked: str | None, message: Message, action: str | None
) -> None:
    assert action_in_focus(focus, asked, message, QUESTIONS) == action


HOURS = ("weekday", "time_range")
NO_TASK = [
    (said("mon-fri 9-5 central", "nlu_fallback", 0.2, kinds=HOURS), AVAILABILITY),
    (said("tue 9-5", "inform", 0.5, kinds=HOURS), AVAILABILITY),
    (said("can I do mon-fri 9-5", "ask_set_hours", 0.5, kinds=HOURS), None),
    (said("9-5", "nlu_fallback", 0.2, kinds=("time_range",)), None),
    (said("fails mon-fri 9-5 in edge", "nlu_fallback", 0.2, kinds=(*HOURS, "browser")), None),
    (said("hangs mon-fri 9-5", "report_problem", 0.5, kinds=HOURS), None),
    (said("no referrals mon-fri 9-5", "ask_psl_number", 0.5, kinds=HOURS), None),
    (said("/inform", "inform", 1.0, kinds=HOURS, button=True), None),
    (said("KOG locked, ticket pls", "ask_app_stuck", 0.8), "action_ticket_start"),
]


# A command and the question how it is done, told apart by form where the classifier wavers.
def between(text: str, intent: str, *ranking: tuple[str, float], kinds: str = "") -> Message:
    return Message(text, intent, ranking, frozenset(kinds.split()), False)


ZONE = (("ask_time_zone", 0.6), ("set_hours", 0.33))
CLOSE = (("set_hours", 0.3), ("ask_time_zone", 0.25))
HOW = (("hand_back_referral", 0.7), ("ask_one_issue", 0.2))
NO_TASK += [
    (between("zone should be eastern", "ask_time_zone", *ZONE), AVAILABILITY),
    (between("should it be eastern?", "ask_time_zone", *ZONE), None),
    (between("zone is wrong in edge", "ask_time_zone", *ZONE, kinds="browser"), None),
    (between("zone is off", "ask_time_zone", ("ask_time_zone", 0.8), ("set_hours", 0.1)), None),
    (between("paducah, central", "nlu_fallback", *CLOSE), AVAILABILITY),
    (between("how do I hand one back", "hand_back_referral", *HOW), ASIDE),
    (between("hand it back", "hand_back_referral", *HOW), "action_referral_hand_back"),
    (between("hand it back, i dont speak spanish", "set_language"), "action_referral_hand_back"),
    (between("reject, with a client", "ask_how_reject"), "action_referral_reject"),
    (between("decline", "nlu_fallback"), "action_referral_reject"),
    (between("rejected by medicaid, now what", "ask_shows_medicaid"), None),
    (between("how do I hand one back", "hand_back_referral", ("hand_back_referral", 1.0)), None),
]


@pytest.mark.parametrize(("message", "action"), NO_TASK, ids=[m.text for m, _ in NO_TASK])
def test_without_a_task(message: Message, action: str | None) -> None:
    assert action_without_focus(message, QUESTIONS) == action


@pytest.mark.parametrize("intent", sorted(STATEMENTS))
@pytest.mark.parametrize("focus", ["registration", "availability"])
def test_statements_are_taken_where_they_are_kept(focus: str, intent: str) -> None:
    elsewhere = focus == "availability" and intent == "start_registration"
    expected = None if elsewhere else TURN_ACTION[focus]
    assert action_in_focus(focus, "hours", said("some words", intent), QUESTIONS) == expected


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
