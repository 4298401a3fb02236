"""Answering questions from the guide, also in the middle of a task."""

from __future__ import annotations

import re

from rasa_sdk.events import SlotSet

from actions.prompts import back_to_task, reminder
from actions.turn import Button, Event, PslAction, Turn, keep_told, payload
from psl.guide import Guide

MAX_ANSWERS = 3
PLEASANTRIES = frozenset({"greet", "thanks", "how_are_you", "goodbye"})
# From this many words a message may describe a problem.
TELLING = 5
_ABOUT_SECRETS = frozenset({"refuse_lookup_ssn", "ask_paste_ssn"})
_MASKED = re.compile(r"\[[^\]]* removed\]")
_REQUESTS = re.compile(
    r"\?|\b(?:look|find|check|give|get|tell|search|verify|can|could|what|whats|why|how|who|which|should|"
    r"is it|do you|need|send|safe)\b",
    re.IGNORECASE,
)
# Never what somebody meant who was not understood.
_NOT_MEANT = PLEASANTRIES | {"off_topic", "complaint", "bot_identity"}
# Asked for what the records say: that comes first, and then how far it goes.
_OWN_FIRST = frozenset({"ask_my_misses"})
# No next step for whoever is linked.
_OF_GUESTS = frozenset({"ask_how_link"})
_BACK = re.compile(r"\b(?:that|it|this|them|those|he|she|they|him|her)\W*$", re.IGNORECASE)


def next_steps(turn: Turn, intents: list[str]) -> list[Button]:
    """Buttons to what is often asked next."""
    return [(turn.services.guide.label(name), payload(name)) for name in intents]


def asked_intents(turn: Turn) -> list[str]:
    """The questions of the message: of each clear clause, else of the whole message."""
    answers = turn.services.guide.answers
    clear = [str(c["intent"]["name"]) for c in turn.clauses if not _refers_back(str(c["text"]))]
    chosen = [turn.intent] if turn.intent in answers else []
    named = list(dict.fromkeys([*(i for i in clear if i in answers), *chosen]))
    if not named and turn.ranking:
        named = [name for name, _ in turn.ranking if name in answers][:1]
    # "Good morning, who handles a claim": the greeting needs no answer of its own.
    return ([name for name in named if name not in PLEASANTRIES] or named)[:MAX_ANSWERS]


def _refers_back(clause: str) -> bool:
    """Whether a clause is no question of its own: "who handles that" asks about what was said."""
    return len(clause.split()) < 6 and bool(_BACK.search(clause))


def task_wanted(turn: Turn) -> str | None:
    """The task that a clear part of the message asks for, beside its questions or statements."""
    from actions.checklists import STARTS

    if turn.focus is not None or turn.is_button:
        return None
    named = (str(clause["intent"]["name"]) for clause in turn.clauses)
    return next((name for name in named if name in {*STARTS, "ask_human"}), None)


async def begin_task(turn: Turn, intent: str) -> list[Event]:
    """Begin the task of ``task_wanted``."""
    from actions.checklists import STARTS, begin
    from actions.people import ActionHandOver

    return begin(turn, STARTS[intent]) if intent in STARTS else await ActionHandOver().act(turn)


def about_the_agent(turn: Turn, intent: str) -> str | None:
    """What the records say of a linked agent beside the answer; None for a guest."""
    from actions.personal import PERSONAL

    personal = PERSONAL.get(intent)
    return personal(turn) if personal is not None and turn.owner.agent_id is not None else None


def referral_meant(turn: Turn) -> list[Event] | None:
    """ "She picked a plan" said by an agent with a referral in hand asks nothing of the guide."""
    from actions.referral_hints import meant_referral

    asks = turn.focus is not None or _REQUESTS.search(turn.text)
    return None if asks else meant_referral(turn)


def on_demand_meant(turn: Turn) -> list[Event] | None:
    """ "Not available on dec 31", "is that eastern?": about the agent's availability."""
    from actions.on_demand_hints import meant_availability

    return meant_availability(turn)


class ActionAnswer(PslAction):
    """Say what the guide says, with its source and the next step."""

    action_name = "action_answer"

    async def act(self, turn: Turn) -> list[Event]:
        """Answer every question of the message; then go back to the task, if there is one."""
        guide = turn.services.guide
        if (events := referral_meant(turn)) is not None:
            return events
        if turn.between and not turn.clauses:
            return await ActionFallback().act(turn)
        wanted = task_wanted(turn)
        intents = asked_intents(turn)
        back = reminder(turn)
        if _ABOUT_SECRETS.issuperset(intents) and _only_told(turn.text):
            # It was masked and said so; nothing was asked.
            turn.say(*(back or ("What can I do for you?", next_steps(turn, ["ask_capabilities"]))))
            return []
        if not intents:
            return await ActionFallback().act(turn)
        if wanted is not None:
            for intent in intents:
                turn.say(guide.reply(guide.answers[intent]))
            return await begin_task(turn, wanted)
        known = {*intents, *(_OF_GUESTS if turn.owner.agent_id is not None else ())}
        buttons = [
            name for intent in intents for name in guide.answers[intent].next if name not in known
        ]
        for intent in intents:
            last = intent == intents[-1]
            offered = list(dict.fromkeys(buttons))[:3] if last and back is None else []
            own = about_the_agent(turn, intent)
            if own is not None and intent in _OWN_FIRST:
                turn.say(own)
            turn.say(guide.reply(guide.answers[intent]), next_steps(turn, offered))
            if own is not None and intent not in _OWN_FIRST:
                turn.say(own)
        if back is not None:
            turn.say(*back)
        elif _tells(turn, buttons):
            # "Draft a ticket", pressed or typed next, then begins with what was told here.
            return keep_told(turn.text)
        return [SlotSet("told", None)] if turn.told else []


def _tells(turn: Turn, buttons: list[str]) -> bool:
    """Whether a message tells what a ticket or checklist begun next is about."""
    if turn.is_button or len(turn.text.split()) < TELLING:
        return False
    client = {detail.kind for detail in turn.details} & {"case_number", "application_number"}
    return "start_ticket" in buttons or bool(client)


def _only_told(text: str) -> bool:
    """Whether a message only holds private data, now masked, and asks for nothing."""
    return " removed]" in text and not _REQUESTS.search(_MASKED.sub(" ", text))


def nothing_but_secrets(text: str) -> bool:
    """Whether there is next to nothing in a message but private data, now masked."""
    return _only_told(text) and len(_MASKED.sub(" ", text).split()) <= 4


class ActionFallback(PslAction):
    """Say that the message was not understood, what can be done, and how to reach a person."""

    action_name = "action_fallback"

    async def act(self, turn: Turn) -> list[Event]:
        """Unsure between two: offer both. Unsure of all: offer the main doors."""
        guide = turn.services.guide
        if (events := referral_meant(turn)) is not None:
            return events
        if (wanted := task_wanted(turn)) is not None:
            return await begin_task(turn, wanted)
        if (events := on_demand_meant(turn)) is not None:
            return events
        between = [
            name
            for name in turn.between
            if guide.can_offer(name) and name not in _NOT_MEANT and not name.startswith("refuse_")
        ]
        if between:
            return self._offer(turn, between)
        psl = guide.terms["psl_phone"]
        numbers = [d for d in turn.details if d.kind == "number"]
        if numbers:
            turn.say(
                f"What is {numbers[0].value}? Tell me with the word, for example "
                f"“case {numbers[0].value}” or “ticket {numbers[0].value}”.",
                [
                    (
                        "Number PSL gave me",
                        payload("report_call_done", psl_number=numbers[0].value),
                    ),
                    ("Draft a ticket", payload("start_ticket", words=f"case {numbers[0].value}")),
                ],
            )
            return []
        turn.say(
            "I did not understand that. I answer questions about kynect On Demand, referrals, "
            "cases and PSL, walk you through the PSL checklists, and draft tickets. "
            f"A person: PSL, {psl}.",
            [
                ("What can you do?", payload("ask_capabilities")),
                ("Draft a ticket", payload("start_ticket")),
                ("Talk to a person", payload("ask_human")),
            ],
        )
        return back_to_task(turn)

    @staticmethod
    def _offer(turn: Turn, between: list[str]) -> list[Event]:
        """What the message may have meant; what it told goes along with the choice."""
        guide = turn.services.guide
        shown = [f"• {guide.label(name)}{_gist(guide, name)}" for name in between]
        lead = "I am not sure which of these you mean:" if len(between) > 1 else "Do you mean this?"
        turn.say(
            "\n".join([lead, *shown]),
            [*next_steps(turn, between), ("Something else", payload("ask_capabilities"))],
        )
        if turn.focus is None and len(turn.text.split()) >= TELLING:
            return keep_told(turn.text)
        return back_to_task(turn)


def _gist(guide: Guide, intent: str) -> str:
    """The first line of an answer, so that a right guess needs no second step."""
    answer = guide.answers.get(intent)
    if answer is None:
        return ""
    return ": " + guide.reply(answer).split("\n", 1)[0]
