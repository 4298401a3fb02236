"""Who the chat belongs to, and handing over to a person."""

from __future__ import annotations

import re

from rasa_sdk.events import SlotSet

from actions.answers import nothing_but_secrets
from actions.on_demand_hints import how_to_be_reached
from actions.prompts import back_to_task, reminder
from actions.turn import Event, PslAction, Turn, focus_on, no_focus, payload, short
from psl.details.bags import bag
from psl.errors import NotLinked

# What asking for a person is made of; other words are for that person.
_ASKING = bag(
    """
    i i'd id im i'm want wanna need needs like would can could may u you me my please pls plz to a an the
    with for of is there someone somebody anyone human person people real live actual agent
    representative rep reps operator staff psl support desk talk speak chat call contact get reach
    connect transfer back up by on phone now asap help hi hello hey just ok okay no not bot robot
    machine this that it instead rather be let have us who actually put through hand over
    """
)
_SAYS_NO_MORE = frozenset(
    {"affirm", "deny", "thanks", "skip", "done_item", "pause", "not_applicable", "goodbye"}
)
_NO_MORE = re.compile(
    r"^\W*(?:no(?:pe)?\W+)?(?:nothing(?: else)?|none|all (?:good|set)|"
    r"(?:i'?m|that'?s|that is|it'?s|we'?re) (?:done|all|it|good|fine|everything))(?:\W+(?:thanks?|thx|thank you))?\W*$",
    re.IGNORECASE,
)


def for_the_person(turn: Turn) -> str:
    """What a request for a person says beside asking for one: a number, a time, the problem."""
    if turn.is_button:
        return ""
    rest = [
        w for w in re.findall(r"[^\W_]+(?:['’][^\W_]+)*", turn.text.lower()) if w not in _ASKING
    ]
    return turn.text.strip() if turn.details or len(rest) > 1 else ""


class ActionHandOver(PslAction):
    """A person is wanted: ask the desk to call back, and name PSL."""

    action_name = "action_hand_over"

    async def act(self, turn: Turn) -> list[Event]:
        """One open request a chat; what is typed with it and next is passed on."""
        if (events := how_to_be_reached(turn)) is not None:
            return events
        _, is_new = turn.services.handovers.request(turn.owner)
        psl = turn.services.guide.terms["psl_phone"]
        lead = (
            "I asked a PSL representative to get back to you, a real person."
            if is_new
            else "A PSL representative has your request to get back to you."
        )
        ask = "What should they know? Type it and I pass it on."
        note = "\n".join(filter(None, [turn.told, for_the_person(turn)]))
        if note:
            turn.services.handovers.add_note(turn.owner, note)
            ask = f"I passed on: “{short(note, 160)}”. Anything else they should know?"
        turn.say(
            f"{lead} Right away: call PSL, {psl}. {ask}",
            [("Never mind", payload("cancel"))],
        )
        return focus_on("handover", 0, "note")


class ActionHandOverTurn(PslAction):
    """What the person should know, or a change of mind."""

    action_name = "action_hand_over_turn"

    async def act(self, turn: Turn) -> list[Event]:
        """Add the words to the request; only "never mind" takes it back."""
        psl = turn.services.guide.terms["psl_phone"]
        if turn.intent in {"cancel", "start_over"} and (turn.sure or not turn.details):
            turn.services.handovers.withdraw(turn.owner)
            turn.say(f"I took the request back. PSL is there for you, {psl}.")
            return no_focus()
        if turn.intent == "explain" and turn.sure:
            turn.say("What you type now goes with your request, for the person who calls you back.")
            return back_to_task(turn)
        bare = turn.intent in _SAYS_NO_MORE and not turn.details and len(turn.text.split()) < 5
        if turn.is_button or bare or _NO_MORE.match(turn.text):
            waiting = turn.services.checklists.open_run(turn.owner) is not None
            waiting = waiting or bool(turn.services.tickets.drafts(turn.owner))
            more = [("Continue where I was", payload("resume"))] if waiting else []
            turn.say(f"Your request stands; they get back to you. PSL: {psl}.", more)
            return no_focus()
        if nothing_but_secrets(turn.text):
            return back_to_task(turn)
        request = turn.services.handovers.add_note(turn.owner, turn.text)
        turn.say(
            f"Passed on with your request: “{short(turn.text, 200)}”. Anything else they should know?",
            [
                ("No, that's all", payload("skip")),
                ("Draft a ticket", payload("start_ticket", words=request.note[:600])),
            ],
        )
        return []


class ActionWho(PslAction):
    """Who the chat speaks for, and how linking works."""

    action_name = "action_who"

    async def act(self, turn: Turn) -> list[Event]:
        """Name the agent, or explain the link code to a guest."""
        if turn.entity("just") == "linked":
            return self._just_linked(turn)
        if turn.entity("just") == "masked":
            return carry_on(turn)
        agent = turn.services.roster.agent_of(turn.chat)
        if agent is not None and turn.intent != "ask_how_link":
            chats = len(turn.services.roster.chats_of(agent.id))
            turn.say(
                f"This chat is linked to {agent.name}, {agent.role}, {agent.agency}, DOI number "
                f"{agent.doi_number}. Linked chats: {chats}.",
                [("Unlink this chat", payload("unlink"))],
            )
            return back_to_task(turn)
        minutes = turn.services.settings.link_code_seconds // 60
        who = (
            "You are a guest here. " if agent is None else f"This chat is linked to {agent.name}. "
        )
        turn.say(
            f"{who}To link this chat to your agent record, get a link code from your agency's "
            f"administrator and send “link” and the code here. It works once, for {minutes} minutes."
        )
        return back_to_task(turn)

    @staticmethod
    def _just_linked(turn: Turn) -> list[Event]:
        agent = turn.services.roster.agent_of(turn.chat)
        if agent is None:
            raise NotLinked("This chat is not linked.")
        drafts = [d for d in turn.services.tickets.drafts(turn.owner) if d.chat == turn.chat]
        turn.say(
            f"Linked. You are {agent.name}, {agent.role} at {agent.agency}, DOI number "
            f"{agent.doi_number}. Not you? Send “unlink”."
        )
        if (intent := turn.waits_for_link) is not None:
            from actions.registration import after_link

            return after_link(turn, intent)
        if turn.focus == "checklist" and turn.subject is not None:
            run = turn.services.checklists.run(turn.owner, turn.subject)
            known = {"agency": agent.agency, "doi_number": agent.doi_number, "role": agent.role}
            if run.checklist == "before_call":
                turn.services.checklists.save(
                    turn.owner, run.id, details=known, position=run.position
                )
        elif drafts and turn.focus != "handover":
            from actions.ticket_drafting import ask_next

            return ask_next(turn, drafts[0], "Your draft is still here.")
        return carry_on(turn)


def carry_on(turn: Turn) -> list[Event]:
    """Ask again what was asked; without a task, ask what to do."""
    back = reminder(turn) or (
        "What can I do for you?",
        [("What can you do?", payload("ask_capabilities"))],
    )
    turn.say(*back)
    return []


class ActionUnlink(PslAction):
    """Make the chat a guest's again."""

    action_name = "action_unlink"

    async def act(self, turn: Turn) -> list[Event]:
        """Forget who it was; the agent's records stay with the agent."""
        if turn.services.roster.unlink(turn.chat):
            turn.say(
                "This chat is unlinked; you are a guest now. Your tickets stay with your agent record."
            )
            return no_focus()
        turn.say("This chat is not linked; you are a guest.")
        return back_to_task(turn)


class ActionSessionStart(PslAction):
    """A conversation begins, or begins again after a pause: what was open is kept in the records."""

    action_name = "action_session_start"

    async def act(self, turn: Turn) -> list[Event]:
        """Old slots do not come along: the records tell what can be resumed."""
        from rasa_sdk.events import ActionExecuted, SessionStarted

        return [
            SessionStarted(),
            *(SlotSet(name, None) for name in ("focus", "subject", "asked", "told")),
            ActionExecuted("action_listen"),
        ]
