"""What every action works with: one turn of one conversation, seen through ``psl``'s eyes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from psl.buttons import payload as payload
from psl.details import Detail
from psl.errors import NotLinked, PslError
from psl.services import Services, build_services
from psl.settings import settings
from psl.tickets.service import Owner

log = structlog.get_logger()

Event = dict[str, Any]
Button = tuple[str, str]

# Before an intent in the slot ``asked``: nothing is in focus, but a link goes on with it.
LINK = "link:"
# Tasks that keep what they wait with in the slot ``told``.
ON_DEMAND = frozenset({"registration", "availability", "referral"})

_given: list[Services] = []


def use(services: Services) -> None:
    """Give the actions of this process the services of the application around them."""
    _given[:] = [services]


@lru_cache(maxsize=1)
def _own_services() -> Services:
    return build_services(settings())


def services() -> Services:
    """The application's services, or own ones in a separate action server."""
    return _given[0] if _given else _own_services()


@dataclass
class Turn:
    """One message and where the conversation stands."""

    tracker: Tracker
    dispatcher: CollectingDispatcher
    domain: dict[str, Any]

    @property
    def chat(self) -> str:
        """The conversation's key, "channel:sender"."""
        return str(self.tracker.sender_id)

    @cached_property
    def services(self) -> Services:
        """The records."""
        return services()

    @cached_property
    def owner(self) -> Owner:
        """The chat and its agent."""
        return self.services.owner(self.chat)

    @property
    def linked_agent(self) -> int:
        """The id of the agent that the chat speaks for.

        Raises:
            NotLinked: it is a guest's.
        """
        if self.owner.agent_id is None:
            raise NotLinked("Link this chat first: send “link” and your code.")
        return self.owner.agent_id

    @cached_property
    def text(self) -> str:
        """The whole message (masked), also when only its beginning was classified."""
        message = self.tracker.latest_message
        full = (message.get("metadata") or {}).get("full_text")
        return str(full or message.get("text") or "")

    @property
    def is_button(self) -> bool:
        """Whether a button was pressed: its payload says all, the text is not the agent's."""
        return str(self.tracker.latest_message.get("text") or "").startswith("/")

    @property
    def typed(self) -> str:
        """The title of a button, if it was typed word for word and not pressed."""
        return str((self.tracker.latest_message.get("metadata") or {}).get("typed") or "")

    @property
    def intent(self) -> str:
        """The intent as the classifier decided it, fallbacks included."""
        return str((self.tracker.latest_message.get("intent") or {}).get("name") or "")

    @property
    def ranking(self) -> list[tuple[str, float]]:
        """The classifier's best intents and their probabilities."""
        ranking = self.tracker.latest_message.get("intent_ranking") or []
        return [(str(item["name"]), float(item["confidence"])) for item in ranking]

    @property
    def sure(self) -> bool:
        """Whether the intent is beyond doubt: a button, or by far the most probable."""
        return self.is_button or (bool(self.ranking) and self.ranking[0][1] > 0.6)

    @property
    def between(self) -> list[str]:
        """The two intents the classifier could not tell apart; empty when it was sure, or lost."""
        return list((self.tracker.latest_message.get("intent") or {}).get("between") or [])

    @property
    def clauses(self) -> list[dict[str, Any]]:
        """The parts of the message whose intent is clear by itself."""
        return list(self.tracker.latest_message.get("clauses") or [])

    @cached_property
    def details(self) -> tuple[Detail, ...]:
        """What the message tells: systems, screens, numbers and so on."""
        if self.is_button:
            return ()
        return self.services.reader.read(self.text, asked=reader_asks(self.asked))

    def entity(self, name: str) -> str | None:
        """An entity of a button's payload."""
        if not self.is_button:
            return None
        return next(self.tracker.get_latest_entity_values(name), None)

    @property
    def focus(self) -> str | None:
        """The task the conversation is in: ticket, checklist, registration and so on."""
        return self._slot("focus")

    @property
    def asked(self) -> str | None:
        """What was asked last within the focus."""
        return self._slot("asked")

    def _slot(self, name: str) -> str | None:
        value = self.tracker.get_slot(name)
        return None if value is None else str(value)

    @property
    def told(self) -> str:
        """A problem that was told before a ticket was asked for; empty without one."""
        return "" if self._of_on_demand else self._slot("told") or ""

    @property
    def pending(self) -> str:
        """What was told for On Demand and waits: for an answer, or for a guest's link."""
        return self._slot("told") or "" if self._of_on_demand else ""

    @property
    def _of_on_demand(self) -> bool:
        return self.focus in ON_DEMAND or bool(self.waits_for_link)

    @property
    def waits_for_link(self) -> str | None:
        """The intent that a guest's link will go on with."""
        if self.focus is None and (self.asked or "").startswith(LINK):
            return str(self.asked).removeprefix(LINK)
        return None

    @property
    def subject(self) -> int | None:
        """The id of the draft, run or agent in focus."""
        value = self.tracker.get_slot("subject")
        return int(value) if value is not None else None

    def say(self, text: str, buttons: Sequence[Button] = ()) -> None:
        """Send one message; ``buttons`` are (title, payload)."""
        self.dispatcher.utter_message(
            text=text, buttons=[{"title": t, "payload": p} for t, p in buttons]
        )


def reader_asks(asked: str | None) -> str | None:
    """What the reader is told was asked, so that a bare answer is read by it."""
    # Case and application numbers look alike: a bare number is then asked about, not guessed.
    # Words are not told: whether they answer the question is for the conversation to judge.
    return asked if asked in {"doi_number", "psl_number", "members"} else None


def focus_on(focus: str, subject: int, asked: str | None) -> list[Event]:
    """Slot events: the conversation is now in this task."""
    return [
        SlotSet("focus", focus),
        SlotSet("subject", str(subject)),
        SlotSet("asked", asked),
        SlotSet("told", None),
    ]


def keep_told(text: str) -> list[Event]:
    """Slot events: a problem was told that a ticket begun next is about."""
    return [SlotSet("told", text), SlotSet("asked", None)]


def keep_until_linked(intent: str, words: str) -> list[Event]:
    """Slot events: once the chat is linked, go on with ``intent`` and what was typed."""
    return [*no_focus(), SlotSet("asked", f"{LINK}{intent}"), SlotSet("told", words)]


def no_focus() -> list[Event]:
    """Slot events: the conversation is in no task."""
    return [SlotSet("focus", None), SlotSet("subject", None), SlotSet("asked", None)]


class PslAction(Action):
    """An action that never leaves the agent without a reply, whatever happens inside."""

    action_name = ""

    def name(self) -> str:
        """The name in ``domain.yml``."""
        return self.action_name

    async def act(self, turn: Turn) -> list[Event]:
        """Do the work; return Rasa events."""
        raise NotImplementedError

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        """Rasa's entry: act, and turn errors into words. State is kept on every error."""
        turn = Turn(tracker, dispatcher, domain)
        try:
            events = await self.act(turn)
        except PslError as error:
            turn.say(str(error))
            return []
        except Exception as error:
            reference = uuid.uuid4().hex[:8]
            # The message is not logged: it could hold what the agent typed.
            log.error(
                "action failed",
                action=self.name(),
                reference=reference,
                error=type(error).__name__,
                where=_where(error),
            )
            turn.say(
                "Sorry, something went wrong on my side and nothing was changed. "
                f"Please try again; if it happens again, tell PSL the reference {reference}."
            )
            return []
        return events


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}"


def short(text: str, length: int = 80) -> str:
    """``text`` on one line, cut at a word."""
    flat = re.sub(r"\s+", " ", text).strip()
    return flat if len(flat) <= length else flat[: length - 1].rsplit(" ", 1)[0] + "…"
