"""Who the chat belongs to, and handing over to a person."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.prompts import reminder
from actions.turn import Event, PslAction, Turn, focus_on, no_focus, payload
from psl.errors import NotLinked


class ActionHandOver(PslAction):
    """A person is wanted: ask the desk to call back, and name PSL."""

    action_name = "action_hand_over"

    async def act(self, turn: Turn) -> list[Event]:
        """One open request a chat; what is typed next is passed on with it."""
        _, is_new = turn.services.handovers.request(turn.owner)
        psl = turn.services.guide.terms["psl_phone"]
        lead = (
            "I asked a PSL representative to get back to you, a real person."
            if is_new
            else "A PSL representative has your request to get back to you."
        )
        turn.say(
            f"{lead} Right away: call PSL, {psl}. What should they know? Type it and I pass it on.",
            [("Never mind", payload("cancel"))],
        )
        return focus_on("handover", 0, "note")


class ActionHandOverTurn(PslAction):
    """What the person should know, or a change of mind."""

    action_name = "action_hand_over_turn"

    async def act(self, turn: Turn) -> list[Event]:
        """Add the words to the request; "never mind" takes it back."""
        psl = turn.services.guide.terms["psl_phone"]
        if turn.intent in {"cancel", "deny", "start_over"}:
            turn.services.handovers.withdraw(turn.owner)
            turn.say(f"I took the request back. PSL is there for you, {psl}.")
            return no_focus()
        if turn.is_button or turn.intent in {"affirm", "thanks", "skip", "done_item", "pause"}:
            drafts = turn.services.tickets.drafts(turn.owner)
            more = [("Continue my ticket", payload("resume"))] if drafts else []
            turn.say(f"Your request stands. PSL: {psl}.", more)
            return no_focus()
        turn.services.handovers.add_note(turn.owner, turn.text)
        turn.say(
            f"Passed on with your request: “{turn.text.strip()[:200]}”. Anything else they should know?",
            [
                ("No, that's all", payload("skip")),
                ("Draft a ticket", payload("start_ticket", words=turn.text[:600])),
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
            return _carry_on(turn)
        agent = turn.services.roster.agent_of(turn.chat)
        if agent is not None and turn.intent != "ask_how_link":
            chats = len(turn.services.roster.chats_of(agent.id))
            turn.say(
                f"This chat is linked to {agent.name}, {agent.role}, {agent.agency}, DOI number "
                f"{agent.doi_number}. Linked chats: {chats}.",
                [("Unlink this chat", payload("unlink"))],
            )
            return []
        minutes = turn.services.settings.link_code_seconds // 60
        who = (
            "You are a guest here. " if agent is None else f"This chat is linked to {agent.name}. "
        )
        turn.say(
            f"{who}To link this chat to your agent record, get a link code from your agency's "
            f"administrator or the agent page and send “link” and the code here. It works once, for {minutes} minutes."
        )
        if (back := reminder(turn)) is not None:
            turn.say(*back)
        return []

    @staticmethod
    def _just_linked(turn: Turn) -> list[Event]:
        agent = turn.services.roster.agent_of(turn.chat)
        if agent is None:
            raise NotLinked("This chat is not linked.")
        drafts = turn.services.tickets.adopt(turn.chat, agent.id)
        turn.services.checklists.adopt(turn.chat, agent.id)
        turn.services.follow_ups.adopt(turn.chat, agent.id)
        turn.say(
            f"Linked. You are {agent.name}, {agent.role} at {agent.agency}, DOI number "
            f"{agent.doi_number}. Not you? Send “unlink”."
        )
        if drafts:
            from actions.ticket_drafting import ask_next

            return ask_next(turn, drafts[0], "Your draft is still here.")
        return _carry_on(turn)


def _carry_on(turn: Turn) -> list[Event]:
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
        else:
            turn.say("This chat is not linked; you are a guest.")
        return no_focus()


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
