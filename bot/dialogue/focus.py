"""Which action a message leads to while a task is in focus: pure rules.

The classifier does not know what was asked. "The signature page hangs" is a question about stuck
applications by itself, and an answer while a ticket is drafted. These rules read a message in
its place; the policy beside them only fetches what they need from the tracker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.nlu.form import DONE_BY, looks_like_question
from psl.details import strip_command

# Reached from anywhere: each starts something of its own or says who the agent is.
ALWAYS_RULES = frozenset(
    {
        "ask_human",
        "who_am_i",
        "ask_how_link",
        "unlink",
        "list_tickets",
        "show_todo",
        "todo_done",
        "show_call_sheet",
        "restore_draft",
        "sent_to_tracker",
        "attach_file",
        "remove_file",
        "resume",
        "start_before_call",
        "start_during_call",
        "start_after_call",
        "start_eligibility_check",
        "accept_referral",
        "reject_referral",
        "complete_referral",
        "show_my_referrals",
        "hand_back_referral",
    }
)
# What agents tell On Demand about themselves: an answer while they register or set their hours.
STATEMENTS = frozenset(
    {
        "start_registration",
        "set_hours",
        "show_availability",
        "set_out_of_office",
        "end_out_of_office",
        "set_contact",
        "set_language",
    }
)
# They leave another task too, but sound like a note or a description: only when beyond doubt.
WHEN_SURE = STATEMENTS | {"leave_on_demand", "report_no_answer"}
COMMANDS = frozenset(
    {
        "affirm",
        "deny",
        "done_item",
        "not_yet",
        "not_applicable",
        "explain",
        "skip",
        "go_back",
        "review",
        "cancel",
        "start_over",
        "pause",
        "submit",
        "correct",
        "inform",
        "merge_issues",
        "split_issues",
    }
)
FREE_TEXT = frozenset(
    {"what_happened", "screen", "error", "tried", "enrollment", "agency", "suggestion", "note"}
)
# About something else than the task: a submitted ticket, a call that was made.
ELSEWHERE = frozenset({"ticket_status", "close_ticket", "still_not_fixed", "report_call_done"})
TURN_ACTION = {
    "ticket": "action_ticket_turn",
    "checklist": "action_checklist_turn",
    "handover": "action_hand_over_turn",
    "registration": "action_registration_turn",
    "availability": "action_availability",
    "referral": "action_referral_turn",
}
ON_DEMAND = frozenset({"registration", "availability", "referral"})
# Details that registration and availability keep, whatever the classifier makes of the words.
KEPT = frozenset({"weekday", "time_range", "date", "language", "phone", "email"})
# Commands that are the answer when this was asked about a referral.
_REFERRAL_ANSWERS = {
    "reason": STATEMENTS | {"reject_referral", "report_no_answer"},
    "outcome": STATEMENTS | {"reject_referral", "report_no_answer", "complete_referral"},
    "hand_back": frozenset({"hand_back_referral"}),
}
# "I accept" is said to a referral, and to the agreement or the summary just shown.
_TO_WHAT_WAS_SHOWN = frozenset({"accept_referral", "reject_referral"})
# A message without a task that is this, or nothing clear, may be plain working hours.
_MAYBE_HOURS = frozenset(
    {"nlu_fallback", "inform", "correct"}
    | {"ask_set_hours", "ask_breaks", "ask_day_off", "ask_time_zone", "ask_outside_hours"}
)
_HOURS = frozenset({"weekday", "time_range"})
# Questions how something is set, and the command that sets it: told apart by their form.
_SET_BY = {
    question: command
    for question, command in DONE_BY.items()
    if command in {"set_hours", "set_language", "set_contact"}
}
_ON_DEMAND_COMMANDS = (WHEN_SURE - {"show_availability"}) | {
    "accept_referral",
    "reject_referral",
    "complete_referral",
    "hand_back_referral",
}
ASIDE = "action_answer"
LOST = "action_fallback"
# What this policy may choose beside the turns of a task.
CHOICES = frozenset(
    {
        *TURN_ACTION.values(),
        ASIDE,
        LOST,
        "action_ticket_submit",
        "action_ticket_start",
        "action_referral_reject",
        "action_referral_hand_back",
    }
)

_TICKET_LAST = re.compile(
    r"\b(?:(?:need|want|open|make|file|draft|write|start|create) (?:me )?(?:up )?(?:a |another )?(?:new )?ticket|"
    r"ticket,? (?:pls|plz|please))(?: (?:for (?:that|this|it)|pls|plz|please|thx|thanks))*\W*$",
    re.IGNORECASE,
)

_HOW = re.compile(
    r"\b(?:how|hw|where|wher)(?:'s|s)?\b (?:do|does|did|can|could|would|should|to|2|is|are|i)\b",
    re.IGNORECASE,
)
_REFERRAL_WORD = re.compile(
    r"\bR-?\d{4}|\b(?:ref+er+al\w*|refs?|residents?|general|mass)\b", re.IGNORECASE
)
_OTHER_TASK = re.compile(
    r"\b(?:tickets?|drafts?|check\s?lists?|sheet|call|prep\w*|write-?up)\b", re.IGNORECASE
)


# Commands about a referral in so many words; what follows is the reason, whatever it sounds like.
_PLAINLY = {
    "action_referral_reject": re.compile(
        r"^\W*(?:i\s+)?(?:reject|decline)(?:\s+(?:it|this|that|one))*\s*(?:[,.;:!-]|$)",
        re.IGNORECASE,
    ),
    "action_referral_hand_back": re.compile(
        r"^\W*(?:please\s+)?hand(?:ing)?\s+(?:it|this|that|him|her|them)\s+back\b", re.IGNORECASE
    ),
}


@dataclass(frozen=True)
class Message:
    """A message as the classifier and the reader saw it."""

    text: str
    intent: str
    ranking: Sequence[tuple[str, float]]
    kinds: frozenset[str]
    is_button: bool

    @property
    def has_details(self) -> bool:
        """Whether the message tells anything a ticket or checklist keeps."""
        return bool(self.kinds)

    @property
    def best(self) -> tuple[str, float]:
        """The most probable intent, whatever was decided about it."""
        return self.ranking[0] if self.ranking else (self.intent, 1.0)


def action_in_focus(
    focus: str, asked: str | None, message: Message, questions: frozenset[str]
) -> str | None:
    """The action for a message while ``focus`` is the task; None leaves it to the rules.

    ``questions`` are the intents that the guide answers.
    """
    turn_action = TURN_ACTION[focus]
    intent = message.intent
    best, confidence = message.best
    if focus in ON_DEMAND:
        return _in_on_demand(focus, asked, message, questions)
    if intent == "ask_human" and "role" in message.kinds and asked == "role":
        # "Agent" is a person elsewhere; here it answers which role the agent has.
        return turn_action
    # A note to a person may hold any words; only a clear wish leaves it.
    wanted = 0.8 if focus == "handover" else 0.5
    if intent in ALWAYS_RULES and (
        message.is_button or intent == "ask_human" or confidence > wanted
    ):
        return None
    if message.is_button:
        if intent == "submit":
            return "action_ticket_submit"
        if intent in questions:
            return ASIDE
        return turn_action if intent in COMMANDS else None
    if intent in WHEN_SURE and _surely_leaves(focus, asked, message, confidence):
        return None
    if focus == "ticket":
        return _in_ticket(asked, message, best, confidence, questions)
    asking = looks_like_question(message.text)
    if focus == "handover":
        if intent in {"start_ticket", "submit", "review"} and confidence > 0.5:
            return None
        if intent == "ask_psl_number" and confidence > 0.5:
            # Whoever would rather phone PSL needs the number now, however it is worded.
            return ASIDE
        if intent in COMMANDS:
            return turn_action
        return ASIDE if asking and best in questions and confidence > 0.3 else turn_action
    if intent in COMMANDS and not (asking and best in questions):
        return turn_action
    if intent in {"start_ticket", "ticket_status", "report_call_done"} and confidence > 0.6:
        return None
    if best in questions and asking and confidence > 0.25:
        return ASIDE
    return turn_action


def action_without_focus(message: Message, questions: frozenset[str]) -> str | None:
    """What a message without a task leads to, where its topic would hide what is asked for.

    "KOG account is locked, ticket pls" sounds like a question about KOG; it asks for a ticket.
    "mon-fri 9-5 central" is in no topic at all; it tells working hours.
    """
    if message.is_button:
        return None
    unsure = message.intent in questions or message.intent == "nlu_fallback"
    if unsure and asks_for_ticket(message.text):
        return "action_ticket_start"
    for action, said in _PLAINLY.items():
        if said.search(message.text):
            return action
    if _asks_how(message, questions):
        return ASIDE
    if _tells_hours(message) or _sets(message):
        return TURN_ACTION["availability"]
    return None


def _tells_hours(message: Message) -> bool:
    """Days with times and nothing beside them: working hours, whatever the classifier thinks."""
    plain = message.intent in _MAYBE_HOURS and message.kinds == _HOURS
    return plain and not looks_like_question(message.text)


def _sets(message: Message) -> bool:
    """Whether what sounds like a question how to set something sets it: it has no such form."""
    shares = dict(message.ranking)
    undecided = message.intent == "nlu_fallback"
    named = [name for name, _ in message.ranking[:2]] if undecided else [message.intent]
    return (
        message.kinds <= KEPT
        and any(shares.get(_SET_BY[name], 0.0) >= 0.25 for name in named if name in _SET_BY)
        and not looks_like_question(message.text)
    )


def _asks_how(message: Message, questions: frozenset[str]) -> bool:
    """Whether what sounds like a command of On Demand asks how it is done."""
    return (
        message.intent in _ON_DEMAND_COMMANDS
        and bool(_HOW.search(message.text))
        and any(name in questions and share > 0.1 for name, share in message.ranking[1:])
    )


def asks_for_ticket(text: str) -> bool:
    """Whether a ticket is asked for by name, before or after the problem; a question does not."""
    asked_for = "ticket" in text.lower() and "ticket" not in strip_command(text).lower()
    return (asked_for or bool(_TICKET_LAST.search(text))) and not looks_like_question(text)


def _surely_leaves(focus: str, asked: str | None, message: Message, confidence: float) -> bool:
    """Whether a statement about oneself is a wish of its own and no part of the task."""
    if focus == "ticket" and (asked in FREE_TEXT or message.kinds - KEPT):
        # "My hours are wrong on the screen" describes a problem. Few descriptions are this clear.
        return confidence > 0.9 and not message.kinds - KEPT
    return confidence > (0.8 if focus == "handover" else 0.7)


def _in_on_demand(
    focus: str, asked: str | None, message: Message, questions: frozenset[str]
) -> str | None:
    """While registering, setting hours and the like, or asked about a referral."""
    turn_action, intent = TURN_ACTION[focus], message.intent
    about_oneself = STATEMENTS if focus == "registration" else STATEMENTS - {"start_registration"}
    if message.is_button:
        if intent in questions and intent not in ALWAYS_RULES:
            return ASIDE
        own = COMMANDS if focus == "referral" else COMMANDS | about_oneself
        return turn_action if intent in own else None
    if _asks_how(message, questions):
        return ASIDE
    best, confidence = message.best
    asking = looks_like_question(message.text)
    told = focus != "referral" and bool(message.kinds & KEPT)
    answers = about_oneself
    if focus == "referral":
        answers = _REFERRAL_ANSWERS.get(asked or "", frozenset())
    if intent in answers:
        return turn_action
    if asking and best in questions and best not in ALWAYS_RULES:
        return ASIDE if confidence > (0.6 if told else 0.25) else turn_action
    return None if _leaves_on_demand(focus, asked, message, told) else turn_action


def _leaves_on_demand(focus: str, asked: str | None, message: Message, told: bool) -> bool:
    intent, (_, confidence) = message.intent, message.best
    free = focus == "referral" and asked in {"reason", "outcome"}
    if intent == "ask_human":
        # A number given when asked for one is where On Demand calls, not a wish to be called.
        return confidence > 0.8 if free else not (told and asked == "contact")
    if intent == "resume":
        return bool(_OTHER_TASK.search(message.text)) and confidence > 0.5
    if intent in _TO_WHAT_WAS_SHOWN and asked in {"agree", "confirm"}:
        return bool(_REFERRAL_WORD.search(message.text))
    if intent in ALWAYS_RULES:
        # A reason, an outcome or which referral is meant may be told in a command's words.
        return confidence > (0.8 if focus == "referral" or told else 0.5)
    if intent in WHEN_SURE:
        return confidence > (0.8 if free else 0.6)
    other = intent in ELSEWHERE | {"start_ticket", "add_ticket_detail"}
    return other and not told and confidence > (0.8 if free else 0.6)


def _in_ticket(
    asked: str | None,
    message: Message,
    best: str,
    confidence: float,
    questions: frozenset[str],
) -> str | None:
    asking = looks_like_question(message.text)
    if message.intent == "merge_issues" and asking:
        # "Can't they go under one ticket?" asks for the rule; merging is an answer or a demand.
        return ASIDE
    if "ticket_number" in message.kinds:
        return None
    if message.intent in ELSEWHERE and confidence >= 0.6 and (asked not in FREE_TEXT or asking):
        return None
    if message.intent == "submit" or (
        asked in {"confirm", "duplicate"} and message.intent in {"affirm", "done_item"}
    ):
        return "action_ticket_submit"
    if message.intent == "start_ticket" and not message.has_details and asked != "what_happened":
        return "action_ticket_turn" if asked == "split" else None
    if best in questions and asking and confidence > 0.3 and not message.has_details:
        return ASIDE
    if best in questions and asking and confidence > 0.6:
        return ASIDE
    if (
        best in questions
        and asked not in FREE_TEXT
        and not message.has_details
        and _clear_aside(message, confidence)
    ):
        return ASIDE
    if asking and asked not in FREE_TEXT and not message.has_details and best not in COMMANDS:
        return LOST
    return "action_ticket_turn"


def _clear_aside(message: Message, confidence: float) -> bool:
    return confidence > 0.7 and not message.has_details
