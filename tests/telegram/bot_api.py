"""A strict Bot API server for tests: it speaks HTTP as Telegram does and refuses what it refuses.

    with BotApi() as api:
        robin = api.user("Robin")
        ...  # a bot that talks to api.url with api.token
        robin.start()
        robin.press(robin.shows("Shall we"), "Yes")
        assert api.violations == []

``python -m tests.telegram.bot_api --port 8081`` starts one to try by hand.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Self

from tests.telegram import console
from tests.telegram.chats import Update
from tests.telegram.faults import Drop, Failure, failure
from tests.telegram.limits import PARAMETERS
from tests.telegram.people import Group, User
from tests.telegram.serving import Server
from tests.telegram.state import Call, Press, State

TOKEN: Final = "1234567890:AAtest-token-of-nobody-0123456789abcd"


class BotApi(State):
    """The server, the people who use the bot, and what the bot did. Safe from any thread."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        username: str = "psl_test_bot",
        flood: bool = False,
        insecure_webhooks: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Nothing listens before ``start``.

        Args:
            token: the only one that is taken.
            username: the bot's.
            flood: whether what is sent too fast is refused; may be changed at any time.
            insecure_webhooks: webhooks may be plain HTTP on any port.
            host: where to listen.
            port: 0 for a free one, which is then kept.
        """
        super().__init__(token, username, flood, insecure_webhooks)
        self._address = (host, port)
        self._placeholder: socket.socket | None = None
        self._server: Server | None = None

    # Running ---------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """The server's own address."""
        return f"http://{self._address[0]}:{self._address[1]}"

    @property
    def url(self) -> str:
        """The ``base_url`` of a telegram.Bot."""
        return f"{self.address}/bot"

    @property
    def file_url(self) -> str:
        """The ``base_file_url`` of a telegram.Bot."""
        return f"{self.address}/file/bot"

    def start(self) -> Self:
        """Begin to listen."""
        if self._placeholder is None:
            # Bound but not listening: while the server is down, nobody else gets its port.
            self._placeholder = socket.socket()
            self._placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._placeholder.bind(self._address)
            self._address = self._placeholder.getsockname()
        self.up()
        return self

    def stop(self) -> None:
        """End for good."""
        self.down()
        if self._placeholder is not None:
            self._placeholder.close()
            self._placeholder = None

    def down(self) -> None:
        """An outage: open connections break, new ones are refused; all else is kept."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def up(self) -> None:
        """The end of an outage."""
        if self._server is None:
            self._server = Server(self, *self._address)
            self._server.start()

    def restart(self) -> None:
        """A short outage."""
        self.down()
        self.up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # People and their updates ----------------------------------------------------------------

    def user(
        self,
        first_name: str,
        last_name: str = "",
        *,
        username: str = "",
        language_code: str = "en",
    ) -> User:
        """Somebody who never wrote to the bot yet."""
        return self.add_user(
            first_name=first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
        )

    def group(self, title: str, members: Sequence[User]) -> Group:
        """A group to which the first of its members has just added the bot."""
        with self.lock:
            group = self.add_group(title, members)
            self.deliver_member(group, members[0].as_user(), "left", "member")
            group.tell(members[0], {"new_chat_members": [self.bot_user]})
            return group

    @contextmanager
    def held(self) -> Iterator[list[Update]]:
        """What people do meanwhile is not delivered but collected, for ``queue``."""
        with self.lock:
            self._held = []
        try:
            yield self._held
        finally:
            with self.lock:
                self._held = None

    def drained(self, timeout: float = 10.0) -> None:
        """Wait until the bot has confirmed every update, or its webhook has taken it.

        Raises:
            AssertionError: not within ``timeout`` seconds.
        """
        assert self.until(lambda: not len(self.updates), timeout), (
            f"{len(self.updates)} updates are not confirmed"
        )

    # What the bot did ------------------------------------------------------------------------

    def calls_of(self, method: str, chat: int | None = None) -> list[Call]:
        """The bot's calls of a method, if given only those about a chat."""
        with self.lock:
            of = [call for call in self.calls if call.method == method]
            return [call for call in of if chat is None or call.chat == chat]

    @property
    def unanswered(self) -> list[Press]:
        """Presses that the bot did not answer; the app shows them as working."""
        with self.lock:
            return [press for press in self.presses.values() if not press.answered]

    # Faults ----------------------------------------------------------------------------------

    def fail(
        self,
        method: str,
        times: int | None = 1,
        status: int = 500,
        *,
        retry_after: int | None = None,
        body: str | None = None,
        description: str = "",
        chat: int | None = None,
    ) -> None:
        """The next calls of ``method`` ("*": any) get an error and do nothing.

        Args:
            method: the method's name.
            times: how often; None until ``heal``.
            status: of the answer; the description follows from it unless one is given.
            retry_after: told in the answer; for 429 it is 1 unless given.
            body: HTML to answer instead of JSON, as a proxy in between does.
            description: what the error says.
            chat: only calls about this chat.
        """
        self._plan(method, failure(status, retry_after, body, description), times, chat)

    def drop(
        self,
        method: str,
        times: int | None = 1,
        after_processing: bool = False,
        hang: float = 0.0,
        chat: int | None = None,
    ) -> None:
        """The next calls get no answer: the connection is closed after ``hang`` seconds.

        With ``after_processing`` the call was done, so a message was in fact delivered.
        """
        self._plan(method, Drop(after_processing, hang), times, chat)

    def slow(self, method: str, seconds: float, times: int | None = None) -> None:
        """Calls wait that long before they are done, until ``heal`` or so many times."""
        self._plan(method, float(seconds), times, None)

    def heal(self) -> None:
        """No more faults."""
        with self.lock:
            self.faults.heal()

    def _plan(
        self, method: str, fault: Failure | Drop | float, times: int | None, chat: int | None
    ) -> None:
        assert method == "*" or method in PARAMETERS, f"there is no method {method}"
        with self.lock:
            self.faults.plan(method, fault, times, chat)


if __name__ == "__main__":
    console.run(BotApi)
