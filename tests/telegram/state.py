"""What the server knows: chats, files, presses, waiting updates, and what the bot did."""

from __future__ import annotations

import copy
import itertools
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.telegram.chats import Chat, Json, Shown, Update
from tests.telegram.faults import Faults, Flood
from tests.telegram.limits import PARAMETERS, Parameters, Refused, Webhook
from tests.telegram.methods import Answered, Methods
from tests.telegram.people import Group, User
from tests.telegram.updates import Bell, Updates


@dataclass
class Call:
    """A request of the bot. ``answer`` is the result, or what an error said; None if dropped."""

    method: str
    params: dict[str, Any]
    at: float
    status: int = 0
    answer: Any = None

    @property
    def chat(self) -> int:
        """The chat it was about; 0 if none."""
        named = str(self.params.get("chat_id", ""))
        return int(named) if named.lstrip("-").isdigit() else 0


@dataclass(frozen=True)
class Violation:
    """What breaks the documentation; Telegram refuses it, or takes it but does not promise to."""

    method: str
    reason: str
    params: dict[str, Any]


@dataclass
class Press:
    """A press that the bot should answer."""

    id: str
    user_id: int
    data: str
    at: float
    answered: bool = False


@dataclass(frozen=True)
class Action:
    """What a chat showed the bot doing: "typing"."""

    chat: int
    action: str
    at: float


@dataclass(frozen=True)
class KeptFile:
    """A file on the server. ``told`` is what its object in a message says."""

    path: str
    data: bytes
    told: Json


class State:
    """All that is kept while the server runs, or is down. Safe from any thread."""

    def __init__(self, token: str, username: str, flood: bool, insecure_webhooks: bool) -> None:
        """See BotApi."""
        self.token = token
        self.flood = flood
        self.insecure_webhooks = insecure_webhooks
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.bell = Bell()
        self.bot_user: Json = {
            "id": int(token.split(":")[0]),
            "is_bot": True,
            "first_name": "PSL Assistant",
            "username": username,
        }
        self.updates = Updates()
        self.methods = Methods(self)
        self.faults = Faults()
        self.limiter = Flood()
        self.press_seconds = 60.0
        self.polls = 0
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, KeptFile] = {}
        self.presses: dict[str, Press] = {}
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}

        self.calls: list[Call] = []
        self.violations: list[Violation] = []
        self.floods: list[Call] = []
        self.actions: list[Action] = []
        self.answered_callbacks: list[Answered] = []
        self.posts: list[tuple[Webhook, Update, str]] = []

        self._held: list[Update] | None = None
        self._user_ids = itertools.count(700_000_001)
        self._group_ids = itertools.count(-400_000_001, -1)
        self._supergroup_ids = itertools.count(-1_001_000_000_001, -1)
        self._message_ids = itertools.count(101)
        self._update_ids = itertools.count(500_000_001)
        self._file_numbers = itertools.count(1)

    # Chats and files -------------------------------------------------------------------------

    def add_user(self, **named: str) -> User:
        """Somebody who never wrote to the bot yet."""
        with self.lock:
            user = User(self, next(self._user_ids), **named)
            self.chats[user.id] = user
            return user

    def add_group(self, title: str, members: Sequence[User]) -> Group:
        """A group; nothing is told to the bot."""
        with self.lock:
            group = Group(self, next(self._group_ids), title, members)
            self.chats[group.id] = group
            return group

    def me(self) -> Json:
        """The User object of getMe."""
        return self.bot_user | {
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def next_message_id(self) -> int:
        """Ids are unique over all chats here, which is stricter than a test needs."""
        return next(self._message_ids)

    def find_chat(self, named: str) -> Chat | None:
        """A chat by its id, or a group by its @name."""
        with self.lock:
            if named.lstrip("-").isdigit():
                return self.chats.get(int(named))
            return None

    def sender_of(self, shown: Shown) -> Json:
        """The User object of who sent a message."""
        if shown.by_bot:
            return self.bot_user
        sender = self.chats[shown.sender_id]
        assert isinstance(sender, User)
        return sender.as_user()

    def add_supergroup(self, group: Group) -> Group:
        """What a group becomes when it migrates."""
        new = Group(self, next(self._supergroup_ids), group.named["title"], group.members)
        new.kind = "supergroup"
        self.chats[new.id] = new
        return new

    def keep_file(self, data: bytes, path: str, **told: Any) -> Json:
        """Keep a file under ``path``, whose {} becomes its number; its object for a message."""
        number = next(self._file_numbers)
        file_id = f"BQACAgIAAxkB-{uuid.uuid4().hex}"
        whole = {
            "file_id": file_id,
            "file_unique_id": f"AgAD-{number}",
            "file_size": len(data),
            **told,
        }
        with self.lock:
            self.files[file_id] = KeptFile(path.format(number), data, whole)
        return whole

    # Updates ---------------------------------------------------------------------------------

    def deliver(self, kind: str, what: Json) -> Update:
        """A new update for the bot."""
        update = {"update_id": next(self._update_ids), kind: copy.deepcopy(what)}
        with self.lock:
            self._deliver(update)
        return update

    def _deliver(self, update: Update, again: bool = False) -> None:
        if self._held is not None:
            self._held.append(update)
            return
        self.updates.add(update, again)
        self.bell.ring()

    def deliver_press(self, user: User, message: Json, data: str) -> Update:
        """An update about a pressed button."""
        press = Press(str(uuid.uuid4().int >> 65), user.id, data, time.time())
        self.presses[press.id] = press
        query = {
            "id": press.id,
            "from": user.as_user(),
            "message": message,
            "chat_instance": str(-message["chat"]["id"] * 7919),
            "data": data,
        }
        return self.deliver("callback_query", query)

    def deliver_member(self, chat: Chat, by: Json, old: str, new: str) -> Update:
        """An update about the bot's place in a chat."""

        def member(status: str) -> Json:
            return {
                "user": self.bot_user,
                "status": status,
                **({"until_date": 0} if status == "kicked" else {}),
            }

        change = {
            "chat": chat.as_chat(),
            "from": by,
            "date": int(time.time()),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        }
        return self.deliver("my_chat_member", change)

    def resend(self, update: Update, new_id: bool = False) -> Update:
        """Deliver an update again, as it is or under a fresh ``update_id``."""
        again = copy.deepcopy(update)
        if new_id:
            again["update_id"] = next(self._update_ids)
        return self.queue([again])[0]

    def queue(
        self, updates: Sequence[Update], dated: datetime | timedelta | None = None
    ) -> list[Update]:
        """Deliver updates in this order, whatever their ids.

        Args:
            updates: as people's actions return them.
            dated: when they happened, or how long ago: the date of messages and edits. For a
                press it is the press's age; its message keeps its date.
        """
        at = time.time()
        if isinstance(dated, datetime):
            at = dated.timestamp()
        elif dated is not None:
            at -= dated.total_seconds()
        queued = [copy.deepcopy(update) for update in updates]
        with self.lock:
            for update in queued:
                if dated is not None:
                    self._date(update, at)
                self._deliver(update, again=True)
        return queued

    def _date(self, update: Update, at: float) -> None:
        for kind in ("message", "edited_message", "my_chat_member"):
            if kind in update:
                update[kind]["date"] = int(at)
        if "edited_message" in update:
            update["edited_message"]["edit_date"] = int(at)
        if "callback_query" in update:
            self.presses[update["callback_query"]["id"]].at = at

    # What the bot did ------------------------------------------------------------------------

    @property
    def refusals(self) -> list[Call]:
        """The calls that got an error, for whatever reason."""
        with self.lock:
            return [call for call in self.calls if call.status >= 400]

    def flooded(self, chat: int) -> int:
        """The seconds to wait before a message may be sent; 0 counts it as sent."""
        return self.limiter.wait_for(chat) if self.flood else 0

    def called(self, method: str, said: Parameters) -> Call:
        """Note a call, and what of it Telegram does not know."""
        call = Call(method, dict(said.said), time.monotonic())
        with self.lock:
            self.calls.append(call)
            for name in set(said.said) - PARAMETERS[method] - set(said.files):
                self.violate(method, said.said, f"unknown parameter {name}")
            self.changed.notify_all()
        return call

    def answered(
        self,
        call: Call,
        said: Parameters,
        status: int,
        answer: Any,
        error: Refused | None = None,
    ) -> None:
        """Note the answer to a call."""
        with self.lock:
            call.status, call.answer = status, answer
            for remark in said.remarks:
                self.violate(call.method, said.said, remark)
            if error is not None and error.violation:
                self.violate(call.method, said.said, error.description)
            if status == 429:
                self.floods.append(call)
            self.changed.notify_all()

    def note_action(self, chat: int, action: str) -> None:
        """Note what a chat shows the bot doing."""
        self.actions.append(Action(chat, action, time.monotonic()))

    def violate(self, method: str, params: dict[str, Any], reason: str) -> None:
        """Note what breaks the documentation."""
        with self.lock:
            self.violations.append(Violation(method, reason, dict(params)))

    def tell(self) -> None:
        """Wake who waits for what the bot does."""
        with self.changed:
            self.changed.notify_all()

    def until(self, holds: Callable[[], object], timeout: float = 10.0) -> bool:
        """Wait until a test of what the bot did holds; False after ``timeout`` seconds."""
        with self.changed:
            return bool(self.changed.wait_for(holds, timeout))
